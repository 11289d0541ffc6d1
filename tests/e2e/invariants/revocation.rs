//! 2. Revocation is immediate.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use harness::{ADMIN, Intervention, Key, World, eventually};
use serde_json::{Value, json};

use super::{hold, meanwhile, until_held};

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
        Intervention::Pass
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

/// No transaction of a key holder touches the items that a revocation writes first, so none can delay it. Of each gate a
/// transaction holds one, and only for a moment.
#[tokio::test]
async fn transactions_of_key_holders_check_one_gate_and_no_digest() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let _ = world.dynamodb.take_calls();
    world.suspend(&key, "acme-member-1").await.ok();
    world.unsuspend(&key, "acme-member-1").await.ok();
    let (users, authorization) = ("/enterprise/v1/scim/Users", key.authorization());
    let user = json!({"userName": "new@acme.example"});
    assert_eq!(world.call("POST", users, &authorization, user).await.status, 201);
    let path = format!("{users}/new@acme.example");
    assert_eq!(world.call("DELETE", &path, &authorization, Value::Null).await.status, 204);
    let calls = world.dynamodb.take_calls();
    let transactions: Vec<_> = calls.iter().filter(|call| call.commits()).collect();
    assert_eq!(transactions.len(), 4);
    for transaction in transactions {
        let on = |table: &str| {
            let operations = transaction.request["TransactItems"].as_array().expect("operations");
            let named = operations.iter().filter(|operation| {
                operation.as_object().expect("one").values().any(|write| write["TableName"] == table)
            });
            named.count()
        };
        assert_eq!([on("KeyGates"), on("KeyDigests"), on("ApiKeys"), on("Companies")], [1, 0, 0, 0]);
    }
}

/// Begins another generation of a key, which keeps what the request needs, and raises its gates to this one.
async fn begin_generation(world: &World, key: &Key, generation: i64, gates: i64) {
    world.set_generation(key, generation).await;
    world.raise_gates(key, gates).await;
}

/// Something was taken away from the key that the request doesn't need. It is verified again and goes on.
#[tokio::test]
async fn a_request_goes_on_under_a_new_generation_that_admits_it() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let suspend = world.suspend(&key, "acme-member-1");
    let answer = meanwhile(&world, "account-status", suspend, begin_generation(&world, &key, 7, 7)).await;
    assert_eq!(answer.ok()["state"], "suspended");
    let (user, authorization) = (json!({"userName": "new@acme.example"}), key.authorization());
    let create = world.call("POST", "/enterprise/v1/scim/Users", &authorization, user);
    let created = meanwhile(&world, "scim-users", create, begin_generation(&world, &key, 8, 8)).await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
    assert_eq!(world.account_count("acme").await, 23);
}

/// The instance that began the key's generation has a clock that is ahead. The revocation's generation is above it.
#[tokio::test]
async fn a_request_in_flight_in_a_later_generation_than_now_cannot_commit_after_the_revocation() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let later = world.clock.now().plus(Duration::from_mins(1)).millis();
    begin_generation(&world, &key, later, later).await;
    let revoke = async {
        world.revoke(&admin, &key).await.ok();
    };
    let answer = meanwhile(&world, "account-status", world.suspend(&key, "acme-member-1"), revoke).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

/// A gate above the key's own generation can only be a fault of the tables. The request ends, and nothing changes.
#[tokio::test]
async fn a_gate_above_the_keys_generation_is_a_503() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    begin_generation(&world, &key, 7, 8).await;
    assert_eq!(world.suspend(&key, "acme-member-1").await.problem(), (503, "unavailable".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

/// The run that froze the keys was broken off before the gates were raised. The next run finds the plan as asked, and
/// still raises them.
#[tokio::test]
async fn a_repeated_freeze_ends_the_requests_in_flight() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let freeze = || json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    let permits = hold(&world, "account-status");
    let suspend = world.suspend(&key, "acme-member-1");
    let repeat = async {
        until_held(&world, "account-status", 1).await;
        let held = permits.clone();
        world.dynamodb.interfere(move |call| match call.function.as_str() {
            "account-status" if call.commits() => Intervention::Hold(held.clone()),
            "provision" if call.request["TableName"] == "KeyGates" => Intervention::Fail,
            _ => Intervention::Pass,
        });
        let refused = world.provision(freeze()).await.expect_err("broken off");
        assert_eq!(refused.kind(), "unavailable");
        world.dynamodb.let_pass();
        assert_eq!(world.provision(freeze()).await.expect("repeated")["changed"], false);
        permits.add_permits(1_000);
    };
    let (answer, ()) = tokio::join!(suspend, repeat);
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
    assert_eq!(world.count_events("acme", "CHANGE_PLAN").await, 1);
}
