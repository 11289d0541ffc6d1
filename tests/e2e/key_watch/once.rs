use super::{DAY, Told, event_ids, scene, watch, watch_again, writes};
use crate::restoration::{back_up, put_back};

#[tokio::test]
async fn a_second_run_on_the_same_day_reads_one_item_and_writes_nothing() {
    let scene = scene().await;
    watch(&scene.world).await;
    let _ = scene.world.dynamodb.take_calls();
    let report = watch(&scene.world).await;
    assert_eq!((report.complete, report.companies, report.told), (true, 0, 0));
    let calls = scene.world.dynamodb.take_calls();
    assert_eq!(calls.iter().map(|call| call.action.as_str()).collect::<Vec<_>>(), ["GetItem"]);
}

#[tokio::test]
async fn a_run_that_finds_nothing_new_writes_only_its_progress() {
    let scene = scene().await;
    watch(&scene.world).await;
    let _ = writes(&scene.world);
    let report = watch_again(&scene.world).await;
    assert_eq!((report.complete, report.told), (true, 0));
    assert!(report.keys > 10);
    let writes = writes(&scene.world);
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes.iter().all(|call| call.request["Key"]["about"]["S"] == "watch"));
}

/// The marks and the events are in tables that no restore touches.
#[tokio::test]
async fn after_a_restore_nothing_is_told_twice() {
    let scene = scene().await;
    let world = &scene.world;
    let backup = back_up(world).await;
    watch(world).await;
    let first = (event_ids(world, "acme").await, event_ids(world, "events").await);
    assert_eq!((first.0.len(), first.1.len()), (scene.expected.len(), 6));
    put_back(world, &backup).await;
    watch_again(world).await;
    assert_eq!(scene.told().await, scene.expected);
    world.advance(DAY);
    watch(world).await;
    assert_eq!(scene.told().await, scene.expected);
    assert_eq!((event_ids(world, "acme").await, event_ids(world, "events").await), first);
}

/// A key that has expired since the time of the restore was in no run's list between the two.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "this is what is tested")]
async fn after_a_restore_the_expiries_since_then_are_told() {
    let scene = scene().await;
    let (world, since) = (&scene.world, scene.world.clock.now());
    let backup = back_up(world).await;
    world.advance(DAY * 6);
    put_back(world, &backup).await;
    world.stack.service.tables.restore(since, world.clock.now(), true).await.expect("restored");
    watch(world).await;
    let told = scene.told().await;
    let expired = |told: &[Told]| told.iter().filter(|(action, ..)| action == "EXPIRE_API_KEY").count();
    assert_eq!((expired(&scene.expected), expired(&told)), (2, 3), "{told:?}");
}
