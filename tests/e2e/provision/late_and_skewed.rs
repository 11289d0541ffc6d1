//! Changes of plan with late copies of calls and with clocks that differ, and the gates afterwards.

use std::{sync::Arc, time::Duration};

use harness::{ADMIN, Intervention, World, eventually};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::change_plan;
use crate::invariants::{delay_first_copy, until_held};

/// The first copy of a release arrives after the company was taken off the plan again. Nothing is given back.
#[tokio::test]
async fn a_late_release_does_not_undo_a_later_freeze() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.provision(change_plan("team")).await.expect("frozen");
    delay_first_copy(&world);
    world.provision(change_plan("enterprise")).await.expect("released");
    world.provision(change_plan("team")).await.expect("frozen");
    eventually("every copy has arrived", async || world.dynamodb.is_idle()).await;
    assert_eq!(world.company("acme").await["plan"], "team");
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 401);
    assert_eq!(world.count_events("acme", "CHANGE_PLAN").await, 3);
}

/// The instance that began a key's generation had a clock that is ahead.
#[tokio::test]
async fn a_key_with_a_later_generation_than_now_is_frozen() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let later = world.clock.now().plus(Duration::from_mins(2)).millis();
    world.set_generation(&key, later).await;
    let _ = world.dynamodb.take_calls();
    world.provision(change_plan("team")).await.expect("frozen");
    assert_eq!(world.dynamodb.take_calls().iter().filter(|call| call.commits()).count(), 1);
    let gates = world.dynamodb.items("KeyGates").await;
    assert!(gates.len() == 16 && gates.iter().all(|gate| gate["from"] == later + 1), "{gates:?}");
}

/// Gates are raised while requests from before the freeze may last, and deleted two days later.
#[tokio::test]
async fn gates_are_raised_for_twenty_minutes_and_kept_for_two_days() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.create_key(&admin).await;
    world.provision(change_plan("team")).await.expect("frozen");
    let expiry = world.clock.now().plus(Duration::from_hours(48)).seconds();
    let gates = world.dynamodb.items("KeyGates").await;
    let keeps = |gate: &Value| (expiry - 60..=expiry).contains(&gate["expiry"].as_i64().expect("a number"));
    assert!(gates.len() == 16 && gates.iter().all(keeps), "{gates:?}");
    let raised = async || {
        let _ = world.dynamodb.take_calls();
        world.provision(change_plan("team")).await.expect("frozen");
        let calls = world.dynamodb.take_calls();
        calls.iter().filter(|call| call.request["TableName"] == "KeyGates").count()
    };
    world.advance(Duration::from_mins(19));
    assert_eq!(raised().await, 16);
    world.advance(Duration::from_mins(2));
    assert_eq!(raised().await, 0);
}

/// A revocation begins between the read of a key's generation and the freeze, and is broken off. The freeze doesn't lower
/// the generation below the gates.
#[tokio::test]
async fn a_freeze_does_not_lower_a_generation_that_began_meanwhile() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let permits = Arc::new(Semaphore::new(0));
    let held = permits.clone();
    world.dynamodb.interfere(move |call| match call.function.as_str() {
        "provision" if call.commits() => Intervention::Hold(held.clone()),
        "revoke-key" if call.commits() => Intervention::Throttle,
        _ => Intervention::Pass,
    });
    let revoke = async {
        until_held(&world, "provision", 1).await;
        world.advance(Duration::from_secs(1));
        assert_eq!(world.revoke(&admin, &key).await.status, 503);
        permits.add_permits(1_000);
    };
    let (frozen, ()) = tokio::join!(world.provision(change_plan("team")), revoke);
    frozen.expect("frozen");
    let digests = world.dynamodb.items("KeyDigests").await;
    let digest = digests.iter().find(|item| item["keyId"] == key.id).expect("a digest");
    let gates = world.dynamodb.items("KeyGates").await;
    let reaches = |gate: &Value| gate["from"].as_i64() <= digest["generation"].as_i64();
    assert!(gates.len() == 16 && gates.iter().all(reaches), "{digest} {gates:?}");
    assert!(digest.get("frozen").is_some());
}
