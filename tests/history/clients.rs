//! Clients that use, rotate and revoke keys, and write down what they see.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use local::{Options, Stack};
use reqwest::Client;
use serde_json::{Value, json};
use shared::clock::Clock;
use tests::{ADMIN, Committed, Contention, KEYS, Key, Numbers, Weakness, World};
use tokio::{sync::RwLock, time::sleep};

/// How many do how much.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) clients: usize,
    pub(crate) operations: usize,
    pub(crate) instances: usize,
    pub(crate) staleness: Duration,
    pub(crate) weakness: Weakness,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Suspend,
    Unsuspend,
    Read,
    Revoke,
}

/// What a client knows of the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was carried out; the account's state afterwards.
    Done(Option<bool>),
    /// The key was refused.
    Refused,
    /// It may have been carried out, now or later.
    Unknown,
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

/// Everything that happened.
pub(crate) struct History {
    pub(crate) recorded: Vec<Recorded>,
    /// The events in the order of their commits, as the layer before the engine saw them.
    pub(crate) committed: Vec<Committed>,
    pub(crate) conflicts: usize,
}

/// Accounts that the clients fight over.
const ACCOUNTS: [&str; 4] = ["acme-member-1", "acme-member-2", "acme-member-3", "acme-member-4"];

/// A function instance: a stack of its own before the same tables.
struct Instance {
    stack: Stack,
    admin: String,
}

struct Shared {
    dynamodb: String,
    clock: Clock,
    http: Client,
    instances: Vec<RwLock<Option<Instance>>>,
    keys: Mutex<Vec<Key>>,
    recorded: Mutex<Vec<Recorded>>,
    made: AtomicUsize,
}

/// Runs the clients to their end.
pub(crate) async fn record(plan: &Plan) -> History {
    let world = World::start().await;
    let hold = Duration::from_millis(4);
    let contention = Contention::new(hold, plan.staleness, plan.weakness);
    let shared = Arc::new(Shared {
        dynamodb: world.dynamodb.url.clone(),
        clock: world.clock.clone(),
        http: Client::builder().timeout(Duration::from_secs(20)).build().expect("a client"),
        instances: (0..plan.instances).map(|_| RwLock::default()).collect(),
        keys: Mutex::default(),
        recorded: Mutex::default(),
        made: AtomicUsize::default(),
    });
    for number in 0..plan.instances {
        shared.restart(number).await;
    }
    for _ in 0..4 {
        shared.create_key(0).await;
    }
    world.dynamodb.contend(&contention);
    let _ = world.dynamodb.take_calls();
    let clients = (0..plan.clients).map(|number| {
        let (shared, operations) = (shared.clone(), plan.operations);
        let numbers = Numbers::from_seed(plan.seed.wrapping_add(number as u64));
        tokio::spawn(async move { shared.client(numbers, operations).await })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("a client");
    }
    // What is still under way ends.
    sleep(hold * 10).await;
    let recorded = std::mem::take(&mut *shared.recorded.lock().expect("not poisoned"));
    History { recorded, committed: contention.committed(), conflicts: contention.conflicts() }
}

impl Shared {
    /// Ends an instance, whatever it is at, and starts another.
    async fn restart(&self, number: usize) {
        let mut instance = self.instances[number].write().await;
        let options = Options {
            dynamodb_endpoint: Some(self.dynamodb.clone()),
            clock: self.clock.clone(),
            ..Options::in_memory()
        };
        if let Some(Instance { stack, .. }) = instance.take() {
            stack.stop().await;
        }
        let stack = Stack::start(options).await.expect("a stack");
        let request = self.http.post(format!("{}/local/token", stack.url)).json(&json!({"email": ADMIN}));
        let token: Value = request.send().await.expect("an answer").json().await.expect("JSON");
        let admin = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        *instance = Some(Instance { stack, admin });
    }

    async fn client(&self, mut numbers: Numbers, operations: usize) {
        for _ in 0..operations {
            let instance = numbers.below(self.instances.len());
            let account = *numbers.of(&ACCOUNTS);
            let keys = self.keys.lock().expect("not poisoned").clone();
            // Old keys too: those are the ones that must not work.
            let key = if numbers.below(4) == 0 {
                numbers.of(&keys)
            } else {
                &keys[keys.len() - 1 - numbers.below(4)]
            };
            match numbers.below(40) {
                0 => self.restart(instance).await,
                1..=3 => {
                    self.create_key(instance).await;
                    self.revoke(instance, key).await;
                    // At once, somewhere else.
                    let other = (instance + 1) % self.instances.len();
                    self.operate(other, key, What::Read, account).await;
                    self.operate(other, key, What::Suspend, account).await;
                }
                4..=16 => self.operate(instance, key, What::Suspend, account).await,
                17..=29 => self.operate(instance, key, What::Unsuspend, account).await,
                _ => self.operate(instance, key, What::Read, account).await,
            }
        }
    }

    /// Sends a request to an instance; nothing where it breaks off.
    async fn send(
        &self,
        instance: usize,
        method: &str,
        path: &str,
        key: Option<&Key>,
        body: Value,
    ) -> Option<(u16, Value)> {
        let guard = self.instances[instance].read().await;
        let running = guard.as_ref()?;
        let authorization = key.map_or_else(|| running.admin.clone(), Key::authorization);
        let method = method.parse::<reqwest::Method>().expect("a method");
        let request = self.http.request(method, format!("{}{path}", running.stack.url));
        let request = request.header("authorization", authorization);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.json().await.unwrap_or_default()))
    }

    async fn create_key(&self, instance: usize) {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let body = json!({"name": format!("Key {number}"), "scopes": ["deprovisioning"]});
        for _ in 0..5 {
            if let Some((201, made)) = self.send(instance, "POST", KEYS, None, body.clone()).await {
                let text = |name: &str| made[name].as_str().expect("a text").to_owned();
                self.keys.lock().expect("not poisoned").push(Key { id: text("keyId"), secret: text("key") });
                return;
            }
        }
    }

    async fn revoke(&self, instance: usize, key: &Key) {
        let path = format!("{KEYS}/{}/revoke", key.id);
        let began = Instant::now();
        let answer = self.send(instance, "POST", &path, None, key.characters()).await;
        let outcome = if matches!(answer, Some((200, _))) { Outcome::Done(None) } else { Outcome::Unknown };
        self.note(What::Revoke, key, "", began, outcome);
    }

    async fn operate(&self, instance: usize, key: &Key, what: What, account: &str) {
        let (method, change) = match what {
            What::Suspend => ("POST", "/suspend"),
            What::Unsuspend => ("POST", "/unsuspend"),
            What::Read | What::Revoke => ("GET", ""),
        };
        let path = format!("/enterprise/v1/accounts/{account}{change}");
        let began = Instant::now();
        let outcome = match self.send(instance, method, &path, Some(key), Value::Null).await {
            Some((200, account)) => Outcome::Done(Some(account["state"] == "suspended")),
            Some((401, _)) => Outcome::Refused,
            Some((503, _)) | None => Outcome::Unknown,
            Some((status, body)) => panic!("{what:?}: {status} {body}"),
        };
        self.note(what, key, account, began, outcome);
    }

    fn note(&self, what: What, key: &Key, account: &str, began: Instant, outcome: Outcome) {
        let (key, account, ended) = (key.id.clone(), account.to_owned(), Instant::now());
        let recorded = Recorded { what, key, account, began, ended, outcome };
        self.recorded.lock().expect("not poisoned").push(recorded);
    }
}
