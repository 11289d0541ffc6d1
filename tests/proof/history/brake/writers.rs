//! Programs that suspend accounts in every way as fast as they are let, and take it back so that they can go on.

use std::time::{Duration, Instant};

use harness::{Key, Numbers, World};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    super::clients::stream,
    record::{Asked, Shared},
};

/// The writers of the first key,
pub(super) const WRITERS: usize = 32;
/// and of the other.
const OTHERS: usize = 4;
/// The accounts of one request for several.
const BATCH: usize = 100;

/// How a writer suspends accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    One,
    Scim,
    Delete,
    Batch,
}

/// A program with accounts of its own.
pub(super) struct Writer {
    number: usize,
    key: usize,
    way: Way,
    accounts: Vec<String>,
    numbers: Numbers,
    turns: usize,
}

/// All writers with their accounts.
pub(super) async fn writers(world: &World, seed: u64) -> Vec<Writer> {
    let mut writers = Vec::new();
    for number in 0..WRITERS + OTHERS {
        let way = match number % 8 {
            0 | 1 | 5 => Way::One,
            2 | 6 => Way::Scim,
            3 => Way::Delete,
            _ => Way::Batch,
        };
        // Every second batch is a small one.
        let count = match way {
            Way::Batch if number % 8 == 4 => BATCH,
            Way::Batch => 9,
            _ => 1,
        };
        let accounts = world.add_members(&format!("writer-{number}"), count).await;
        let (key, numbers) = (usize::from(number >= WRITERS), stream(seed, number + 10));
        writers.push(Writer { number, key, way, accounts, numbers, turns: 0 });
    }
    writers
}

/// What a response says about one account.
fn add(asked: &mut Asked, status: u16, is_changed: bool, body: &Value) {
    match status {
        200 | 201 | 204 => asked.done += usize::from(is_changed),
        429 => {
            let is_limit =
                body["type"].as_str().is_none_or(|kind| kind.ends_with("suspension-limit-reached"));
            assert!(is_limit, "{body}");
            asked.refused += 1;
        }
        503 => asked.is_unknown = true,
        _ => panic!("{status} {body}"),
    }
}

impl Writer {
    /// Suspends or deletes its accounts, and takes that back.
    pub(super) async fn turn(&mut self, shared: &Shared<'_>) {
        self.turns += 1;
        let instance = self.numbers.below(3);
        let key = self.numbers.of(&shared.keys[self.key].secrets);
        let began = Instant::now();
        let answer = self.suspend(shared, instance, key).await;
        let ended = Instant::now();
        let mut asked = Asked { key: self.key, began, ended, done: 0, refused: 0, is_unknown: false };
        match &answer {
            None => asked.is_unknown = true,
            Some((200, answer)) if self.way == Way::Batch => {
                for result in answer["results"].as_array().expect("results") {
                    let problem = &result["problem"];
                    let status = problem["status"].as_u64().and_then(|status| u16::try_from(status).ok());
                    add(&mut asked, status.unwrap_or(200), result["outcome"] == "changed", problem);
                }
            }
            // Somebody deleted it before, in a request whose outcome is unknown.
            Some((404, _)) if self.way == Way::Delete => {}
            Some((status, answer)) => add(&mut asked, *status, true, answer),
        }
        let is_stopped = asked.refused > 0;
        let may_be_changed = asked.done > 0 || asked.is_unknown;
        let is_gone = matches!(answer, Some((404, _)));
        shared.asked.lock().expect("not poisoned").push(asked);
        if is_stopped {
            sleep(Duration::from_millis(50 + self.numbers.below(100) as u64)).await;
        }
        if may_be_changed || is_gone {
            self.take_back(shared, instance + 1, key).await;
        }
    }

    fn user(&self) -> String {
        format!("scim/Users/{}", self.accounts[0])
    }

    async fn suspend(&mut self, shared: &Shared<'_>, instance: usize, key: &Key) -> Option<(u16, Value)> {
        let (method, path, body) = match self.way {
            Way::One => (Method::POST, format!("accounts/{}/suspend", self.accounts[0]), None),
            Way::Batch => (Method::POST, "accounts/suspend".into(), Some(json!({"accounts": self.accounts}))),
            Way::Delete => (Method::DELETE, self.user(), None),
            Way::Scim => (Method::PATCH, self.user(), Some(active(false))),
        };
        shared.send(instance, key, method, &path, body.as_ref()).await
    }

    /// Unsuspends the accounts, or creates another instead of the deleted one, until that is done.
    async fn take_back(&mut self, shared: &Shared<'_>, instance: usize, key: &Key) {
        let name = format!("again-{}-{}@acme.example", self.number, self.turns);
        let (method, path, body) = match self.way {
            Way::One => (Method::POST, format!("accounts/{}/unsuspend", self.accounts[0]), None),
            Way::Batch => {
                (Method::POST, "accounts/unsuspend".into(), Some(json!({"accounts": self.accounts})))
            }
            Way::Delete => (Method::POST, "scim/Users".into(), Some(json!({"userName": name}))),
            Way::Scim => (Method::PATCH, self.user(), Some(active(true))),
        };
        for attempt in instance.. {
            match shared.send(attempt, key, method.clone(), &path, body.as_ref()).await {
                Some((200 | 201, answer)) => {
                    if let (Way::Delete, Some(id)) = (self.way, answer["id"].as_str()) {
                        self.accounts = vec![id.to_owned()];
                    }
                    return;
                }
                // It was created, but nobody heard of it.
                Some((409, _)) => {
                    self.turns += 1000;
                    return;
                }
                Some((status, answer)) => panic!("{path}: {status} {answer}"),
                None if shared.is_over() => return,
                None => {}
            }
        }
    }
}

fn active(is_active: bool) -> Value {
    json!({"Operations": [{"op": "replace", "path": "active", "value": is_active}]})
}
