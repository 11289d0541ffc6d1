//! Notices about keys after the response: whatever happens to a notice, the response is the same and as fast, and in
//! the end the notice is written once.

use std::time::{Duration, Instant};

use domain::key::ApiKey;
use harness::{ADMIN, Answer, Intervention, Key, Observed, World, eventually};
use store::NOTICE_TIMEOUT;

use super::fault::Fault;

const FAULTS: [Fault; 8] = [
    Fault::Refused,
    Fault::Failed,
    Fault::Lost,
    Fault::Disconnected,
    Fault::Throttled,
    Fault::Conflict,
    Fault::Hung,
    Fault::HungAfterwards,
];

/// Reads an account with the key.
async fn read(world: &World, key: &Key) -> Answer {
    world.read(key, "acme-member-1").await
}

/// Makes a request with the key in the query.
async fn expose(world: &World, key: &Key) -> Answer {
    let path = format!("/enterprise/v1/accounts/acme-member-1?key={}", key.secret);
    world.send(world.request("GET", &path)).await
}

/// Uses a key several times in a row. The fastest response must come before the time limit of a hanging notice. A busy
/// machine can't delay all responses that long.
async fn use_under(
    world: &World,
    fault: Fault,
    is_meant: fn(&Observed) -> bool,
    keys: &[Key],
    send: impl AsyncFn(&World, &Key) -> Answer,
    status: u16,
) {
    world.dynamodb.interfere(
        move |call| {
            if is_meant(call) { fault.at(&call.action) } else { Intervention::Pass }
        },
    );
    let _ = world.dynamodb.take_calls();
    let mut fastest = Duration::MAX;
    for key in keys {
        let start = Instant::now();
        let answer = send(world, key).await;
        fastest = fastest.min(start.elapsed());
        assert_eq!(answer.status, status, "{fault:?}: {}", answer.text);
    }
    assert!(fastest < NOTICE_TIMEOUT, "{fault:?}: {fastest:?}");
    let mut calls = Vec::new();
    eventually("the fault is met", async || {
        calls.extend(world.dynamodb.take_calls().into_iter().filter(is_meant));
        keys.iter().all(|key| calls.iter().any(|call| is_about(call, key)))
    })
    .await;
    // Waits until all notices have timed out.
    tokio::time::sleep(2 * NOTICE_TIMEOUT).await;
    let _ = world.dynamodb.take_calls();
    world.dynamodb.let_pass();
}

/// Whether the call names the key, or its secret.
fn is_about(call: &Observed, key: &Key) -> bool {
    let digest = ApiKey::parse(&key.secret).expect("a key").digest().to_hex();
    let request = call.request.to_string();
    request.contains(&key.id) || request.contains(&digest)
}

/// Three new keys.
async fn keys(world: &World) -> Vec<Key> {
    let admin = world.sign_in(ADMIN).await;
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(world.create_key(&admin).await);
    }
    keys
}

async fn revoke(world: &World, keys: &[Key]) {
    let admin = world.sign_in(ADMIN).await;
    for key in keys {
        world.revoke(&admin, key).await.ok();
    }
}

/// The number of recorded uses of a revoked key.
async fn uses(world: &World, key: &Key) -> usize {
    count(world, key, "USE_REVOKED_API_KEY").await
}

/// The number of events with this action by a key.
async fn count(world: &World, key: &Key, action: &str) -> usize {
    let events = world.events("acme").await;
    events.iter().filter(|event| event["action"] == action && event["actor"]["id"] == key.id).count()
}

#[tokio::test]
async fn a_use_is_noted_under_every_fault() {
    let world = World::start().await;
    world.raise_limits("acme").await;
    for fault in FAULTS {
        let keys = keys(&world).await;
        use_under(&world, fault, Observed::notes_use, &keys, read, 200).await;
        // The next use within the minute writes the missing note.
        for key in &keys {
            let noted =
                |item: &serde_json::Value| item["keyId"] == key.id && item.get("lastUsedAt").is_some();
            eventually("the use is noted", async || {
                world.read(key, "acme-member-1").await.ok();
                world.dynamodb.items("ApiKeys").await.iter().any(noted)
            })
            .await;
        }
        // Frees a place for the next key.
        revoke(&world, &keys).await;
    }
}

#[tokio::test]
async fn a_limited_use_is_noted_under_every_fault() {
    let world = World::start().await;
    world.change_limits("acme", serde_json::json!({"key": 100})).await;
    for fault in FAULTS {
        let keys = keys(&world).await;
        world.begin_minute();
        for key in &keys {
            for _ in 0..100 {
                world.read(key, "acme-member-1").await.ok();
            }
        }
        use_under(&world, fault, Observed::notes_limited, &keys, read, 429).await;
        // The next refusal within the minute writes the missing note.
        for key in &keys {
            let noted = |item: &serde_json::Value| item["keyId"] == key.id && item.get("limitedAt").is_some();
            eventually("the limited use is noted", async || {
                assert_eq!(world.read(key, "acme-member-1").await.status, 429);
                world.dynamodb.items("ApiKeys").await.iter().any(noted)
            })
            .await;
        }
        revoke(&world, &keys).await;
    }
}

#[tokio::test]
async fn a_use_of_a_revoked_key_is_recorded_under_every_fault() {
    let world = World::start().await;
    let mut all = Vec::new();
    for fault in FAULTS {
        let keys = keys(&world).await;
        revoke(&world, &keys).await;
        use_under(&world, fault, Observed::records_revoked_use, &keys, read, 401).await;
        for key in &keys {
            // The key is used again within the minute, until an instance tries to record it. An instance does so if it
            // doesn't know that the use was recorded.
            let mut tried = 0;
            eventually("the use is recorded", async || {
                assert_eq!(world.read(key, "acme-member-1").await.status, 401);
                let calls = world.dynamodb.take_calls();
                tried +=
                    calls.iter().filter(|call| call.records_revoked_use() && is_about(call, key)).count();
                tried > 0 && uses(&world, key).await > 0
            })
            .await;
        }
        all.extend(keys);
    }
    for key in &all {
        assert_eq!(uses(&world, key).await, 1, "within a minute");
    }
    world.advance(Duration::from_secs(61));
    for key in &all {
        assert_eq!(world.read(key, "acme-member-1").await.status, 401);
        eventually("the use is recorded", async || uses(&world, key).await > 1).await;
        assert_eq!(world.read(key, "acme-member-1").await.status, 401);
    }
    for key in &all {
        assert_eq!(uses(&world, key).await, 2, "after a minute");
    }
}

/// The read that finds out whether a key is real. A request with a misplaced key makes no other.
fn looks_up(call: &Observed) -> bool {
    call.action == "GetItem" && call.request["TableName"] == "KeyDigests"
}

#[tokio::test]
async fn an_exposed_key_is_recorded_under_every_fault() {
    let world = World::start().await;
    for is_meant in [looks_up, Observed::records_exposure] {
        for fault in FAULTS {
            let keys = keys(&world).await;
            // An instance looks up a limited number of keys in a minute.
            world.advance(Duration::from_mins(1));
            use_under(&world, fault, is_meant, &keys, expose, 400).await;
            for key in &keys {
                eventually("the exposure is recorded", async || {
                    assert_eq!(expose(&world, key).await.status, 400);
                    count(&world, key, "EXPOSE_API_KEY").await > 0
                })
                .await;
                assert_eq!(count(&world, key, "EXPOSE_API_KEY").await, 1, "{fault:?}: within a minute");
            }
            revoke(&world, &keys).await;
        }
    }
}
