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
