//! The life of secrets.

use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, KEYS, Key, World};
use serde_json::{Value, json};

use super::{MEMBER, listed};

fn days(count: u64) -> Duration {
    Duration::from_hours(24 * count)
}

fn at(time: Timestamp) -> Value {
    json!({"expiresAt": time.to_string()})
}

fn time(value: &Value) -> i64 {
    Timestamp::parse_rfc3339(value.as_str().expect("a time")).expect("a time").millis()
}

#[tokio::test]
async fn a_new_secret_lives_as_long_as_the_one_before() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, at(world.clock.now().plus(days(90)))).await;
    world.advance(days(80));
    let admin = world.sign_in(ADMIN).await;
    let new = world.rotate(&admin, &key).await;
    let waiting = listed(&world, &admin, &key.id).await;
    let life = time(&waiting["expiresAt"]) - time(&waiting["createdAt"]);
    let secret = &waiting["newSecret"];
    assert_eq!(time(&secret["expiresAt"]) - time(&secret["createdAt"]), life);
    world.read(&new, MEMBER).await.ok();
    // The second rotation goes by the life of the new secret, not of the key.
    world.end_rotation(&admin, "complete", &new).await.ok();
    world.advance(days(1));
    let admin = world.sign_in(ADMIN).await;
    world.rotate(&admin, &new).await;
    let secret = listed(&world, &admin, &key.id).await["newSecret"].clone();
    assert_eq!(time(&secret["expiresAt"]) - time(&secret["createdAt"]), life);
}

#[tokio::test]
async fn an_expiry_can_be_asked_for() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, at(world.clock.now().plus(days(90)))).await;
    let wanted = world.clock.now().plus(days(5));
    world.rotate_with(&admin, &key, at(wanted)).await;
    assert_eq!(listed(&world, &admin, &key.id).await["newSecret"]["expiresAt"], wanted.to_string());
    world.rotate_with(&admin, &key, json!({"expiresAt": null})).await;
    assert!(listed(&world, &admin, &key.id).await["newSecret"].get("expiresAt").is_none());
}

/// The old secret never lives longer than it would have.
#[tokio::test]
async fn an_old_secret_ends_at_its_own_expiry_at_the_latest() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let expiry = world.clock.now().plus(Duration::from_hours(2));
    let old = world.create_key_with(&admin, at(expiry)).await;
    let new = world.rotate_with(&admin, &old, json!({"expiresAt": null})).await;
    world.read(&new, MEMBER).await.ok();
    assert_eq!(listed(&world, &admin, &old.id).await["oldSecret"]["endsAt"], expiry.to_string());
}

/// A key is active as long as one of its secrets works, and the list and the limit of keys count it.
#[tokio::test]
async fn a_key_expires_with_its_last_secret() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let in_hours = |hours| at(world.clock.now().plus(Duration::from_hours(hours)));
    let waiting = world.create_key_with(&admin, in_hours(2)).await;
    let unused = world.rotate_with(&admin, &waiting, in_hours(5)).await;
    let overlapping = world.create_key_with(&admin, in_hours(9)).await;
    let short = world.rotate_with(&admin, &overlapping, in_hours(1)).await;
    let active = async |world: &World| {
        let admin = world.sign_in(ADMIN).await;
        let list = world.call("GET", KEYS, &admin, Value::Null).await.ok();
        let ids = list["apiKeys"].as_array().expect("keys").iter().map(|key| key["keyId"].to_string());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(active(&world).await.len(), 2);
    world.advance(Duration::from_hours(3));
    assert_eq!(active(&world).await.len(), 2);
    assert_eq!(world.read(&waiting, MEMBER).await.status, 401);
    assert_eq!(world.read(&short, MEMBER).await.status, 401);
    world.read(&overlapping, MEMBER).await.ok();
    // Without the new secret, the key would have none.
    let admin = world.sign_in(ADMIN).await;
    let canceled = world.end_rotation(&admin, "cancel", &unused).await;
    assert_eq!(canceled.problem(), (409, "key-not-active".into()));
    world.read(&unused, MEMBER).await.ok();
    world.advance(Duration::from_hours(3));
    assert_eq!(active(&world).await, [format!("\"{}\"", overlapping.id)]);
    world.advance(days(2));
    assert_eq!(active(&world).await, Vec::<String>::new());
    let admin = world.sign_in(ADMIN).await;
    for id in [&waiting.id, &overlapping.id] {
        let rotate = world.call("POST", &format!("{KEYS}/{id}/rotate"), &admin, Value::Null).await;
        assert_eq!(rotate.problem(), (409, "key-not-active".into()));
    }
}

/// Otherwise the key could not be rotated again before it expires.
#[tokio::test]
async fn the_old_secret_ends_long_before_a_new_one_with_a_short_life() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let fields = json!({"selfRotation": {"lifetimeDays": 1}});
    let mut current = world.create_key_with(&admin, fields).await;
    for _ in 0..3 {
        let rotated = world.rotate_itself(&current, json!({"overlapSeconds": 604_800})).await;
        let new = Key { id: rotated.string("keyId"), secret: rotated.string("key") };
        let used = world.own_key(&new).await.ok();
        let left = time(&used["expiresAt"]) - world.clock.now().millis();
        let overlap = time(&used["oldSecret"]["endsAt"]) - world.clock.now().millis();
        assert!(overlap <= left / 2 + 1 && overlap > left / 3, "{overlap} of {left}");
        world.advance(Duration::from_hours(13));
        assert_eq!(world.own_key(&current).await.status, 401);
        current = new;
    }
    let admin = world.sign_in(ADMIN).await;
    let near = at(world.clock.now().plus(Duration::from_mins(10)));
    let short = world.rotate_with(&admin, &current, near).await;
    world.own_key(&short).await.ok();
    world.advance(Duration::from_mins(6));
    world.rotate_with(&admin, &short, json!({"expiresAt": null})).await;
}

/// A key whose first secret has expired gives its place to another key only after its last secret has.
#[tokio::test]
async fn a_place_is_released_with_the_last_secret() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let near = at(world.clock.now().plus(Duration::from_hours(1)));
    let old = world.create_key_with(&admin, near.clone()).await;
    let new: Key = world.rotate_with(&admin, &old, json!({"expiresAt": null})).await;
    for _ in 0..49 {
        world.create_key(&admin).await;
    }
    world.advance(Duration::from_hours(2));
    let admin = world.sign_in(ADMIN).await;
    let body = json!({"name": "One more", "scopes": ["scim"]});
    assert_eq!(
        world.call("POST", KEYS, &admin, body.clone()).await.problem(),
        (409, "key-limit-reached".into())
    );
    world.read(&new, MEMBER).await.ok();
}
