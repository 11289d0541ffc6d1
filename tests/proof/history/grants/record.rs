//! The requests of a history, and what is recorded of them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::scope::Scope;
use futures_util::future::{join, join_all};
use harness::{Behavior, Committed, Contention, Intervention, KEYS, Key, Numbers, World, eventually};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::super::{clients::stream, instance::Instance, trouble::trouble};

/// Each has one key at a time.
const LANES: usize = 4;
/// The machines that use the key of a lane. Each changes an account of its own.
const USERS: usize = 5;
pub(super) const INSTANCES: usize = 3;
/// Half of the calls of writers take up to this long.
const JITTER_MILLIS: usize = 80;
/// How often a change is tried until its outcome is known.
const ATTEMPTS: usize = 8;

/// A request with a key that succeeded.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) key: String,
    pub(super) needed: Scope,
    pub(super) began: Instant,
    pub(super) ended: Instant,
}

/// What an administrator did with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Only these scopes remain.
    Narrow(Vec<Scope>),
    Hold,
    Release,
    Revoke,
}

impl What {
    /// The action of its event.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Narrow(_) => "UPDATE_API_KEY",
            Self::Hold => "HOLD_API_KEY",
            Self::Release => "RELEASE_API_KEY",
            Self::Revoke => "REVOKE_API_KEY",
        }
    }
}

/// A request of an administrator that was answered with 200.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) key: String,
    pub(super) what: What,
    pub(super) began: Instant,
    pub(super) ended: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) uses: Vec<Use>,
    /// The requests that were answered with 401, and with 403.
    pub(super) refused: [usize; 2],
    pub(super) changes: Vec<Change>,
    pub(super) crashes: usize,
}

pub(super) struct History {
    pub(super) records: Records,
    pub(super) committed: Vec<Committed>,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    pub(super) world: World,
}

pub(super) struct Shared {
    pub(super) world: World,
    pub(super) http: Client,
    pub(super) contention: Arc<Contention>,
    instances: Vec<Mutex<Instance>>,
    pub(super) records: Mutex<Records>,
    /// The key of each lane.
    pub(super) keys: Vec<Mutex<Option<Key>>>,
    accounts: Vec<String>,
    is_over: AtomicBool,
}

pub(super) async fn record(behavior: Behavior, seed: u64) -> History {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let accounts = world.add_members("grant", LANES * USERS).await;
    let contention = Contention::of(behavior);
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let start = |_| Instance::start(&world.dynamodb.url, &world.clock, &http);
    let instances = join_all((0..INSTANCES).map(start)).await;
    world.dynamodb.contend(&contention);
    let (mut trouble, mut numbers) = (trouble(stream(seed, 0)), stream(seed, LANES * (USERS + 1) + 1));
    world.dynamodb.interfere(move |call| match trouble(call) {
        // What a writer read may be old when it writes.
        Intervention::Pass if ["account-status", "scim-users"].contains(&call.function.as_str()) => {
            let is_slow = numbers.below(2) == 0;
            let millis = numbers.below(JITTER_MILLIS) as u64;
            if is_slow { Intervention::Delay(Duration::from_millis(millis)) } else { Intervention::Pass }
        }
        other => other,
    });
    let shared = Shared {
        world,
        http,
        contention,
        instances: instances.into_iter().map(Mutex::new).collect(),
        records: Mutex::default(),
        keys: (0..LANES).map(|_| Mutex::default()).collect(),
        accounts,
        is_over: AtomicBool::default(),
    };
    let lanes = async {
        join_all((0..LANES).map(|number| shared.lane(number, stream(seed, number + 1)))).await;
        shared.is_over.store(true, Ordering::SeqCst);
    };
    let users = (0..LANES * USERS).map(|number| shared.act(number, stream(seed, LANES + 1 + number)));
    join(lanes, join_all(users)).await;
    let Shared { world, contention, instances, records, .. } = shared;
    drop(instances);
    sleep(Duration::from_millis(200)).await;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    world.dynamodb.let_pass();
    let records = records.into_inner().expect("not poisoned");
    let crashes = records.crashes;
    let (committed, conflicts) = (contention.committed(), contention.conflicts());
    History { records, committed, conflicts, crashes, world }
}

impl Shared {
    pub(super) fn at(&self, instance: usize) -> (String, String) {
        let running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
        (running.url.clone(), running.admin.clone())
    }

    /// Starts another instance.
    pub(super) async fn start(&self) -> Instance {
        Instance::start(&self.world.dynamodb.url, &self.world.clock, &self.http).await
    }

    /// Replaces an instance by another, and ends the old one, even in the middle of its work.
    pub(super) fn replace(&self, number: usize, by: Instance) {
        let mut running = self.instances[number % INSTANCES].lock().expect("not poisoned");
        drop(std::mem::replace(&mut *running, by));
    }

    /// Uses the key of a lane until all lanes are done.
    async fn act(&self, number: usize, mut numbers: Numbers) {
        let account = &self.accounts[number];
        let mut turn = number;
        while !self.is_over.load(Ordering::SeqCst) {
            let key = self.keys[number % LANES].lock().expect("not poisoned").clone();
            let Some(key) = key else {
                sleep(Duration::from_millis(3)).await;
                continue;
            };
            turn += 1;
            if !self.use_key(numbers.below(INSTANCES), &key, account, turn).await {
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Sends one of five requests. Returns whether it succeeded.
    async fn use_key(&self, instance: usize, key: &Key, account: &str, turn: usize) -> bool {
        let (url, _) = self.at(instance);
        let status = format!("{url}/enterprise/v1/accounts/{account}");
        let user = format!("{url}/enterprise/v1/scim/Users/{account}");
        let name = json!({"Operations": [{"op": "replace", "path": "displayName", "value": format!("Turn {turn}")}]});
        let (needed, request) = match turn % 5 {
            0 => (Scope::Deprovisioning, self.http.post(format!("{status}/suspend"))),
            1 => (Scope::Scim, self.http.patch(user).json(&name)),
            2 => (Scope::Deprovisioning, self.http.post(format!("{status}/unsuspend"))),
            3 => (Scope::AccountsRead, self.http.get(status)),
            _ => (Scope::ScimRead, self.http.get(user)),
        };
        let began = Instant::now();
        let answer = request.header("authorization", key.authorization()).send().await;
        let ended = Instant::now();
        let answered = answer.map(|answer| answer.status().as_u16());
        let mut records = self.records.lock().expect("not poisoned");
        match answered {
            Ok(200) => records.uses.push(Use { key: key.id.clone(), needed, began, ended }),
            Ok(401) => records.refused[0] += 1,
            Ok(403) => records.refused[1] += 1,
            Ok(503 | 504) | Err(_) => {}
            Ok(status) => panic!("{status}"),
        }
        matches!(answered, Ok(200))
    }

    pub(super) async fn create(&self, instance: usize) -> Key {
        let body = json!({"name": "Lane", "scopes": ["deprovisioning", "scim", "audit-log"]});
        for attempt in 0.. {
            let (url, admin) = self.at(instance + attempt);
            let request = self.http.post(format!("{url}{KEYS}")).header("authorization", admin).json(&body);
            let Ok(response) = request.send().await else { continue };
            let answer: Value = response.json().await.unwrap_or_default();
            if let (Some(id), Some(secret)) = (answer["keyId"].as_str(), answer["key"].as_str()) {
                return Key { id: id.into(), secret: secret.into() };
            }
        }
        unreachable!("it is tried again and again")
    }

    /// Changes a key as an administrator, until the outcome is known. Returns whether it was done.
    pub(super) async fn change(&self, instance: usize, key: &Key, what: &What) -> bool {
        for attempt in 0..ATTEMPTS {
            let (url, admin) = self.at(instance + attempt);
            let path = format!("{url}{KEYS}/{}", key.id);
            let request = match what {
                What::Narrow(scopes) => {
                    let ids: Vec<_> = scopes.iter().map(|scope| scope.id()).collect();
                    self.http.patch(path).json(&json!({"scopes": ids}))
                }
                What::Hold => self.http.post(format!("{path}/hold")),
                What::Release => self.http.post(format!("{path}/release")),
                What::Revoke => self.http.post(format!("{path}/revoke")).json(&key.characters()),
            };
            let began = Instant::now();
            let answer = request.header("authorization", admin).send().await;
            match answer.map(|answer| answer.status().as_u16()) {
                Ok(200) => {
                    let (key, what) = (key.id.clone(), what.clone());
                    let change = Change { key, what, began, ended: Instant::now() };
                    self.records.lock().expect("not poisoned").changes.push(change);
                    return true;
                }
                // Another change came before: it took that scope, or ended the key.
                Ok(400 | 409) => return false,
                Ok(503 | 504) | Err(_) => {}
                Ok(status) => panic!("{what:?}: {status}"),
            }
        }
        false
    }
}
