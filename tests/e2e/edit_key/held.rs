use harness::{ADMIN, Key, SECOND_ADMIN, World};
use serde_json::{Value, json};
use store::random;

use super::MEMBER;

#[tokio::test]
async fn a_held_key_is_refused_with_all_secrets_until_it_is_released() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    let unknown = Key { id: old.id.clone(), secret: random::api_key().expose().to_owned() };
    let unknown = world.own_key(&unknown).await;
    for round in 1..=2 {
        for by in [&admin, &second] {
            let held = world.hold(by, "hold", &old).await.ok();
            let [reason] = held["hold"]["reasons"].as_array().expect("reasons").as_slice() else {
                panic!("{held}");
            };
            assert_eq!((&reason["reason"], &reason["by"]["email"]), (&json!("administrator"), &json!(ADMIN)));
            assert_eq!(held["hold"]["from"], reason["from"]);
        }
        for secret in [&old, &new] {
            let refused = world.own_key(secret).await;
            assert_eq!(refused.anonymous(), unknown.anonymous(), "like an unknown key");
        }
        let rotation =
            world.call("POST", &format!("/admin/v1/api-keys/{}/rotate", old.id), &admin, Value::Null).await;
        assert_eq!(rotation.problem(), (409, "key-held".into()));
        world.edit(&admin, &old, json!({"name": format!("Held {round}")})).await.ok();
        assert_eq!(world.read(&old, MEMBER).await.status, 401, "an edit doesn't release");
        for _ in 0..2 {
            assert!(world.hold(&second, "release", &old).await.ok().get("hold").is_none());
        }
        world.read(&old, MEMBER).await.ok();
    }
    world.read(&new, MEMBER).await.ok();
    assert_eq!(world.count_events("acme", "HOLD_API_KEY").await, 2);
    assert_eq!(world.count_events("acme", "RELEASE_API_KEY").await, 2);
    let event = world.events("acme").await.into_iter().find(|event| event["action"] == "HOLD_API_KEY");
    assert_eq!(event.expect("an event")["details"]["heldBy"], "administrator");
}

#[tokio::test]
async fn a_held_key_can_be_revoked_and_its_rotation_ended() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.hold(&admin, "hold", &old).await.ok();
    world.end_rotation(&admin, "complete", &new).await.ok();
    assert_eq!(world.own_key(&new).await.status, 401);
    world.hold(&admin, "release", &old).await.ok();
    world.own_key(&new).await.ok();
    assert_eq!(world.own_key(&old).await.status, 401, "its old secret has ended");
    world.hold(&admin, "hold", &old).await.ok();
    world.revoke(&admin, &new).await.ok();
    assert_eq!(world.hold(&admin, "release", &old).await.problem(), (409, "key-not-active".into()));
    assert_eq!(world.own_key(&new).await.status, 401);
}

#[tokio::test]
async fn a_company_without_the_plan_takes_away_and_releases() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let plan = async |plan: &str| {
        let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
        world.provision(request).await.expect("a plan");
    };
    plan("team").await;
    world.hold(&admin, "hold", &key).await.ok();
    world.edit(&admin, &key, json!({"scopes": ["scim"]})).await.ok();
    let policy = world.set_policy(&admin, json!({"mustExpire": true})).await;
    assert_eq!(policy.problem(), (403, "enterprise-plan-required".into()));
    plan("enterprise").await;
    assert_eq!(world.own_key(&key).await.status, 401, "the hold stays");
    world.hold(&admin, "release", &key).await.ok();
    world.own_key(&key).await.ok();
    assert_eq!(world.read(&key, MEMBER).await.problem(), (403, "insufficient-scope".into()));
}
