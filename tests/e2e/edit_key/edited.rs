use std::time::Duration;

use harness::{ADMIN, World};
use serde_json::{Value, json};

use super::MEMBER;

const AUDIT_LOG: &str = "/enterprise/v1/audit-log";

/// This many seconds from now.
fn ahead(world: &World, seconds: u64) -> String {
    world.clock.now().plus(Duration::from_secs(seconds)).to_string()
}

#[tokio::test]
async fn what_a_key_is_called_changes_with_an_event_that_says_what_remains() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"note": " First note "})).await;
    assert_eq!(world.listed(&admin, &key).await["note"], "First note");
    let body =
        json!({"name": "Payroll", "note": "Ask Ada.\r\nNot Grace.", "selfRotation": {"lifetimeDays": 30}});
    for _ in 0..2 {
        let edited = world.edit(&admin, &key, body.clone()).await.ok();
        assert_eq!((&edited["name"], &edited["note"]), (&json!("Payroll"), &json!("Ask Ada.\nNot Grace.")));
        assert_eq!(edited, world.listed(&admin, &key).await);
    }
    world.suspend(&key, MEMBER).await.ok();
    let events = world.events("acme").await;
    let [edit, suspension] = events.as_slice().last_chunk().expect("events");
    assert_eq!((&edit["action"], &edit["affected"]["name"]), (&json!("UPDATE_API_KEY"), &json!("Payroll")));
    let details = &edit["details"];
    assert_eq!(details["changed"], json!(["name", "note", "selfRotation"]));
    assert_eq!(details["remains"]["scopes"], json!(["deprovisioning"]));
    assert_eq!(details["remains"]["selfRotation"]["lifetimeDays"], 30);
    assert!(!edit.to_string().contains("Ada."), "the log has no notes");
    assert_eq!(suspension["actor"]["name"], "Payroll");
    assert_eq!(world.count_events("acme", "UPDATE_API_KEY").await, 1, "a repeat changes nothing");

    let cleared = world.edit(&admin, &key, json!({"note": null, "selfRotation": null})).await.ok();
    assert!(cleared.get("note").is_none() && cleared.get("selfRotation").is_none());
    assert_eq!(
        world.rotate_itself(&key, Value::Null).await.problem(),
        (403, "self-rotation-not-allowed".into())
    );
}

#[tokio::test]
async fn scopes_are_taken_away_from_all_secrets_and_never_added() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = json!({"scopes": ["deprovisioning", "audit-log"]});
    let old = world.create_key_with(&admin, scopes.clone()).await;
    let waiting = world.rotate(&admin, &old).await;
    world.call("GET", AUDIT_LOG, &old.authorization(), Value::Null).await.ok();
    for _ in 0..2 {
        let edited = world.edit(&admin, &old, json!({"scopes": ["audit-log"]})).await.ok();
        assert_eq!(edited["scopes"], json!(["audit-log"]));
    }
    for secret in [&old, &waiting] {
        assert_eq!(world.suspend(secret, MEMBER).await.problem(), (403, "insufficient-scope".into()));
        world.call("GET", AUDIT_LOG, &secret.authorization(), Value::Null).await.ok();
    }
    for more in [scopes, json!({"scopes": ["deprovisioning"]}), json!({"scopes": ["scim"]})] {
        let refused = world.edit(&admin, &old, more).await;
        assert_eq!(refused.wrong_fields(), ["scopes"], "{}", refused.text);
    }
    assert_eq!(world.count_events("acme", "UPDATE_API_KEY").await, 1);
}

#[tokio::test]
async fn the_expiry_of_the_current_secret_moves() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let expiry = ahead(&world, 100);
    assert_eq!(world.edit(&admin, &key, json!({"expiresAt": expiry})).await.ok()["expiresAt"], json!(expiry));
    world.advance(Duration::from_secs(99));
    world.read(&key, MEMBER).await.ok();
    let later = ahead(&world, 50);
    world.edit(&admin, &key, json!({"expiresAt": later})).await.ok();
    world.advance(Duration::from_secs(49));
    world.read(&key, MEMBER).await.ok();
    assert!(world.edit(&admin, &key, json!({"expiresAt": null})).await.ok().get("expiresAt").is_none());
    world.advance(Duration::from_secs(200));
    world.read(&key, MEMBER).await.ok();
    let soon = ahead(&world, 2);
    world.edit(&admin, &key, json!({"expiresAt": soon})).await.ok();
    world.advance(Duration::from_secs(2));
    assert_eq!(world.read(&key, MEMBER).await.status, 401);
    for body in [json!({"expiresAt": null}), json!({"name": "Again"})] {
        let refused = world.edit(&admin, &key, body).await;
        assert_eq!(refused.problem(), (409, "key-not-active".into()), "no edit revives a key");
    }
}

#[tokio::test]
async fn an_old_secret_does_not_outlive_the_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.own_key(&new).await.ok();
    let expiry = ahead(&world, 60);
    let edited = world.edit(&admin, &old, json!({"expiresAt": expiry})).await.ok();
    assert_eq!((&edited["expiresAt"], &edited["oldSecret"]["endsAt"]), (&json!(expiry), &json!(expiry)));
    world.advance(Duration::from_mins(1));
    for secret in [&old, &new] {
        assert_eq!(world.read(secret, MEMBER).await.status, 401);
    }
}

#[tokio::test]
async fn edits_count_in_the_companys_item_where_policies_depend_on_them() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let edits = [
        (json!({"name": "Other"}), 0),
        (json!({"expiresAt": ahead(&world, 9_000)}), 1),
        (json!({"scopes": ["scim"]}), 2),
        (json!({"note": "Other"}), 2),
    ];
    for (body, count) in edits {
        world.edit(&admin, &key, body).await.ok();
        let company = world.company("acme").await;
        assert_eq!(company["rotations"].as_u64().unwrap_or(0), count);
    }
    let listed = world.listed(&admin, &key).await;
    let company = world.company("acme").await;
    let expiry = company["activeKeys"][&key.id].as_i64().expect("a time");
    assert_eq!(domain::time::Timestamp::from_millis(expiry).to_string(), listed["expiresAt"]);
}
