//! Counts the round trips and calls of every operation to `DynamoDB`, on the wire and with all retries. Calls that are
//! made at once are one round trip. Counts are the same on every machine, unlike times. Fails if a count is above the
//! design's limit.

use std::{io::Write, time::Duration};

use harness::{ADMIN, Intervention, Key, Observed, World, eventually};
use serde_json::{Value, json};
use store::random;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let rows = runtime.block_on(count());
    let mut out = std::io::stdout().lock();
    let mut all_allowed = true;
    writeln!(out, "{:<52} {:>11} {:>11}  what", "operation", "round trips", "calls")
        .expect("standard output");
    for Row { operation, calls, allowed: (most_trips, most_calls) } in rows {
        let trips = calls.iter().filter(|(begins_trip, _)| *begins_trip).count();
        let within = trips <= most_trips && calls.len() <= most_calls;
        all_allowed &= within;
        let mark = if within { "" } else { "  <-- too many" };
        let counts =
            [(trips, most_trips), (calls.len(), most_calls)].map(|(is, most)| format!("{is} of {most}"));
        let what = what(&calls);
        writeln!(out, "{operation:<52} {:>11} {:>11}  {what}{mark}", counts[0], counts[1])
            .expect("standard output");
    }
    drop(out);
    assert!(all_allowed, "an operation costs more than the design allows");
}

/// An operation that was counted.
struct Row {
    operation: &'static str,
    /// Each call: whether it begins a round trip, and its name.
    calls: Vec<(bool, String)>,
    /// The most round trips and calls.
    allowed: (usize, usize),
}

/// The calls in their order. Equal ones in succession are one: `16 × UpdateItem`.
fn what(calls: &[(bool, String)]) -> String {
    let runs = calls.chunk_by(|(_, one), (_, next)| one == next);
    let runs = runs.map(|run| match run {
        [(_, one)] => one.clone(),
        _ => format!("{} × {}", run.len(), run[0].1),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// How long each call takes at least, so that those that are made at once overlap.
const CALL: Duration = Duration::from_millis(60);

/// The row that includes the note of a key's use.
const FIRST_USE: &str = "read by account ID, first use in a minute";

async fn count() -> Vec<Row> {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let many = world.add_members("many", 500).await;
    let mut rows = Vec::new();
    let mut row = |operation: &'static str, most_trips, most_calls| {
        // Every tenth request with a key causes a report, the first use in a minute a note, and the first in a second counts.
        // Each has a row of its own.
        let is_noted =
            |call: &Observed| call.notes_use() && operation != FIRST_USE || call.records_containment();
        let calls = world.dynamodb.take_calls().into_iter();
        let calls = calls.filter(|call| !call.reports_usage() && !call.counts_uses() && !is_noted(call));
        let calls = calls.map(|call| (call.begins_round_trip, call.action)).collect();
        rows.push(Row { operation, calls, allowed: (most_trips, most_calls) });
    };
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere(|_| Intervention::Delay(CALL));
    let key = world.create_key(&admin).await;
    row("create", 2, 2);

    // The first use of a minute is noted after the response. The rows below don't include this note.
    world.read(&key, "acme-member-1").await.ok();
    world.noted(&key, "lastUsedAt").await;
    row(FIRST_USE, 3, 3);
    world.read(&key, "acme-member-1").await.ok();
    row("read by account ID: verify, read", 2, 2);
    assert_eq!(world.read(&key, "a%20b").await.status, 400);
    row("verify a key alone (a request that is then invalid)", 1, 1);
    world.suspend(&key, "acme-member-1").await.ok();
    row("suspend by account ID", 3, 3);
    world.suspend(&key, "member-2%40acme.example").await.ok();
    row("suspend by email address", 4, 4);
    world.suspend(&key, "acme-member-1").await.ok();
    row("suspend again", 2, 2);
    world.unsuspend(&key, "acme-member-1").await.ok();
    row("unsuspend by account ID", 3, 3);
    world.call("GET", harness::KEYS, &admin, Value::Null).await.ok();
    row("list the active keys", 2, 2);
    let own = format!("{}/{}", harness::KEYS, key.id);
    world.call("GET", &own, &admin, Value::Null).await.ok();
    row("get a key and its uses", 2, 2);
    let ranges = json!({"ranges": ["192.0.2.0/24"]});
    world.call("POST", &format!("{own}/try-networks"), &admin, ranges).await.ok();
    row("try a list of networks", 2, 2);
    let mut people = async |what: &'static str, method: &str, path: &str, body: Value, allowed| {
        world.call(method, &format!("/admin/v1/accounts{path}"), &admin, body).await.ok();
        row(what, allowed, allowed);
    };
    people("list accounts", "GET", "", Value::Null, 3).await;
    people("search accounts by email address", "GET", "?email=member-1", Value::Null, 3).await;
    let two = json!({"accounts": ["acme-member-5", "member-6@acme.example"]});
    people("administrator suspends two, by ID and by address", "POST", "/suspend", two.clone(), 4).await;
    people("again", "POST", "/suspend", two, 3).await;
    count_many(&world, &admin, &key, &many, &mut row).await;
    let malformed = Key { id: String::new(), secret: random::api_key().expose().replace("_cak1_", "_cak0_") };
    assert_eq!(world.read(&malformed, "acme-member-1").await.status, 401);
    row("a malformed key", 0, 0);
    let unknown = Key { id: String::new(), secret: random::api_key().expose().into() };
    assert_eq!(world.read(&unknown, "acme-member-1").await.status, 401);
    row("an unknown key", 1, 1);
    count_scim(&world, &admin, &mut row).await;
    count_rotation(&world, &admin, &mut row).await;
    count_limited(&world, &admin, &many, &mut row).await;
    let uses = count_uses(&world, &key).await;
    let report = report(&world, &key).await;
    let _ = world.dynamodb.take_calls();
    world.revoke(&admin, &key).await.ok();
    row("revoke", 4, 19);
    world.revoke(&admin, &key).await.ok();
    row("revoke again", 1, 1);
    for _ in 0..40 {
        let key = world.create_key(&admin).await;
        world.revoke(&admin, &key).await.ok();
    }
    let _ = world.dynamodb.take_calls();
    world.call("GET", harness::KEYS, &admin, json!(null)).await.ok();
    row("list the active keys, 41 revoked (none active)", 2, 2);
    count_controls(&world, &admin, &mut row).await;
    rows.push(uses);
    rows.push(report);
    rows
}

/// Changes of a hundred members, and of 500.
async fn count_many(
    world: &World,
    admin: &str,
    key: &Key,
    members: &[String],
    row: &mut impl FnMut(&'static str, usize, usize),
) {
    let address = |id: &String| format!("{}@acme.example", id.trim_start_matches("acme-"));
    let addresses: Vec<_> = members.iter().map(address).collect();
    let hundred = json!({"accounts": addresses[..100]});
    for (operation, change, most) in [
        ("suspend 100 by email address", "suspend", 6),
        ("suspend 100 again", "suspend", 3),
        ("unsuspend 100 by email address", "unsuspend", 6),
    ] {
        let path = format!("/enterprise/v1/accounts/{change}");
        world.call("POST", &path, &key.authorization(), hundred.clone()).await.ok();
        row(operation, most, most);
    }
    for hundred in addresses.chunks(100) {
        let body = json!({"accounts": hundred});
        world.call("POST", "/admin/v1/accounts/suspend", admin, body).await.ok();
    }
    row("administrator suspends 500 by address, in 5 requests", 30, 30);
}

/// What a directory does.
async fn count_scim(world: &World, admin: &str, row: &mut impl FnMut(&'static str, usize, usize)) {
    let directory = world.create_key_with(admin, json!({"scopes": ["scim"]})).await;
    let users = async |method: &str, path: &str, body: Value| {
        let path = format!("/enterprise/v1/scim/Users{path}");
        let answer = world.call(method, &path, &directory.authorization(), body).await;
        assert!([200, 201, 204].contains(&answer.status), "{}", answer.text);
    };
    users("GET", "/acme-member-1", Value::Null).await;
    world.noted(&directory, "lastUsedAt").await;
    let _ = world.dynamodb.take_calls();
    let active = |active: bool| json!({"Operations": [{"op": "replace", "path": "active", "value": active}]});
    let user = json!({"userName": "new@acme.example", "externalId": "7", "displayName": "New"});
    for (operation, method, path, body, trips, calls) in [
        ("SCIM: list the first page", "GET", "", Value::Null, 2, 4),
        ("SCIM: list another page", "GET", "?startIndex=15&count=5", Value::Null, 3, 5),
        (
            "SCIM: filter by user name",
            "GET",
            "?filter=userName%20eq%20%22member-1@acme.example%22",
            Value::Null,
            3,
            3,
        ),
        ("SCIM: filter by ID", "GET", "?filter=id%20eq%20%22acme-member-1%22", Value::Null, 2, 2),
        ("SCIM: create", "POST", "", user, 2, 2),
        ("SCIM: read by address", "GET", "/new@acme.example", Value::Null, 3, 3),
        ("SCIM: suspend by ID", "PATCH", "/acme-member-9", active(false), 3, 3),
        ("SCIM: suspend again", "PATCH", "/acme-member-9", active(false), 2, 2),
        ("SCIM: replace by address", "PUT", "/new@acme.example", json!({"userName": "n@acme.example"}), 4, 4),
        ("SCIM: delete by address", "DELETE", "/n@acme.example", Value::Null, 4, 4),
    ] {
        users(method, path, body).await;
        row(operation, trips, calls);
    }
    world.revoke(admin, &directory).await.ok();
    let _ = world.dynamodb.take_calls();
}

/// The rotation of a key, and what a key does with itself.
async fn count_rotation(world: &World, admin: &str, row: &mut impl FnMut(&'static str, usize, usize)) {
    let old = world.create_key_with(admin, json!({"selfRotation": {"lifetimeDays": 90}})).await;
    let read = async |key: &Key| drop(world.read(key, "acme-member-1").await.ok());
    read(&old).await;
    world.noted(&old, "lastUsedAt").await;
    let _ = world.dynamodb.take_calls();
    let lost = world.rotate(admin, &old).await;
    row("rotate", 2, 2);
    let new = world.rotate(admin, &old).await;
    row("rotate again: replace a secret that nobody has used", 2, 2);
    read(&old).await;
    row("read with the current secret while a new one waits", 2, 2);
    read(&new).await;
    row("read, first use of a new secret", 4, 4);
    read(&new).await;
    row("read with the new secret after that", 2, 2);
    read(&old).await;
    row("read with the old secret", 2, 2);
    world.end_rotation(admin, "complete", &new).await.ok();
    row("complete a rotation", 3, 18);
    world.end_rotation(admin, "complete", &new).await.ok();
    row("complete it again", 2, 17);
    let newer = world.rotate(admin, &new).await;
    row("rotate less than 20 minutes after that", 3, 18);
    world.end_rotation(admin, "cancel", &newer).await.ok();
    row("cancel a rotation", 2, 2);
    let newer = world.rotate(admin, &new).await;
    row("rotate after that", 2, 2);
    world.end_rotation(admin, "complete", &newer).await.ok();
    row("complete a rotation whose new secret nobody has used", 3, 18);
    world.own_key(&newer).await.ok();
    row("a key reads itself", 2, 2);
    // A key rotates itself once a minute.
    world.advance(Duration::from_secs(61));
    let own = world.rotate_itself(&newer, Value::Null).await;
    row("a key rotates itself less than 20 minutes after that", 4, 19);
    let own = Key { id: own.string("keyId"), secret: own.string("key") };
    read(&own).await;
    let _ = world.dynamodb.take_calls();
    world.revoke(admin, &own).await.ok();
    row("revoke a key with two secrets", 4, 35);
    for secret in [&lost, &old] {
        assert_eq!(world.read(secret, "acme-member-1").await.status, 401);
    }
    let key = world.create_key(admin).await;
    let _ = world.dynamodb.take_calls();
    let revoke = "/enterprise/v1/api-key/revoke";
    world.call("POST", revoke, &key.authorization(), Value::Null).await.ok();
    row("a key revokes itself", 5, 20);
}

/// A limit of suspensions.
async fn count_limited(
    world: &World,
    admin: &str,
    members: &[String],
    row: &mut impl FnMut(&'static str, usize, usize),
) {
    world.call("POST", "/admin/v1/accounts/unsuspend", admin, json!({"accounts": members[..100]})).await.ok();
    let key = world.create_key_with(admin, json!({"suspensionLimit": 51})).await;
    world.read(&key, &members[0]).await.ok();
    world.noted(&key, "lastUsedAt").await;
    let _ = world.dynamodb.take_calls();
    world.suspend(&key, &members[99]).await.ok();
    row("suspend by account ID, with a limit", 3, 3);
    let hundred = json!({"accounts": members[..100]});
    let answer = world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), hundred).await;
    let refused = answer.outcomes().iter().filter(|outcome| *outcome == "suspension-limit-reached").count();
    assert_eq!(refused, 49);
    // Two groups of members. The second one doesn't fit and becomes smaller.
    row("suspend 100 by account ID, 50 of which the limit refuses", 5, 5);
    eventually("idle", async || world.dynamodb.is_idle()).await;
    let _ = world.dynamodb.take_calls();
    assert_eq!(world.suspend(&key, &members[98]).await.status, 429);
    row("suspend by account ID, refused by the limit", 3, 3);
    let release = format!("{}/{}/release-suspension-limit", harness::KEYS, key.id);
    world.call("POST", &release, admin, Value::Null).await.ok();
    row("let the key go on", 4, 4);
    for (operation, limit, most) in
        [("raise a key's limit", 60, (3, 3)), ("lower a key's limit", 50, (3, 18))]
    {
        world.edit(admin, &key, json!({"suspensionLimit": limit})).await.ok();
        row(operation, most.0, most.1);
    }
    world.revoke(admin, &key).await.ok();
    let _ = world.dynamodb.take_calls();
}

/// Edits and holds of keys, and the key policy.
async fn count_controls(world: &World, admin: &str, row: &mut impl FnMut(&'static str, usize, usize)) {
    let key = world.create_key_with(admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    world.read(&key, "acme-member-1").await.ok();
    world.noted(&key, "lastUsedAt").await;
    let _ = world.dynamodb.take_calls();
    let expiry = |days: u64| world.clock.now().plus(Duration::from_hours(24 * days)).to_string();
    let narrower = json!({"scopes": ["deprovisioning"]});
    for (operation, changes, trips, calls) in [
        ("rename a key", json!({"name": "Other", "note": "Noted"}), 2, 2),
        ("change a key's expiry", json!({"expiresAt": expiry(30)}), 3, 3),
        ("take a scope away from a key", narrower.clone(), 3, 18),
        ("take it away again", narrower, 3, 18),
    ] {
        world.edit(admin, &key, changes).await.ok();
        row(operation, trips, calls);
    }
    world.hold(admin, "hold", &key).await.ok();
    row("hold a key", 3, 18);
    world.hold(admin, "release", &key).await.ok();
    row("release a key", 2, 2);
    let policy = json!({"mustExpire": true, "longestLifetimeDays": 90, "unusedDays": 30});
    world.call("GET", "/admin/v1/key-policy", admin, Value::Null).await.ok();
    row("read the key policy", 2, 2);
    world.call("PUT", "/admin/v1/key-policy?dryRun=true", admin, policy.clone()).await.ok();
    row("try a key policy", 2, 2);
    world.set_policy(admin, policy).await.ok();
    row("set a key policy", 3, 3);
    let other = world.create_key_with(admin, json!({"expiresAt": expiry(60)})).await;
    row("create under a key policy", 2, 2);
    world.rotate(admin, &other).await;
    row("rotate under a key policy", 2, 2);
    world.advance(Duration::from_hours(24));
    let admin = &world.sign_in(ADMIN).await;
    let _ = world.dynamodb.take_calls();
    world.read(&other, "acme-member-1").await.ok();
    row("read, first use on a day under a rule about disuse", 3, 3);
    world.read(&other, "acme-member-1").await.ok();
    row("read after that", 2, 2);
    world.set_policy(admin, json!({})).await.ok();
    for key in [&key, &other] {
        world.revoke(admin, key).await.ok();
    }
    let _ = world.dynamodb.take_calls();
}

/// What a request causes in addition, if its key was not used within a second.
async fn count_uses(world: &World, key: &Key) -> Row {
    world.advance(Duration::from_secs(1));
    eventually("idle", async || world.dynamodb.is_idle()).await;
    let _ = world.dynamodb.take_calls();
    world.read(key, "acme-member-1").await.ok();
    let mut counts = Vec::new();
    eventually("counted", async || {
        let calls = world.dynamodb.take_calls().into_iter();
        counts.extend(calls.filter(Observed::counts_uses));
        !counts.is_empty()
    })
    .await;
    let calls = counts.into_iter().map(|call| (call.begins_round_trip, call.action)).collect();
    Row { operation: "count what keys were used for, after the response", calls, allowed: (1, 1) }
}

/// What ten requests with a key cause in addition.
async fn report(world: &World, key: &Key) -> Row {
    world.begin_minute();
    for _ in 0..10 {
        world.read(key, "acme-member-1").await.ok();
    }
    let mut reports = Vec::new();
    eventually("reported", async || {
        let calls = world.dynamodb.take_calls().into_iter();
        reports.extend(calls.filter(Observed::reports_usage));
        reports.len() >= 2
    })
    .await;
    let calls: Vec<_> = reports.into_iter().map(|call| (call.begins_round_trip, call.action)).collect();
    Row { operation: "ten reads: report their number, after the response", calls, allowed: (2, 2) }
}
