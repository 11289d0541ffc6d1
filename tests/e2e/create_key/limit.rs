use std::time::Duration;

use futures_util::future::join_all;
use harness::{ADMIN, KEYS, World};
use serde_json::json;

fn body() -> serde_json::Value {
    json!({"name": "A", "scopes": ["deprovisioning"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_concurrent_creations_stop_at_exactly_fifty() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let answers = join_all((0..100).map(|_| world.call("POST", KEYS, &admin, body()))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 50);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(refused.problem(), (409, "key-limit-reached".into()));
    }
    assert_eq!(world.company("acme").await["activeKeys"].as_object().expect("a map").len(), 50);
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 50);
}

#[tokio::test]
async fn expired_and_revoked_keys_do_not_count_towards_the_limit() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let expiry = world.clock.now().plus(Duration::from_mins(5)).to_string();
    let first = world.create_key(&admin).await;
    for _ in 0..2 {
        world.create_key_with(&admin, json!({"expiresAt": expiry})).await;
    }
    for _ in 0..47 {
        world.create_key(&admin).await;
    }
    assert_eq!(world.call("POST", KEYS, &admin, body()).await.problem().1, "key-limit-reached");
    world.revoke(&admin, &first).await.ok();
    world.create_key(&admin).await;
    assert_eq!(world.call("POST", KEYS, &admin, body()).await.problem().1, "key-limit-reached");

    world.advance(Duration::from_mins(5));
    for _ in 0..2 {
        world.create_key(&admin).await;
    }
    assert_eq!(world.call("POST", KEYS, &admin, body()).await.problem().1, "key-limit-reached");
    assert_eq!(world.company("acme").await["activeKeys"].as_object().expect("a map").len(), 50);
}
