//! The requests of a history, and what is recorded of them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use harness::{ADMIN, Behavior, Committed, Contention, Intervention, KEYS, Key, World, eventually};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use store::Clock;
use tokio::time::sleep;

use super::{
    super::{clients::stream, instance::Instance, trouble::trouble},
    sampled::{Sampled, sample},
};

/// Each has one key at a time, and rotates it.
pub(super) const LANES: usize = 5;
/// The machines that use the key of a lane. Each changes an account of its own.
const USERS: usize = 2;
/// The accounts that a lane changes all at once.
pub(super) const BUSY: usize = 12;
const INSTANCES: usize = 3;
/// How often a change is tried until its outcome is known.
const ATTEMPTS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Use,
    Rotate,
    Complete,
    Cancel,
    Revoke,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// With this status and type of problem.
    Refused(u16, String),
    Unknown,
}

/// A request and its response.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) what: What,
    pub(super) key: String,
    /// The mask of the secret that was used or made, or of the current one after a change.
    pub(super) mask: String,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// What the service's clock showed then.
    pub(super) clock: (i64, i64),
    pub(super) outcome: Outcome,
}

pub(super) struct History {
    pub(super) recorded: Vec<Recorded>,
    pub(super) committed: Vec<Committed>,
    /// Moments at which a key had no secret that works, or more than two.
    pub(super) sampled: Sampled,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    /// The keys with all secrets that are known, newest last.
    pub(super) keys: Vec<Vec<Key>>,
    pub(super) world: World,
}

pub(super) struct Shared {
    dynamodb: String,
    pub(super) clock: Clock,
    http: Client,
    pub(super) contention: Arc<Contention>,
    instances: Vec<Mutex<Instance>>,
    recorded: Mutex<Vec<Recorded>>,
    /// For each lane, the secrets that its machines may use.
    pub(super) usable: Vec<Mutex<Vec<Key>>>,
    pub(super) keys: Mutex<Vec<Vec<Key>>>,
    pub(super) crashes: Mutex<usize>,
    accounts: Vec<String>,
    pub(super) busy: Vec<String>,
    is_over: AtomicBool,
}

/// Calls take differently long, so that what was read may be old when it is written.
const JITTER_MILLIS: usize = 25;

pub(super) async fn record(behavior: Behavior, seed: u64) -> History {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let accounts = world.add_members("lane", LANES * USERS).await;
    let busy = world.add_members("busy", LANES * BUSY).await;
    let contention = Contention::of(behavior);
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let start = |_| Instance::start(&world.dynamodb.url, &world.clock, &http);
    let instances = join_all((0..INSTANCES).map(start)).await;
    world.dynamodb.contend(&contention);
    let (mut trouble, mut numbers) = (trouble(stream(seed, 0)), stream(seed, LANES + 1));
    world.dynamodb.interfere(move |call| match trouble(call) {
        Intervention::Pass if call.function != "local" && numbers.below(4) == 0 => {
            Intervention::Delay(Duration::from_millis(numbers.below(JITTER_MILLIS) as u64))
        }
        other => other,
    });
    let shared = Shared {
        dynamodb: world.dynamodb.url.clone(),
        clock: world.clock.clone(),
        http,
        contention: contention.clone(),
        instances: instances.into_iter().map(Mutex::new).collect(),
        recorded: Mutex::default(),
        usable: (0..LANES).map(|_| Mutex::default()).collect(),
        keys: Mutex::default(),
        crashes: Mutex::default(),
        accounts,
        busy,
        is_over: AtomicBool::default(),
    };
    let lanes = (0..LANES).map(|number| shared.lane(number, stream(seed, number + 1)));
    let lanes = async {
        join_all(lanes).await;
        shared.is_over.store(true, Ordering::SeqCst);
    };
    let users = (0..LANES * USERS).map(|number| shared.act(number, stream(seed, LANES + 2 + number)));
    let (sampled, _) = join(sample(&world, || shared.is_over()), join(lanes, join_all(users))).await;
    let Shared { instances, recorded, keys, crashes, .. } = shared;
    drop(instances);
    sleep(Duration::from_millis(200)).await;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    world.dynamodb.let_pass();
    History {
        recorded: recorded.into_inner().expect("not poisoned"),
        committed: contention.committed(),
        sampled,
        conflicts: contention.conflicts(),
        crashes: crashes.into_inner().expect("not poisoned"),
        keys: keys.into_inner().expect("not poisoned"),
        world,
    }
}

impl Shared {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Starts another instance.
    pub(super) async fn start(&self) -> Instance {
        Instance::start(&self.dynamodb, &self.clock, &self.http).await
    }

    /// Replaces an instance by another, and ends the old one, even in the middle of its work.
    pub(super) fn replace(&self, number: usize, by: Instance) {
        let mut running = self.instances[number % INSTANCES].lock().expect("not poisoned");
        drop(std::mem::replace(&mut *running, by));
    }

    /// Uses the secrets of a lane, the newest more often, until all lanes are done.
    async fn act(&self, number: usize, mut numbers: harness::Numbers) {
        let account = &self.accounts[number];
        let mut turn = 0;
        while !self.is_over() {
            let (newest, instance) = (numbers.below(5) > 0, numbers.below(INSTANCES));
            let age = numbers.below(1 << 16);
            let secret = {
                let usable = self.usable[number % LANES].lock().expect("not poisoned");
                let among = if newest { usable.len().min(3) } else { usable.len() };
                if among == 0 { None } else { Some(usable[usable.len() - 1 - age % among].clone()) }
            };
            let Some(secret) = secret else {
                sleep(Duration::from_millis(2)).await;
                continue;
            };
            turn += 1;
            let path = match turn % 4 {
                0 | 2 => format!("accounts/{account}/suspend"),
                1 => format!("accounts/{account}/unsuspend"),
                _ => "api-key".to_owned(),
            };
            if self.use_secret(instance, &secret, &path).await != Outcome::Done {
                sleep(Duration::from_millis(15)).await;
            }
        }
    }

    /// Sends a request with a secret: a change, or a read of `api-key`.
    pub(super) async fn use_secret(&self, instance: usize, secret: &Key, path: &str) -> Outcome {
        let is_read = path == "api-key";
        let request = |http: &Client, url: &str| {
            let url = format!("{url}/enterprise/v1/{path}");
            if is_read { http.get(url) } else { http.post(url) }
        };
        let (outcome, _) = self.send(What::Use, instance, secret, Some(secret), request).await;
        assert!(!matches!(outcome, Outcome::Refused(status, _) if status != 401), "{path}: {outcome:?}");
        outcome
    }

    /// Changes a key as an administrator, until the outcome is known.
    pub(super) async fn change(
        &self,
        what: What,
        instance: usize,
        key: &Key,
        body: &Value,
    ) -> (Outcome, Value) {
        let path = match what {
            What::Complete => "complete-rotation",
            What::Cancel => "cancel-rotation",
            What::Revoke => "revoke",
            What::Use | What::Rotate => "rotate",
        };
        for attempt in 0..ATTEMPTS {
            let request =
                |http: &Client, url: &str| http.post(format!("{url}{KEYS}/{}/{path}", key.id)).json(body);
            let (outcome, answer) = self.send(what, instance + attempt, key, None, request).await;
            let is_expected = match &outcome {
                Outcome::Refused(409, _) | Outcome::Done | Outcome::Unknown => true,
                // The clock has passed the expiry that it asks for.
                Outcome::Refused(status, _) => *status == 400 && what == What::Rotate,
            };
            assert!(is_expected, "{what:?}: {outcome:?} {answer}");
            if outcome != Outcome::Unknown {
                return (outcome, answer);
            }
        }
        (Outcome::Unknown, Value::Null)
    }

    /// A key rotates itself.
    pub(super) async fn rotate_itself(&self, instance: usize, secret: &Key) -> Option<Key> {
        let request = |http: &Client, url: &str| http.post(format!("{url}/enterprise/v1/api-key/rotate"));
        let body = |http: &Client, url: &str| request(http, url).json(&json!({"overlapSeconds": 60}));
        let (outcome, answer) = self.send(What::Rotate, instance, secret, Some(secret), body).await;
        let is_expected = match &outcome {
            Outcome::Refused(status, _) => [401, 409, 429].contains(status),
            Outcome::Done | Outcome::Unknown => true,
        };
        assert!(is_expected, "{outcome:?} {answer}");
        made(secret, &answer)
    }

    pub(super) async fn create(&self, instance: usize) -> Key {
        let body = json!({
            "name": "Lane", "scopes": ["deprovisioning"], "selfRotation": {"lifetimeDays": 90},
        });
        for attempt in 0.. {
            let (url, admin) = self.at(instance + attempt);
            let request = self.http.post(format!("{url}{KEYS}")).header("authorization", admin).json(&body);
            let Ok(response) = request.send().await else { continue };
            if response.status() == 401 {
                self.sign_in(instance + attempt).await;
            }
            let answer: Value = response.json().await.unwrap_or_default();
            if let (Some(id), Some(secret)) = (answer["keyId"].as_str(), answer["key"].as_str()) {
                return Key { id: id.into(), secret: secret.into() };
            }
        }
        unreachable!("it is tried again and again")
    }

    /// Whether the key is revoked or has expired, or may have been revoked.
    pub(super) fn is_ended(&self, key: &str) -> bool {
        let recorded = self.recorded.lock().expect("not poisoned");
        recorded.iter().any(|one| {
            let is_refused = matches!(&one.outcome, Outcome::Refused(_, kind) if kind == "key-mismatch");
            let is_inactive = matches!(&one.outcome, Outcome::Refused(_, kind) if kind == "key-not-active");
            one.key == key && (is_inactive || one.what == What::Revoke && !is_refused)
        })
    }

    async fn sign_in(&self, instance: usize) {
        let (url, _) = self.at(instance);
        let request = self.http.post(format!("{url}/local/token")).json(&json!({"email": ADMIN}));
        let Ok(response) = request.send().await else { return };
        let token: Value = response.json().await.unwrap_or_default();
        if let Some(token) = token["access_token"].as_str() {
            let mut running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
            running.admin = format!("Bearer {token}");
        }
    }

    fn at(&self, instance: usize) -> (String, String) {
        let running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
        (running.url.clone(), running.admin.clone())
    }

    /// Sends a request as the holder of this secret, or as an administrator, and records it.
    async fn send(
        &self,
        what: What,
        instance: usize,
        key: &Key,
        holder: Option<&Key>,
        request: impl FnOnce(&Client, &str) -> RequestBuilder,
    ) -> (Outcome, Value) {
        let (url, admin) = self.at(instance);
        let authorization = holder.map_or(admin, Key::authorization);
        let (began, first) = (Instant::now(), self.clock.now().millis());
        let answer = async {
            let response = request(&self.http, &url).header("authorization", authorization).send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        };
        let (outcome, body) = match answer.await {
            Err(_) | Ok((503 | 504, _)) => (Outcome::Unknown, Value::Null),
            // The lanes move the clock, so the token may have expired. Then nothing was done.
            Ok((401, _)) if holder.is_none() => {
                self.sign_in(instance).await;
                (Outcome::Unknown, Value::Null)
            }
            Ok((status, body)) => {
                let body: Value = serde_json::from_slice(&body).expect("JSON");
                let kind = body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default();
                let refused = Outcome::Refused(status, kind.to_owned());
                (if status == 200 { Outcome::Done } else { refused }, body)
            }
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mask = match what {
            What::Use => None,
            What::Rotate => text(&body["newSecret"]["mask"]),
            What::Complete | What::Cancel | What::Revoke => text(&body["mask"]),
        };
        let recorded = Recorded {
            what,
            key: key.id.clone(),
            mask: mask.unwrap_or_else(|| key.mask()),
            began,
            ended: Instant::now(),
            clock: (first, self.clock.now().millis()),
            outcome: outcome.clone(),
        };
        self.recorded.lock().expect("not poisoned").push(recorded);
        (outcome, body)
    }
}

/// The secret that a rotation made.
pub(super) fn made(key: &Key, answer: &Value) -> Option<Key> {
    Some(Key { id: key.id.clone(), secret: answer["key"].as_str()?.to_owned() })
}
