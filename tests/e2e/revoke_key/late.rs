//! Copies of a revocation's calls that arrive late. The SDK sends a call again if it gets no response in time, and the
//! first copy may still have its effect.

use std::{sync::Arc, time::Duration};

use harness::{ADMIN, Intervention, KEYS, Key, Observed, SECOND_ADMIN, World, eventually};
use serde_json::{Value, json};
use store::ATTEMPT_TIMEOUT;
use tokio::sync::Semaphore;

/// Much longer than the SDK waits for a response.
const LATE: Duration = ATTEMPT_TIMEOUT.saturating_mul(2);

fn role(role: &str) -> Value {
    json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": role})
}

/// The second administrator revokes a key. The first copy of one of the transactions is late. If `conflicts`, the SDK's
/// next copy is canceled, so that another attempt with a token of its own is made. Authority is lost before the last
/// transaction. Returns after every copy has arrived.
async fn revoked_without_authority(
    is_late: fn(&Observed) -> bool,
    conflicts: bool,
    then: &str,
) -> (World, Key) {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    let _ = world.dynamodb.take_calls();
    let (mut copies, permits) = (0, Arc::new(Semaphore::new(0)));
    let held = permits.clone();
    world.dynamodb.interfere(move |call| match call.function.as_str() {
        "revoke-key" => {
            copies += usize::from(is_late(call));
            match copies {
                1 if is_late(call) => Intervention::Delay(LATE),
                2 if is_late(call) && conflicts => Intervention::Conflict,
                _ if call.commits() => Intervention::Hold(held.clone()),
                _ => Intervention::Pass,
            }
        }
        _ => Intervention::Pass,
    });
    let demote = async {
        let is_begun = |item: &Value| item.get("ending").is_some();
        eventually("it has begun", async || world.dynamodb.items("ApiKeys").await.iter().any(is_begun)).await;
        world.provision(role("member")).await.expect("demoted");
        permits.add_permits(1_000);
    };
    let (answer, ()) = tokio::join!(world.revoke(&second, &key), demote);
    assert_eq!(answer.problem(), (403, "not-company-administrator".into()));
    world.provision(role(then)).await.expect("changed");
    world.suspend(&key, "acme-member-1").await.ok();
    eventually("every copy has arrived", async || world.dynamodb.is_idle()).await;
    (world, key)
}

async fn still_works(world: &World, key: &Key) {
    world.unsuspend(key, "acme-member-1").await.ok();
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 0);
    let admin = world.sign_in(ADMIN).await;
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    assert_eq!(listed["apiKeys"][0].get("revocationBeganAt"), None);
    world.revoke(&admin, key).await.ok();
    assert_eq!(world.suspend(key, "acme-member-1").await.status, 401);
}

#[tokio::test]
async fn a_late_beginning_does_not_bring_back_a_withdrawn_revocation() {
    let begins = |call: &Observed| {
        call.action == "TransactWriteItems" && !call.commits() && call.request.to_string().contains("#ending")
    };
    for conflicts in [false, true] {
        let (world, key) = revoked_without_authority(begins, conflicts, "member").await;
        still_works(&world, &key).await;
    }
}

/// The administrator gets the authority back before the late copy of the transaction arrives.
#[tokio::test]
async fn a_late_transaction_does_not_carry_out_a_withdrawn_revocation() {
    let (world, key) = revoked_without_authority(Observed::commits, false, "company_admin").await;
    still_works(&world, &key).await;
}
