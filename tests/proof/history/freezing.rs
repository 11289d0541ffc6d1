//! Changes of plan as a checked history: writers use keys while operators freeze and release them. Some runs are broken
//! off, and other operators repeat them.
//!
//! After a freeze was answered, and until the keys are released, no request begins that succeeds, and no write commits.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use harness::{ADMIN, Behavior, Committed, Contention, Key, Numbers, Weakness, World, eventually};
use reqwest::Client;
use serde_json::json;
use store::{Service, Settings, Tables};
use tokio::time::sleep;

use super::{clients::stream, instance::Instance, say, trouble::trouble};

/// The number of times that the keys are frozen and released again.
const ROUNDS: usize = 10;
const WRITERS: usize = 8;

/// A request of a writer that succeeded.
#[derive(Clone, Copy, Debug)]
struct Use {
    began: Instant,
    ended: Instant,
}

/// A run of an operator that froze the keys, or found them frozen, and was answered.
#[derive(Clone, Copy, Debug)]
struct Freeze {
    began: Instant,
    ended: Instant,
}

#[derive(Debug)]
#[expect(dead_code, reason = "their content is for the output of a failed test")]
enum Violation {
    /// A request began and succeeded while the keys were frozen.
    Used(Freeze, Use),
    /// A write of a key was committed while the keys were frozen.
    Committed(Freeze, Committed),
}

struct History {
    uses: Vec<Use>,
    refused: usize,
    freezes: Vec<Freeze>,
    broken_off: usize,
    committed: Vec<Committed>,
}

struct Shared {
    world: World,
    contention: std::sync::Arc<Contention>,
    http: Client,
    uses: Mutex<Vec<Use>>,
    refused: AtomicUsize,
    freezes: Mutex<Vec<Freeze>>,
    runs: AtomicUsize,
    broken_off: AtomicUsize,
    is_over: AtomicBool,
}

async fn record(behavior: Behavior, seed: u64) -> History {
    say(&format!("SEED={seed} freezing, {:?}", behavior.weakness));
    let world = World::start().await;
    world.raise_limits("acme").await;
    let admin = world.sign_in(ADMIN).await;
    let keys = [world.create_key(&admin).await, world.create_key(&admin).await];
    let http = Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
    let instances = [(); 2].map(|()| Instance::start(&world.dynamodb.url, &world.clock, &http));
    let instances = join_all(instances).await;
    let contention = Contention::of(behavior);
    world.dynamodb.contend(&contention);
    world.dynamodb.interfere(trouble(stream(seed, 0)));
    let shared = Shared {
        world,
        contention,
        http,
        uses: Mutex::default(),
        refused: AtomicUsize::default(),
        freezes: Mutex::default(),
        runs: AtomicUsize::default(),
        broken_off: AtomicUsize::default(),
        is_over: AtomicBool::default(),
    };
    let writers =
        (0..WRITERS).map(|number| shared.write(&instances[number % 2].url, &keys[number % 2], number));
    let operators = async {
        shared.operate(stream(seed, 1)).await;
        shared.is_over.store(true, Ordering::SeqCst);
    };
    let other_operator = shared.interfere(stream(seed, 2));
    join(join_all(writers), join(operators, other_operator)).await;
    drop(instances);
    sleep(Duration::from_millis(200)).await;
    let Shared { world, contention, uses, refused, freezes, broken_off, .. } = shared;
    eventually("the tables are at rest", async || world.dynamodb.is_idle()).await;
    let history = History {
        uses: uses.into_inner().expect("not poisoned"),
        refused: refused.into_inner(),
        freezes: freezes.into_inner().expect("not poisoned"),
        broken_off: broken_off.into_inner(),
        committed: contention.committed(),
    };
    // The company began on the Enterprise plan, and each change was to the other plan.
    let changes = history.changes().count();
    let plan = if changes.is_multiple_of(2) { "enterprise" } else { "team" };
    assert_eq!(world.company("acme").await["plan"], plan, "after {changes} changes");
    let (used, refused, freezes) = (history.uses.len(), history.refused, history.freezes.len());
    let broken_off = history.broken_off;
    say(&format!("SEED={seed} {used} uses, {refused} refused, {freezes} freezes, {broken_off} broken off"));
    history
}

impl Shared {
    async fn write(&self, url: &str, key: &Key, number: usize) {
        let mut turn = number;
        while !self.is_over.load(Ordering::SeqCst) {
            turn += 1;
            let account = format!("{url}/enterprise/v1/accounts/acme-member-{}", number + 1);
            let request = match turn % 4 {
                0 | 2 => self.http.post(format!("{account}/suspend")),
                1 => self.http.post(format!("{account}/unsuspend")),
                _ => self.http.get(account),
            };
            let began = Instant::now();
            let answer = request.header("authorization", key.authorization()).send().await;
            match answer.map(|answer| answer.status().as_u16()) {
                Ok(200) => {
                    let used = Use { began, ended: Instant::now() };
                    self.uses.lock().expect("not poisoned").push(used);
                }
                Ok(401) => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(5)).await;
                }
                Ok(503) | Err(_) => {}
                Ok(status) => panic!("{status}"),
            }
        }
    }

    /// Freezes and releases the keys. A run may be broken off, and is repeated.
    async fn operate(&self, mut numbers: Numbers) {
        for _ in 0..ROUNDS {
            for plan in ["team", "enterprise"] {
                sleep(Duration::from_millis(50 + numbers.below(100) as u64)).await;
                match numbers.below(4) {
                    0 => self.break_off_after(plan, Duration::from_millis(numbers.below(30) as u64)).await,
                    1 | 2 => self.break_off_after_commit(plan).await,
                    _ => {}
                }
                while !self.change(plan).await {}
                sleep(Duration::from_millis(100)).await;
            }
        }
    }

    /// Changes the plan from time to time, while the other operator does.
    async fn interfere(&self, mut numbers: Numbers) {
        while !self.is_over.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(100 + numbers.below(600) as u64)).await;
            let &plan = numbers.of(&["team", "team", "enterprise"]);
            self.change(plan).await;
        }
    }

    /// Changes the plan in a run with an access key of its own. Returns whether the run was answered.
    async fn change(&self, plan: &'static str) -> bool {
        let began = Instant::now();
        let is_answered = self.run(plan).await.expect("not broken off");
        if is_answered && plan == "team" {
            let freeze = Freeze { began, ended: Instant::now() };
            self.freezes.lock().expect("not poisoned").push(freeze);
        }
        is_answered
    }

    fn run(&self, plan: &'static str) -> tokio::task::JoinHandle<bool> {
        let name = format!("provision-{}", self.runs.fetch_add(1, Ordering::Relaxed));
        let settings = Settings::for_endpoint(&self.world.dynamodb.url, &name);
        let service = Service::new(Tables::new(settings), self.world.clock.clone());
        let request =
            json!({"operation": "change-plan", "operator": name, "companyId": "acme", "plan": plan});
        tokio::spawn(async move { Box::pin(provision::handle(&service, request, &name)).await.is_ok() })
    }

    async fn break_off_after(&self, plan: &'static str, time: Duration) {
        let run = self.run(plan);
        sleep(time).await;
        self.broken_off.fetch_add(usize::from(!run.is_finished()), Ordering::Relaxed);
        run.abort();
    }

    /// Breaks a run off as soon as the plan has changed, before it has raised all gates.
    async fn break_off_after_commit(&self, plan: &'static str) {
        let changes = || self.contention.committed().iter().filter(|event| is_change(event)).count();
        let before = changes();
        let run = self.run(plan);
        while changes() == before && !run.is_finished() {
            sleep(Duration::from_millis(1)).await;
        }
        self.broken_off.fetch_add(usize::from(!run.is_finished()), Ordering::Relaxed);
        run.abort();
    }
}

fn is_change(event: &Committed) -> bool {
    event.action == "CHANGE_PLAN"
}

impl History {
    fn changes(&self) -> impl Iterator<Item = &Committed> {
        self.committed.iter().filter(|event| is_change(event))
    }

    /// What happened between the answer to a freeze and the next release.
    fn violations(&self) -> Vec<Violation> {
        let releases: Vec<_> = self.changes().skip(1).step_by(2).collect();
        let mut found = Vec::new();
        for &freeze in &self.freezes {
            // A release that was committed before the freeze began is not one of its releases.
            let ends = releases.iter().filter(|release| release.before > freeze.began);
            let ends = ends.map(|release| release.after).min();
            let is_frozen =
                |from: Instant, to: Instant| from > freeze.ended && ends.is_none_or(|ends| to < ends);
            let used = self.uses.iter().filter(|used| is_frozen(used.began, used.ended));
            found.extend(used.map(|used| Violation::Used(freeze, *used)));
            let written = self.committed.iter().filter(|event| event.action.ends_with("SUSPEND_ACCOUNT"));
            let late = written.filter(|event| is_frozen(event.after, event.before));
            found.extend(late.map(|event| Violation::Committed(freeze, event.clone())));
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_acts_while_it_is_frozen() {
    nothing_is_found(super::behavior(Weakness::None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_if_plain_writes_without_a_condition_pass_transactions() {
    let behavior = super::behavior(Weakness::None);
    nothing_is_found(Behavior { unconditional_writes_pass: true, ..behavior }).await;
}

async fn nothing_is_found(behavior: Behavior) {
    let first = super::seed();
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(behavior, seed).await;
        let violations = history.violations();
        assert!(violations.is_empty(), "{violations:#?}");
        let is_tried = history.uses.len() >= 50 && history.refused >= 50;
        if is_tried && history.freezes.len() >= ROUNDS && history.broken_off >= 3 {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two");
}

async fn is_caught(weakness: Weakness) {
    let first = super::seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let violations = record(super::behavior(weakness), seed).await.violations();
        let found = violations.iter().filter(|found| matches!(found, Violation::Committed(..))).count();
        say(&format!("SEED={seed} freezing, {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_unchanged_plan_that_raises_no_gates_is_caught() {
    is_caught(Weakness::UnchangedPlanRaisesNoGates).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_gates_that_are_not_raised_are_caught() {
    is_caught(Weakness::GatesNotRaised).await;
}
