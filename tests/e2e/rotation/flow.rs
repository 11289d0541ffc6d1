use std::time::Duration;

use harness::{ADMIN, KEYS, World};
use serde_json::{Value, json};

use super::{MEMBER, listed, rotated};
use crate::invariants::meanwhile;

#[tokio::test]
async fn the_first_use_of_the_new_secret_starts_the_end_of_the_old_one() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate_with(&admin, &old, json!({"overlapSeconds": 3_600})).await;
    assert_eq!(new.id, old.id);
    let waiting = listed(&world, &admin, &old.id).await;
    assert_eq!((&waiting["mask"], &waiting["newSecret"]["mask"]), (&json!(old.mask()), &json!(new.mask())));
    assert_eq!(waiting["newSecret"]["createdBy"]["email"], ADMIN);
    world.read(&old, MEMBER).await.ok();
    assert_eq!(world.count_events("acme", "USE_NEW_API_KEY_SECRET").await, 0);

    world.read(&new, MEMBER).await.ok();
    let overlapping = listed(&world, &admin, &old.id).await;
    assert_eq!(overlapping["mask"], new.mask());
    assert_eq!(overlapping["oldSecret"]["mask"], old.mask());
    assert!(overlapping.get("newSecret").is_none());
    world.read(&new, MEMBER).await.ok();
    assert_eq!(world.count_events("acme", "USE_NEW_API_KEY_SECRET").await, 1);

    world.advance(Duration::from_secs(3_590));
    world.read(&old, MEMBER).await.ok();
    world.advance(Duration::from_secs(11));
    assert_eq!(world.read(&old, MEMBER).await.problem(), (401, "unauthenticated".into()));
    world.read(&new, MEMBER).await.ok();
    world.noted(&new, "refusedSince").await;
    let event = world.events("acme").await.pop().expect("an event");
    assert_eq!(
        (&event["action"], &event["affected"]["mask"]),
        (&json!("USE_REVOKED_API_KEY"), &json!(old.mask()))
    );
    assert!(listed(&world, &world.sign_in(ADMIN).await, &old.id).await.get("oldSecret").is_none());
}

#[tokio::test]
async fn completing_ends_the_old_secret_at_once_and_can_be_repeated() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for is_used in [false, true] {
        let (old, new) = rotated(&world, &admin, is_used).await;
        let completed = world.end_rotation(&admin, "complete", &new).await.ok();
        assert_eq!(completed["mask"], new.mask());
        assert!(completed.get("oldSecret").is_none() && completed.get("newSecret").is_none());
        assert_eq!(world.end_rotation(&admin, "complete", &new).await.ok()["mask"], new.mask());
        assert_eq!(world.read(&old, MEMBER).await.status, 401);
        world.read(&new, MEMBER).await.ok();
        assert_eq!(world.end_rotation(&admin, "cancel", &new).await.problem(), (409, "no-rotation".into()));
    }
    assert_eq!(world.count_events("acme", "COMPLETE_API_KEY_ROTATION").await, 2);
    assert_eq!(world.count_events("acme", "USE_NEW_API_KEY_SECRET").await, 1);
}

#[tokio::test]
async fn canceling_ends_a_new_secret_that_nobody_has_used() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let none = world.end_rotation(&admin, "cancel", &old).await;
    assert_eq!(none.problem(), (409, "no-rotation".into()));
    let new = world.rotate(&admin, &old).await;
    for _ in 0..2 {
        assert_eq!(world.end_rotation(&admin, "cancel", &new).await.ok()["mask"], old.mask());
    }
    assert_eq!(world.read(&new, MEMBER).await.status, 401);
    world.read(&old, MEMBER).await.ok();
    assert_eq!(world.end_rotation(&admin, "complete", &new).await.problem(), (409, "no-rotation".into()));
    let newer = world.rotate(&admin, &old).await;
    assert_eq!(world.end_rotation(&admin, "cancel", &new).await.problem(), (409, "key-mismatch".into()));
    world.read(&newer, MEMBER).await.ok();
    let used = world.end_rotation(&admin, "cancel", &newer).await;
    assert_eq!(used.problem(), (409, "rotation-in-progress".into()));
    assert_eq!(world.count_events("acme", "CANCEL_API_KEY_ROTATION").await, 1);
}

#[tokio::test]
async fn rotating_again_replaces_a_secret_that_nobody_has_used() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let lost = world.rotate(&admin, &old).await;
    let new = world.rotate(&admin, &old).await;
    assert_eq!(world.read(&lost, MEMBER).await.status, 401);
    world.read(&old, MEMBER).await.ok();
    world.read(&new, MEMBER).await.ok();
    let again = world.call("POST", &format!("{KEYS}/{}/rotate", old.id), &admin, Value::Null).await;
    assert_eq!(again.problem(), (409, "rotation-in-progress".into()));
    world.advance(Duration::from_hours(25));
    let admin = world.sign_in(ADMIN).await;
    let third = world.rotate(&admin, &old).await;
    world.read(&third, MEMBER).await.ok();
    world.read(&new, MEMBER).await.ok();
    assert_eq!(world.read(&old, MEMBER).await.status, 401);
}

#[tokio::test]
async fn revoking_ends_both_secrets_and_takes_either_mask() {
    let world = World::start().await;
    for (is_used, by_new) in [(false, false), (false, true), (true, false), (true, true)] {
        let admin = world.sign_in(ADMIN).await;
        let (old, new) = rotated(&world, &admin, is_used).await;
        world.revoke(&admin, if by_new { &new } else { &old }).await.ok();
        for key in [&old, &new] {
            assert_eq!(world.read(key, MEMBER).await.status, 401);
        }
        // A repeat gets the same receipt, even after the old secret would have ended.
        for _ in 0..2 {
            world.revoke(&world.sign_in(ADMIN).await, if by_new { &new } else { &old }).await.ok();
            world.advance(Duration::from_hours(25));
        }
    }
    assert_eq!(world.company("acme").await["activeKeys"], json!({}));
    assert_eq!(world.company("acme").await["rotatingKeys"], json!({}));
}

#[tokio::test]
async fn an_unused_secret_ends_after_thirty_days() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.advance(Duration::from_hours(24 * 30 + 1));
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(world.read(&new, MEMBER).await.status, 401);
    world.read(&old, MEMBER).await.ok();
    let cancel = world.end_rotation(&admin, "cancel", &new).await;
    assert_eq!(cancel.ok()["mask"], old.mask());
    assert_eq!(world.end_rotation(&admin, "complete", &new).await.problem(), (409, "no-rotation".into()));
    let newer = world.rotate(&admin, &old).await;
    world.read(&newer, MEMBER).await.ok();
}

/// The write began before the old secret ended, and is late. It must not commit after the revocation, which no longer knows
/// the secret.
#[tokio::test]
async fn a_late_write_with_a_forgotten_secret_does_not_commit() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate_with(&admin, &old, json!({"overlapSeconds": 60})).await;
    world.own_key(&new).await.ok();
    let late = meanwhile(&world, "account-status", world.suspend(&old, MEMBER), async {
        world.advance(Duration::from_secs(61));
        let newest = world.rotate(&admin, &new).await;
        world.revoke(&admin, &newest).await.ok();
    });
    assert_eq!(late.await.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}
