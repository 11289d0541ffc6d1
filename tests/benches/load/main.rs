//! Mixed traffic on the complete product: nothing is lost, nothing fails, memory doesn't grow.
//!
//! Arguments: the program to load (`target/debug/local`), and the number of seconds. Without them nothing is done,
//! because `cargo test` also runs benches.

#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod clients;
mod report;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use harness::Database;
use serde_json::{Value, json};

use clients::{Expected, Seen};

/// The program under load: `cargo run` without its page, with its data on disk as usual. The tables are in another
/// process, so that their caches don't count as memory of the functions.
struct Product {
    functions: Process,
    _tables: Process,
    url: String,
    database: Database,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The time after which memory must not grow. Before it, caches fill and threads start.
const SETTLED: Duration = Duration::from_secs(10);
/// The amount of additional memory that counts as growth.
const GROWTH: f64 = 1.05;

fn main() {
    // Cargo passes its own option to benches.
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [program, seconds] = arguments.as_slice() else { return };
    let time = Duration::from_secs(seconds.parse().expect("a number of seconds"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(load(Path::new(program), time));
}

async fn load(program: &Path, time: Duration) {
    let product = Product::start(program);
    product.raise_limits().await;
    let before = product.events().await;
    let end = Instant::now() + time;
    let sample = async {
        let mut memory = Vec::new();
        while Instant::now() < end {
            memory.push(product.resident_kilobytes());
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        memory.push(product.resident_kilobytes());
        memory
    };
    let (outcomes, memory) = tokio::join!(join_all(clients::all(&product.url, end)), sample);
    let (mut seen, mut expected) = (Seen::default(), Expected::default());
    for (one, its) in outcomes {
        seen.add(one);
        expected.add(its);
    }
    report::print(&seen, &memory, time);
    assert!(seen.failures.is_empty(), "{:#?}", seen.failures);
    product.recount(&expected, &before).await;
    let settled = memory.get(usize::try_from(SETTLED.as_secs()).expect("a few"));
    if let Some(settled) = settled.filter(|_| time >= 3 * SETTLED) {
        let grown = memory[memory.len() - 1] as f64 / *settled as f64;
        assert!(grown <= GROWTH, "resident memory grew by a factor of {grown:.3}");
    }
}

impl Product {
    fn start(program: &Path) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load");
        let _ = fs::remove_dir_all(&folder);
        let folder = folder.to_str().expect("a readable path");
        let start = |options: &[&str]| {
            let process = Command::new(program)
                .args(["--no-page", "--port", "0"])
                .args(options)
                .env("RUST_LOG", "error")
                .stdout(Stdio::piped())
                .spawn();
            let mut process = Process(process.expect("the program starts"));
            let output = BufReader::new(process.0.stdout.take().expect("it is piped"));
            let mut database = String::new();
            for line in output.lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("DynamoDB on ") {
                    url.clone_into(&mut database);
                } else if let Some(url) = line.strip_prefix("listening on ") {
                    return (process, database, url.to_owned());
                }
            }
            panic!("the product did not start; what it printed says why");
        };
        let (tables, database, _) = start(&["--dynamodb-addr", "127.0.0.1:0", "--data", folder]);
        let (functions, _, url) = start(&["--in-memory", "--dynamodb-endpoint", &database]);
        Self { functions, _tables: tables, url, database: Database::at(&database) }
    }

    /// Gives the company the highest limits of requests, because the clients make more than the default ones allow.
    async fn raise_limits(&self) {
        let limits = json!({"key": 180_000, "auditLog": 6_000, "company": 600_000});
        let request =
            json!({"operation": "change-limits", "operator": "Load", "companyId": "acme", "limits": limits});
        let sent = reqwest::Client::new().post(format!("{}/local/provision", self.url)).json(&request).send();
        assert_eq!(sent.await.expect("a response").status(), 200);
    }

    /// Resident memory, in kB.
    fn resident_kilobytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.functions.0.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The items of the company under load.
    async fn items(&self, table: &str) -> Vec<Value> {
        let mut items = self.database.items(table).await;
        items.retain(|item| item["companyId"] == "acme");
        items
    }

    /// The number of audit events, by action.
    async fn events(&self) -> BTreeMap<String, usize> {
        let mut events = BTreeMap::new();
        for event in self.items("AuditEvents").await {
            *events.entry(event["action"].as_str().expect("a text").to_owned()).or_default() += 1;
        }
        events
    }

    /// Compares the tables with the responses.
    async fn recount(&self, expected: &Expected, before: &BTreeMap<String, usize>) {
        let (accounts, companies) = (self.items("Accounts").await, self.items("Companies").await);
        let (keys, events) = (self.items("ApiKeys").await, self.events().await);
        let found = |id: &str| accounts.iter().find(|account| account["accountId"] == id);
        for (id, state) in &expected.accounts {
            let is = found(id).map_or("deleted", |account| account["state"].as_str().expect("a text"));
            assert_eq!(is, *state, "account {id}");
        }
        let parts = self.items("AccountCounts").await;
        let counted = companies.iter().chain(&parts).map(|part| part["accounts"].as_i64().expect("a number"));
        assert_eq!(usize::try_from(counted.sum::<i64>()), Ok(accounts.len()));
        let active = keys.iter().filter(|key| key.get("revokedAt").is_none());
        let active: Vec<_> = active.filter_map(|key| key["keyId"].as_str()).collect();
        assert_eq!(companies[0]["activeKeys"].as_object().expect("a map").len(), active.len());
        for (id, is_revoked) in &expected.keys {
            assert_eq!(active.contains(&id.as_str()), !is_revoked, "key {id}");
        }
        let of = |events: &BTreeMap<String, usize>, action| events.get(action).copied().unwrap_or_default();
        for (action, count) in &expected.events {
            assert_eq!(of(&events, *action) - of(before, *action), *count, "{action}");
        }
    }
}
