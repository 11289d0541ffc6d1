//! Counts the calls of reads to `DynamoDB` in companies of several sizes, each with ten times as many audit events as
//! accounts. Counts are the same on every machine, unlike times. Fails if a count grows with the company although the
//! design forbids it, or grows beyond the design's limit.
//!
//! Arguments: the sizes, by default 10 and 1,000.

use std::{io::Write, time::Duration};

use futures_util::{StreamExt, stream};
use harness::{ADMIN, World, eventually};
use serde_json::{Value, json};
use store::random;

/// The number of items that one call writes.
const BATCH: usize = 25;

/// How a count may differ between companies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// The count must be equal.
    None,
    /// Up to this many calls, however large the company.
    UpTo(usize),
}

type Row = (&'static str, Growth, usize);

fn main() {
    // Cargo passes its own option to benches.
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10, 1_000] } else { sizes };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let columns: Vec<Vec<Row>> = sizes.iter().map(|size| runtime.block_on(count(*size))).collect();
    let mut out = std::io::stdout().lock();
    let mut line = |text: &str| writeln!(out, "{text}").expect("standard output");
    let cells = |numbers: &[usize]| numbers.iter().fold(String::new(), |row, n| row + &format!("{n:>9}"));
    line(&format!("{:<58}{}  accounts", "calls to DynamoDB, by the size of the company", cells(&sizes)));
    let mut all_allowed = true;
    for (row, (operation, growth, _)) in columns[0].iter().enumerate() {
        let counts: Vec<usize> = columns.iter().map(|column| column[row].2).collect();
        let (allowed, note) = match growth {
            Growth::None => (counts.iter().all(|count| *count == counts[0]), String::new()),
            Growth::UpTo(most) => {
                (counts.iter().all(|count| count <= most), format!("  at most {most}, in any company"))
            }
        };
        all_allowed &= allowed;
        let mark = if allowed { "" } else { "  <-- grows" };
        line(&format!("{operation:<58}{}{note}{mark}", cells(&counts)));
    }
    assert!(all_allowed, "an operation costs more in a large company than the design allows");
}

async fn count(size: usize) -> Vec<Row> {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    populate(&world, size).await;
    world.raise_limits("acme").await;
    let key = world.create_key_with(&admin, json!({"scopes": ["scim", "audit-log"]})).await;
    let call = async |method: &str, path: &str, body: Value| {
        let answer = world.call(method, path, &key.authorization(), body).await;
        assert!([200, 201, 204, 400].contains(&answer.status), "{} {}", path, answer.text);
        answer
    };
    // Each function notes the first use of a minute after the response.
    for path in ["/enterprise/v1/scim/Users/acme-admin", "/enterprise/v1/audit-log?maxResults=1"] {
        let _ = world.dynamodb.take_calls();
        call("GET", path, Value::Null).await;
        let mut seen = Vec::new();
        eventually("the use is noted", async || {
            seen.extend(world.dynamodb.take_calls());
            seen.iter().any(harness::Observed::notes_use)
        })
        .await;
    }

    let users = "/enterprise/v1/scim/Users";
    let log = "/enterprise/v1/audit-log";
    let filter = |filter: &str| format!("{users}?filter={}", filter.replace(' ', "%20").replace('"', "%22"));
    let scan = Growth::UpTo(1 + scim_users::SCAN_QUERIES);
    let deep = Growth::UpTo(3 + scim_users::DEEPEST_QUERIES);
    let queries = Growth::UpTo(1 + audit_log::QUERIES);
    let involving = Growth::UpTo(3 + audit_log::QUERIES);
    let last = format!("{users}?startIndex={}&count=10", size + 10);
    let suspend = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let user = json!({"userName": "new@acme.example", "externalId": "new"});
    let rare = "filter%5Baction%5D=DELETE_ACCOUNT";
    let recent = (world.clock.now().minus(Duration::from_mins(1))).to_string();
    let requests: Vec<(&'static str, Growth, &str, String, Value)> = vec![
        ("SCIM: the first page", Growth::None, "GET", users.into(), Value::Null),
        ("SCIM: the last page, by startIndex", deep, "GET", last, Value::Null),
        ("SCIM: filter by id", Growth::None, "GET", filter("id eq \"seed-00000003\""), Value::Null),
        (
            "SCIM: filter by userName",
            Growth::None,
            "GET",
            filter("userName eq \"SEED-3@acme.example\""),
            Value::Null,
        ),
        (
            "SCIM: filter by emails",
            Growth::None,
            "GET",
            filter("emails.value eq \"seed-3@acme.example\""),
            Value::Null,
        ),
        ("SCIM: filter by externalId", Growth::None, "GET", filter("externalId eq \"00u3\""), Value::Null),
        ("SCIM: filter by active alone", scan, "GET", filter("active eq false"), Value::Null),
        ("SCIM: create", Growth::None, "POST", users.into(), user),
        ("SCIM: suspend", Growth::None, "PATCH", format!("{users}/seed-00000003"), suspend),
        ("SCIM: delete", Growth::None, "DELETE", format!("{users}/new@acme.example"), Value::Null),
        ("audit log: 10 events", Growth::None, "GET", format!("{log}?maxResults=10"), Value::Null),
        ("audit log: 1,000 events, or all", Growth::None, "GET", log.into(), Value::Null),
        (
            "audit log: poll for the last minute",
            Growth::None,
            "GET",
            format!("{log}?filter%5Bdate%5D%5Bsince%5D={recent}"),
            Value::Null,
        ),
        ("audit log: a rare action", queries, "GET", format!("{log}?{rare}"), Value::Null),
        (
            "audit log: who is involved, by address",
            involving,
            "GET",
            format!("{log}?filter%5Binvolving%5D=seed-3@acme.example"),
            Value::Null,
        ),
        (
            "audit log: 50,000 events, or what fits",
            queries,
            "GET",
            format!("{log}?maxResults=50000"),
            Value::Null,
        ),
    ];
    let mut rows = Vec::new();
    for (operation, growth, method, path, body) in requests {
        let _ = world.dynamodb.take_calls();
        call(method, &path, body).await;
        rows.push((operation, growth, calls(&world)));
    }
    let first = call("GET", &format!("{log}?maxResults=10"), Value::Null).await.ok();
    let token = first["nextToken"].as_str().expect("a token");
    let _ = world.dynamodb.take_calls();
    call("GET", &format!("{log}?nextToken={token}"), Value::Null).await;
    rows.push(("audit log: the next 10", Growth::None, calls(&world)));
    rows
}

/// The number of calls that belong to the operation. Notices and counts follow after the response.
fn calls(world: &World) -> usize {
    world.dynamodb.take_calls().iter().filter(|call| !call.is_notice()).count()
}

/// Adds this many accounts to Acme, with ten events each in the last six days.
async fn populate(world: &World, size: usize) {
    let text = |value: &str| json!({"S": value});
    let account = |number: usize| {
        let (id, email) = (format!("seed-{number:08}"), format!("seed-{number}@acme.example"));
        let put = |mut item: Value| {
            item["companyId"] = text("acme");
            json!({"PutRequest": {"Item": item}})
        };
        let item = json!({
            "accountId": text(&id), "email": text(&email), "name": text("Grace Hopper"), "externalId": text(&format!("00u{number}")),
            "names": {"M": {"given": text("Grace"), "family": text("Hopper"), "display": text("Grace Hopper")}},
            "role": text("member"), "state": text("active"), "version": {"N": "1"},
            "createdAt": {"N": "1769897982841"}, "modifiedAt": {"N": "1769897982841"},
        });
        let lookup = |lookup: String| put(json!({"lookup": text(&lookup), "accountId": text(&id)}));
        vec![
            ("Accounts", put(item)),
            ("AccountLookups", lookup(format!("email#{email}"))),
            ("AccountLookups", lookup(format!("externalId#00u{number}"))),
        ]
    };
    let now = world.clock.now();
    let week = Duration::from_hours(6 * 24).as_millis();
    let event = |number: usize| {
        let age = u64::try_from(week * number as u128 / (10 * size) as u128).expect("small");
        let item = json!({
            "companyId": text("acme"), "eventId": text(&random::ulid(now.minus(Duration::from_millis(age)))),
            "action": text("SUSPEND_ACCOUNT"), "requestId": text("request"), "ip": text("203.0.113.7"), "expiry": {"N": "4000000000"},
            "actor": {"M": {"type": text("api_key"), "id": text("01KDXJ7Q9W3T5V8YB2C4E6G8HA"), "name": text("Nightly"), "mask": text("K7fQ…mibC")}},
            "affected": {"M": {"type": text("account"), "id": text("seed-00000003"), "email": text("seed-3@acme.example")}},
        });
        vec![("AuditEvents", json!({"PutRequest": {"Item": item}}))]
    };
    write(world, (0..size).flat_map(account)).await;
    write(world, (0..10 * size).flat_map(event)).await;
    let counter = json!({
        "TableName": "Companies", "Key": {"companyId": text("acme")}, "UpdateExpression": "ADD accounts :n",
        "ExpressionAttributeValues": {":n": {"N": size.to_string()}},
    });
    world.dynamodb.ask("UpdateItem", &counter).await;
}

async fn write(world: &World, items: impl Iterator<Item = (&'static str, Value)>) {
    let items: Vec<_> = items.collect();
    let batches = items.chunks(BATCH).map(|batch| async move {
        let mut requests = json!({});
        for (table, item) in batch {
            let table = requests.as_object_mut().expect("an object").entry(*table).or_insert(json!([]));
            table.as_array_mut().expect("a list").push(item.clone());
        }
        world.dynamodb.ask("BatchWriteItem", &json!({"RequestItems": requests})).await;
    });
    stream::iter(batches).buffer_unordered(4).collect::<()>().await;
}
