use std::time::Duration;

use domain::key::{ApiKey, Digest};
use harness::{ADMIN, Answer, BASIC_ADMIN, Key, World};
use serde_json::{Value, json};
use store::random;

const FIND: &str = "/admin/v1/api-keys/find";

fn digest(key: &Key) -> String {
    ApiKey::parse(&key.secret).expect("a key").digest().to_hex()
}

async fn find(world: &World, admin: &str, digest: &str) -> Answer {
    world.call("POST", FIND, admin, json!({"digest": digest})).await
}

#[tokio::test]
async fn each_secret_of_a_key_is_found_in_every_state() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let state = async |key: &Key| {
        let admin = world.sign_in(ADMIN).await;
        let found = find(&world, &admin, &digest(key)).await.ok();
        assert_eq!(
            (&found["apiKey"]["keyId"], &found["foundSecret"]["mask"]),
            (&json!(key.id), &json!(key.mask()))
        );
        assert!(found.get("digest").is_none() && !found.to_string().contains(&digest(key)), "{found}");
        found["foundSecret"]["state"].as_str().expect("a state").to_owned()
    };
    assert_eq!(state(&old).await, "current");
    let new = world.rotate(&admin, &old).await;
    assert_eq!((state(&old).await, state(&new).await), ("current".into(), "new".into()));
    world.read(&new, "acme-member-1").await.ok();
    assert_eq!((state(&old).await, state(&new).await), ("old".into(), "current".into()));
    world.advance(Duration::from_hours(25));
    let admin = world.sign_in(ADMIN).await;
    assert_eq!((state(&old).await, state(&new).await), ("ended".into(), "current".into()));
    // After another rotation, the key's item has forgotten the first secret.
    let newest = world.rotate(&admin, &new).await;
    world.read(&newest, "acme-member-1").await.ok();
    assert_eq!(state(&old).await, "ended");
    world.revoke(&admin, &newest).await.ok();
    for key in [&old, &new, &newest] {
        assert_eq!(state(key).await, "ended");
    }
    let found = find(&world, &admin, &digest(&old).to_uppercase()).await.ok();
    assert!(found["apiKey"]["revokedAt"].is_string(), "{found}");
}

#[tokio::test]
async fn keys_of_others_are_not_found() {
    let world = World::start().await;
    let (admin, other) = (world.sign_in(ADMIN).await, world.sign_in(BASIC_ADMIN).await);
    let key = world.create_key(&admin).await;
    let unknown = random::api_key().digest().to_hex();
    let mut seen = Vec::new();
    for digest in [digest(&key), unknown, Digest::of(b"").to_hex()] {
        let _ = world.dynamodb.take_calls();
        let answer = find(&world, &other, &digest).await;
        let mut body = answer.json();
        body["requestId"] = Value::Null;
        let calls: Vec<_> =
            world.dynamodb.take_calls().into_iter().flat_map(|call| call.operations).collect();
        seen.push((answer.problem(), body, calls));
    }
    assert_eq!(seen[0].0, (404, "not-found".into()));
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn wrong_digests_are_named_and_a_key_is_misplaced() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for wrong in
        [json!({}), json!({"digest": "abc"}), json!({"digest": 1}), json!({"digest": "g".repeat(64)})]
    {
        assert_eq!(
            world.call("POST", FIND, &admin, wrong.clone()).await.wrong_fields(),
            ["digest"],
            "{wrong}"
        );
    }
    let answer = find(&world, &admin, &key.secret).await;
    assert_eq!(answer.problem(), (400, "misplaced-key".into()));
    let answer = world.call("POST", FIND, &key.authorization(), json!({"digest": digest(&key)})).await;
    assert_eq!(answer.status, 401);
}
