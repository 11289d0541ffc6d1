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
async fn endless_conflicts_give_a_503_within_the_functions_time_limit() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere_with("TransactWriteItems", Intervention::Conflict);
    let answer = world.suspend(&key, "acme-member-1").await;
    assert_eq!(answer.problem(), (503, "unavailable".into()));
    assert_eq!(answer.header("retry-after"), "1");
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

/// Items that `DynamoDB` leaves unprocessed must not count as a missing key or a missing fence.
#[tokio::test]
async fn unprocessed_reads_fail_closed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere_with("BatchGetItem", Intervention::Unprocessed);
    assert_eq!(world.suspend(&key, "acme-member-1").await.problem(), (503, "unavailable".into()));
    let mut calls = 0;
    world.dynamodb.interfere(move |call| {
        calls += usize::from(call.action == "BatchGetItem");
        if call.action == "BatchGetItem" && calls == 1 {
            Intervention::Unprocessed
        } else {
            Intervention::Pass
        }
    });
    world.suspend(&key, "acme-member-1").await.ok();
}
