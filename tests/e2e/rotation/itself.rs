//! A key reads, rotates and revokes itself.

use std::time::Duration;

use domain::scope::Scope;
use harness::{ADMIN, KEYS, Key, World};
use serde_json::{Value, json};

use super::{MEMBER, listed, rotated};
use crate::invariants::meanwhile;

async fn self_rotating(world: &World, admin: &str) -> Key {
    world.create_key_with(admin, json!({"selfRotation": {"lifetimeDays": 30}})).await
}

fn secret_of(answer: &harness::Answer) -> Key {
    Key { id: answer.string("keyId"), secret: answer.string("key") }
}

#[tokio::test]
async fn a_key_of_any_scope_learns_what_it_is() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for scope in Scope::ALL {
        let near = world.clock.now().plus(Duration::from_hours(48)).to_string();
        let fields = json!({"name": "Probe", "scopes": [scope.id()], "expiresAt": near});
        let key = world.create_key_with(&admin, fields).await;
        let own = world.own_key(&key).await.ok();
        let created_at = listed(&world, &admin, &key.id).await["createdAt"].clone();
        assert_eq!(
            own,
            json!({
                "keyId": key.id, "name": "Probe", "mask": key.mask(), "scopes": [scope.id()],
                "company": {"companyId": "acme", "name": "Acme"}, "createdAt": created_at, "expiresAt": near,
            })
        );
        world.noted(&key, "lastUsedAt").await;
    }
}

/// It isn't a request to the audit log, whose limit is lower.
#[tokio::test]
async fn reading_itself_counts_against_the_limit_of_the_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.begin_minute();
    world.change_limits("acme", json!({"auditLog": 10})).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["audit-log"]})).await;
    for _ in 0..12 {
        world.own_key(&key).await.ok();
    }
}

#[tokio::test]
async fn a_key_rotates_itself_only_if_an_administrator_allowed_it() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let refused = world.rotate_itself(&key, Value::Null).await;
    assert_eq!(refused.problem(), (403, "self-rotation-not-allowed".into()));
    let key = self_rotating(&world, &admin).await;
    assert_eq!(listed(&world, &admin, &key.id).await["selfRotation"], json!({"lifetimeDays": 30}));
    let rotated = world.rotate_itself(&key, json!({"overlapSeconds": 60})).await;
    let (body, new) = (rotated.ok(), secret_of(&rotated));
    assert_eq!((&body["mask"], &body["newSecret"]["mask"]), (&json!(key.mask()), &json!(new.mask())));
    assert!(body["newSecret"].get("createdBy").is_none());
    let latest = world.clock.now().plus(Duration::from_hours(24 * 30)).to_string();
    assert!(body["newSecret"]["expiresAt"].as_str().is_some_and(|expiry| expiry <= latest.as_str()));
    let event = world.events("acme").await.pop().expect("an event");
    assert_eq!((&event["action"], &event["actor"]["type"]), (&json!("ROTATE_API_KEY"), &json!("api_key")));
    let used = world.own_key(&new).await.ok();
    assert_eq!((&used["mask"], &used["oldSecret"]["mask"]), (&json!(new.mask()), &json!(key.mask())));
    world.advance(Duration::from_secs(61));
    assert_eq!(world.own_key(&key).await.status, 401);
    // Both secrets rotated the same key, which goes on.
    let again = world.rotate_itself(&new, Value::Null).await;
    world.own_key(&secret_of(&again)).await.ok();
}

#[tokio::test]
async fn a_lost_response_costs_a_key_nothing_but_a_minute() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = self_rotating(&world, &admin).await;
    let lost = secret_of(&world.rotate_itself(&key, Value::Null).await);
    let soon = world.rotate_itself(&key, Value::Null).await;
    assert_eq!(soon.problem(), (429, "rate-limited".into()));
    let wait: u64 = soon.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    world.advance(Duration::from_secs(wait));
    let new = secret_of(&world.rotate_itself(&key, Value::Null).await);
    assert_eq!(world.own_key(&lost).await.status, 401);
    world.own_key(&new).await.ok();
}

#[tokio::test]
async fn a_key_never_replaces_what_an_administrator_made_nor_an_old_secret_that_works() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = self_rotating(&world, &admin).await;
    let made = world.rotate(&admin, &key).await;
    let refused = world.rotate_itself(&key, Value::Null).await;
    assert_eq!(refused.problem(), (409, "rotation-in-progress".into()));
    world.own_key(&made).await.ok();
    for secret in [&key, &made] {
        let refused = world.rotate_itself(secret, Value::Null).await;
        assert_eq!(refused.problem(), (409, "rotation-in-progress".into()));
    }
    // An administrator may replace what the key made.
    world.end_rotation(&admin, "complete", &made).await.ok();
    world.advance(Duration::from_mins(2));
    let own = secret_of(&world.rotate_itself(&made, Value::Null).await);
    let by_admin = world.rotate(&admin, &made).await;
    assert_eq!(world.own_key(&own).await.status, 401);
    world.own_key(&by_admin).await.ok();
}

#[tokio::test]
async fn a_key_gives_itself_no_longer_life_than_it_may() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = self_rotating(&world, &admin).await;
    let now = world.clock.now();
    let in_days = |days: u64| json!({"expiresAt": now.plus(Duration::from_hours(24 * days)).to_string()});
    for body in [in_days(31), json!({"expiresAt": null})] {
        assert_eq!(world.rotate_itself(&key, body.clone()).await.wrong_fields(), ["expiresAt"], "{body}");
    }
    let shorter = world.rotate_itself(&key, in_days(2)).await.ok();
    assert_eq!(shorter["newSecret"]["expiresAt"], in_days(2)["expiresAt"]);
}

#[tokio::test]
async fn whoever_holds_a_key_may_end_it() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for is_used in [false, true] {
        let (old, new) = rotated(&world, &admin, is_used).await;
        let path = "/enterprise/v1/api-key/revoke";
        let receipt = world.call("POST", path, &old.authorization(), Value::Null).await.ok();
        assert_eq!((&receipt["keyId"], &receipt["mask"]), (&json!(old.id), &json!(old.mask())));
        for key in [&old, &new] {
            assert_eq!(world.read(key, MEMBER).await.problem(), (401, "unauthenticated".into()));
            assert_eq!(world.call("POST", path, &key.authorization(), Value::Null).await.status, 401);
        }
        let events = world.events("acme").await;
        let revocation = events.iter().rfind(|event| event["action"] == "REVOKE_API_KEY").expect("an event");
        assert_eq!(
            (&revocation["actor"]["id"], &revocation["affected"]["id"]),
            (&json!(old.id), &json!(old.id))
        );
        let list = world.call("GET", &format!("{KEYS}?state=revoked"), &admin, Value::Null).await.ok();
        let revoked = list["apiKeys"].as_array().expect("keys")[0].clone();
        assert_eq!((&revoked["keyId"], &revoked["revokedByKey"]), (&json!(old.id), &json!(true)));
        assert!(revoked.get("revokedBy").is_none() && revoked.get("newSecret").is_none());
        // Its administrators get the receipt.
        let newest = if is_used { &new } else { &old };
        let receipt = world.revoke(&admin, newest).await.ok();
        assert_eq!((&receipt["revokedByKey"], receipt.get("revokedBy")), (&json!(true), None));
    }
    assert_eq!(world.company("acme").await["activeKeys"], json!({}));
}

/// A flood with a stolen key keeps nobody from ending it, and ending it is no first use.
#[tokio::test]
async fn no_limit_keeps_a_key_from_being_revoked() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.begin_minute();
    world.change_limits("acme", json!({"key": 100})).await;
    let key = world.create_key(&admin).await;
    let new = world.rotate(&admin, &key).await;
    for _ in 0..100 {
        world.own_key(&key).await.ok();
    }
    assert_eq!(world.own_key(&key).await.status, 429);
    let path = "/enterprise/v1/api-key/revoke";
    world.call("POST", path, &new.authorization(), Value::Null).await.ok();
    assert_eq!(world.own_key(&key).await.status, 401);
    assert_eq!(world.count_events("acme", "USE_NEW_API_KEY_SECRET").await, 0);
}

/// The key was verified before its revocation began.
#[tokio::test]
async fn a_key_that_is_revoked_meanwhile_is_refused_like_every_refused_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = self_rotating(&world, &admin).await;
    let rotated = meanwhile(&world, "own-key", world.rotate_itself(&key, Value::Null), async {
        world.revoke(&admin, &key).await.ok();
    });
    assert_eq!(rotated.await.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "ROTATE_API_KEY").await, 0);
}

#[tokio::test]
async fn the_log_says_which_keys_may_rotate_themselves() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    self_rotating(&world, &admin).await;
    world.create_key(&admin).await;
    world.advance(Duration::from_secs(15));
    let path = "/admin/v1/audit-log?filter%5Baction%5D=CREATE_API_KEY";
    let log = world.call("GET", path, &admin, Value::Null).await.ok();
    let events = log["data"].as_array().expect("events");
    assert_eq!(events[1]["selfRotation"], json!({"lifetimeDays": 30}));
    assert!(events[0].get("selfRotation").is_none());
}

#[tokio::test]
async fn wrong_requests_are_named() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = self_rotating(&world, &admin).await;
    let call = |method, path, body| {
        let (world, authorization) = (&world, key.authorization());
        async move { world.call(method, &format!("/enterprise/v1/api-key{path}"), &authorization, body).await }
    };
    assert_eq!(call("GET", "?x=1", Value::Null).await.wrong_fields(), ["x"]);
    assert_eq!(call("POST", "/revoke?x=1", Value::Null).await.wrong_fields(), ["x"]);
    assert_eq!(call("POST", "/revoke", json!({"why": "x"})).await.wrong_fields(), ["body"]);
    assert_eq!(call("POST", "/rotate?x=1", Value::Null).await.wrong_fields(), ["x"]);
    let body = json!({"expiresAt": "2020-01-01T00:00:00Z", "overlapSeconds": 59, "scopes": []});
    assert_eq!(call("POST", "/rotate", body).await.wrong_fields(), ["expiresAt", "overlapSeconds", "scopes"]);
    world.own_key(&key).await.ok();
    assert_eq!(world.count_events("acme", "ROTATE_API_KEY").await, 0);
}
