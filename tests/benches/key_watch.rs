//! Runs `key-watch` over many companies with 50 keys each, in a process of its own, and counts its calls, the items that they
//! name and the units that they cost. Fails if its peak memory grows with the number of companies, if something isn't told,
//! or if a second run on the same day writes anything.
//!
//! Arguments: the numbers of companies, the smallest first. Without them nothing is done, because `cargo test` also runs
//! benches.

use std::{
    collections::BTreeMap,
    io::Write,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use futures_util::{StreamExt, TryStreamExt, stream};
use harness::{Intervention, Observed, World};
use serde_json::{Value, json};
use store::{Clock, Service, Settings, Tables};

/// The active keys of each company.
const KEYS: usize = 50;
/// Those of them about which there is something to tell: one expires soon, and nobody uses the other.
const TOLD: usize = 2;
/// The number of items that one call writes.
const BATCH: usize = 25;
/// How much more memory a run over more companies may need, in KiB: what an allocator keeps differs from run to run.
const SLACK: u64 = 6 * 1_024;
/// How long a run may take here, where the functions and the engine are not optimized.
const TIME: Duration = Duration::from_hours(2);
/// The name of the part that runs in a process of its own.
const CHILD: &str = "look";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    if let [first, endpoint, event] = &arguments[..]
        && first == CHILD
    {
        return look(endpoint, event);
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let mut peaks = Vec::new();
    for companies in sizes {
        let runs = runtime.block_on(measure(companies));
        print(companies, &runs);
        let [first, second, third] = &runs;
        let demonstration = 6;
        assert_eq!(first.report["keys"], companies * KEYS + demonstration);
        assert_eq!(first.report["told"], companies * TOLD);
        assert_eq!((&second.report["complete"], second.calls.len()), (&json!(true), 1), "{second:?}");
        assert_eq!(second.calls["GetItem Notices"], 1);
        assert_eq!((&third.report["keys"], &third.report["told"]), (&first.report["keys"], &json!(0)));
        assert!(!third.calls.contains_key("TransactWriteItems"));
        peaks.push(first.peak);
    }
    if let (Some(Some(least)), Some(most)) = (peaks.first(), peaks.iter().max()) {
        assert!(*most <= Some(least + SLACK), "the memory grows with the number of companies: {peaks:?} KiB");
    }
}

/// What one run did.
#[derive(Debug, Default)]
struct Run {
    name: &'static str,
    report: Value,
    /// The peak of the process's resident memory in KiB, if the system tells it.
    peak: Option<u64>,
    took: Duration,
    calls: BTreeMap<String, usize>,
    /// The items that the calls name.
    items: BTreeMap<String, usize>,
}

fn print(companies: usize, runs: &[Run; 3]) {
    let mut out = std::io::stdout().lock();
    for Run { name, report, peak, took, calls, items } in runs {
        let peak = peak.map_or("unknown".into(), |peak| {
            format!("{:.1} MiB", f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1_024.0)
        });
        let counts = |counts: &BTreeMap<String, usize>| {
            counts.iter().map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", ")
        };
        writeln!(
            out,
            "{companies} companies, {name}: {} keys, {} events, {peak}, {:.1} s\n  calls: {}\n  items: {}",
            report["keys"],
            report["told"],
            took.as_secs_f64(),
            counts(calls),
            counts(items)
        )
        .expect("output");
    }
}

/// The part that runs in a process of its own: one invocation. Prints its report and its peak memory.
fn look(endpoint: &str, event: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let settings = Settings::for_endpoint(endpoint, key_watch::NAME);
    let service = Service::new(Tables::new(settings), Clock::default());
    let event: Value = serde_json::from_str(event).expect("JSON");
    let looked = Box::pin(key_watch::handle_within(&service, &event, "bench", TIME));
    let report = runtime.block_on(looked).expect("a report");
    let line = json!({"report": report, "peak": peak()});
    writeln!(std::io::stdout().lock(), "{line}").expect("output");
}

/// The peak of this process's resident memory in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// The first run, a second invocation, and another look at everything.
async fn measure(companies: usize) -> [Run; 3] {
    let world = World::start().await;
    seed(&world, companies).await;
    let first = run(&world, "first run", json!({})).await;
    let second = run(&world, "second invocation", json!({})).await;
    let third = run(&world, "another look", json!({"again": true})).await;
    [first, second, third]
}

async fn run(world: &World, name: &'static str, event: Value) -> Run {
    let counted = Arc::new(Mutex::new(Run::default()));
    let counts = counted.clone();
    world.dynamodb.interfere(move |call| {
        if call.function == key_watch::NAME {
            note(&mut counts.lock().expect("not poisoned"), call);
        }
        Intervention::Pass
    });
    let began = Instant::now();
    let program = std::env::current_exe().expect("this program");
    let url = world.dynamodb.url.clone();
    let child = tokio::task::spawn_blocking(move || {
        Command::new(program).args([CHILD, &url, &event.to_string()]).output()
    });
    // The recorded calls are many and not needed here.
    let drain = async {
        loop {
            let _ = world.dynamodb.take_calls();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let output = tokio::select! {
        output = child => output.expect("it ran").expect("it ran"),
        () = drain => unreachable!("it never ends"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    world.dynamodb.let_pass();
    let Run { calls, items, .. } = std::mem::take(&mut *counted.lock().expect("not poisoned"));
    let (report, peak) = (line["report"].clone(), line["peak"].as_u64());
    Run { name, report, peak, took: began.elapsed(), calls, items }
}

fn note(run: &mut Run, call: &Observed) {
    let tables: Vec<_> = call.operations.iter().map(|(table, _)| table.as_str()).collect();
    let call_name = match call.action.as_str() {
        "TransactWriteItems" => call.action.clone(),
        action => format!("{action} {}", tables.join(" and ")),
    };
    *run.calls.entry(call_name).or_default() += 1;
    let batches = call.request["RequestItems"].as_object().into_iter().flatten();
    for (table, keys) in batches {
        let keys = keys["Keys"].as_array().map_or(0, Vec::len);
        *run.items.entry(format!("read from {table}")).or_default() += keys;
    }
    for write in call.request["TransactItems"].as_array().into_iter().flatten() {
        for (kind, write) in write.as_object().into_iter().flatten() {
            let table = write["TableName"].as_str().unwrap_or_default();
            *run.items.entry(format!("{kind} in {table}")).or_default() += 1;
        }
    }
}

/// Companies with keys.
async fn seed(world: &World, companies: usize) {
    let now = Clock::default().now().millis();
    let batches = (0..companies).flat_map(|company| {
        let keys: Vec<_> = (0..KEYS).map(|key| key_item(company, key, now)).collect();
        let puts = |table: &'static str, items: &[Value]| {
            let puts: Vec<_> = items.iter().map(|item| json!({"PutRequest": {"Item": item}})).collect();
            json!({"RequestItems": {table: puts}})
        };
        let mut batches: Vec<_> = keys.chunks(BATCH).map(|keys| puts("ApiKeys", keys)).collect();
        batches.push(puts("Companies", &[company_item(company, &keys)]));
        batches
    });
    let write = async |batch: Value| {
        let answer = world.dynamodb.ask("BatchWriteItem", &batch).await;
        let is_done = answer["UnprocessedItems"].as_object().is_none_or(serde_json::Map::is_empty);
        is_done.then_some(()).ok_or(())
    };
    let written = stream::iter(batches).map(write).buffer_unordered(4).try_collect::<()>().await;
    written.expect("all items are written");
}

fn company_id(company: usize) -> String {
    format!("company-{company:06}")
}

fn company_item(company: usize, keys: &[Value]) -> Value {
    let end = |key: &Value| match key["expiresAt"]["N"].as_str() {
        Some(at) => json!({"N": at}),
        None => json!({"NULL": true}),
    };
    let active: serde_json::Map<_, _> = keys
        .iter()
        .map(|key| (key["keyId"]["S"].as_str().unwrap_or_default().to_owned(), end(key)))
        .collect();
    json!({
        "companyId": {"S": company_id(company)}, "name": {"S": "Company"}, "plan": {"S": "enterprise"},
        "activeAdministrators": {"N": "1"}, "accounts": {"N": "1"}, "activeKeys": {"M": active},
    })
}

/// The first key of a company expires in 20 days, the second was last used 100 days ago, and the others are in use.
fn key_item(company: usize, key: usize, now: i64) -> Value {
    let day = 24 * 60 * 60 * 1_000;
    let number = company * KEYS + key;
    let used = if key == 1 { now - 100 * day } else { now - day };
    let mut item = json!({
        "companyId": {"S": company_id(company)}, "keyId": {"S": format!("01KDXJ7Q9W{number:016}")},
        "digest": {"S": format!("{number:064x}")}, "name": {"S": "Nightly offboarding"},
        "note": {"S": "Runs on the batch server of the directory team."},
        "mask": {"S": "K7fQ…mibC"}, "scopes": {"SS": ["deprovisioning", "scim"]},
        "createdBy": {"M": {"accountId": {"S": "admin"}, "email": {"S": "admin@company.example"}}},
        "createdAt": {"N": (now - 200 * day).to_string()}, "lastUsedAt": {"N": used.to_string()},
        "secretUsedAt": {"N": used.to_string()},
    });
    if key != 1 {
        let left = if key == 0 { 20 } else { 200 };
        item["expiresAt"] = json!({"N": (now + left * day).to_string()});
    }
    item
}
