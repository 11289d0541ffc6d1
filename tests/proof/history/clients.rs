//! Clients that use, rotate and revoke keys, and record what they see.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use harness::{Behavior, Committed, Contention, KEYS, Key, Numbers, World, eventually};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use store::Clock;
use tokio::time::sleep;

use super::{instance::Instance, trouble::trouble};

/// The numbers of clients and of their operations.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) clients: usize,
    pub(crate) operations: usize,
    pub(crate) instances: usize,
    pub(crate) behavior: Behavior,
}

/// The requested operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Suspend,
    Unsuspend,
    Read,
    Revoke,
}

/// The reason why a client doesn't know the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The client stopped waiting.
    GaveUp,
    /// The connection broke or could not be opened, because the instance ended.
    Broken,
    /// The response was a 503.
    Unavailable,
}

/// The outcome, as far as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was carried out. Contains the account's state afterwards.
    Done(Option<bool>),
    /// The key was refused.
    Refused,
    /// It may have been carried out, now or later.
    Unknown(Why),
}

/// One operation of one client.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) what: What,
    pub(crate) key: String,
    pub(crate) account: String,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
    pub(crate) outcome: Outcome,
}

/// The creation of one key, with its repetitions.
#[derive(Clone, Debug)]
pub(crate) struct Creation {
    pub(crate) name: String,
    /// Whether the key exists, or `None` if nobody knows.
    pub(crate) is_made: Option<bool>,
}

/// The complete history.
pub(crate) struct History {
    pub(crate) recorded: Vec<Recorded>,
    pub(crate) creations: Vec<Creation>,
    /// The events in the order of their commits, as seen by the layer in front of the engine.
    pub(crate) committed: Vec<Committed>,
    pub(crate) conflicts: usize,
    /// The number of plain writes that passed a transaction.
    pub(crate) passed: usize,
    /// The content of the tables at the end.
    pub(crate) keys: Vec<Value>,
    pub(crate) events: Vec<Value>,
    pub(crate) accounts: Vec<Value>,
}

/// The number of accounts that the clients change.
const ACCOUNTS: [&str; 4] = ["acme-member-1", "acme-member-2", "acme-member-3", "acme-member-4"];
/// The number of attempts of a client to create or revoke a key.
const ATTEMPTS: usize = 5;

struct Shared {
    dynamodb: String,
    clock: Clock,
    http: Client,
    instances: Vec<Mutex<Instance>>,
    keys: Mutex<Vec<Key>>,
    recorded: Mutex<Vec<Recorded>>,
    creations: Mutex<Vec<Creation>>,
}

/// Runs the clients to their end.
pub(crate) async fn record(plan: &Plan) -> History {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let contention = Contention::of(plan.behavior);
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let start = |_| Instance::start(&world.dynamodb.url, &world.clock, &http);
    let instances = join_all((0..plan.instances).map(start)).await;
    let shared = Arc::new(Shared {
        dynamodb: world.dynamodb.url.clone(),
        clock: world.clock.clone(),
        instances: instances.into_iter().map(Mutex::new).collect(),
        http,
        keys: Mutex::default(),
        recorded: Mutex::default(),
        creations: Mutex::default(),
    });
    for number in 0..RECENT {
        shared.create_key(&format!("first-{number}"), 0, None).await;
    }
    world.dynamodb.contend(&contention);
    world.dynamodb.interfere(trouble(stream(plan.seed, 0)));
    let clients = (1..=plan.clients).map(|number| {
        let (shared, operations) = (shared.clone(), plan.operations);
        let numbers = stream(plan.seed, number);
        tokio::spawn(async move { shared.client(number, numbers, operations).await })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("a client");
    }
    // The instances end, and the calls that are still in progress arrive at the tables.
    let shared = Arc::into_inner(shared).expect("no client is left");
    drop(shared.instances);
    sleep(Duration::from_millis(200)).await;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    History {
        recorded: shared.recorded.into_inner().expect("not poisoned"),
        creations: shared.creations.into_inner().expect("not poisoned"),
        committed: contention.committed(),
        conflicts: contention.conflicts(),
        passed: contention.passed(),
        keys: world.dynamodb.items("ApiKeys").await,
        events: world.dynamodb.items("AuditEvents").await,
        accounts: world.dynamodb.items("Accounts").await,
    }
}

/// The random numbers of a client (from 1), or of the faults (0).
pub(crate) fn stream(seed: u64, number: usize) -> Numbers {
    let mixed = (seed ^ (number as u64) << 48).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Numbers::from_seed(mixed ^ mixed >> 29)
}

/// Most operations use one of this many keys, the newest.
const RECENT: usize = 4;

/// All choices of a client for one operation. It always uses the same number of random numbers, so that a client's
/// choices don't depend on the other clients.
struct Choice {
    instance: usize,
    account: &'static str,
    operation: usize,
    /// Any key, because revoked keys are the ones that must not work.
    is_any_key: bool,
    age: usize,
    /// How long it waits for a response, if not until the end.
    patience: Option<Duration>,
    /// How long a key that is to be revoked is used before the revocation begins.
    uses_before: Duration,
}

impl Choice {
    fn draw(numbers: &mut Numbers, instances: usize) -> Self {
        let (instance, account) = (numbers.below(instances), *numbers.of(&ACCOUNTS));
        let (operation, is_any_key, age) = (numbers.below(80), numbers.below(4) == 0, numbers.below(1 << 16));
        let (is_impatient, millis) = (numbers.below(25) == 0, 2 + numbers.below(60));
        let patience = is_impatient.then(|| Duration::from_millis(millis as u64));
        let uses_before = Duration::from_millis(numbers.below(25) as u64);
        Self { instance, account, operation, is_any_key, age, patience, uses_before }
    }

    /// The key of this age among the current ones.
    fn key(&self, keys: &[Key]) -> Key {
        let among = if self.is_any_key { keys.len() } else { RECENT };
        keys[keys.len() - 1 - self.age % among].clone()
    }
}

impl Shared {
    /// Replaces an instance by another, and ends the old one, even in the middle of its work.
    async fn restart(&self, number: usize) {
        let new = Instance::start(&self.dynamodb, &self.clock, &self.http).await;
        let old = std::mem::replace(&mut *self.instances[number].lock().expect("not poisoned"), new);
        drop(old);
    }

    async fn client(&self, number: usize, mut numbers: Numbers, operations: usize) {
        for turn in 0..operations {
            let choice = Choice::draw(&mut numbers, self.instances.len());
            let key = choice.key(&self.keys.lock().expect("not poisoned"));
            let Choice { instance, account, patience, .. } = choice;
            match choice.operation {
                0..2 => self.restart(instance).await,
                2..8 => {
                    self.rotate(&format!("key-{number}-{turn}"), &choice, &key).await;
                }
                8..33 => self.operate(instance, &key, What::Suspend, account, patience).await,
                33..58 => self.operate(instance, &key, What::Unsuspend, account, patience).await,
                _ => self.operate(instance, &key, What::Read, account, patience).await,
            }
        }
    }

    /// Creates a key and revokes another. Other clients use the revoked key before the revocation, during it and
    /// immediately afterwards.
    async fn rotate(&self, name: &str, choice: &Choice, key: &Key) {
        let &Choice { instance, account, patience, uses_before, .. } = choice;
        self.create_key(name, instance, patience).await;
        let other = (instance + 1) % self.instances.len();
        let meanwhile = ACCOUNTS.iter().map(async |account| {
            for what in [What::Suspend, What::Unsuspend, What::Suspend] {
                self.operate(other, key, what, account, None).await;
            }
        });
        let revocation = async {
            sleep(uses_before).await;
            self.revoke(instance, key, patience).await;
        };
        tokio::join!(revocation, join_all(meanwhile));
        self.operate(other, key, What::Read, account, None).await;
        self.operate(other, key, What::Suspend, account, None).await;
    }

    /// Sends a request to an instance, and waits no longer than this.
    async fn send(
        &self,
        instance: usize,
        authorization: Option<String>,
        patience: Option<Duration>,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> Result<(u16, Value), Why> {
        let (url, admin) = {
            let running = self.instances[instance].lock().expect("not poisoned");
            (running.url.clone(), running.admin.clone())
        };
        let request = request(&self.http, &url).header("authorization", authorization.unwrap_or(admin));
        let request = if let Some(patience) = patience { request.timeout(patience) } else { request };
        let why = |error: reqwest::Error| if error.is_timeout() { Why::GaveUp } else { Why::Broken };
        let response = request.send().await.map_err(why)?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(why)?;
        if status == 503 {
            return Err(Why::Unavailable);
        }
        Ok((status, serde_json::from_slice(&body).expect("JSON")))
    }

    /// Creates a key with this name, which identifies the repeats.
    async fn create_key(&self, name: &str, instance: usize, patience: Option<Duration>) {
        let body = json!({"name": name, "scopes": ["deprovisioning"]});
        let mut is_made = None;
        for attempt in 0..ATTEMPTS {
            let instance = (instance + attempt) % self.instances.len();
            let patience = patience.filter(|_| attempt == 0);
            let request = |http: &Client, url: &str| {
                http.post(format!("{url}{KEYS}")).header("idempotency-key", name).json(&body)
            };
            match self.send(instance, None, patience, request).await {
                Ok((201, made)) => {
                    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
                    let key = Key { id: text("keyId"), secret: text("key") };
                    self.keys.lock().expect("not poisoned").push(key);
                    is_made = Some(true);
                }
                // The key was created, and its secret was lost with the first response.
                Ok((200, _)) => is_made = Some(true),
                Ok((409, problem)) if problem["type"].to_string().contains("key-limit-reached") => {
                    is_made = Some(false);
                }
                Ok((status, body)) => panic!("a creation: {status} {body}"),
                Err(_) => continue,
            }
            break;
        }
        let creation = Creation { name: name.to_owned(), is_made };
        self.creations.lock().expect("not poisoned").push(creation);
    }

    /// Revokes a key, and repeats this until the revocation is confirmed.
    async fn revoke(&self, instance: usize, key: &Key, patience: Option<Duration>) {
        for attempt in 0..ATTEMPTS {
            let instance = (instance + attempt) % self.instances.len();
            let began = Instant::now();
            let request = |http: &Client, url: &str| {
                http.post(format!("{url}{KEYS}/{}/revoke", key.id)).json(&key.characters())
            };
            let outcome = match self.send(instance, None, patience.filter(|_| attempt == 0), request).await {
                Ok((200, _)) => Outcome::Done(None),
                Ok((status, body)) => panic!("a revocation: {status} {body}"),
                Err(why) => Outcome::Unknown(why),
            };
            let is_done = outcome == Outcome::Done(None);
            self.note(What::Revoke, key, "", began, outcome);
            if is_done {
                return;
            }
        }
    }

    async fn operate(
        &self,
        instance: usize,
        key: &Key,
        what: What,
        account: &str,
        patience: Option<Duration>,
    ) {
        let (method, change) = match what {
            What::Suspend => (Method::POST, "/suspend"),
            What::Unsuspend => (Method::POST, "/unsuspend"),
            What::Read | What::Revoke => (Method::GET, ""),
        };
        let began = Instant::now();
        let request = |http: &Client, url: &str| {
            http.request(method, format!("{url}/enterprise/v1/accounts/{account}{change}"))
        };
        let outcome = match self.send(instance, Some(key.authorization()), patience, request).await {
            Ok((200, account)) => Outcome::Done(Some(account["state"] == "suspended")),
            Ok((401, _)) => Outcome::Refused,
            Ok((status, body)) => panic!("{what:?}: {status} {body}"),
            Err(why) => Outcome::Unknown(why),
        };
        self.note(what, key, account, began, outcome);
    }

    fn note(&self, what: What, key: &Key, account: &str, began: Instant, outcome: Outcome) {
        let (key, account, ended) = (key.id.clone(), account.to_owned(), Instant::now());
        let recorded = Recorded { what, key, account, began, ended, outcome };
        self.recorded.lock().expect("not poisoned").push(recorded);
    }
}
