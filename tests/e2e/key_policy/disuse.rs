use harness::{ADMIN, World};
use serde_json::json;

use super::{DAY, broken};

#[tokio::test]
async fn a_key_that_nobody_uses_is_held_and_released() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (used, unused) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let set = world.set_policy(&admin, json!({"unusedDays": 30, "graceDays": 10})).await.ok();
    assert!(broken(&set).is_empty(), "both are new");
    world.advance(22 * DAY);
    world.own_key(&used).await.ok();
    world.own_key(&used).await.ok();
    let admin = world.sign_in(ADMIN).await;
    assert!(world.listed(&admin, &used).await.get("hold").is_none());
    let hold = world.listed(&admin, &unused).await["hold"].clone();
    assert_eq!(hold["reasons"][0]["reason"], "unused");
    world.advance(10 * DAY);
    assert_eq!(world.own_key(&unused).await.status, 401, "unused for 32 days");
    world.own_key(&used).await.ok();

    let admin = world.sign_in(ADMIN).await;
    for _ in 0..2 {
        assert!(world.hold(&admin, "release", &unused).await.ok().get("hold").is_none());
    }
    let event = world.events("acme").await.pop().expect("an event");
    assert_eq!(
        (&event["action"], &event["details"]["heldBy"]),
        (&json!("RELEASE_API_KEY"), &json!("policy"))
    );
    assert_eq!(world.count_events("acme", "RELEASE_API_KEY").await, 1);
    world.advance(20 * DAY);
    world.own_key(&unused).await.ok();
    world.advance(40 * DAY);
    assert_eq!(world.own_key(&used).await.status, 401);
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({})).await.ok();
    world.own_key(&used).await.ok();
    world.own_key(&unused).await.ok();
}

#[tokio::test]
async fn a_key_that_is_being_rotated_is_released_with_both_secrets() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    world.set_policy(&admin, json!({"unusedDays": 30})).await.ok();
    let new = world.rotate_with(&admin, &old, json!({"overlapSeconds": 604_800})).await;
    for is_used in [false, true] {
        if is_used {
            world.own_key(&new).await.ok();
        }
        world.hold(&admin, "hold", &old).await.ok();
        world.hold(&admin, "release", &old).await.ok();
        world.own_key(&old).await.ok();
    }
    world.own_key(&new).await.ok();
    // The rule ended for the old secret when it was replaced, so it goes on until its own end.
    let digests = world.dynamodb.items("KeyDigests").await;
    let ruled = digests.iter().filter(|item| item["keyId"] == old.id && item.get("unused").is_some());
    assert_eq!(ruled.count(), 1);
}

/// The list and every refusal count the uses of the current secret alone, as the verification does.
#[tokio::test]
async fn uses_of_the_old_secret_do_not_count() {
    for is_completed in [true, false] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let old = world.create_key(&admin).await;
        world.set_policy(&admin, json!({"unusedDays": 30, "graceDays": 1})).await.ok();
        let new = world.rotate_with(&admin, &old, json!({"overlapSeconds": 604_800})).await;
        if !is_completed {
            world.own_key(&new).await.ok();
            world.noted(&new, "secretUsedAt").await;
        }
        world.advance(6 * DAY);
        world.own_key(&old).await.ok();
        world.noted(&old, "lastUsedAt").await;
        let admin = world.sign_in(ADMIN).await;
        if is_completed {
            world.end_rotation(&admin, "complete", &new).await.ok();
        }
        world.advance(27 * DAY);
        let admin = world.sign_in(ADMIN).await;
        assert_eq!(world.own_key(&new).await.status, 401, "unused for 33 days");
        assert_eq!(world.listed(&admin, &new).await["hold"]["reasons"][0]["reason"], "unused");
        world.hold(&admin, "release", &new).await.ok();
        world.own_key(&new).await.ok();
    }
}
