//! The requests of a history, and what is recorded of them.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use harness::{ADMIN, Behavior, Committed, Contention, Intervention, KEYS, Key, Numbers, World, eventually};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use store::Clock;
use tokio::time::sleep;

use super::{
    super::{clients::stream, instance::Instance, trouble::trouble},
    administrator::{FIRST, OTHER, Step},
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

pub(super) const HOUR: i64 = 3_600_000;

/// How much happens in a history.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// How long before the end of an hour it begins,
    pub(super) before: Duration,
    /// and how long after that it ends.
    pub(super) after: Duration,
    /// What an administrator does meanwhile, again and again.
    pub(super) steps: &'static [Step],
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
    /// A moment, and the true time then.
    pub(super) anchor: (Instant, i64),
    pub(super) conflicts: usize,
    pub(super) crashes: usize,
    pub(super) world: World,
}

impl History {
    /// The true time of a moment.
    pub(super) fn time(&self, at: Instant) -> i64 {
        let (anchor, millis) = self.anchor;
        let since = |later: Instant, earlier: Instant| {
            i64::try_from(later.duration_since(earlier).as_millis()).expect("a short run")
        };
        if at >= anchor { millis + since(at, anchor) } else { millis - since(anchor, at) }
    }
}

pub(super) struct Shared<'w> {
    pub(super) world: &'w World,
    http: Client,
    instances: Vec<Mutex<Instance>>,
    /// The keys. The first one has two secrets.
    pub(super) keys: Vec<Key>,
    pub(super) second: Key,
    pub(super) asked: Mutex<Vec<Asked>>,
    pub(super) changes: Mutex<Vec<Change>>,
    pub(super) crashes: Mutex<usize>,
    ends: Instant,
}

/// A clock that is this far from the true one.
fn skewed(truth: &Clock, by: i64) -> Clock {
    let clock = Clock::default();
    let ahead = truth.now().millis() - clock.now().millis() + by;
    clock.advance(Duration::from_millis(u64::try_from(ahead).expect("the true clock is ahead")));
    clock
}

/// Moves the clock to this long before the end of an hour, and never back.
fn until_the_hour(clock: &Clock, before: Duration) -> Duration {
    let before = i64::try_from(before.as_millis()).expect("less than an hour");
    let left = HOUR - clock.now().millis().rem_euclid(HOUR) - before;
    Duration::from_millis(u64::try_from(left.rem_euclid(HOUR)).expect("not negative"))
}

pub(super) async fn record(behavior: Behavior, parts: Parts, seed: u64) -> History {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let mut writers = writers(&world, seed).await;
    // The instances start a while before.
    world.advance(Duration::from_mins(1));
    world.advance(until_the_hour(&world.clock, parts.before + Duration::from_mins(1)));
    let admin = world.sign_in(ADMIN).await;
    let policy = json!({"suspensionsPerHour": FIRST});
    world.set_policy(&admin, policy).await.ok();
    let scopes = json!(["deprovisioning", "scim"]);
    let first = world.create_key_with(&admin, json!({"scopes": scopes})).await;
    let second = world.rotate_with(&admin, &first, json!({"overlapSeconds": 3600})).await;
    let own = json!({"scopes": scopes, "suspensionLimit": OTHER});
    let keys = vec![first, world.create_key_with(&admin, own).await];
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let clocks = SKEWS.map(|skew| skewed(&world.clock, skew));
    let start = |clock| Instance::start(&world.dynamodb.url, clock, &http);
    let instances = join_all(clocks.iter().map(start)).await;
    let contention = Contention::of(behavior);
    world.dynamodb.contend(&contention);
    world.dynamodb.interfere(interference(seed));
    let left = until_the_hour(&world.clock, parts.before);
    clocks.iter().chain([&world.clock]).for_each(|clock| clock.advance(left));
    let (began, time) = (Instant::now(), world.clock.now().millis());
    let changes =
        (0..keys.len()).map(|key| Change { key, began, ended: began, number: Some([FIRST, OTHER][key]) });
    let shared = Shared {
        http,
        instances: instances.into_iter().map(Mutex::new).collect(),
        second,
        asked: Mutex::default(),
        changes: Mutex::new(changes.collect()),
        crashes: Mutex::default(),
        ends: began + parts.before + parts.after,
        world: &world,
        keys,
    };
    let administrator = shared.administrate(parts, stream(seed, 1));
    join(join_all(writers.iter_mut().map(|writer| shared.write(writer))), administrator).await;
    let Shared { instances, keys, asked, changes, crashes, .. } = shared;
    drop(instances);
    sleep(Duration::from_millis(200)).await;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    world.dynamodb.let_pass();
    History {
        keys,
        asked: asked.into_inner().expect("not poisoned"),
        changes: changes.into_inner().expect("not poisoned"),
        committed: contention.committed(),
        anchor: (began, time),
        conflicts: contention.conflicts(),
        crashes: crashes.into_inner().expect("not poisoned"),
        world,
    }
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
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.ends
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
