//! A lane: an administrator rotates one key after the other in every way, while machines use it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::{join, join_all};
use harness::{Key, Numbers};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    ROUNDS,
    record::{BUSY, Outcome, Shared, What},
    requests::made,
};

/// The least overlap, in three parts that are longer together.
const THIRD: Duration = Duration::from_secs(21);

/// The key of a lane.
struct Lane<'s> {
    shared: &'s Shared,
    number: usize,
    numbers: Numbers,
    key: Key,
    /// The secrets of this rotation, of which nobody has heard.
    fresh: Vec<Key>,
    is_active: bool,
    turn: usize,
}

impl Shared {
    pub(super) async fn lane(&self, number: usize, numbers: Numbers) {
        let key = self.create(number).await;
        let mut lane =
            Lane { shared: self, number, numbers, key, fresh: Vec::new(), is_active: true, turn: 0 };
        self.keys.lock().expect("not poisoned").push(vec![lane.key.clone()]);
        lane.publish(vec![lane.key.clone()]);
        for _ in 0..ROUNDS {
            lane.round().await;
        }
    }
}

impl Lane<'_> {
    /// Lets the machines use these secrets.
    fn publish(&self, secrets: Vec<Key>) {
        self.shared.usable[self.number].lock().expect("not poisoned").extend(secrets);
    }

    fn instance(&mut self) -> usize {
        self.numbers.below(3)
    }

    async fn round(&mut self) {
        if !self.is_active {
            let instance = self.instance();
            self.key = self.shared.create(instance).await;
            self.is_active = true;
            self.shared.keys.lock().expect("not poisoned").push(vec![self.key.clone()]);
            self.publish(vec![self.key.clone()]);
        }
        sleep(Duration::from_millis(self.numbers.below(40) as u64)).await;
        self.rotate().await;
        self.begin().await;
        self.remember();
        sleep(Duration::from_millis(self.numbers.below(60) as u64)).await;
        self.end().await;
        if self.numbers.below(4) > 0 {
            let instance = self.instance();
            self.change(What::Cancel, instance, &json!({})).await;
            self.change(What::Complete, instance, &json!({})).await;
        }
    }

    /// Makes a new secret: an administrator does, or two at once, or one and the key itself.
    async fn rotate(&mut self) {
        let (instance, other) = (self.instance(), self.instance());
        let overlap = *self.numbers.of(&[60, 60, 600]);
        let mut body = json!({"overlapSeconds": overlap, "expiresAt": null});
        if self.numbers.below(5) == 0 {
            let at = self.shared.clock.now().plus(Duration::from_secs(200));
            body["expiresAt"] = at.to_string().into();
        }
        let secret = self.key.clone();
        let mut found = Vec::new();
        match self.numbers.below(5) {
            0 => {
                let (one, two) = join(self.rotated(instance, &body), self.rotated(other, &body)).await;
                found.extend([one, two]);
            }
            1 | 2 => {
                let itself = self.shared.rotate_itself(other, &secret);
                let (one, itself) = join(self.rotated(instance, &body), itself).await;
                found.extend([one, itself]);
            }
            _ => found.push(self.rotated(instance, &body).await),
        }
        self.fresh = found.into_iter().flatten().collect();
    }

    async fn rotated(&self, instance: usize, body: &Value) -> Option<Key> {
        let (_, answer) = self.shared.change(What::Rotate, instance, &self.key, body).await;
        made(&self.key, &answer)
    }

    /// Remembers the secrets of this rotation, and lets the machines use them.
    fn remember(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        if let Some(newest) = fresh.last() {
            self.key = newest.clone();
        }
        let mut keys = self.shared.keys.lock().expect("not poisoned");
        let known = keys.iter_mut().find(|secrets| secrets[0].id == self.key.id).expect("known");
        known.extend(fresh.clone());
        drop(keys);
        self.publish(fresh);
    }

    /// Uses the new secrets for the first time, on every instance at once.
    async fn first_use(&self) {
        let uses = self.fresh.iter().flat_map(|secret| (0..3).map(move |instance| (secret, instance)));
        join_all(uses.map(|(secret, instance)| self.shared.use_secret(instance, secret, "api-key"))).await;
    }

    /// What happens to the new secret: it is used, or an administrator decides, or both at once.
    async fn begin(&mut self) {
        let (instance, other) = (self.instance(), self.instance());
        let body = self.fresh.last().map_or_else(|| json!({}), Key::characters);
        let (wait, choice) = (Duration::from_millis(self.numbers.below(30) as u64), self.numbers.below(10));
        let change = async |what, instance, body: &Value| {
            sleep(wait).await;
            self.change(what, instance, body).await
        };
        match choice {
            0 | 1 => self.first_use().await,
            2 => drop(join(self.first_use(), change(What::Cancel, instance, &body)).await),
            3 => drop(change(What::Cancel, instance, &body).await),
            4 => drop(change(What::Complete, instance, &body).await),
            5 => drop(join(self.first_use(), change(What::Complete, instance, &body)).await),
            6 => {
                let complete = change(What::Complete, other, &body);
                drop(join(complete, change(What::Cancel, instance, &body)).await);
            }
            7 => drop(join(self.first_use(), self.revoke(instance)).await),
            8 => {
                let again = json!({"overlapSeconds": 60, "expiresAt": null});
                let ((), lost) = join(self.first_use(), self.rotated(instance, &again)).await;
                self.fresh.extend(lost);
            }
            _ => {}
        }
        self.is_active = !self.is_revoked();
    }

    /// How the rotation ends: in time, or by an administrator, who may be interrupted, or with the key.
    async fn end(&mut self) {
        let instance = self.instance();
        match self.numbers.below(10) {
            0 | 1 | 7 => {
                self.turn += 1;
                self.shared.use_secret(instance, &self.key, "api-key").await;
                let characters = self.key.characters();
                let complete = async {
                    sleep(Duration::from_millis(25)).await;
                    self.change(What::Complete, instance, &characters).await
                };
                drop(join(self.write_with_each(), complete).await);
            }
            2 | 8 => self.complete_and_crash(instance).await,
            3 => self.revoke(instance).await,
            4 | 5 | 9 => {
                for _ in 0..3 {
                    self.shared.advance(THIRD);
                    sleep(Duration::from_millis(40)).await;
                }
            }
            _ => {
                let characters = self.key.characters();
                let complete = self.change(What::Complete, instance, &characters);
                drop(join(complete, self.revoke(instance + 1)).await);
            }
        }
        self.is_active &= !self.is_revoked();
    }

    /// Writes with the newest secrets at once, on every instance.
    async fn write_with_each(&self) {
        let secrets = self.shared.usable[self.number].lock().expect("not poisoned").clone();
        let newest = secrets.iter().rev().take(3);
        let uses = newest.flat_map(|secret| (0..BUSY / 3).map(move |instance| (secret, instance)));
        let uses = uses.enumerate().map(async |(place, (secret, instance))| {
            // Each changes an account of its own. It may be as requested already.
            let change = if self.turn.is_multiple_of(2) { "suspend" } else { "unsuspend" };
            let account = &self.shared.busy[self.number * BUSY + place];
            self.shared.use_secret(instance, secret, &format!("accounts/{account}/{change}")).await
        });
        join_all(uses).await;
    }

    async fn change(&self, what: What, instance: usize, body: &Value) -> Outcome {
        self.shared.change(what, instance, &self.key, body).await.0
    }

    /// Revokes the key. One of its secrets identifies it.
    async fn revoke(&self, instance: usize) {
        let known = {
            let keys = self.shared.keys.lock().expect("not poisoned");
            keys.iter().find(|secrets| secrets[0].id == self.key.id).expect("known").clone()
        };
        for secret in self.fresh.iter().chain(known.iter().rev()) {
            let outcome = self.change(What::Revoke, instance, &secret.characters()).await;
            if !matches!(outcome, Outcome::Refused(_, kind) if kind == "key-mismatch") {
                return;
            }
        }
    }

    /// Whether the key was revoked, or has expired, so that it has no use any more.
    fn is_revoked(&self) -> bool {
        self.shared.is_ended(&self.key.id)
    }

    /// Completes the rotation on an instance that ends as soon as the transaction is committed, perhaps before it has raised
    /// the gates. Then another instance repeats it.
    async fn complete_and_crash(&self, instance: usize) {
        let (body, is_answered) = (self.key.characters(), AtomicBool::default());
        let completions = || {
            let committed = self.shared.contention.committed();
            let is_one = |event: &&harness::Committed| {
                event.action == "COMPLETE_API_KEY_ROTATION" && event.affected == self.key.id
            };
            committed.iter().filter(is_one).count()
        };
        let replacement = self.shared.start(instance).await;
        let before = completions();
        let request = async {
            self.change(What::Complete, instance, &body).await;
            is_answered.store(true, Ordering::SeqCst);
        };
        let crash = async {
            while completions() == before && !is_answered.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(2)).await;
            }
            if !is_answered.load(Ordering::SeqCst) {
                *self.shared.crashes.lock().expect("not poisoned") += 1;
                self.shared.replace(instance, replacement);
            }
        };
        join(request, crash).await;
    }
}
