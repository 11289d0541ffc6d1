use futures_util::future::join_all;
use harness::{ADMIN, Intervention, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_suspensions_with_one_key_all_succeed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let requests = (0..100).map(|number| {
        let account = format!("acme-member-{}", number % 20 + 1);
        let (world, key) = (&world, &key);
        async move { world.suspend(key, &account).await }
    });
    for answer in join_all(requests).await {
        assert_eq!(answer.ok()["state"], "suspended");
    }
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 20);
}

/// Every transaction is canceled twice, as when requests with one key conflict on its item.
#[tokio::test]
async fn conflicts_are_retried() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let mut calls = 0;
    world.dynamodb.interfere(move |call| {
        if !call.commits() {
            return Intervention::Pass;
        }
        calls += 1;
        if calls % 3 == 0 { Intervention::Pass } else { Intervention::Conflict }
    });
    assert_eq!(world.suspend(&key, "acme-member-1").await.ok()["state"], "suspended");
    assert_eq!(world.unsuspend(&key, "acme-member-1").await.ok()["state"], "active");
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
}

/// A failed condition is not final if another transaction holds one of the items.
#[tokio::test]
async fn a_conflict_with_a_failed_condition_is_retried() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let mut first = true;
    world.dynamodb.interfere(move |call| {
        let interferes = call.commits() && std::mem::take(&mut first);
        if interferes { Intervention::ConflictAndFailure } else { Intervention::Pass }
    });
    assert_eq!(world.suspend(&key, "acme-second-admin").await.ok()["state"], "suspended");
}

#[tokio::test]
async fn endless_conflicts_give_a_503_after_a_second_of_pauses() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere_with("TransactWriteItems", Intervention::Conflict);
    let answer = world.suspend(&key, "acme-member-1").await;
    assert_eq!(answer.problem(), (503, "unavailable".into()));
    assert_eq!(answer.header("retry-after"), "1");
    // The pauses are 0 to 2, 4, 8, 16, 32, 64, 64 … ms long, so a second of them is at least 20.
    let attempts = world.dynamodb.take_calls().iter().filter(|call| call.commits()).count();
    assert!((20..=80).contains(&attempts), "{attempts} attempts");
}

/// Only the gate was held, so the account is as it was read. After a conflict on the account, it is read again.
#[tokio::test]
async fn a_conflict_at_a_gate_costs_one_call() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.read(&key, "acme-member-1").await.ok();
    world.noted(&key, "lastUsedAt").await;
    let calls = async |intervention: Intervention, account: &str| {
        let _ = world.dynamodb.take_calls();
        world.dynamodb.interfere_with_first(2, "TransactWriteItems", intervention);
        world.suspend(&key, account).await.ok();
        let calls = world.dynamodb.take_calls().into_iter().map(|call| call.action);
        calls.filter(|action| action == "GetItem").count()
    };
    assert_eq!(calls(Intervention::Conflict, "acme-member-1").await, 2);
    assert_eq!(calls(Intervention::ConflictAndFailure, "acme-member-2").await, 4);
}

/// Every attempt checks another gate than the one before, and every gate is used.
#[tokio::test]
async fn another_gate_is_checked_with_every_attempt() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let mut seen = std::collections::BTreeSet::new();
    world.dynamodb.interfere_with("TransactWriteItems", Intervention::Conflict);
    for _ in 0..8 {
        let _ = world.dynamodb.take_calls();
        assert_eq!(world.suspend(&key, "acme-member-1").await.status, 503);
        let calls = world.dynamodb.take_calls();
        let gates: Vec<_> = calls.iter().filter(|call| call.commits()).map(gate).collect();
        assert!(gates.windows(2).all(|two| two[0] != two[1]), "{gates:?}");
        seen.extend(gates);
    }
    assert_eq!(seen.len(), 16, "{seen:?}");
}

/// The gate that a transaction checks.
fn gate(call: &harness::Observed) -> String {
    let operations = call.request["TransactItems"].as_array().expect("operations");
    let mut gates = operations.iter().map(|operation| &operation["ConditionCheck"]["Key"]["gate"]["S"]);
    gates.find_map(serde_json::Value::as_str).expect("a gate").to_owned()
}

#[tokio::test]
async fn a_lost_response_and_a_retry_leave_one_event() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere_with("TransactWriteItems", Intervention::LoseResponse);
    assert_eq!(world.suspend(&key, "acme-member-1").await.problem(), (503, "unavailable".into()));
    world.dynamodb.let_pass();
    assert_eq!(world.suspend(&key, "acme-member-1").await.ok()["state"], "suspended");
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
}

/// Items that `DynamoDB` leaves unprocessed must not count as a missing administrator.
#[tokio::test]
async fn unprocessed_reads_fail_closed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.dynamodb.interfere_with("BatchGetItem", Intervention::Unprocessed);
    let listed = world.call("GET", harness::KEYS, &admin, serde_json::Value::Null).await;
    assert_eq!(listed.problem(), (503, "unavailable".into()));
    world.dynamodb.interfere_with_first(1, "BatchGetItem", Intervention::Unprocessed);
    world.call("GET", harness::KEYS, &admin, serde_json::Value::Null).await.ok();
}
