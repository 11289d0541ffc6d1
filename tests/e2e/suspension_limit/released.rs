use harness::World;
use serde_json::{Value, json};

use super::{is_refused, limited, suspend};

async fn release(world: &World, admin: &str, key: &harness::Key) -> Value {
    world.hold(admin, "release-suspension-limit", key).await.ok()
}

#[tokio::test]
async fn an_administrator_lets_a_key_go_on() {
    let world = World::start().await;
    let (admin, key) = limited(&world, 2, 9).await;
    suspend(&world, &key, 1).await.ok();
    release(&world, &admin, &key).await;
    assert_eq!(world.count_events("acme", "RELEASE_SUSPENSION_LIMIT").await, 0, "it isn't stopped");
    suspend(&world, &key, 2).await.ok();
    assert!(is_refused(&suspend(&world, &key, 9).await));
    release(&world, &admin, &key).await;
    for number in 3..=4 {
        suspend(&world, &key, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &key, 9).await));
    let path = format!("{}/{}", harness::KEYS, key.id);
    let details = world.call("GET", &path, &admin, Value::Null).await.ok();
    assert_eq!(details["suspensionsThisHour"], 2, "{details}");
}

#[tokio::test]
async fn a_higher_limit_ends_the_stop() {
    let world = World::start().await;
    let (admin, key) = limited(&world, 2, 9).await;
    for number in 1..=2 {
        suspend(&world, &key, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &key, 3).await));
    assert!(world.listed(&admin, &key).await.get("suspensionLimitReachedAt").is_some());
    world.edit(&admin, &key, json!({"suspensionLimit": 3})).await.ok();
    assert_eq!(world.listed(&admin, &key).await.get("suspensionLimitReachedAt"), None);
    suspend(&world, &key, 3).await.ok();
    assert!(is_refused(&suspend(&world, &key, 4).await));
    world.edit(&admin, &key, json!({"suspensionLimit": null})).await.ok();
    for number in 4..=9 {
        suspend(&world, &key, number).await.ok();
    }
}
