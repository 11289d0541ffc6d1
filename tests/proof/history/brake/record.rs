//! The requests of a history, and what is recorded of them.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use harness::{ADMIN, Behavior, Committed, Contention, Intervention, KEYS, Key, Numbers, World, eventually};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use store::Clock;
use tokio::time::sleep;

use super::{
    super::{
        clients::stream,
        instance::{Instance, skewed},
        trouble::trouble,
    },
    administrator::{Administrator, FIRST, OTHER, Step},
    writers::{Writer, writers},
};

const INSTANCES: usize = 3;
/// How far the clock of an instance may be from the true time.
pub(super) const SKEW: i64 = 900;
/// The clocks of the first instances.
const SKEWS: [i64; INSTANCES] = [SKEW, -SKEW, 300];
/// How often a change is tried until its outcome is known.
const ATTEMPTS: usize = 20;
/// Calls take differently long, so that what was read may be old when it is written.
const JITTER_MILLIS: usize = 15;

/// How long before the end of an hour everything begins. An administrator's token lives longer than that.
const LONG_BEFORE: Duration = Duration::from_mins(8);

pub(super) const HOUR: i64 = 3_600_000;

/// How much happens in a history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// What an administrator does once, in the middle of an hour.
    pub(super) once: &'static [Step],
    /// Then it goes on from this long before the end of the hour,
    pub(super) before: Duration,
    /// to this long after it,
    pub(super) after: Duration,
    /// and the administrator does this again and again.
    pub(super) meanwhile: &'static [Step],
    /// The longest pause of the administrator, in milliseconds.
    pub(super) pause: usize,
}

/// The outcome for the accounts that a request named.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The key, by its place.
    pub(super) key: usize,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    /// The accounts that it suspended or deleted,
    pub(super) done: usize,
    /// and those that the limit refused.
    pub(super) refused: usize,
    pub(super) is_unknown: bool,
}

/// A change of the number of suspensions an hour for a key.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) key: usize,
    pub(super) began: Instant,
    pub(super) ended: Instant,
    pub(super) number: Option<usize>,
}

pub(super) struct History {
    pub(super) keys: Vec<Key>,
    pub(super) asked: Vec<Asked>,
    pub(super) changes: Vec<Change>,
    pub(super) committed: Vec<Committed>,
    /// For both parts, when it began and the true time then.
    pub(super) began: Vec<(Instant, i64)>,
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    pub(super) world: World,
}

impl History {
    /// The true time of a moment.
    pub(super) fn time(&self, at: Instant) -> i64 {
        let (began, millis) = self.began.iter().rfind(|(began, _)| *began <= at).unwrap_or(&self.began[0]);
        let since = at.saturating_duration_since(*began).as_millis();
        millis + i64::try_from(since).expect("a short run")
    }
}

/// A key with all its secrets.
pub(super) struct Secrets {
    pub(super) secrets: Vec<Key>,
}

pub(super) struct Shared<'w> {
    pub(super) world: &'w World,
    http: Client,
    instances: Vec<Mutex<Instance>>,
    pub(super) keys: Vec<Secrets>,
    pub(super) asked: Mutex<Vec<Asked>>,
    pub(super) changes: Mutex<Vec<Change>>,
    pub(super) crashes: Mutex<usize>,
    clocks: Mutex<Vec<Clock>>,
    began: Mutex<Vec<(Instant, i64)>>,
    is_over: AtomicBool,
}

/// The time until it is this long before the end of an hour.
fn until_the_hour(clock: &Clock, before: Duration) -> Duration {
    let before = i64::try_from(before.as_millis()).expect("less than an hour");
    let left = HOUR - clock.now().millis().rem_euclid(HOUR) - before;
    Duration::from_millis(u64::try_from(left.rem_euclid(HOUR)).expect("not negative"))
}

pub(super) async fn record(behavior: Behavior, parts: Parts, seed: u64) -> History {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let mut writers = writers(&world, seed).await;
    world.advance(until_the_hour(&world.clock, LONG_BEFORE));
    let keys = create_keys(&world).await;
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let clocks = SKEWS.map(|skew| skewed(&world.clock, skew));
    let start = |clock| Instance::start(&world.dynamodb.url, clock, &http);
    let instances = join_all(clocks.iter().map(start)).await;
    let contention = Contention::of(behavior);
    world.dynamodb.contend(&contention);
    world.dynamodb.interfere(interference(seed));
    let began = Instant::now();
    let first = |(key, number)| Change { key, began, ended: began, number: Some(number) };
    let shared = Shared {
        http,
        instances: instances.into_iter().map(Mutex::new).collect(),
        asked: Mutex::default(),
        changes: Mutex::new([FIRST, OTHER].into_iter().enumerate().map(first).collect()),
        crashes: Mutex::default(),
        clocks: Mutex::new(clocks.into()),
        began: Mutex::new(vec![(began, world.clock.now().millis())]),
        is_over: AtomicBool::default(),
        world: &world,
        keys,
    };
    shared.run(parts, &mut writers, seed).await;
    let Shared { instances, keys, asked, changes, crashes, began, .. } = shared;
    drop(instances);
    sleep(Duration::from_millis(200)).await;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    world.dynamodb.let_pass();
    History {
        keys: keys.into_iter().map(|key| key.secrets[0].clone()).collect(),
        asked: asked.into_inner().expect("not poisoned"),
        changes: changes.into_inner().expect("not poisoned"),
        committed: contention.committed(),
        began: began.into_inner().expect("not poisoned"),
        conflicts: contention.conflicts(),
        crashes: crashes.into_inner().expect("not poisoned"),
        world,
    }
}

/// The first key has two secrets and the company's number, the other one a number of its own.
async fn create_keys(world: &World) -> Vec<Secrets> {
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"suspensionsPerHour": FIRST})).await.ok();
    let scopes = json!(["deprovisioning", "scim"]);
    let first = world.create_key_with(&admin, json!({"scopes": scopes})).await;
    let second = world.rotate_with(&admin, &first, json!({"overlapSeconds": 3600})).await;
    let own = json!({"scopes": scopes, "suspensionLimit": OTHER});
    let other = world.create_key_with(&admin, own).await;
    vec![Secrets { secrets: vec![first, second] }, Secrets { secrets: vec![other] }]
}

fn interference(seed: u64) -> impl FnMut(&harness::Observed) -> Intervention + Send + 'static {
    let (mut trouble, mut numbers) = (trouble(stream(seed, 0)), stream(seed, 2));
    move |call| match trouble(call) {
        Intervention::Pass if call.function != "local" && numbers.below(4) == 0 => {
            Intervention::Delay(Duration::from_millis(numbers.below(JITTER_MILLIS) as u64))
        }
        other => other,
    }
}

impl Shared<'_> {
    /// Runs both parts.
    async fn run(&self, parts: Parts, writers: &mut [Writer], seed: u64) {
        let mut numbers = stream(seed, 1);
        let mut administrator = Administrator::new(self, parts.pause);
        if !parts.once.is_empty() {
            let steps = async {
                administrator.once(parts.once, &mut numbers).await;
                self.is_over.store(true, Ordering::SeqCst);
            };
            join(steps, join_all(writers.iter_mut().map(|writer| self.write(writer)))).await;
        }
        if !parts.before.is_zero() {
            self.jump(parts.before).await;
            let time = async {
                sleep(parts.before + parts.after).await;
                self.is_over.store(true, Ordering::SeqCst);
            };
            let steps = administrator.again_and_again(parts.meanwhile, &mut numbers);
            join(join(time, steps), join_all(writers.iter_mut().map(|writer| self.write(writer)))).await;
        }
    }

    /// Moves all clocks to this long before the end of the hour, when nothing is in progress.
    async fn jump(&self, before: Duration) {
        eventually("the tables are at rest", async || self.world.dynamodb.is_idle()).await;
        let left = until_the_hour(&self.world.clock, before);
        let clocks = self.clocks.lock().expect("not poisoned");
        clocks.iter().chain([&self.world.clock]).for_each(|clock| clock.advance(left));
        let now = (Instant::now(), self.world.clock.now().millis());
        self.began.lock().expect("not poisoned").push(now);
        self.is_over.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    async fn write(&self, writer: &mut Writer) {
        while !self.is_over() {
            writer.turn(self).await;
        }
    }

    /// Replaces an instance by another, whose clock is wrong by another amount, and ends the old one in the middle of its work.
    pub(super) async fn crash(&self, number: usize, numbers: &mut Numbers) {
        let skew = i64::try_from(numbers.below(2 * 900 + 1)).expect("small") - SKEW;
        let clock = skewed(&self.world.clock, skew);
        let new = Instance::start(&self.world.dynamodb.url, &clock, &self.http).await;
        let mut running = self.instances[number % INSTANCES].lock().expect("not poisoned");
        drop(std::mem::replace(&mut *running, new));
        self.clocks.lock().expect("not poisoned").push(clock);
        *self.crashes.lock().expect("not poisoned") += 1;
    }

    /// Sends a request as the holder of a key. There is no response if the outcome is unknown.
    pub(super) async fn send(
        &self,
        instance: usize,
        key: &Key,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let (url, _) = self.at(instance);
        let request = self.http.request(method, format!("{url}/enterprise/v1/{path}"));
        self.answer(request.header("authorization", key.authorization()), body).await
    }

    /// Sends a request as an administrator, until the outcome is known.
    pub(super) async fn change(
        &self,
        instance: usize,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        for attempt in 0..ATTEMPTS {
            let (url, admin) = self.at(instance + attempt);
            let request = self.http.request(method.clone(), format!("{url}/admin/v1/{path}"));
            match self.answer(request.header("authorization", admin), body).await {
                Some((200, answer)) => return answer,
                // Two changes at the same moment, for example the first attempt of this one.
                None | Some((409, _)) => {}
                Some(other) => panic!("{path}: {other:?}"),
            }
        }
        panic!("{path}: no outcome in {ATTEMPTS} attempts");
    }

    async fn answer(&self, request: RequestBuilder, body: Option<&Value>) -> Option<(u16, Value)> {
        let request = if let Some(body) = body { request.json(body) } else { request };
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.ok()?;
        (![503, 504].contains(&status)).then(|| (status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    fn at(&self, instance: usize) -> (String, String) {
        let running = self.instances[instance % INSTANCES].lock().expect("not poisoned");
        (running.url.clone(), running.admin.clone())
    }
}

/// The path of a key, for an administrator.
pub(super) fn path_of(key: &Key) -> String {
    format!("{}/{}", KEYS.trim_start_matches("/admin/v1/"), key.id)
}
