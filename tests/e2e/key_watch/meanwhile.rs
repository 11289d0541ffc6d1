//! A key changes after it was read and before it is told about.

use std::sync::Arc;

use harness::{ADMIN, Intervention, Key, World, eventually};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{DAY, Told, announced, in_days, is_ours, key_for, told, unused, watch};

/// Looks at the keys, and lets something happen before the first event is written. Returns what was told.
async fn while_telling(world: &World, happens: impl AsyncFnOnce()) -> Vec<Told> {
    let permits = Arc::new(Semaphore::new(0));
    let held = permits.clone();
    world.dynamodb.interfere(move |call| {
        let is_telling = is_ours(call) && call.action == "TransactWriteItems";
        if is_telling && !call.request.to_string().contains("\"events\"") {
            Intervention::Hold(held.clone())
        } else {
            Intervention::Pass
        }
    });
    let _ = world.dynamodb.take_calls();
    let mut calls = Vec::new();
    let change = async {
        eventually("an attempt to tell", async || {
            calls.extend(world.dynamodb.take_calls());
            calls
                .iter()
                .any(|call| is_ours(call) && call.commits() && call.request.to_string().contains("acme"))
        })
        .await;
        happens().await;
        permits.add_permits(100);
    };
    let (report, ()) = tokio::join!(watch(world), change);
    world.dynamodb.let_pass();
    assert!(report.complete && report.keys_not_watched == 0);
    told(world, "acme").await
}

async fn expiring(world: &World) -> (String, Key) {
    let admin = world.sign_in(ADMIN).await;
    let key = key_for(world, &admin, 50).await;
    world.advance(DAY * 45);
    (world.sign_in(ADMIN).await, key)
}

#[tokio::test]
async fn a_revoked_key_is_not_announced() {
    let world = World::start().await;
    let (admin, key) = expiring(&world).await;
    let told = while_telling(&world, async || {
        world.revoke(&admin, &key).await.ok();
    });
    assert_eq!(told.await, []);
}

#[tokio::test]
async fn an_expiry_that_was_changed_is_not_announced() {
    let world = World::start().await;
    let (admin, key) = expiring(&world).await;
    let later = in_days(&world, 100).to_string();
    let told = while_telling(&world, async || {
        world.edit(&admin, &key, json!({"expiresAt": later})).await.ok();
    });
    assert_eq!(told.await, []);
}

#[tokio::test]
async fn a_key_that_was_renamed_is_announced_by_its_new_name() {
    let world = World::start().await;
    let (admin, key) = expiring(&world).await;
    let told = while_telling(&world, async || {
        world.edit(&admin, &key, json!({"name": "Renamed"})).await.ok();
    });
    assert_eq!(told.await, [announced(&key, 7)]);
    assert_eq!(world.events("acme").await.last().expect("an event")["affected"]["name"], "Renamed");
}

#[tokio::test]
async fn a_key_that_was_used_is_not_reported_as_unused() {
    for is_used in [true, false] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key(&admin).await;
        world.advance(DAY * 90);
        let told = while_telling(&world, async || {
            if is_used {
                world.read(&key, "acme-member-1").await.ok();
                world.noted(&key, "lastUsedAt").await;
            }
        });
        assert_eq!(told.await, if is_used { vec![] } else { vec![unused(&key)] });
    }
}

/// A use changes nothing about an expiry.
#[tokio::test]
async fn a_key_that_was_used_is_announced() {
    let world = World::start().await;
    let (_, key) = expiring(&world).await;
    let told = while_telling(&world, async || {
        world.read(&key, "acme-member-1").await.ok();
        world.noted(&key, "lastUsedAt").await;
    });
    assert_eq!(told.await, [announced(&key, 7)]);
}

#[tokio::test]
async fn a_new_secret_that_was_used_is_not_reported() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let new = world.rotate(&admin, &key).await;
    world.advance(DAY * 7);
    let told = while_telling(&world, async || {
        world.own_key(&new).await.ok();
    });
    assert_eq!(told.await, []);
}

/// Another administrator holds the key, which is then expected not to be used.
#[tokio::test]
async fn a_key_that_was_held_is_not_reported_as_unused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.advance(DAY * 90);
    let admin = world.sign_in(ADMIN).await;
    let told = while_telling(&world, async || {
        world.hold(&admin, "hold", &key).await.ok();
    });
    assert_eq!(told.await, []);
}
