use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, KEYS, Key, World};
use serde_json::{Value, json};

use super::days;
use crate::key_policy::DAY;

/// How long the new secret of a key is to live.
fn lifetime(key: &Value) -> Duration {
    let time = |member: &str| {
        let text = key["newSecret"][member].as_str().expect("a text");
        Timestamp::parse_rfc3339(text).expect("a time").millis()
    };
    Duration::from_millis(u64::try_from(time("expiresAt") - time("createdAt")).expect("a life"))
}

#[tokio::test]
async fn new_keys_and_edits_comply_at_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let before = world.create_key_with(&admin, json!({"scopes": ["scim", "audit-log"]})).await;
    world.set_policy(&admin, json!({"longestLifetimeDays": 30, "scopes": ["scim"]})).await.ok();
    let create = async |fields: Value| {
        let mut body = json!({"name": "New"});
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        world.call("POST", KEYS, &admin, body).await
    };
    let cases = [
        (json!({"scopes": ["scim"]}), vec!["expiresAt"]),
        (json!({"scopes": ["audit-log"], "expiresAt": days(&world, 31)}), vec!["scopes", "expiresAt"]),
        (
            json!({"scopes": ["scim"], "expiresAt": days(&world, 30), "selfRotation": {"lifetimeDays": 31}}),
            vec!["selfRotation"],
        ),
    ];
    for (fields, wrong) in cases {
        let refused = create(fields).await;
        assert_eq!(refused.problem(), (409, "key-policy".into()));
        assert_eq!(refused.named_fields(), wrong);
    }
    assert_eq!(create(json!({"scopes": ["scim"], "expiresAt": days(&world, 30)})).await.status, 201);

    // An edit is checked for what it changes. The rest has the days of grace.
    world.edit(&admin, &before, json!({"name": "Before"})).await.ok();
    world.edit(&admin, &before, json!({"expiresAt": days(&world, 20)})).await.ok();
    for edit in [json!({"expiresAt": days(&world, 31)}), json!({"selfRotation": {"lifetimeDays": 31}})] {
        assert_eq!(world.edit(&admin, &before, edit).await.problem(), (409, "key-policy".into()));
    }
    assert_eq!(world.listed(&admin, &before).await["hold"]["reasons"][0]["reason"], "scopes");
    assert!(world.edit(&admin, &before, json!({"scopes": ["scim"]})).await.ok().get("hold").is_none());
}

#[tokio::test]
async fn a_rotation_shortens_what_nobody_named_and_carries_the_rest() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let fields = json!({"scopes": ["scim", "audit-log"], "selfRotation": {"lifetimeDays": 300}});
    let key = world.create_key_with(&admin, fields).await;
    world
        .set_policy(&admin, json!({"longestLifetimeDays": 30, "scopes": ["scim"], "graceDays": 3}))
        .await
        .ok();
    let refused =
        world.call("POST", &format!("{KEYS}/{}/rotate", key.id), &admin, json!({"expiresAt": null})).await;
    assert_eq!(refused.problem(), (409, "key-policy".into()));
    assert_eq!(refused.named_fields(), ["expiresAt"]);
    let new = world.rotate(&admin, &key).await;
    let waiting = world.listed(&admin, &key).await;
    assert_eq!(lifetime(&waiting), 30 * DAY);
    world.own_key(&new).await.ok();
    world.end_rotation(&admin, "complete", &new).await.ok();
    world.advance(Duration::from_mins(1));
    let own = world.rotate_itself(&new, json!({"expiresAt": days(&world, 31)})).await;
    assert_eq!(own.problem().1, "key-policy", "{}", own.text);
    let own = world.rotate_itself(&new, Value::Null).await;
    assert_eq!(lifetime(&own.ok()), 30 * DAY);
    // Its scopes still break the policy, so it is held when that was promised.
    world.advance(3 * DAY);
    assert_eq!(world.own_key(&new).await.status, 401);
    let admin = world.sign_in(ADMIN).await;
    let held = world.call("POST", &format!("{KEYS}/{}/rotate", key.id), &admin, Value::Null).await;
    assert_eq!(held.problem(), (409, "key-held".into()));
}

/// A secret may be older than the policy lets it become. Then no expiry complies, and a new secret does.
#[tokio::test]
async fn a_key_that_is_held_for_its_age_is_rotated() {
    let world = World::start().await;
    let key = world.create_key(&world.sign_in(ADMIN).await).await;
    world.advance(100 * DAY);
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"longestLifetimeDays": 90, "graceDays": 1})).await.ok();
    // An earlier end is always allowed.
    world.edit(&admin, &key, json!({"expiresAt": days(&world, 9)})).await.ok();
    world.advance(DAY);
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(world.own_key(&key).await.status, 401);
    world.hold(&admin, "hold", &key).await.ok();
    let rotation =
        async || world.call("POST", &format!("{KEYS}/{}/rotate", key.id), &admin, Value::Null).await;
    assert_eq!(rotation().await.problem(), (409, "key-held".into()));
    // Releasing it leaves what the policy demands.
    assert_eq!(world.hold(&admin, "release", &key).await.ok()["hold"]["reasons"][0]["reason"], "lifetime");
    assert_eq!(world.hold(&admin, "release", &key).await.problem(), (409, "key-policy".into()));
    let new = Key { id: key.id.clone(), secret: rotation().await.string("key") };
    world.own_key(&new).await.ok();
    assert!(world.listed(&admin, &new).await.get("hold").is_none());
    assert_eq!(world.own_key(&key).await.status, 401, "the old secret was held, and has ended");
}
