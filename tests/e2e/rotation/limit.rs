//! At most 40 of a company's keys have two secrets, so that a change of all secrets fits one transaction.

use std::time::Duration;

use domain::company::{ACTIVE_KEY_LIMIT, ROTATING_KEY_LIMIT};
use harness::{ADMIN, KEYS, World};
use serde_json::{Value, json};

use super::MEMBER;

#[tokio::test]
async fn forty_keys_of_fifty_are_rotated_at_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let mut keys = Vec::new();
    for _ in 0..ACTIVE_KEY_LIMIT {
        keys.push(world.create_key(&admin).await);
    }
    let mut new = Vec::new();
    for key in &keys[..ROTATING_KEY_LIMIT] {
        new.push(world.rotate_with(&admin, key, json!({"overlapSeconds": 60})).await);
    }
    let path = format!("{KEYS}/{}/rotate", keys[ROTATING_KEY_LIMIT].id);
    let refused = world.call("POST", &path, &admin, Value::Null).await;
    assert_eq!(refused.problem(), (409, "secret-limit-reached".into()));
    // A key that has two secrets needs no more room.
    new[0] = world.rotate_with(&admin, &keys[0], json!({"overlapSeconds": 60})).await;
    // The largest change of all secrets.
    for plan in ["team", "enterprise"] {
        let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
        world.provision(request).await.expect("changed");
    }
    world.change_limits("acme", json!({"key": 5_000})).await;
    // Whatever ends a rotation makes room.
    world.end_rotation(&admin, "cancel", &new[1]).await.ok();
    world.rotate(&admin, &keys[ROTATING_KEY_LIMIT]).await;
    assert_eq!(
        world.call("POST", &format!("{KEYS}/{}/rotate", keys[1].id), &admin, Value::Null).await.status,
        409
    );
    world.end_rotation(&admin, "complete", &new[2]).await.ok();
    world.rotate(&admin, &keys[1]).await;
    world.revoke(&admin, &new[3]).await.ok();
    world.rotate(&admin, &new[2]).await;
    // Two overlaps end with time.
    world.read(&new[4], MEMBER).await.ok();
    world.read(&new[5], MEMBER).await.ok();
    world.advance(Duration::from_secs(61));
    world.rotate(&admin, &keys[ROTATING_KEY_LIMIT + 1]).await;
    world.rotate(&admin, &keys[ROTATING_KEY_LIMIT + 2]).await;
    let refused = world.call("POST", &format!("{KEYS}/{}/rotate", new[4].id), &admin, Value::Null).await;
    assert_eq!(refused.problem(), (409, "secret-limit-reached".into()));
    let rotating = world.company("acme").await["rotatingKeys"].as_object().expect("a map").len();
    assert_eq!(rotating, ROTATING_KEY_LIMIT);
}

/// Companies of earlier releases have no map of rotating keys.
#[tokio::test]
async fn companies_of_earlier_releases_rotate_keys() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let forget = json!({
        "TableName": "Companies", "Key": {"companyId": {"S": "acme"}},
        "UpdateExpression": "REMOVE rotatingKeys",
    });
    world.dynamodb.ask("UpdateItem", &forget).await;
    for plan in ["team", "enterprise"] {
        let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
        world.provision(request).await.expect("changed");
    }
    world.change_limits("acme", json!({"key": 5_000})).await;
    let other = world.create_key(&admin).await;
    world.revoke(&admin, &other).await.ok();
    assert!(world.company("acme").await.get("rotatingKeys").is_none());
    let new = world.rotate(&admin, &key).await;
    world.read(&new, MEMBER).await.ok();
    world.end_rotation(&admin, "complete", &new).await.ok();
    assert_eq!(world.company("acme").await["rotatingKeys"], json!({}));
}
