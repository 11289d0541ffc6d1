//! 2. Revocation is immediate.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use harness::{ADMIN, World, eventually};
use serde_json::{Value, json};

use super::meanwhile;

/// The request was verified before the revocation and would commit after it: the transaction's own condition refuses
/// it.
#[tokio::test]
async fn a_request_in_flight_cannot_commit_after_the_revocation() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let watcher = world.create_key(&admin).await;
    let suspend = world.suspend(&key, "acme-member-1");
    let revoke = async {
        world.revoke(&admin, &key).await.ok();
    };
    let answer = meanwhile(&world, "account-status", suspend, revoke).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.read(&watcher, "acme-member-1").await.ok()["state"], "active");
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

#[tokio::test]
async fn a_request_in_flight_cannot_commit_after_the_freeze() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let suspend = world.suspend(&key, "acme-member-1");
    let freeze = async {
        let request = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
        world.provision(request).await.expect("changed");
    };
    let answer = meanwhile(&world, "account-status", suspend, freeze).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

/// The key expires while the request makes its lookups: the transaction contains the time of its own attempt.
#[tokio::test]
async fn a_request_in_flight_cannot_commit_after_the_expiry() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let expiry = world.clock.now().plus(Duration::from_mins(1)).to_string();
    let key = world.create_key_with(&admin, json!({"expiresAt": expiry})).await;
    let clock = world.clock.clone();
    world.dynamodb.interfere(move |call| {
        if call.function == "account-status" && call.action == "GetItem" {
            clock.advance(Duration::from_mins(2));
        }
        harness::Intervention::Pass
    });
    assert_eq!(world.suspend(&key, "acme-member-1").await.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

/// During a flood of requests with the key, no request that begins after the revocation's response succeeds, and no
/// account changes after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_begins_or_commits_after_the_response() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let revoked = AtomicBool::new(false);
    let client = async |number: usize| {
        let account = format!("acme-member-{}", number % 20 + 1);
        let mut succeeded = 0;
        for turn in 0..1_000 {
            let began_after = revoked.load(Ordering::SeqCst);
            let answer = if turn % 2 == 0 {
                world.suspend(&key, &account).await
            } else {
                world.unsuspend(&key, &account).await
            };
            assert!([200, 401].contains(&answer.status), "{}", answer.text);
            assert!(
                !(began_after && answer.status == 200),
                "a request that began after the revocation succeeded"
            );
            succeeded += usize::from(answer.status == 200);
            if began_after {
                break;
            }
        }
        succeeded
    };
    let revoke = async {
        eventually("the flood runs", async || world.count_events("acme", "SUSPEND_ACCOUNT").await >= 20)
            .await;
        world.revoke(&admin, &key).await.ok();
        revoked.store(true, Ordering::SeqCst);
        world.dynamodb.items("Accounts").await
    };
    let (succeeded, accounts) = tokio::join!(join_all((0..20).map(client)), revoke);
    assert!(succeeded.iter().sum::<usize>() > 0);
    let sorted = |mut items: Vec<Value>| {
        items.sort_by_key(Value::to_string);
        items
    };
    assert_eq!(
        sorted(world.dynamodb.items("Accounts").await),
        sorted(accounts),
        "something committed after the answer"
    );
    let digest = world.dynamodb.items("KeyDigests").await;
    assert!(digest.iter().any(|item| item["keyId"] == key.id && item.get("revokedAt").is_some()));
}

/// The fence is an item that no transaction touches, so no transaction can delay a revocation.
#[tokio::test]
async fn no_transaction_touches_the_fence() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.suspend(&key, "acme-member-1").await.ok();
    world.unsuspend(&key, "acme-member-1").await.ok();
    world.revoke(&admin, &key).await.ok();
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 401);
    let calls = world.dynamodb.take_calls();
    let about_fences = calls.iter().filter(|call| call.request.to_string().contains("fence#"));
    let mut actions: Vec<_> = about_fences.map(|call| call.action.as_str()).collect();
    actions.dedup();
    assert_eq!(actions, ["BatchGetItem", "UpdateItem", "BatchGetItem"]);
}
