//! A thousand changes, while the publisher crashes at every step: its future is dropped at each call, before the call has an
//! effect and afterwards, and between the last call and the checkpoint. Then every event is on the bus, and nothing else.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use harness::{Fault, Intervention};
use local::notices::{Checkpoint, Function, pass_messages};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::sync::Notify;

use super::{
    FROM_QUEUE, FROM_STREAM, LOST, Lab, REFUSED,
    changes::{logs, make_changes},
    recount::recount,
};

/// The steps of an invocation from the stream at which it crashes. From the queue, nothing is sent.
const STEPS: [&str; 6] = ["read", "put", "put-done", "send", "send-done", "return"];
/// A function crashes the first times that it comes to a step.
const FIRST_CRASHES: usize = 2;
/// How often it crashes at a step afterwards, in percent, and how often the bus refuses entries.
const CRASHES: u32 = 12;
const REFUSALS: u32 = 20;
/// How long everything may take on a busy machine.
const LONGEST: Duration = Duration::from_mins(4);
/// How long to wait for more records or messages.
const PAUSE: Duration = Duration::from_millis(30);
/// The most records of an invocation: two calls to the bus.
const BATCH: usize = 15;

/// Decides about crashes and faults.
struct Chaos {
    random: Mutex<StdRng>,
    /// How often each function crashed at each step.
    crashes: Mutex<BTreeMap<(String, &'static str), usize>>,
    is_on: Mutex<bool>,
    signals: BTreeMap<&'static str, Notify>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}

impl Chaos {
    fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            crashes: Mutex::default(),
            is_on: Mutex::new(true),
            signals: [FROM_STREAM, FROM_QUEUE].map(|name| (name, Notify::new())).into(),
        })
    }

    fn happens(&self, percent: u32) -> bool {
        *lock(&self.is_on) && lock(&self.random).random_range(0..100) < percent
    }

    /// Whether this function crashes at this step. If so, it is told, and never gets any further.
    fn crashes_at(&self, function: &str, step: &'static str) -> bool {
        let Some(signal) = self.signals.get(function) else { return false };
        let mut crashes = lock(&self.crashes);
        let count = crashes.entry((function.to_owned(), step)).or_default();
        let percent = if *count < FIRST_CRASHES { 100 } else { CRASHES };
        let is_crash = self.happens(percent);
        if is_crash {
            *count += 1;
            signal.notify_one();
        }
        is_crash
    }

    /// Interferes with the lab's services and tables.
    fn interfere(self: &Arc<Self>, lab: &Lab) {
        let chaos = self.clone();
        lab.services.interfere(move |call| {
            let step = if call.action == "PutEvents" { "put" } else { "send" };
            if chaos.crashes_at(&call.function, step) {
                return Fault::Hang;
            }
            let count = call.request["Entries"].as_array().map_or(0, Vec::len);
            if !chaos.happens(REFUSALS) {
                return Fault::Pass;
            }
            Fault::RefuseEntries((0..count).filter(|_| chaos.happens(50)).collect())
        });
        let chaos = self.clone();
        lab.services.afterwards(move |call| {
            let step = if call.action == "PutEvents" { "put-done" } else { "send-done" };
            chaos.crashes_at(&call.function, step)
        });
        let chaos = self.clone();
        lab.world.dynamodb.interfere(move |call| match call.action.as_str() {
            "BatchGetItem" if chaos.crashes_at(&call.function, "read") => Intervention::Hang,
            _ => Intervention::Pass,
        });
    }

    /// The function, which also crashes after it has answered and before anybody notes that.
    fn crashing(self: &Arc<Self>, name: &'static str, function: Function) -> Function {
        let chaos = self.clone();
        Arc::new(move |event, request_id| {
            let (chaos, invocation) = (chaos.clone(), function(event, request_id));
            Box::pin(async move {
                let answer = invocation.await;
                if chaos.crashes_at(name, "return") {
                    std::future::pending::<()>().await;
                }
                answer
            })
        })
    }

    /// Runs this until it ends, or until the function with this name crashes.
    async fn until_crash<T>(&self, name: &str, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.signals[name].notified() => None,
            done = work => Some(done),
        }
    }
}

/// Passes the stream on until it is at its end and `is_over`. After each crash, another mapping goes on from the file.
async fn pass_stream(lab: &Lab, chaos: &Chaos, function: &Function, file: &Path, is_over: impl Fn() -> bool) {
    let mut mapping = lab.mapping(Checkpoint::File(file.into()), BATCH);
    loop {
        let over = is_over();
        match chaos.until_crash(FROM_STREAM, mapping.pass_batch(function)).await {
            Some(Ok(true)) => {}
            Some(Ok(false)) if over => return,
            Some(Ok(false)) => tokio::time::sleep(PAUSE).await,
            Some(Err(error)) => panic!("{error}"),
            None => mapping = lab.mapping(Checkpoint::File(file.into()), BATCH),
        }
    }
}

/// The same with the queue.
async fn pass_queue(lab: &Lab, chaos: &Chaos, function: &Function, is_over: impl Fn() -> bool) {
    loop {
        let over = is_over();
        let passed = chaos.until_crash(FROM_QUEUE, pass_messages(lab.queues(), REFUSED, function)).await;
        if over && lab.queues().bodies(REFUSED).is_empty() {
            return;
        }
        if passed == Some(false) {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

struct Outcome {
    wrong: Vec<String>,
    events: usize,
    published: usize,
    crashes: BTreeMap<(String, &'static str), usize>,
}

/// Makes changes while this function publishes them, and recounts.
async fn run(changes: usize, seed: u64, from_stream: impl FnOnce(&Lab) -> Function) -> Outcome {
    // No message is lost by being received often.
    let lab = Lab::with(Duration::from_millis(100), 1_000).await;
    let chaos = Chaos::new(seed);
    chaos.interfere(&lab);
    let file = checkpoint(seed);
    let (over, stream_over) = (Mutex::new(false), Mutex::new(false));
    let stream = chaos.crashing(FROM_STREAM, from_stream(&lab));
    let queue = chaos.crashing(FROM_QUEUE, lab.function(FROM_QUEUE));
    let work = async {
        Box::pin(make_changes(&lab.world, changes)).await;
        *lock(&chaos.is_on) = false;
        *lock(&over) = true;
    };
    let from_stream = async {
        Box::pin(pass_stream(&lab, &chaos, &stream, &file, || *lock(&over))).await;
        *lock(&stream_over) = true;
    };
    let from_queue = Box::pin(pass_queue(&lab, &chaos, &queue, || *lock(&stream_over)));
    // A publisher that never gets further would never end.
    let all = async { tokio::join!(work, from_stream, from_queue) };
    tokio::time::timeout(LONGEST, all).await.expect("everything is published");
    fs::remove_file(file).expect("removed");
    lab.world.dynamodb.let_pass();
    let logs = logs(&lab.world).await;
    let published = lab.services.published();
    assert!(lab.queues().bodies(LOST).is_empty());
    let crashes = lock(&chaos.crashes).clone();
    Outcome { wrong: recount(&logs, &published), events: logs.len(), published: published.len(), crashes }
}

fn checkpoint(seed: u64) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("events-checkpoint-{seed}"));
    let _ = fs::remove_file(&file);
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_of_a_thousand_changes_is_published_whenever_the_publisher_crashes() {
    let outcome = run(1_000, 1, |lab| lab.function(FROM_STREAM)).await;
    assert_eq!(outcome.wrong, Vec::<String>::new());
    let Outcome { events, published, crashes, .. } = outcome;
    eprintln!("{events} events, {published} times on the bus, crashes: {crashes:?}");
    assert!(events > 1_000 && published > events, "{events} events were published {published} times");
    let from_stream = STEPS.map(|step| (FROM_STREAM.to_owned(), step));
    let from_queue = ["read", "put", "put-done", "return"].map(|step| (FROM_QUEUE.to_owned(), step));
    for step in from_stream.iter().chain(&from_queue) {
        assert!(crashes.get(step).is_some_and(|count| *count >= FIRST_CRASHES), "{step:?}: {crashes:?}");
    }
}

/// A publisher whose checkpoint precedes its work loses what it works on when it crashes. The recount finds that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recount_catches_a_publisher_that_notes_events_before_it_publishes_them() {
    let outcome = run(150, 2, |lab| {
        let function = lab.function(FROM_STREAM);
        Arc::new(move |event, request_id| {
            let work = function(event, request_id);
            Box::pin(async move {
                // It gives up when a crash would end it, which is at the first call that never ends.
                tokio::spawn(tokio::time::timeout(Duration::from_millis(300), work));
                Ok(serde_json::Value::Null)
            })
        })
    })
    .await;
    assert!(outcome.wrong.iter().any(|wrong| wrong.starts_with("lost: ")), "{:?}", outcome.wrong);
    assert!(outcome.wrong.iter().all(|wrong| wrong.starts_with("lost: ")), "{:?}", outcome.wrong);
}
