use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use harness::{ADMIN, Intervention, Key, World};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{Request, instance, request};

/// The number of uses in the table.
async fn counted(world: &World, key: &Key) -> i64 {
    world.uses(key).await.iter().filter_map(|day| day["scope:accounts:read"].as_i64()).sum()
}

/// Does this to the writes that count uses.
fn interfere(world: &World, intervention: Intervention) {
    world.dynamodb.interfere(
        move |call| {
            if call.counts_uses() { intervention.clone() } else { Intervention::Pass }
        },
    );
}

/// While no count can be written, requests are answered. A response that waited for a count would come after the write's time
/// limit at the earliest, so a single faster one is proof, even on a busy machine.
#[tokio::test]
async fn no_response_waits_for_the_counts() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let permits = Arc::new(Semaphore::new(0));
    interfere(&world, Intervention::Hold(permits.clone()));
    let mut fastest = Duration::MAX;
    let mut keys = Vec::new();
    for _ in 0..5 {
        let key = world.create_key(&admin).await;
        let began = Instant::now();
        world.read(&key, "acme-member-1").await.ok();
        fastest = fastest.min(began.elapsed());
        keys.push(key);
    }
    assert!(fastest < store::NOTICE_TIMEOUT, "{fastest:?}");
    for key in &keys {
        assert_eq!(counted(&world, key).await, 0);
    }
}

/// Counts that were certainly not added are added with the next ones.
#[tokio::test]
async fn what_a_failed_write_did_not_add_is_added_later() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for intervention in [Intervention::Throttle, Intervention::Invalid] {
        let (instance, before) = (instance(&world), counted(&world, &key).await);
        interfere(&world, intervention);
        for _ in 0..3 {
            assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
            world.advance(Duration::from_secs(1));
        }
        assert_eq!(counted(&world, &key).await, before);
        world.dynamodb.let_pass();
        assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
        assert_eq!(counted(&world, &key).await, before + 4);
    }
}

/// If the response to a write is lost, the counts may have been added. They are not added again.
#[tokio::test]
async fn what_a_lost_response_may_have_added_is_not_added_again() {
    for (intervention, is_added) in [
        (Intervention::LoseResponse, true),
        (Intervention::Disconnect, true),
        (Intervention::Hang, true),
        (Intervention::Refuse, false),
        (Intervention::Fail, false),
    ] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let (key, instance) = (world.create_key(&admin).await, instance(&world));
        let text = format!("{intervention:?}");
        interfere(&world, intervention);
        assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
        assert_eq!(counted(&world, &key).await, i64::from(is_added), "{text}");
        world.dynamodb.let_pass();
        world.advance(Duration::from_secs(1));
        assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
        assert_eq!(counted(&world, &key).await, 1 + i64::from(is_added), "{text}");
    }
}

/// The day on which counting began is kept once, and tried again if it couldn't be kept.
#[tokio::test]
async fn the_day_on_which_counting_began_is_kept() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let began = async || {
        let items = world.dynamodb.items("KeyUsage").await;
        items.iter().find(|item| item["window"] == "uses#").map_or(Value::Null, |item| item["began"].clone())
    };
    let first = instance(&world);
    interfere(&world, Intervention::Throttle);
    assert_eq!(request(&first, &key, Request::Account, None).await, 200);
    assert_eq!(began().await, Value::Null);
    world.dynamodb.let_pass();
    world.advance(Duration::from_hours(24));
    assert_eq!(request(&first, &key, Request::Account, None).await, 200);
    let day = world.clock.now().to_string()[..10].to_owned();
    assert_eq!(began().await, *day);
    world.advance(Duration::from_hours(24));
    assert_eq!(request(&instance(&world), &key, Request::Account, None).await, 200);
    assert_eq!(began().await, *day);
}
