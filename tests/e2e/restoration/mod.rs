//! Tables restored to an earlier time, and the later revocations and suspensions.

mod edits;
mod key_limits;
mod keys;
mod leaks;
mod policy;
mod rotation;
mod suspenders;
mod two_secrets;

use std::collections::BTreeMap;

use domain::time::Timestamp;
use harness::{ADMIN, Key, SECOND_ADMIN, World};
use serde_json::{Value, json};

/// Every table that is restored. The audit log survives, and the gates are not needed.
const TABLES: [(&str, &[&str]); 7] = [
    ("Companies", &["companyId"]),
    ("Accounts", &["companyId", "accountId"]),
    ("AccountLookups", &["companyId", "lookup"]),
    ("Identities", &["identity"]),
    ("ApiKeys", &["companyId", "keyId"]),
    ("KeyDigests", &["digest"]),
    ("AccountCounts", &["companyId", "part"]),
];

pub(crate) type Backup = BTreeMap<&'static str, Vec<Value>>;

async fn scan(world: &World, table: &str) -> Vec<Value> {
    let page = world.dynamodb.ask("Scan", &json!({"TableName": table})).await;
    assert!(page["LastEvaluatedKey"].is_null());
    page["Items"].as_array().expect("items").clone()
}

pub(crate) async fn back_up(world: &World) -> Backup {
    let mut backup = Backup::new();
    for (table, _) in TABLES {
        backup.insert(table, scan(world, table).await);
    }
    backup
}

pub(crate) async fn put_back(world: &World, backup: &Backup) {
    for (table, keys) in TABLES {
        for item in scan(world, table).await {
            let key: Value = keys.iter().map(|name| ((*name).to_owned(), item[name].clone())).collect();
            world.dynamodb.ask("DeleteItem", &json!({"TableName": table, "Key": key})).await;
        }
        for item in &backup[table] {
            world.dynamodb.ask("PutItem", &json!({"TableName": table, "Item": item})).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is what is tested")]
async fn restore(world: &World, since: Timestamp, applies: bool) -> Vec<String> {
    world.stack.service.tables.restore(since, world.clock.now(), applies).await.expect("restored").done
}

struct Scene {
    world: World,
    admin: String,
    second: String,
    old: Key,
    kept: Key,
    new: Key,
    backup: Backup,
    since: Timestamp,
}

/// After a backup, a key is revoked, another is created, and accounts are suspended, deleted and demoted. Then the
/// backup is restored.
async fn scene() -> Scene {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let scopes = json!({"scopes": ["deprovisioning", "scim"]});
    let (old, kept) =
        (world.create_key_with(&admin, scopes.clone()).await, world.create_key_with(&admin, scopes).await);
    world.suspend(&kept, "acme-member-4").await.ok();
    // The events from before the backup are older than the margin.
    world.advance(std::time::Duration::from_mins(10));
    let backup = back_up(&world).await;
    let since = world.clock.now();
    world.advance(std::time::Duration::from_secs(1));
    let new = world.create_key(&admin).await;
    world.suspend(&kept, "acme-member-1").await.ok();
    world.suspend(&kept, "acme-member-2").await.ok();
    world.suspend(&kept, "acme-member-6").await.ok();
    // The clocks of instances differ: if two events are this close, either may have come last.
    world.unsuspend(&kept, "acme-member-6").await.ok();
    world.advance(std::time::Duration::from_secs(6));
    world.unsuspend(&kept, "acme-member-2").await.ok();
    let path = "/enterprise/v1/scim/Users/acme-member-3";
    assert_eq!(world.call("DELETE", path, &kept.authorization(), Value::Null).await.status, 204);
    world.revoke(&admin, &old).await.ok();
    let role = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
    world.provision(role).await.expect("demoted");
    put_back(&world, &backup).await;
    Scene { world, admin, second, old, kept, new, backup, since }
}

#[tokio::test]
async fn later_revocations_and_suspensions_are_applied_again() {
    let Scene { world, admin, second, old, kept, new, backup, since } = scene().await;
    // The control: a restore alone restores every access.
    world.read(&old, "acme-member-1").await.ok();
    assert_eq!(world.call("GET", harness::KEYS, &second, Value::Null).await.status, 200);
    put_back(&world, &backup).await;

    let told = restore(&world, since, false).await;
    assert_eq!(back_up(&world).await, backup, "a dry run writes nothing");
    let done = restore(&world, since, true).await;
    assert_eq!(told, done);

    assert_eq!(world.read(&old, "acme-member-1").await.status, 401);
    assert_eq!(world.read(&new, "acme-member-1").await.status, 401);
    for (account, state) in [
        ("acme-member-1", "suspended"),
        ("acme-member-2", "active"),
        ("acme-member-3", "suspended"),
        ("acme-member-4", "suspended"),
        ("acme-member-5", "active"),
        ("acme-member-6", "suspended"),
    ] {
        assert_eq!(world.read(&kept, account).await.ok()["state"], state, "{account}");
    }
    assert_eq!(world.call("GET", harness::KEYS, &second, Value::Null).await.status, 403);
    let listed = world.call("GET", harness::KEYS, &admin, Value::Null).await.ok();
    let listed = listed["apiKeys"].as_array().expect("keys");
    assert_eq!(listed.iter().map(|key| &key["keyId"]).collect::<Vec<_>>(), [&kept.id]);

    let sessions = |accounts: &[Value], id: &str| {
        accounts.iter().find(|account| account["accountId"] == id).expect("an account")["sessionsNotBefore"]
            .clone()
    };
    let accounts = world.dynamodb.items("Accounts").await;
    for account in ["acme-member-1", "acme-member-2", "acme-member-3"] {
        assert!(sessions(&accounts, account).as_i64() >= Some(since.seconds()), "{account}");
    }
    let company = world.company("acme").await;
    assert_eq!(company["activeAdministrators"], 1);
    let count = accounts.iter().filter(|account| account["companyId"] == "acme").count();
    assert_eq!(usize::try_from(world.account_count("acme").await), Ok(count));

    // The service works again, and a second run does nothing.
    assert_eq!(restore(&world, since, true).await, Vec::<String>::new());
    world.create_key(&admin).await;
    world.revoke(&admin, &kept).await.ok();
}

/// Revokes a key in one table only.
async fn revoke_in(world: &World, table: &str, key: &Key) {
    let items = scan(world, table).await;
    let mut item = items.into_iter().find(|item| item["keyId"]["S"] == *key.id).expect("an item");
    item["revokedAt"] = json!({"N": world.clock.now().millis().to_string()});
    world.dynamodb.ask("PutItem", &json!({"TableName": table, "Item": item})).await;
}

#[tokio::test]
async fn tables_may_be_restored_to_different_times() {
    let Scene { world, admin, old, kept, new, backup, since, .. } = scene().await;
    // One of the two tables is from a later time: a digest without its key, or a key without its digest.
    let later = |table: &'static str, key: &Key| {
        let item = backup[table].iter().find(|item| item["keyId"]["S"] == *old.id).expect("an item").clone();
        let mut text = item.to_string().replace(&old.id, &key.id);
        text = text.replace(item["digest"]["S"].as_str().expect("a digest"), &"ab".repeat(32));
        (table, serde_json::from_str::<Value>(&text).expect("JSON"))
    };
    let (table, orphan) = later("KeyDigests", &new);
    world.dynamodb.ask("PutItem", &json!({"TableName": table, "Item": orphan})).await;
    let unusable = Key { id: new.id.replace(&new.id[20..], "000000"), secret: new.secret.clone() };
    let (table, mut half) = later("ApiKeys", &unusable);
    half["digest"]["S"] = "cd".repeat(32).into();
    world.dynamodb.ask("PutItem", &json!({"TableName": table, "Item": half})).await;
    // Revocations that are missing in the log, each in only one table.
    let (in_list, in_digests) = (world.create_key(&admin).await, world.create_key(&admin).await);
    revoke_in(&world, "ApiKeys", &in_list).await;
    revoke_in(&world, "KeyDigests", &in_digests).await;
    // The control: without the restoration, the key works.
    world.read(&in_list, "acme-member-1").await.ok();
    restore(&world, since, true).await;
    assert_eq!(world.read(&in_list, "acme-member-1").await.status, 401);

    let digests = world.dynamodb.items("KeyDigests").await;
    let orphan = digests.iter().find(|item| item["digest"] == "ab".repeat(32)).expect("still there");
    assert!(orphan.get("revokedAt").is_some());
    let keys = world.dynamodb.items("ApiKeys").await;
    assert!(!keys.iter().any(|key| key["keyId"] == unusable.id));
    let revoked = keys.iter().find(|key| key["keyId"] == in_digests.id).expect("still there");
    assert!(revoked["revokedAt"].is_number() && revoked["revokedBy"]["accountId"].is_string());
    let listed = world.call("GET", harness::KEYS, &admin, Value::Null).await.ok();
    assert_eq!(listed["apiKeys"].as_array().map(Vec::len), Some(1));
    world.read(&kept, "acme-member-1").await.ok();
}

/// No active administrator is left: the report says so, and an operator can appoint one.
#[tokio::test]
async fn the_last_administrator_was_demoted_for_another() {
    let world = World::start().await;
    let backup = back_up(&world).await;
    world.advance(std::time::Duration::from_mins(10));
    let since = world.clock.now();
    world.advance(std::time::Duration::from_secs(1));
    let role = |account: &str, role: &str| json!({"operation": "change-role", "companyId": "basic", "accountId": account, "role": role});
    world.provision(role("basic-member-1", "company_admin")).await.expect("promoted");
    world.provision(role("basic-admin", "member")).await.expect("demoted");
    put_back(&world, &backup).await;
    let done = restore(&world, since, true).await;
    assert!(
        done.iter().any(|line| line.starts_with("basic: no Company Administrator is active")),
        "{done:?}"
    );
    world.provision(role("basic-member-1", "company_admin")).await.expect("an operator may");
    assert_eq!(world.company("basic").await["activeAdministrators"], 1);
}

/// A company and an account that are in one table but not in another.
#[tokio::test]
async fn orphaned_items_are_removed_or_revoked() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let items = scan(&world, "KeyDigests").await;
    let mut stray = items.into_iter().find(|item| item["keyId"]["S"] == *key.id).expect("a digest");
    (stray["companyId"], stray["digest"]) = (json!({"S": "gone"}), json!({"S": "ef".repeat(32)}));
    world.dynamodb.ask("PutItem", &json!({"TableName": "KeyDigests", "Item": stray})).await;
    let account = json!({"companyId": {"S": "acme"}, "accountId": {"S": "acme-member-7"}});
    world.dynamodb.ask("DeleteItem", &json!({"TableName": "Accounts", "Key": account})).await;
    let newcomer = json!({
        "operation": "add-account", "companyId": "acme",
        "account": {"email": "member-7@acme.example", "name": "Newcomer"},
    });
    world.provision(newcomer.clone()).await.expect_err("the control: the address is taken, by nobody");

    let now = world.clock.now();
    let done = restore(&world, now, true).await;
    for sentence in [
        format!("gone: key {} belongs to a company that doesn't exist; it is revoked", key.id),
        "acme: account acme-member-7 doesn't exist; a lookup of it is removed".into(),
    ] {
        assert!(done.contains(&sentence), "{done:?}");
    }
    let digests = world.dynamodb.items("KeyDigests").await;
    let revoked = |company: &str| {
        digests.iter().find(|item| item["companyId"] == company).expect("a digest").get("revokedAt").is_some()
    };
    assert_eq!((revoked("gone"), revoked("acme")), (true, false));
    world.provision(newcomer).await.expect("the address is free");
    assert_eq!(restore(&world, now, true).await, Vec::<String>::new());
}

/// The log doesn't say to which plan the company was changed.
#[tokio::test]
async fn an_operator_restores_a_changed_plan() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.advance(std::time::Duration::from_mins(10));
    let (backup, since) = (back_up(&world).await, world.clock.now());
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    world.provision(plan("team")).await.expect("changed");
    put_back(&world, &backup).await;
    // The control.
    world.read(&key, "acme-member-1").await.ok();
    put_back(&world, &backup).await;

    restore(&world, since, true).await;
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
    assert_eq!(
        world.call("GET", harness::KEYS, &admin, Value::Null).await.ok()["apiKeys"][0]["frozen"],
        true
    );
    let left = restore(&world, since, true).await;
    assert!(left.len() == 1 && left[0].ends_with("run change-plan"), "{left:?}");
    world.provision(plan("enterprise")).await.expect("given back");
    world.read(&key, "acme-member-1").await.ok();
}

/// A log that is empty, begins too late or is too short doesn't show the later revocations.
#[tokio::test]
async fn a_log_that_does_not_show_the_revocations() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.advance(std::time::Duration::from_mins(10));
    let since = world.clock.now();
    let told = async |since: Timestamp| {
        let (url, now) = (&world.dynamodb.url, world.clock.now());
        let restored = local::restore::restore(&since.to_string(), true, Some(url), now).await;
        restored.map(|restored| local::restore::report(&restored, true))
    };
    let (no_events, too_late, sure) =
        ("no event since then", "no event from before", "There is nothing to do");
    let check = |text: &str, expected: [bool; 3]| {
        assert_eq!([no_events, too_late, sure].map(|part| text.contains(part)), expected, "{text}");
    };
    check(&told(since).await.expect("a report"), [true, false, false]);
    world.create_key(&admin).await;
    let text = told(since).await.expect("a report");
    check(&text, [false, false, false]);
    assert!(text.contains("7 secrets of keys get a new generation"), "{text}");
    assert!(text.contains("since then: 1. The newest is from "), "{text}");
    // The event is read because of the margin, but it is from before the time.
    world.advance(std::time::Duration::from_secs(30));
    check(&told(world.clock.now()).await.expect("a report"), [true, false, false]);

    for event in scan(&world, "AuditEvents").await {
        let key = json!({"companyId": event["companyId"], "eventId": event["eventId"]});
        world.dynamodb.ask("DeleteItem", &json!({"TableName": "AuditEvents", "Key": key})).await;
    }
    check(&told(since).await.expect("a report"), [true, true, false]);
    let days = |days: u64| std::time::Duration::from_hours(24 * days);
    told(world.clock.now().minus(days(399))).await.expect("within the retention");
    let refused = told(world.clock.now().minus(days(400))).await.expect_err("refused");
    assert!(refused.contains("400 days"), "{refused}");
}
