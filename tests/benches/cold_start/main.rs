//! Measures cold starts, warm requests and the memory of an instance: the release builds of the functions with our own
//! Runtime API, compared with baselines of the same toolchain (`tests/baselines`).
//!
//! Arguments: `full`, or `short` for the counts that are the same in every profile; the folder of the builds; the names
//! of the programs. Without them nothing is done, because `cargo test` also runs benches.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod endpoint;
mod http;
mod instance;
mod log_lines;
mod processor;
mod report;
mod runtime_api;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use domain::{key::EXAMPLE, limits::Limit};
use harness::{Database, Intervention, World};
use local::{Options, Stack, engine::Engine};
use serde_json::{Value, json};

use endpoint::Endpoint;
use instance::Instance;
use report::Figures;

/// The number of cold starts of each program. The programs take turns, so that other load on the machine affects all of
/// them equally.
const RUNS: usize = 40;
/// The number of cold starts whose first request reads.
const READ_RUNS: usize = 250;
/// The number of cold starts if only counts matter.
const FEW_RUNS: usize = 1;
/// The account in the first requests.
const ACCOUNT: &str = "events-member";

/// A measured program and its requests.
pub struct Subject {
    program: PathBuf,
    name: String,
    /// Whether it is one of our functions. A baseline opens its connection later.
    is_function: bool,
    /// The first request with a plain endpoint, and with TLS. Each undoes the other's change, so that every request
    /// changes something.
    first: [String; 2],
    /// A request that changes nothing.
    warm: String,
    /// The requests whose processor time is measured, with their names. Each makes one call to `DynamoDB`, except a read.
    measured: Vec<(&'static str, String)>,
}

fn main() {
    // Cargo passes its own option to benches.
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [extent, folder, names @ ..] = arguments.as_slice() else { return };
    let is_full = extent == "full";
    let subjects: Vec<_> = names.iter().map(|name| subject(Path::new(folder), name)).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let figures = runtime.block_on(measure(&subjects, is_full));
    report::print(&figures);
    figures.iter().for_each(Figures::check);
    if is_full {
        report::print_ratios(&figures);
    }
}

impl Subject {
    fn event_of_an_unknown_key(&self) -> &str {
        let event = self.measured.iter().find(|(kind, _)| *kind == processor::UNKNOWN_KEY);
        event.map(|(_, event)| event.as_str()).expect("every function has one")
    }
}

fn subject(folder: &Path, name: &str) -> Subject {
    let read = event("account-status/read.json", ACCOUNT);
    let first = match name {
        "account-status" => {
            ["suspended", "unsuspended"].map(|case| event(&format!("account-status/{case}.json"), ACCOUNT))
        }
        _ => [read.clone(), read.clone()],
    };
    let measured = match name {
        "account-status" => vec![
            (processor::READ, read.clone()),
            // The key is verified before the account is looked at.
            (processor::VERIFICATION, event("account-status/read.json", "not an account")),
            (processor::UNKNOWN_KEY, read.replace(EXAMPLE, store::random::api_key().expose())),
        ],
        _ => vec![(processor::READ, read.clone())],
    };
    let program = fresh_copy(folder, name);
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let is_function = functions.join(name).is_dir();
    Subject { program, name: name.into(), is_function, first, warm: read, measured }
}

/// Copies the program. The same bytes elsewhere in the page cache can take 0.3 ms longer to start, so all programs are
/// copied one after the other.
fn fresh_copy(folder: &Path, name: &str) -> PathBuf {
    let copies = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cold-start");
    let copy = copies.join(name);
    let _ = fs::remove_file(&copy);
    let outcome = fs::create_dir_all(&copies).and_then(|()| fs::copy(folder.join(name), &copy));
    outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    copy
}

/// A case of `events/` for this account.
fn event(case: &str, account: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(case);
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut event: Value = serde_json::from_str(&text).expect("JSON");
    event["pathParameters"]["account"] = account.into();
    event.to_string()
}

async fn measure(subjects: &[Subject], is_full: bool) -> Vec<Figures> {
    let engine = Engine::start(([127, 0, 0, 1], 0).into(), None).await.expect("an engine");
    let options = Options { dynamodb_endpoint: Some(engine.url.clone()), ..Options::in_memory() };
    let stack = Stack::start(options).await.expect("a stack, which makes the tables");
    // One key makes all requests, more than its default limit allows.
    let limits = Limit::ALL.map(|limit| (limit.id().to_owned(), (*limit.range().end()).into()));
    let limits = Value::Object(limits.into_iter().collect());
    let request =
        json!({"operation": "change-limits", "operator": "Bench", "companyId": "events", "limits": limits});
    Box::pin(provision::handle(&stack.service, request, "bench")).await.expect("the limits are changed");
    let (plain, tls) = (Endpoint::plain(&engine.url).await, Endpoint::tls(&engine.url).await);
    let instant = Endpoint::instant(&engine.url).await;
    let mut all: Vec<_> = subjects.iter().map(Figures::of).collect();
    let database = Database::at(&engine.url);
    let version = async || {
        let accounts = database.items("Accounts").await;
        let account = accounts.iter().find(|account| account["accountId"] == ACCOUNT).expect("an account");
        account["version"].as_u64().expect("a number")
    };
    for _ in 0..if is_full { RUNS } else { FEW_RUNS } {
        for (subject, figures) in subjects.iter().zip(&mut all) {
            let [first, first_tls] = &subject.first;
            let before = version().await;
            let mut instance = Instance::start(&subject.program, &plain, &[]).await;
            figures.init.push(instance.init);
            figures.first.push(answered(&mut instance, first).await);
            drop(instance);
            let mut instance = Instance::start(&subject.program, &tls, &[]).await;
            figures.init_tls.push(instance.init);
            let shaken = tls.connections();
            figures.first_tls.push(answered(&mut instance, first_tls).await);
            figures.handshakes = figures.handshakes.max(tls.connections() - shaken);
            let changes = if first == first_tls { 0 } else { 2 };
            assert_eq!(version().await - before, changes, "{}: changes", subject.name);
        }
    }
    for _ in 0..if is_full { READ_RUNS } else { FEW_RUNS } {
        for (subject, figures) in subjects.iter().zip(&mut all) {
            let mut instance = Instance::start(&subject.program, &instant, &[]).await;
            figures.first_read.push(answered(&mut instance, &subject.warm).await);
        }
    }
    if is_full {
        processor::measure(subjects, &mut all, &instant).await;
    }
    for (subject, figures) in subjects.iter().zip(&mut all) {
        let before = plain.connections();
        let mut instance = Instance::start(&subject.program, &plain, &[]).await;
        instance.answer_all(&subject.warm, 100).await;
        figures.peak_100 = instance.peak_kilobytes();
        figures.warm = instance.answer_all(&subject.warm, 4_900).await;
        figures.peak_5000 = instance.peak_kilobytes();
        figures.connections = plain.connections() - before;
        drop(instance);
        if is_full {
            for (kind, event) in &subject.measured {
                figures.instructions.insert(kind, instructions(subject, event, &plain).await);
            }
        }
        figures.round_trips = round_trips(subject).await;
        figures.log_lines = log_lines::measure(subject, &plain).await;
    }
    all
}

async fn answered(instance: &mut Instance, event: &str) -> Duration {
    let (response, at) = instance.answer(event).await;
    let response: Value = serde_json::from_str(&response).expect("JSON");
    assert_eq!(response["statusCode"], 200, "{response}");
    at
}

/// The instructions of one warm request outside the kernel, by valgrind: the difference between 1,100 and 100 requests.
async fn instructions(subject: &Subject, event: &str, endpoint: &Endpoint) -> u64 {
    let mut counts = Vec::new();
    for requests in [100, 1_100] {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callgrind.out");
        let under = ["valgrind", "--tool=callgrind", "--quiet"].map(str::to_owned).to_vec();
        let under = [under, vec![format!("--callgrind-out-file={}", file.display())]].concat();
        let under = [vec!["/usr/bin/env".to_owned(), "PATH=/usr/bin:/bin".to_owned()], under].concat();
        let mut instance = Instance::start(&subject.program, endpoint, &under).await;
        instance.answer_all(event, requests).await;
        instance.terminate();
        let text = fs::read_to_string(&file).expect("valgrind writes it");
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        counts.push(total.expect("a total").parse::<u64>().expect("a number"));
    }
    (counts[1] - counts[0]) / 1_000
}

/// The calls to `DynamoDB` until the first response, and of a warm request. The first use of a function's key is noted
/// after the response.
async fn round_trips(subject: &Subject) -> [usize; 2] {
    let world = World::start().await;
    let endpoint = Endpoint::plain(&world.dynamodb.url).await;
    let notes = Arc::new(Mutex::new(Vec::new()));
    let sink = notes.clone();
    world.dynamodb.interfere(move |call| {
        if call.notes_use() {
            sink.lock().expect("not poisoned").push(Instant::now());
        }
        Intervention::Pass
    });
    let _ = world.dynamodb.take_calls();
    let mut instance = Instance::start(&subject.program, &endpoint, &[]).await;
    let responded = instance.started + answered(&mut instance, &subject.first[0]).await;
    // What follows a response, such as the counts of uses, may be seen with the next request.
    let calls = || world.dynamodb.take_calls().iter().filter(|call| !call.is_notice()).count();
    let cold = calls();
    answered(&mut instance, &subject.warm).await;
    let warm = calls();
    let notes = notes.lock().expect("not poisoned");
    assert_eq!(notes.len(), usize::from(subject.is_function), "{}: notes of the key's use", subject.name);
    assert!(notes.iter().all(|at| *at > responded), "{}: the note held up the response", subject.name);
    [cold, warm]
}
