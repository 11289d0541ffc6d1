use harness::{ADMIN, World};
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};

use super::{begin_hour, is_refused, limited, member, suspend};

#[tokio::test]
async fn new_companies_begin_with_a_limit() {
    let world = World::start().await;
    let identity = json!({"issuer": IDENTITY_ISSUER, "subject": "admin@nova.example"});
    let account = json!({"email": "admin@nova.example", "name": "Nova", "identity": identity});
    let request = json!({
        "operation": "create-company", "companyId": "nova", "name": "Nova", "plan": "enterprise", "administrator": account,
    });
    world.provision(request).await.expect("a company");
    let admin = world.sign_in("admin@nova.example").await;
    let state = world.call("GET", "/admin/v1/key-policy", &admin, Value::Null).await.ok();
    assert_eq!(state["policy"]["suspensionsPerHour"], 100, "{state}");
    assert_eq!(state.get("changedBy"), None);
    let key = world.create_key(&admin).await;
    let listed = world.listed(&admin, &key).await;
    assert_eq!((&listed["suspensionLimit"], &listed["suspensionsPerHour"]), (&json!("policy"), &json!(100)));
}

#[tokio::test]
async fn only_a_request_that_says_so_lifts_the_limit() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for (policy, expected) in [
        (json!({"suspensionsPerHour": 7}), Some(7)),
        (json!({"mustExpire": true}), Some(7)),
        (json!({}), Some(7)),
        (json!({"suspensionsPerHour": null}), None),
        (json!({}), None),
    ] {
        let state = world.set_policy(&admin, policy.clone()).await.ok();
        let number = state["policy"].get("suspensionsPerHour").and_then(Value::as_u64);
        assert_eq!(number, expected, "{policy}");
    }
    for wrong in [json!(0), json!(1_001), json!("100"), json!(1.5)] {
        let refused = world.set_policy(&admin, json!({"suspensionsPerHour": wrong})).await;
        assert_eq!(refused.problem(), (400, "invalid-request".into()), "{wrong}");
    }
}

#[tokio::test]
async fn a_policy_limits_the_keys_that_have_no_limit_of_their_own() {
    let world = World::start().await;
    let (admin, of_policy) = limited(&world, "policy", 12).await;
    let own = world.create_key_with(&admin, json!({"suspensionLimit": 3})).await;
    let unlimited = world.create_key_with(&admin, json!({"suspensionLimit": null})).await;
    let later = {
        world.set_policy(&admin, json!({"suspensionsPerHour": 1})).await.ok();
        world.create_key(&admin).await
    };
    let rotated = world.rotate(&admin, &of_policy).await;
    suspend(&world, &of_policy, 1).await.ok();
    suspend(&world, &later, 2).await.ok();
    for key in [&of_policy, &later, &rotated] {
        assert!(is_refused(&suspend(&world, key, 3).await));
    }
    for number in 3..=5 {
        suspend(&world, &own, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &own, 6).await));
    for number in 6..=10 {
        suspend(&world, &unlimited, number).await.ok();
    }
    world.set_policy(&admin, json!({"suspensionsPerHour": 2})).await.ok();
    suspend(&world, &of_policy, 11).await.ok();
    assert!(is_refused(&suspend(&world, &rotated, 12).await));
    // A key can go back to the number of the policy.
    world.edit(&admin, &own, json!({"suspensionLimit": "policy"})).await.ok();
    assert!(is_refused(&suspend(&world, &own, 12).await), "three were counted");
    world.set_policy(&admin, json!({"suspensionsPerHour": null})).await.ok();
    suspend(&world, &own, 12).await.ok();
    let account = world.read(&own, &member(12)).await.ok();
    assert_eq!(account["state"], "suspended", "{account}");
    begin_hour(&world);
}

#[tokio::test]
async fn wrong_limits_are_refused_with_a_reason() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for wrong in [json!(0), json!(1_001), json!("100"), json!("none"), json!(-1), json!({}), json!(true)] {
        let answer = world.edit(&admin, &key, json!({"suspensionLimit": wrong})).await;
        assert_eq!(answer.problem(), (400, "invalid-request".into()), "{wrong}");
        let body = json!({"name": "Key", "scopes": ["scim"], "suspensionLimit": wrong});
        let answer = world.call("POST", harness::KEYS, &admin, body).await;
        assert_eq!(answer.problem(), (400, "invalid-request".into()), "{wrong}");
    }
}
