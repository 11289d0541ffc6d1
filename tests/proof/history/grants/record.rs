//! The requests of a history, and what is recorded of them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use harness::{Behavior, Committed, Contention, Intervention, KEYS, Key, Numbers, World, eventually};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use store::Clock;
use tokio::{sync::Semaphore, time::sleep};

use super::{
    super::{clients::stream, instance::Instance, trouble::trouble},
    sampled::{Sampled, sample},
};

/// Each has one key at a time, and takes something away from it.
pub(super) const LANES: usize = 4;
/// The machines that use the key of a lane. Each changes two accounts of its own.
const USERS: usize = 1;
/// More of them, while a change is broken off.
pub(super) const BUSY: usize = 8;
const INSTANCES: usize = 3;
/// How often a change is tried until its outcome is known.
const ATTEMPTS: usize = 5;
/// Calls take differently long, so that what was read may be old when it is written.
const JITTER_MILLIS: usize = 25;

/// How much happens in a history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// The keys of each lane.
    pub(super) keys: usize,
    /// The changes of the policy.
    pub(super) policies: usize,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Something that needs this scope, or any.
    Use(Option<&'static str>),
    /// An edit after which the key has these scopes.
    Narrow(Vec<&'static str>),
    /// An edit after which the key expires at this time.
    Expire(i64),
    Hold,
    Release,
    Revoke,
    /// Whatever takes nothing away.
    Other,
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
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// What the service's clock showed when it began and when it ended.
    pub(super) clock: (i64, i64),
    pub(super) outcome: Outcome,
}

/// A time in which the company may not have been on the Enterprise plan.
pub(super) type OffPlan = (Instant, Instant);

pub(super) struct History {
    pub(super) recorded: Vec<Recorded>,
    pub(super) committed: Vec<Committed>,
    pub(super) off_plan: Vec<OffPlan>,
    /// Moments at which the items of secrets said something else than the key and the policy.
    pub(super) sampled: Sampled,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    pub(super) world: World,
}

pub(super) struct Shared<'w> {
    pub(super) world: &'w World,
    pub(super) clock: Clock,
    http: Client,
    instances: Vec<Mutex<Instance>>,
    pub(super) recorded: Mutex<Vec<Recorded>>,
    pub(super) off_plan: Mutex<Vec<OffPlan>>,
    /// For each lane, the key that its machines use.
    pub(super) usable: Vec<Mutex<Option<Key>>>,
    /// The secrets whose gates nobody can raise now, by their digests, and whether somebody has tried.
    pub(super) stuck: Arc<Mutex<HashMap<String, bool>>>,
    pub(super) crashes: Mutex<usize>,
    accounts: Vec<String>,
    is_over: AtomicBool,
}

pub(super) async fn record(behavior: Behavior, parts: Parts, seed: u64) -> History {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let accounts = world.add_members("lane", LANES * (USERS + BUSY) * 2).await;
    let contention = Contention::of(behavior);
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let start = |_| Instance::start(&world.dynamodb.url, &world.clock, &http);
    let instances = join_all((0..INSTANCES).map(start)).await;
    world.dynamodb.contend(&contention);
    let stuck = Arc::<Mutex<HashMap<String, bool>>>::default();
    let (mut trouble, mut numbers) = (trouble(stream(seed, 0)), stream(seed, LANES + 1));
    let are_stuck = stuck.clone();
    world.dynamodb.interfere(move |call| {
        let gate = call.request["Key"]["gate"]["S"].as_str().and_then(|gate| gate.split('#').next());
        let mut are_stuck = are_stuck.lock().expect("not poisoned");
        if call.function == "edit-key"
            && let Some(is_tried) = gate.and_then(|digest| are_stuck.get_mut(digest))
        {
            *is_tried = true;
            return Intervention::Hold(Arc::new(Semaphore::new(0)));
        }
        match trouble(call) {
            Intervention::Pass if call.function != "local" && numbers.below(4) == 0 => {
                Intervention::Delay(Duration::from_millis(numbers.below(JITTER_MILLIS) as u64))
            }
            other => other,
        }
    });
    let shared = Shared {
        world: &world,
        clock: world.clock.clone(),
        http,
        instances: instances.into_iter().map(Mutex::new).collect(),
        recorded: Mutex::default(),
        off_plan: Mutex::default(),
        usable: (0..LANES).map(|_| Mutex::default()).collect(),
        stuck,
        crashes: Mutex::default(),
        accounts,
        is_over: AtomicBool::default(),
    };
    let lanes = async {
        let lanes = (0..LANES).map(|number| shared.lane(number, parts.keys, stream(seed, number + 1)));
        join(join_all(lanes), shared.change_policies(parts.policies, stream(seed, LANES + 2))).await;
        shared.is_over.store(true, Ordering::SeqCst);
    };
    let users = (0..LANES * USERS).map(|number| shared.act(number, stream(seed, LANES + 3 + number)));
    let (sampled, _) = join(sample(&world, || shared.is_over()), join(lanes, join_all(users))).await;
    let Shared { instances, recorded, crashes, off_plan, .. } = shared;
    drop(instances);
    sleep(Duration::from_millis(200)).await;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    world.dynamodb.let_pass();
    History {
        recorded: recorded.into_inner().expect("not poisoned"),
        committed: contention.committed(),
        off_plan: off_plan.into_inner().expect("not poisoned"),
        sampled,
        conflicts: contention.conflicts(),
        crashes: crashes.into_inner().expect("not poisoned"),
        world,
    }
}

impl Shared<'_> {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Starts another instance.
    pub(super) async fn start(&self) -> Instance {
        Instance::start(&self.world.dynamodb.url, &self.clock, &self.http).await
    }

    /// Replaces an instance by another, and ends the old one, even in the middle of its work.
    pub(super) fn replace(&self, number: usize, by: Instance) {
        let mut running = self.instances[number % INSTANCES].lock().expect("not poisoned");
        drop(std::mem::replace(&mut *running, by));
    }

    /// Uses the key of a lane, each of its scopes, until all lanes are done. It also uses keys that have ended.
    async fn act(&self, number: usize, mut numbers: Numbers) {
        let (mut turn, mut before) = (0, None::<Key>);
        while !self.is_over() {
            let newest = self.usable[number % LANES].lock().expect("not poisoned").clone();
            let Some(newest) = newest else {
                sleep(Duration::from_millis(2)).await;
                continue;
            };
            let is_old = numbers.below(12) == 0;
            let key = before.filter(|_| is_old).unwrap_or_else(|| newest.clone());
            turn += 1;
            let outcome = self.use_key(numbers.below(INSTANCES), &key, number, turn).await;
            before = if is_old || numbers.below(3) == 0 { Some(key) } else { Some(newest) };
            if outcome != Outcome::Done {
                sleep(Duration::from_millis(25)).await;
            }
        }
    }

    /// Uses both scopes of a lane's key on all instances, until this is set.
    pub(super) async fn write_much(&self, lane: usize, key: &Key, is_done: &AtomicBool) {
        let writers = (0..BUSY).map(async |writer| {
            let mut turn = 3 + writer % 2;
            while !is_done.load(Ordering::SeqCst) {
                let outcome = self.use_key(turn, key, LANES * USERS + lane * BUSY + writer, turn).await;
                if outcome != Outcome::Done {
                    sleep(Duration::from_millis(25)).await;
                }
                turn += 3;
            }
        });
        join_all(writers).await;
    }

    /// Sends one request with a key: a change of an account through one of the APIs, or a read.
    async fn use_key(&self, instance: usize, key: &Key, number: usize, turn: usize) -> Outcome {
        let account = |place| &self.accounts[2 * number + place];
        let plane = "/enterprise/v1";
        let is_active = (turn / 3).is_multiple_of(2);
        let (scope, method, path, body) = match turn % 3 {
            0 => {
                let change = if is_active { "unsuspend" } else { "suspend" };
                let path = format!("{plane}/accounts/{}/{change}", account(0));
                ("deprovisioning", Method::POST, path, None)
            }
            1 => {
                // Whoever may suspend accounts may also do that through SCIM, but nothing else.
                let value = format!("{number}-{turn}");
                let operations = json!([{"op": "replace", "path": "externalId", "value": value}]);
                let path = format!("{plane}/scim/Users/{}", account(1));
                ("scim", Method::PATCH, path, Some(json!({"Operations": operations})))
            }
            _ => return self.read_own(instance, key).await,
        };
        self.use_at(Some(scope), instance, key, method, &path, body.as_ref()).await
    }

    /// A key reads what it is.
    pub(super) async fn read_own(&self, instance: usize, key: &Key) -> Outcome {
        self.use_at(None, instance, key, Method::GET, "/enterprise/v1/api-key", None).await
    }

    async fn use_at(
        &self,
        scope: Option<&'static str>,
        instance: usize,
        key: &Key,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome {
        let holder = Some(key.authorization());
        let (outcome, answer) =
            self.send(What::Use(scope), instance, &key.id, holder, method, path, body).await;
        let is_expected =
            matches!(outcome, Outcome::Done | Outcome::Unknown | Outcome::Refused(401 | 403, _));
        assert!(is_expected, "{path}: {outcome:?} {answer}");
        outcome
    }

    /// Changes a key as an administrator, until the outcome is known. `what` says what the answer promises.
    pub(super) async fn change(
        &self,
        what: What,
        instance: usize,
        key: &str,
        body: Option<&Value>,
    ) -> (Outcome, Value) {
        let (method, how) = match what {
            What::Hold => (Method::POST, "/hold"),
            What::Release => (Method::POST, "/release"),
            What::Revoke => (Method::POST, "/revoke"),
            _ => (Method::PATCH, ""),
        };
        self.administrate(what, instance, key, method, &format!("{KEYS}/{key}{how}"), body).await
    }

    /// Sends a request as an administrator, until the outcome is known.
    pub(super) async fn administrate(
        &self,
        what: What,
        instance: usize,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (Outcome, Value) {
        for attempt in 0..ATTEMPTS {
            let sent =
                self.send(what.clone(), instance + attempt, key, None, method.clone(), path, body).await;
            let is_expected =
                matches!(sent.0, Outcome::Done | Outcome::Unknown | Outcome::Refused(400 | 403 | 409, _));
            assert!(is_expected, "{what:?} {path}: {sent:?}");
            if sent.0 != Outcome::Unknown {
                return sent;
            }
        }
        (Outcome::Unknown, Value::Null)
    }

    /// Sends a request as an administrator once, on an instance that may end meanwhile.
    pub(super) async fn send_once(
        &self,
        what: What,
        instance: usize,
        key: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) {
        self.send(what, instance, key, None, method, path, body).await;
    }

    /// Sends a request as the holder of a key, or as an administrator, and records it.
    #[expect(clippy::too_many_arguments, reason = "all that a request consists of")]
    async fn send(
        &self,
        what: What,
        instance: usize,
        key: &str,
        holder: Option<String>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (Outcome, Value) {
        let (url, admin) = {
            let running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
            (running.url.clone(), running.admin.clone())
        };
        let request = self.http.request(method, format!("{url}{path}"));
        let mut request = request.header("authorization", holder.unwrap_or(admin));
        if let Some(body) = body {
            request = request.json(body);
        }
        let (began, first) = (Instant::now(), self.clock.now().millis());
        let answer = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        };
        let (outcome, body) = match answer.await {
            Err(_) | Ok((503 | 504, _)) => (Outcome::Unknown, Value::Null),
            Ok((status, body)) => {
                let body: Value = serde_json::from_slice(&body).unwrap_or_default();
                let kind = body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default();
                let refused = Outcome::Refused(status, kind.to_owned());
                (if [200, 201].contains(&status) { Outcome::Done } else { refused }, body)
            }
        };
        self.recorded.lock().expect("not poisoned").push(Recorded {
            what,
            key: key.into(),
            began,
            ended: Instant::now(),
            clock: (first, self.clock.now().millis()),
            outcome: outcome.clone(),
        });
        (outcome, body)
    }
}
