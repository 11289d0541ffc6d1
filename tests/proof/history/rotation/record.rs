//! The requests of a history, and what is recorded of them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use harness::{Behavior, Committed, Contention, Intervention, Key, Numbers, World, eventually};
use reqwest::Client;
use store::Clock;
use tokio::time::sleep;

use super::{
    super::{
        clients::stream,
        instance::{Instance, skewed},
        trouble::trouble,
    },
    sampled::{Sampled, sample},
};

/// Each has one key at a time, and rotates it.
pub(super) const LANES: usize = 5;
/// The machines that use the key of a lane. Each changes an account of its own.
const USERS: usize = 2;
/// The accounts that a lane changes all at once.
pub(super) const BUSY: usize = 12;
pub(super) const INSTANCES: usize = 3;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Use,
    Rotate,
    Complete,
    Cancel,
    Revoke,
    Edit,
    Hold,
    Release,
    /// The key revokes itself.
    RevokeItself,
    /// Somebody who found a secret reports it.
    Find,
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
    /// How far the clocks of instances may be from the true time, in milliseconds.
    pub(super) skew: i64,
    pub(super) world: World,
}

pub(super) struct Shared {
    dynamodb: String,
    pub(super) clock: Clock,
    /// The clocks of the instances.
    clocks: Vec<Clock>,
    pub(super) http: Client,
    pub(super) contention: Arc<Contention>,
    pub(super) instances: Vec<Mutex<Instance>>,
    pub(super) recorded: Mutex<Vec<Recorded>>,
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

/// Runs lanes on instances whose clocks are this far from the true time.
pub(super) async fn record(
    behavior: Behavior,
    seed: u64,
    skews: [i64; INSTANCES],
    lane: impl AsyncFn(&Shared, usize, Numbers),
) -> History {
    let world = World::start().await;
    let skew = skews.into_iter().map(i64::abs).max().unwrap_or_default();
    // The clock of an instance can't be before that of this machine.
    world.advance(Duration::from_millis(skew.unsigned_abs()));
    world.raise_limits("acme").await;
    let accounts = world.add_members("lane", LANES * USERS).await;
    let busy = world.add_members("busy", LANES * BUSY).await;
    let contention = Contention::of(behavior);
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let clocks = skews.map(|skew| skewed(&world.clock, skew));
    let start = |clock| Instance::start(&world.dynamodb.url, clock, &http);
    let instances = join_all(clocks.iter().map(start)).await;
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
        clocks: clocks.into(),
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
    let lanes = (0..LANES).map(|number| lane(&shared, number, stream(seed, number + 1)));
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
        skew,
        world,
    }
}

impl Shared {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Moves all clocks ahead.
    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        for clock in &self.clocks {
            clock.advance(by);
        }
    }

    /// Starts another instance in place of this one.
    pub(super) async fn start(&self, number: usize) -> Instance {
        Instance::start(&self.dynamodb, &self.clocks[number % INSTANCES], &self.http).await
    }

    /// Replaces an instance by another, and ends the old one, even in the middle of its work.
    pub(super) fn replace(&self, number: usize, by: Instance) {
        let mut running = self.instances[number % INSTANCES].lock().expect("not poisoned");
        drop(std::mem::replace(&mut *running, by));
    }

    /// Uses the secrets of a lane, the newest more often, until all lanes are done.
    async fn act(&self, number: usize, mut numbers: Numbers) {
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

    /// Whether the key is revoked or has expired, or may have been revoked.
    pub(super) fn is_ended(&self, key: &str) -> bool {
        let recorded = self.recorded.lock().expect("not poisoned");
        recorded.iter().any(|one| {
            let is_refused = matches!(&one.outcome, Outcome::Refused(_, kind) if kind == "key-mismatch");
            let is_inactive = matches!(&one.outcome, Outcome::Refused(_, kind) if kind == "key-not-active");
            one.key == key && (is_inactive || one.what == What::Revoke && !is_refused)
        })
    }
}
