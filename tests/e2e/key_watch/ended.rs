//! Expired keys that give their place to new ones.

use domain::company::{ACTIVE_KEY_LIMIT, ENDED_KEY_LIMIT};
use harness::{ADMIN, World};
use serde_json::{Value, json};

use super::{DAY, expired, key_for, told, watch};

fn ended_keys(company: &Value) -> Vec<Value> {
    company["endedKeys"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn the_expiry_of_a_key_that_gave_its_place_to_another_is_told() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(key_for(&world, &admin, 1).await);
    }
    for _ in keys.len()..ACTIVE_KEY_LIMIT {
        world.create_key(&admin).await;
    }
    world.advance(DAY * 2);
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(ended_keys(&world.company("acme").await), Vec::<Value>::new());
    world.create_key(&admin).await;
    let company = world.company("acme").await;
    assert_eq!(ended_keys(&company).len(), 3);
    assert!(keys.iter().all(|key| company["activeKeys"].get(&key.id).is_none()));
    // One of them is revoked meanwhile.
    world.revoke(&admin, &keys[1]).await.ok();
    watch(&world).await;
    let mut found = told(&world, "acme").await;
    found.sort();
    assert_eq!(found, [expired(&keys[0]), expired(&keys[2])]);
    assert_eq!(ended_keys(&world.company("acme").await), Vec::<Value>::new());
    world.advance(DAY);
    watch(&world).await;
    assert_eq!(told(&world, "acme").await.len(), 2);
}

/// The list doesn't grow without a bound, and never stands in the way of a new key.
#[tokio::test]
async fn a_full_list_of_ended_keys_refuses_no_new_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = key_for(&world, &admin, 1).await;
    for _ in 1..ACTIVE_KEY_LIMIT {
        world.create_key(&admin).await;
    }
    let full: Vec<_> = (0..ENDED_KEY_LIMIT).map(|n| format!("01KDXJ7Q9W3T5V8YB2C4E6{n:04}")).collect();
    let update = json!({
        "TableName": "Companies", "Key": {"companyId": {"S": "acme"}},
        "UpdateExpression": "ADD endedKeys :ended", "ExpressionAttributeValues": {":ended": {"SS": full}},
    });
    world.dynamodb.ask("UpdateItem", &update).await;
    world.advance(DAY * 2);
    let admin = world.sign_in(ADMIN).await;
    world.create_key(&admin).await;
    let company = world.company("acme").await;
    assert_eq!(ended_keys(&company).len(), ENDED_KEY_LIMIT);
    assert!(company["activeKeys"].get(&key.id).is_none());
}
