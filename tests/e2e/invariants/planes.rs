//! 7. A key cannot mint keys: the admin plane refuses API keys, the enterprise plane refuses access tokens.

use harness::{ADMIN, KEYS, World};
use serde_json::{Value, json};

#[tokio::test]
async fn the_admin_plane_refuses_api_keys() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let _ = world.dynamodb.take_calls();
    let revoke = format!("{KEYS}/{}/revoke", key.id);
    for (method, path, body) in [
        ("POST", KEYS, json!({"name": "A", "scopes": ["deprovisioning"]})),
        ("GET", KEYS, Value::Null),
        ("GET", "/admin/v1/me", Value::Null),
        ("POST", &revoke, key.characters()),
        ("GET", "/admin/v1/accounts", Value::Null),
        ("GET", "/admin/v1/audit-log", Value::Null),
        ("POST", "/admin/v1/accounts/suspend", json!({"accounts": ["acme-member-1"]})),
        ("POST", "/admin/v1/accounts/unsuspend", json!({"accounts": ["acme-member-1"]})),
    ] {
        for scheme in ["apikey", "Bearer"] {
            let authorization = format!("{scheme} {}", key.secret);
            let answer = world.call(method, path, &authorization, body.clone()).await;
            assert_eq!((answer.status, answer.json()), (401, json!({"message": "Unauthorized"})));
        }
    }
    // The authorizer refuses it before any function runs.
    assert_eq!(world.dynamodb.take_calls(), []);
}

#[tokio::test]
async fn the_enterprise_plane_refuses_access_tokens() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let apikey = admin.replace("Bearer", "apikey");
    for authorization in [&admin, &apikey] {
        for (method, path) in [
            ("POST", "/enterprise/v1/accounts/acme-member-1/suspend"),
            ("POST", "/enterprise/v1/accounts/acme-member-1/unsuspend"),
            ("GET", "/enterprise/v1/accounts/acme-member-1"),
            ("GET", "/enterprise/v1/audit-log"),
        ] {
            let answer = world.call(method, path, authorization, Value::Null).await;
            assert_eq!(answer.problem(), (401, "unauthenticated".into()));
        }
        for (method, path) in [
            ("GET", "Users"),
            ("POST", "Users"),
            ("POST", ".search"),
            ("GET", "Users/acme-member-1"),
            ("PUT", "Users/acme-member-1"),
            ("PATCH", "Users/acme-member-1"),
            ("DELETE", "Users/acme-member-1"),
        ] {
            let path = format!("/enterprise/v1/scim/{path}");
            let answer = world.call(method, &path, authorization, json!({})).await;
            assert_eq!(
                (answer.status, answer.json()["status"].clone()),
                (401, json!("401")),
                "{method} {path}"
            );
        }
    }
}
