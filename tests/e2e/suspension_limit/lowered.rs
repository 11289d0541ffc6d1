use std::sync::Arc;

use harness::{Intervention, World, eventually};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{is_refused, limited, suspend, suspended};

/// A request that was verified with no limit or a higher one sees the lower one before it commits.
#[tokio::test]
async fn a_request_in_flight_sees_a_lower_limit() {
    for (before, lowering) in [
        (json!("unlimited"), json!({"suspensionLimit": 1})),
        (json!(2), json!({"suspensionLimit": 1})),
        (json!("policy"), Value::Null),
    ] {
        let world = World::start().await;
        let (admin, key) = limited(&world, before.clone(), 3).await;
        suspend(&world, &key, 1).await.ok();
        let gate = Arc::new(Semaphore::new(0));
        let held = gate.clone();
        world.dynamodb.interfere(move |call| {
            let is_change = call.function == "account-status" && call.action == "TransactWriteItems";
            if is_change && !call.is_notice() { Intervention::Hold(held.clone()) } else { Intervention::Pass }
        });
        let lower = async {
            eventually("in flight", async || {
                let calls = world.dynamodb.take_calls();
                calls.iter().any(|call| call.action == "TransactWriteItems" && !call.is_notice())
            })
            .await;
            if lowering.is_null() {
                // Counts from before a limit applied don't count.
                world.set_policy(&admin, json!({"suspensionsPerHour": 1})).await.ok();
            } else {
                world.edit(&admin, &key, lowering.clone()).await.ok();
            }
            gate.add_permits(100);
        };
        let (second, ()) = tokio::join!(suspend(&world, &key, 2), lower);
        let third = suspend(&world, &key, 3).await;
        let counted_before = usize::from(before == json!(2));
        assert_eq!(is_refused(&second), counted_before == 1, "{before}: {}", second.text);
        assert!(is_refused(&third), "{before}: {}", third.text);
        assert_eq!(suspended(&world).await, 2 - counted_before, "{before}");
    }
}
