//! A lane: an administrator takes something away from one key after the other in every way, while machines use it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join;
use harness::{KEYS, Key, Numbers};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::record::{Outcome, Shared, What};

const DEPROVISIONING: &str = "deprovisioning";
const SCIM: &str = "scim";

/// The key of a lane.
struct Lane<'s> {
    shared: &'s Shared<'s>,
    number: usize,
    numbers: Numbers,
    key: Key,
}

impl Shared<'_> {
    pub(super) async fn lane(&self, number: usize, keys: usize, mut numbers: Numbers) {
        for round in 0..keys {
            let key = self.create(numbers.below(3)).await;
            *self.usable[number].lock().expect("not poisoned") = Some(key.clone());
            let mut lane = Lane { shared: self, number, numbers, key };
            lane.pause(150).await;
            lane.round(number + round).await;
            lane.pause(60).await;
            lane.revoke().await;
            lane.pause(60).await;
            numbers = lane.numbers;
            *self.usable[number].lock().expect("not poisoned") = None;
        }
    }

    async fn create(&self, instance: usize) -> Key {
        let at = self.clock.now().plus(Duration::from_hours(20 * 24));
        let body = json!({"name": "Lane", "scopes": [DEPROVISIONING, SCIM], "expiresAt": at.to_string()});
        loop {
            let created =
                self.administrate(What::Other, instance, "", Method::POST, KEYS, Some(&body)).await.1;
            if let (Some(id), Some(secret)) = (created["keyId"].as_str(), created["key"].as_str()) {
                return Key { id: id.into(), secret: secret.into() };
            }
            // The company may be on another plan at the moment.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Lane<'_> {
    async fn pause(&mut self, most: usize) {
        sleep(Duration::from_millis(self.numbers.below(most) as u64)).await;
    }

    fn instance(&mut self) -> usize {
        self.numbers.below(3)
    }

    async fn round(&mut self, turn: usize) {
        let remaining = *self.numbers.of(&[DEPROVISIONING, SCIM]);
        match turn % 7 {
            0 => self.narrow(&[remaining]).await,
            1 => {
                // First to the read-only scope of one, then to the other.
                let other = if remaining == SCIM { "accounts:read" } else { "scim:read" };
                self.narrow(&[remaining, other]).await;
                self.pause(10).await;
                self.narrow(&[remaining]).await;
            }
            2 => {
                let (one, two) = (self.instance(), self.instance());
                let scopes = [remaining];
                let narrowings = join(self.narrow_at(one, &scopes), self.narrow_at(two, &scopes));
                join(narrowings, self.hold_at(two + 1)).await;
                self.release().await;
            }
            3 => {
                let body = json!({"scopes": [remaining], "name": "Narrowed"});
                let first = json!({"scopes": [remaining]});
                let first = if self.numbers.below(2) == 0 { &first } else { &body };
                self.repeat(&What::Narrow(vec![remaining]), Some(first), Some(&body)).await;
            }
            4 => {
                self.repeat(&What::Hold, None, None).await;
                self.pause(30).await;
                self.release().await;
                self.hold_and_release().await;
            }
            5 => self.hold_and_release().await,
            _ => self.expire().await,
        }
    }

    async fn narrow(&mut self, scopes: &[&'static str]) {
        let instance = self.instance();
        self.narrow_at(instance, scopes).await;
    }

    async fn narrow_at(&self, instance: usize, scopes: &[&'static str]) -> Outcome {
        let body = json!({"scopes": scopes});
        self.shared.change(What::Narrow(scopes.to_vec()), instance, &self.key.id, Some(&body)).await.0
    }

    async fn hold(&mut self) {
        let instance = self.instance();
        self.hold_at(instance).await;
    }

    async fn hold_at(&self, instance: usize) -> Outcome {
        self.shared.change(What::Hold, instance, &self.key.id, None).await.0
    }

    async fn release(&mut self) {
        let instance = self.instance();
        self.shared.change(What::Release, instance, &self.key.id, None).await;
    }

    async fn hold_and_release(&mut self) {
        for turn in 0..3 {
            if turn == 1 {
                // At the same moment, also with an edit.
                let (one, two) = (self.instance(), self.instance());
                let named = json!({"name": "Held", "note": "by many"});
                let edit = self.shared.change(What::Other, one, &self.key.id, Some(&named));
                join(join(self.hold_at(one), self.hold_at(two)), edit).await;
            } else {
                self.hold().await;
            }
            self.pause(25).await;
            self.release().await;
            self.pause(60).await;
        }
    }

    /// Lets the key expire in less than a second.
    async fn expire(&mut self) {
        let (instance, life) = (self.instance(), 300 + self.numbers.below(500));
        let at = self.shared.clock.now().plus(Duration::from_millis(life as u64));
        let body = json!({"expiresAt": at.to_string()});
        self.shared.change(What::Expire(at.millis()), instance, &self.key.id, Some(&body)).await;
        sleep(Duration::from_millis(life as u64 + 50)).await;
    }

    async fn revoke(&mut self) {
        let (instance, characters) = (self.instance(), self.key.characters());
        self.shared.change(What::Revoke, instance, &self.key.id, Some(&characters)).await;
    }

    /// Takes something away while much is written. The first request is broken off, and the second one is answered.
    async fn repeat(&mut self, what: &What, first: Option<&Value>, second: Option<&Value>) {
        let (is_done, shared, lane, key) =
            (AtomicBool::default(), self.shared, self.number, self.key.clone());
        let repeated = async {
            self.pause(40).await;
            self.break_off(what, first).await;
            let instance = self.instance();
            shared.change(what.clone(), instance, &self.key.id, second).await;
            sleep(Duration::from_millis(40)).await;
            is_done.store(true, Ordering::SeqCst);
        };
        join(repeated, shared.write_much(lane, &key, &is_done)).await;
    }

    /// Takes something away on an instance that ends as soon as the transaction is committed, before it has raised any gate.
    async fn break_off(&mut self, what: &What, body: Option<&Value>) {
        let (instance, digest) = (self.instance(), self.shared.world.digest_of(&self.key));
        let replacement = self.shared.start().await;
        let stuck = || self.shared.stuck.lock().expect("not poisoned");
        // Whoever raises the gates has committed the change.
        let is_committed = || stuck().get(&digest) == Some(&true);
        stuck().insert(digest.clone(), false);
        let is_answered = AtomicBool::default();
        let request = async {
            let how = if *what == What::Hold { "/hold" } else { "" };
            let method = if *what == What::Hold { Method::POST } else { Method::PATCH };
            let path = format!("{KEYS}/{}{how}", self.key.id);
            self.shared.send_once(what.clone(), instance, &self.key.id, method, &path, body).await;
            is_answered.store(true, Ordering::SeqCst);
        };
        let crash = async {
            while !is_committed() && !is_answered.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(2)).await;
            }
            if !is_answered.load(Ordering::SeqCst) {
                *self.shared.crashes.lock().expect("not poisoned") += 1;
                self.shared.replace(instance, replacement);
            }
        };
        join(request, crash).await;
        stuck().remove(&digest);
    }
}
