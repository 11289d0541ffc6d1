//! The gates of restored keys, and what an earlier release left.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use harness::{ADMIN, Intervention, KEYS, Key, World};
use local::{Options, Stack};
use serde_json::{Value, json};

use super::{back_up, put_back, restore};

/// The gates are not restored. They may stand above the generation that a restored key has.
#[tokio::test]
async fn a_restored_key_gets_a_generation_above_its_gates() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.advance(Duration::from_mins(10));
    let backup = back_up(&world).await;
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    world.provision(plan("team")).await.expect("frozen");
    world.provision(plan("enterprise")).await.expect("released");
    world.advance(Duration::from_mins(10));
    let since = world.clock.now();
    put_back(&world, &backup).await;
    // The control.
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 503);

    restore(&world, since, true).await;
    world.suspend(&key, "acme-member-1").await.ok();
    assert_eq!(restore(&world, since, true).await, Vec::<String>::new());
    let admin = world.sign_in(ADMIN).await;
    world.revoke(&admin, &key).await.ok();
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 401);
}

/// A restored key's generation is later than the time that was asked for: the clock of an instance was ahead, or its table
/// was restored to a later moment. It is renewed nevertheless, once.
#[tokio::test]
async fn a_restored_key_with_a_later_generation_than_the_restored_time_is_renewed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let since = world.clock.now();
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    world.advance(Duration::from_secs(30));
    world.provision(plan("team")).await.expect("frozen");
    world.provision(plan("enterprise")).await.expect("released");
    let backup = back_up(&world).await;
    world.advance(Duration::from_mins(10));
    world.provision(plan("team")).await.expect("frozen");
    world.provision(plan("enterprise")).await.expect("released");
    world.advance(Duration::from_mins(10));
    put_back(&world, &backup).await;
    restore(&world, since, true).await;
    world.provision(plan("enterprise")).await.expect("given back");
    world.suspend(&key, "acme-member-1").await.ok();
    let again = restore(&world, since, true).await;
    assert!(!again.iter().any(|line| line.contains("generation")), "{again:?}");
}

/// A revocation that was in progress at the restored time, and ended later.
#[tokio::test]
async fn a_key_that_is_revoked_again_is_not_shown_as_being_revoked() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere(|call| if call.commits() { Intervention::Throttle } else { Intervention::Pass });
    assert_eq!(world.revoke(&admin, &key).await.status, 503);
    world.dynamodb.let_pass();
    let (backup, since) = (back_up(&world).await, world.clock.now());
    world.advance(Duration::from_mins(1));
    world.revoke(&admin, &key).await.ok();
    put_back(&world, &backup).await;
    restore(&world, since, true).await;
    let listed = world.call("GET", &format!("{KEYS}?state=revoked"), &admin, Value::Null).await.ok();
    assert_eq!(listed["apiKeys"][0]["keyId"], key.id);
    assert_eq!(listed["apiKeys"][0].get("revocationBeganAt"), None);
}

/// A revocation that didn't end is in only one of a key's two items, because the tables were restored to different
/// times.
#[tokio::test]
async fn a_revocation_in_progress_is_restored_in_both_items() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (one, other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let attempt = json!({":attempt": {"SS": ["01KDXJ7Q9W3T5V8YB2C4E6G8HA"]}});
    let digest = world.digest(&other).await;
    for (table, key) in [
        ("ApiKeys", json!({"companyId": {"S": "acme"}, "keyId": {"S": one.id}})),
        ("KeyDigests", json!({"digest": {"S": digest}})),
    ] {
        let update = json!({
            "TableName": table, "Key": key, "UpdateExpression": "ADD ending :attempt",
            "ExpressionAttributeValues": attempt,
        });
        world.dynamodb.ask("UpdateItem", &update).await;
    }
    restore(&world, world.clock.now(), true).await;
    for key in [&one, &other] {
        assert_eq!(world.read(key, "acme-member-1").await.status, 401);
    }
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    let listed = listed["apiKeys"].as_array().expect("keys").clone();
    assert!(listed.len() == 2 && listed.iter().all(|key| key["revocationBeganAt"].is_string()), "{listed:?}");
    world.revoke(&admin, &one).await.ok();
    world.revoke(&admin, &other).await.ok();
}

/// An earlier release kept revocations in progress in items of their own. On a laptop the next start takes them over.
#[tokio::test]
async fn the_fences_of_an_earlier_release_are_taken_over() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (ending, other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    put_fence(&world, &ending, Some("01KDXJ7Q9W3T5V8YB2C4E6G8HA")).await;
    put_fence(&world, &other, None).await;
    // The control.
    world.read(&ending, "acme-member-1").await.ok();

    let options = Options { dynamodb_endpoint: Some(world.dynamodb.url.clone()), ..Options::in_memory() };
    Stack::start(options).await.expect("a stack").stop().await;
    assert_eq!(world.read(&ending, "acme-member-1").await.status, 401);
    world.suspend(&other, "acme-member-1").await.ok();
    let digests = world.dynamodb.items("KeyDigests").await;
    assert!(digests.iter().all(|item| !item["digest"].as_str().expect("a text").starts_with("fence#")));
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    let began = |key: &Key| {
        let keys = listed["apiKeys"].as_array().expect("keys");
        keys.iter()
            .find(|listed| listed["keyId"] == key.id)
            .expect("listed")
            .get("revocationBeganAt")
            .cloned()
    };
    assert_eq!((began(&ending).is_some(), began(&other)), (true, None));
    world.revoke(&admin, &ending).await.ok();

    let report = local::restore::take_over_fences(Some(&world.dynamodb.url), world.clock.now()).await;
    assert!(report.expect("done").starts_with("There is nothing to do"));
}

/// The command is broken off at each of its calls. Repeating it takes over what was left.
#[tokio::test]
async fn taking_over_fences_can_be_broken_off_and_repeated() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for n in 1.. {
        let key = world.create_key(&admin).await;
        put_fence(&world, &key, Some("01KDXJ7Q9W3T5V8YB2C4E6G8HA")).await;
        let mut calls = 0;
        let seen = Arc::new(AtomicUsize::new(0));
        let count = seen.clone();
        world.dynamodb.interfere(move |call| {
            calls += usize::from(call.function == "take-over-fences");
            count.store(calls, Ordering::Relaxed);
            // Every further call fails too, as after a crash.
            let is_broken = call.function == "take-over-fences" && calls >= n;
            if is_broken { Intervention::Invalid } else { Intervention::Pass }
        });
        let take_over =
            async || local::restore::take_over_fences(Some(&world.dynamodb.url), world.clock.now()).await;
        let is_done = take_over().await.is_ok();
        world.dynamodb.let_pass();
        take_over().await.expect("done");
        assert_eq!(world.read(&key, "acme-member-1").await.status, 401, "call {n}");
        let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
        assert!(listed["apiKeys"][0]["revocationBeganAt"].is_string(), "call {n}: {listed}");
        world.revoke(&admin, &key).await.ok();
        if is_done {
            assert!(n > 4 && seen.load(Ordering::Relaxed) < n, "{n} calls");
            return;
        }
    }
}

/// Puts an item as an earlier release left it.
async fn put_fence(world: &World, key: &Key, attempt: Option<&str>) {
    let digest = world.digest(key).await;
    let mut fence = json!({
        "digest": {"S": format!("fence#{digest}")}, "companyId": {"S": "acme"}, "keyId": {"S": key.id},
        "fencedAt": {"N": "1"},
    });
    if let Some(attempt) = attempt {
        fence["attempts"] = json!({"SS": [attempt]});
    }
    world.dynamodb.ask("PutItem", &json!({"TableName": "KeyDigests", "Item": fence})).await;
}

/// The log says what the limits of requests were changed to. A restored key gets them too, also if its table is of another
/// moment than the company's.
#[tokio::test]
async fn limits_that_were_changed_are_changed_again() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let policy = async || world.read(&key, "acme-member-1").await.header("ratelimit-policy").to_owned();
    world.change_limits("acme", json!({"company": 9_000})).await;
    world.advance(Duration::from_mins(10));
    let backup = back_up(&world).await;
    let since = world.clock.now();
    world.advance(Duration::from_mins(10));
    world.change_limits("acme", json!({"key": 200})).await;
    put_back(&world, &backup).await;
    let done = restore(&world, since, true).await;
    assert_eq!(done.iter().filter(|sentence| sentence.contains("limits of requests")).count(), 2, "{done:?}");
    assert_eq!(policy().await, r#""key";q=200;w=60, "company";q=9000;w=60"#);
    assert_eq!(restore(&world, since, true).await, Vec::<String>::new());

    // The company's table is newer than the key's.
    let digests = backup["KeyDigests"].clone();
    let own = |item: &&Value| item["keyId"]["S"] == key.id.as_str();
    let older = digests.iter().find(own).expect("a digest");
    world.dynamodb.ask("PutItem", &json!({"TableName": "KeyDigests", "Item": older})).await;
    restore(&world, since, true).await;
    assert_eq!(policy().await, r#""key";q=200;w=60, "company";q=9000;w=60"#);
    // New keys too.
    let admin = world.sign_in(ADMIN).await;
    let new = world.create_key(&admin).await;
    let answer = world.read(&new, "acme-member-1").await;
    assert_eq!(answer.header("ratelimit-policy"), r#""key";q=200;w=60, "company";q=9000;w=60"#);
}
