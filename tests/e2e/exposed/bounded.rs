//! What exposures cost: an event a minute for a key, and a limited number of reads.

use std::time::Duration;

use futures_util::future::join_all;
use harness::{ADMIN, Intervention, Key, World, eventually};
use store::{Service, random, write_notices};

use super::{answered, expose, expose_until, exposures, in_query};
use crate::uses::instance;

/// The number of reads of keys, and of attempts to record an exposure.
fn costs(world: &World) -> (usize, usize) {
    let calls = world.dynamodb.take_calls();
    let reads = calls.iter().filter(|call| call.action == "GetItem").count();
    (reads, calls.iter().filter(|call| call.records_exposure()).count())
}

/// Exposes the key until the instance doesn't try any more.
async fn settle(world: &World, instance: &Service, key: &Key) {
    let _ = world.dynamodb.take_calls();
    let mut tries = 0;
    eventually("the instance has recorded the exposure, or knows that another has", async || {
        expose(instance, &key.secret).await;
        let cost = costs(world);
        tries += cost.1;
        cost == (0, 0)
    })
    .await;
    // More than one only if the time for what follows a response was too short.
    assert!((1..=5).contains(&tries), "{tries} attempts");
}

#[tokio::test]
async fn a_key_is_told_of_once_a_minute_over_all_instances() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let instances = [instance(&world), instance(&world)];
    for instance in &instances {
        settle(&world, instance, &key).await;
    }
    assert_eq!(exposures(&world, "acme", &key).await.len(), 1);
    world.advance(Duration::from_secs(30));
    expose_until(1, &world, &instances[1], "acme", &other).await;
    settle(&world, &instance(&world), &key).await;
    assert_eq!(exposures(&world, "acme", &key).await.len(), 1);
    world.advance(Duration::from_secs(31));
    for instance in &instances {
        settle(&world, instance, &key).await;
    }
    assert_eq!(exposures(&world, "acme", &key).await.len(), 2);
}

#[tokio::test]
async fn instances_at_the_same_time_write_one_event() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instances: Vec<_> = (0..6).map(|_| instance(&world)).collect();
    eventually("the exposure is recorded", async || {
        join_all(instances.iter().map(|instance| expose(instance, &key.secret))).await;
        !exposures(&world, "acme", &key).await.is_empty()
    })
    .await;
    assert_eq!(exposures(&world, "acme", &key).await.len(), 1);
}

/// Anybody can make up well-formed keys, and send them without a credential.
#[tokio::test]
async fn a_flood_of_made_up_keys_costs_twenty_reads_a_minute() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instance = instance(&world);
    for _ in 0..2 {
        let _ = world.dynamodb.take_calls();
        for _ in 0..100 {
            expose(&instance, random::api_key().expose()).await;
        }
        assert_eq!(costs(&world), (20, 0));
        // Until the minute ends, this instance doesn't see a real one.
        expose(&instance, &key.secret).await;
        assert_eq!(costs(&world), (0, 0));
        world.advance(Duration::from_mins(1));
    }
    expose_until(1, &world, &instance, "acme", &key).await;
}

/// On Lambda, an instance has one request at a time. Elsewhere, several may be answered before the first notice is written.
#[tokio::test]
async fn at_most_three_keys_wait_to_be_looked_up() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instance = instance(&world);
    let _ = world.dynamodb.take_calls();
    for _ in 0..9 {
        answered(&instance, &in_query(random::api_key().expose())).await;
    }
    answered(&instance, &in_query(&key.secret)).await;
    write_notices(&instance).await;
    assert_eq!(costs(&world), (3, 0));
    // A key that didn't fit is looked up with the next request.
    expose_until(1, &world, &instance, "acme", &key).await;
}

#[tokio::test]
async fn a_failed_attempt_is_repeated_by_the_next_request_up_to_the_limit() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for action in ["GetItem", "TransactWriteItems"] {
        let instance = instance(&world);
        let before = exposures(&world, "acme", &key).await.len();
        world.dynamodb.interfere_with(action, Intervention::Invalid);
        let _ = world.dynamodb.take_calls();
        for _ in 0..3 {
            expose(&instance, &key.secret).await;
        }
        assert_eq!(costs(&world).0, 3, "each request tries again");
        world.dynamodb.let_pass();
        expose_until(before + 1, &world, &instance, "acme", &key).await;
        world.advance(Duration::from_mins(2));
    }
    let instance = instance(&world);
    world.dynamodb.interfere_with("GetItem", Intervention::Invalid);
    let _ = world.dynamodb.take_calls();
    for _ in 0..30 {
        expose(&instance, &key.secret).await;
    }
    assert_eq!(costs(&world), (20, 0), "a failure is no way to more reads");
}
