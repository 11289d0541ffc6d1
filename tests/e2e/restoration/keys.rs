//! The gates of restored keys, and what an earlier release left.

use std::time::Duration;

use harness::{ADMIN, KEYS, World};
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

/// A revocation that didn't end is in only one of a key's two items, because the tables were restored to different
/// times.
#[tokio::test]
async fn a_revocation_in_progress_is_restored_in_both_items() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (one, other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let attempt = json!({":attempt": {"SS": ["01KDXJ7Q9W3T5V8YB2C4E6G8HA"]}});
    let digests = world.dynamodb.items("KeyDigests").await;
    let digest = &digests.iter().find(|item| item["keyId"] == other.id).expect("a digest")["digest"];
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
    let digests = world.dynamodb.items("KeyDigests").await;
    for (key, attempts) in [(&ending, Some("01KDXJ7Q9W3T5V8YB2C4E6G8HA")), (&other, None)] {
        let digest = digests.iter().find(|item| item["keyId"] == key.id).expect("a digest");
        let digest = digest["digest"].as_str().expect("a text");
        let mut fence = json!({
            "digest": {"S": format!("fence#{digest}")}, "companyId": {"S": "acme"}, "keyId": {"S": key.id},
            "fencedAt": {"N": "1"},
        });
        if let Some(attempt) = attempts {
            fence["attempts"] = json!({"SS": [attempt]});
        }
        world.dynamodb.ask("PutItem", &json!({"TableName": "KeyDigests", "Item": fence})).await;
    }
    // The control.
    world.read(&ending, "acme-member-1").await.ok();

    let options = Options { dynamodb_endpoint: Some(world.dynamodb.url.clone()), ..Options::in_memory() };
    Stack::start(options).await.expect("a stack").stop().await;
    assert_eq!(world.read(&ending, "acme-member-1").await.status, 401);
    world.suspend(&other, "acme-member-1").await.ok();
    let digests = world.dynamodb.items("KeyDigests").await;
    assert!(digests.iter().all(|item| !item["digest"].as_str().expect("a text").starts_with("fence#")));
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    let began = |key: &harness::Key| {
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
