//! When a key is stopped, administrators see it, an event says so once, and they can let it go on.

use std::time::Duration;

use harness::{ADMIN, Key, World, eventually};
use serde_json::{Value, json};

use super::{HOUR, is_refused, limited, suspend};

async fn is_stopped(world: &World, admin: &str, key: &Key) -> bool {
    let details = world.call("GET", &format!("{}/{}", harness::KEYS, key.id), admin, Value::Null).await.ok();
    let listed = world.listed(admin, key).await;
    let [listed, detailed] = [listed, details].map(|key| key.get("suspensionLimitReachedAt").cloned());
    assert_eq!(listed, detailed);
    listed.is_some()
}

async fn release(world: &World, admin: &str, key: &Key) {
    world.hold(admin, "release-suspension-limit", key).await.ok();
}

/// Waits until the stops so far are recorded, each once.
async fn check_recorded(world: &World, stops: usize) {
    eventually("recorded", async || world.count_events("acme", "REACH_SUSPENSION_LIMIT").await >= stops)
        .await;
    eventually("idle", async || world.dynamodb.is_idle()).await;
    assert_eq!(world.count_events("acme", "REACH_SUSPENSION_LIMIT").await, stops);
}

#[tokio::test]
async fn each_stop_is_shown_recorded_and_released() {
    let world = World::start().await;
    let (admin, key) = limited(&world, 1, 9).await;
    for round in 1..=3 {
        assert!(!is_stopped(&world, &admin, &key).await, "round {round}");
        suspend(&world, &key, round).await.ok();
        assert!(is_stopped(&world, &admin, &key).await, "round {round}: before a request is refused");
        for _ in 0..2 {
            assert!(is_refused(&suspend(&world, &key, 9).await), "round {round}");
        }
        check_recorded(&world, round).await;
        for _ in 0..2 {
            release(&world, &admin, &key).await;
        }
        assert_eq!(world.count_events("acme", "RELEASE_SUSPENSION_LIMIT").await, round);
    }
}

#[tokio::test]
async fn a_stop_at_another_number_is_another_stop() {
    let world = World::start().await;
    let (admin, of_policy) = limited(&world, "policy", 9).await;
    for limit in 1..=2 {
        world.set_policy(&admin, json!({"suspensionsPerHour": limit})).await.ok();
        suspend(&world, &of_policy, limit).await.ok();
        assert!(is_refused(&suspend(&world, &of_policy, 9).await));
        assert!(is_stopped(&world, &admin, &of_policy).await);
        check_recorded(&world, limit).await;
    }
    // A number of its own that is no higher doesn't hide the stop.
    for limit in [json!(2), json!(1)] {
        world.edit(&admin, &of_policy, json!({"suspensionLimit": limit})).await.ok();
        assert!(is_stopped(&world, &admin, &of_policy).await, "{limit}");
    }
    release(&world, &admin, &of_policy).await;
    assert!(!is_stopped(&world, &admin, &of_policy).await);
    suspend(&world, &of_policy, 3).await.ok();
}

/// A refusal just after a full hour, because of that hour, is no stop of the next one.
#[tokio::test]
async fn a_full_hour_stops_no_other_hour() {
    let world = World::start().await;
    let (_, key) = limited(&world, 2, 9).await;
    for number in 1..=2 {
        suspend(&world, &key, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &key, 9).await));
    check_recorded(&world, 1).await;
    world.advance(Duration::from_mins(50) + Duration::from_secs(1));
    let admin = world.sign_in(ADMIN).await;
    assert!(is_refused(&suspend(&world, &key, 9).await));
    check_recorded(&world, 1).await;
    assert!(!is_stopped(&world, &admin, &key).await);
    // It can be released nevertheless, for the seconds in which the hour still counts.
    release(&world, &admin, &key).await;
    for number in 3..=4 {
        suspend(&world, &key, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &key, 9).await));
    world.advance(HOUR + Duration::from_secs(10));
    let admin = world.sign_in(ADMIN).await;
    assert!(!is_stopped(&world, &admin, &key).await);
    suspend(&world, &key, 5).await.ok();
}
