//! Clients that use, rotate and revoke keys, and record what they see.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use harness::{Behavior, Committed, Contention, KEYS, Key, Numbers, World, eventually};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use store::Clock;
use tokio::time::sleep;

use super::{
    choice::{ACCOUNTS, Choice, RECENT},
    instance::Instance,
    trouble::trouble,
};

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
    /// The number of answered requests for several accounts.
    pub(crate) together: usize,
    /// The number of plain writes that passed a transaction.
    pub(crate) passed: usize,
    /// The content of the tables at the end.
    pub(crate) keys: Vec<Value>,
    pub(crate) events: Vec<Value>,
    pub(crate) accounts: Vec<Value>,
}

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
    /// The number of answered requests for several accounts.
    together: AtomicUsize,
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
        together: AtomicUsize::new(0),
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
        together: shared.together.into_inner(),
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

/// The outcome for one of several accounts.
fn outcome_in(result: &Value) -> Outcome {
    let Value::Object(problem) = &result["problem"] else {
        return Outcome::Done(Some(result["account"]["state"] == "suspended"));
    };
    match problem["status"].as_u64() {
        Some(401) => Outcome::Refused,
        Some(503) => Outcome::Unknown(Why::Unavailable),
        _ => panic!("one of several: {result}"),
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
                8..26 => self.operate(instance, &key, What::Suspend, account, patience).await,
                26..33 => self.operate_many(instance, &key, What::Suspend, &choice).await,
                33..51 => self.operate(instance, &key, What::Unsuspend, account, patience).await,
                51..58 => self.operate_many(instance, &key, What::Unsuspend, &choice).await,
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

    /// Changes three of the accounts in one request, in any order, one of them under two names.
    async fn operate_many(&self, instance: usize, key: &Key, what: What, choice: &Choice) {
        let accounts = choice.accounts_in_any_order();
        let names = &accounts[1..];
        let address = |id: &str| format!("{}@acme.example", id.trim_start_matches("acme-"));
        let body = json!({"accounts": [names[0], names[1], names[2], address(names[0])]});
        let change = if what == What::Suspend { "suspend" } else { "unsuspend" };
        let began = Instant::now();
        let request = |http: &Client, url: &str| {
            http.post(format!("{url}/enterprise/v1/accounts/{change}")).json(&body)
        };
        let answer = self.send(instance, Some(key.authorization()), choice.patience, request).await;
        for (number, account) in names.iter().enumerate() {
            let outcome = match &answer {
                Ok((200, answer)) => outcome_in(&answer["results"][number]),
                Ok((401, _)) => Outcome::Refused,
                Ok((status, body)) => panic!("{what:?}: {status} {body}"),
                Err(why) => Outcome::Unknown(*why),
            };
            self.note(what, key, account, began, outcome);
        }
        if let Ok((200, answer)) = &answer {
            let [first, again] = [0, 3].map(|number| &answer["results"][number]);
            assert_eq!(
                (&first["account"], again["outcome"] == "changed"),
                (&again["account"], false),
                "{answer}"
            );
            self.together.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn note(&self, what: What, key: &Key, account: &str, began: Instant, outcome: Outcome) {
        let (key, account, ended) = (key.id.clone(), account.to_owned(), Instant::now());
        let recorded = Recorded { what, key, account, began, ended, outcome };
        self.recorded.lock().expect("not poisoned").push(recorded);
    }
}
