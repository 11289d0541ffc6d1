//! A change that takes something away commits and is broken off before the gates are raised. Another one follows, which
//! takes nothing away. After its response, nothing in progress has more than it says.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use harness::{Answer, Intervention, Key, World, eventually};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{limited, suspend};

/// A suspension is in flight. The first change fails at the gates, and the second one succeeds. Returns what became of the
/// suspension.
async fn in_flight(
    world: &World,
    key: &Key,
    first: impl Future<Output = Answer>,
    second: impl Future,
) -> Answer {
    let (gate, is_broken) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicBool::new(true)));
    let (held, broken) = (gate.clone(), is_broken.clone());
    world.dynamodb.interfere(move |call| {
        let is_change = call.function == "account-status" && call.action == "TransactWriteItems";
        let is_gate = call.action == "UpdateItem" && call.request["TableName"] == "KeyGates";
        if is_change && !call.is_notice() {
            Intervention::Hold(held.clone())
        } else if is_gate && broken.load(Ordering::SeqCst) {
            Intervention::Invalid
        } else {
            Intervention::Pass
        }
    });
    let change = async {
        eventually("in flight", async || {
            let calls = world.dynamodb.take_calls();
            calls.iter().any(|call| call.action == "TransactWriteItems" && !call.is_notice())
        })
        .await;
        assert_eq!(first.await.status, 500);
        is_broken.store(false, Ordering::SeqCst);
        second.await;
        gate.add_permits(100);
    };
    tokio::join!(suspend(world, key, 3), change).0
}

#[tokio::test]
async fn a_lower_limit_and_another_one() {
    let world = World::start().await;
    let (admin, key) = limited(&world, 9, 5).await;
    for number in 1..=2 {
        suspend(&world, &key, number).await.ok();
    }
    let first = world.edit(&admin, &key, json!({"suspensionLimit": 1}));
    let second = async { world.edit(&admin, &key, json!({"suspensionLimit": 2})).await.ok() };
    let third = in_flight(&world, &key, first, second).await;
    assert_eq!(third.problem(), (429, "suspension-limit-reached".into()));
}

#[tokio::test]
async fn a_lower_limit_of_the_policy_and_one_of_the_key() {
    let world = World::start().await;
    let (admin, key) = limited(&world, "policy", 5).await;
    world.set_policy(&admin, json!({"suspensionsPerHour": 9})).await.ok();
    for number in 1..=2 {
        suspend(&world, &key, number).await.ok();
    }
    let first = world.call("PUT", "/admin/v1/key-policy", &admin, json!({"suspensionsPerHour": 1}));
    let second = async { world.edit(&admin, &key, json!({"suspensionLimit": 2})).await.ok() };
    let third = in_flight(&world, &key, first, second).await;
    assert_eq!(third.problem(), (429, "suspension-limit-reached".into()));
}

#[tokio::test]
async fn an_enforced_list_and_a_wider_one() {
    let world = World::start().await;
    let (admin, key) = limited(&world, "unlimited", 5).await;
    let list = |ranges: Value| json!({"networks": {"mode": "enforce", "ranges": ranges}});
    let first = world.edit(&admin, &key, list(json!(["198.51.100.0/24"])));
    let wider = list(json!(["198.51.100.0/24", "203.0.113.0/24"]));
    let second = async { world.edit(&admin, &key, wider).await.ok() };
    let third = in_flight(&world, &key, first, second).await;
    assert_eq!(third.problem(), (403, "network-not-allowed".into()));
}
