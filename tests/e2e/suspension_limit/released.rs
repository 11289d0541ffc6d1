use harness::{World, eventually};
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
    for round in 1..=2 {
        assert!(is_refused(&suspend(&world, &key, 9).await), "round {round}");
        eventually("noted", async || {
            world.listed(&admin, &key).await.get("suspensionLimitReachedAt").is_some()
        })
        .await;
        for _ in 0..2 {
            let released = release(&world, &admin, &key).await;
            assert_eq!(released.get("suspensionLimitReachedAt"), None, "{released}");
        }
        assert_eq!(world.count_events("acme", "RELEASE_SUSPENSION_LIMIT").await, round);
        for number in 0..2 {
            suspend(&world, &key, 1 + 2 * round + number).await.ok();
        }
        // Within a minute, an instance tries to record it once.
        world.advance(std::time::Duration::from_secs(61));
    }
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
    eventually("noted", async || world.listed(&admin, &key).await.get("suspensionLimitReachedAt").is_some())
        .await;
    let edited = world.edit(&admin, &key, json!({"suspensionLimit": 3})).await.ok();
    assert_eq!(edited.get("suspensionLimitReachedAt"), None, "{edited}");
    suspend(&world, &key, 3).await.ok();
    assert!(is_refused(&suspend(&world, &key, 4).await));
    world.edit(&admin, &key, json!({"suspensionLimit": null})).await.ok();
    for number in 4..=9 {
        suspend(&world, &key, number).await.ok();
    }
}
