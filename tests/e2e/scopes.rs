//! What each scope admits.

use domain::scope::Scope;
use harness::{ADMIN, Key, World};
use local::openapi;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::invariants::meanwhile;

/// The scopes that admit an operation, by its ID. A new operation is decided here.
fn admitting(operation: &str) -> Vec<Scope> {
    use Scope::{AccountsRead, AuditLog, Deprovisioning, Scim, ScimRead};
    match operation {
        "getAccount" => vec![Deprovisioning, AccountsRead],
        "suspendAccount" | "unsuspendAccount" | "suspendManyAccounts" | "unsuspendManyAccounts" => {
            vec![Deprovisioning]
        }
        "listUsers" | "getUser" | "searchUsers" => vec![Scim, ScimRead],
        "createUser" | "replaceUser" | "deleteUser" => vec![Scim],
        "patchUser" => vec![Deprovisioning, Scim],
        "collectAuditEvents" => vec![AuditLog],
        "getOwnApiKey" | "rotateOwnApiKey" | "revokeOwnApiKey" => Scope::ALL.to_vec(),
        other => panic!("which scopes admit {other}?"),
    }
}

/// Method, path and ID of every operation for key holders.
fn operations() -> Vec<(String, String, String)> {
    let document = openapi::document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let security = operation["security"].as_array();
            if security.is_some_and(|schemes| schemes.iter().any(|scheme| scheme.get("apiKey").is_some())) {
                let id = operation["operationId"].as_str().expect("an ID").to_owned();
                operations.push((method.to_uppercase(), path.clone(), id));
            }
        }
    }
    // Revoking the key comes last.
    operations.sort_by_key(|(_, _, id)| id == "revokeOwnApiKey");
    operations
}

#[tokio::test]
async fn every_operation_admits_exactly_its_scopes() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    assert!(operations().len() >= 15);
    for scope in Scope::ALL {
        let key = world.create_key_with(&admin, json!({"scopes": [scope.id()]})).await;
        for (method, path, id) in operations() {
            let path = path.replace("{account}", "nobody").replace("{id}", "nobody");
            // The empty body is refused, but only after the scope was checked.
            let body = if method == "GET" || method == "DELETE" { Value::Null } else { json!({}) };
            let answer = world.call(&method, &path, &key.authorization(), body).await;
            let is_refused =
                answer.status == StatusCode::FORBIDDEN.as_u16() && answer.text.contains("insufficient-scope");
            assert_ne!(is_refused, admitting(&id).contains(&scope), "{scope}: {id}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_challenge_names_the_least_scope() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["audit-log"]})).await;
    let challenge = async |path: &str| {
        let answer = world.call("GET", path, &key.authorization(), Value::Null).await;
        answer.header("x-amzn-remapped-www-authenticate").to_owned()
    };
    assert!(challenge("/enterprise/v1/accounts/acme-member-1").await.contains("scope=\"accounts:read\""));
    assert!(challenge("/enterprise/v1/scim/Users").await.contains("scope=\"scim:read\""));
}

/// A request in progress that loses its scope gets the response of a request without it. One that keeps it goes on.
#[tokio::test]
async fn a_request_that_loses_its_scope_is_refused_like_one_without_it() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = async || world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let narrow = async |key: &Key, scopes: Value| {
        world.edit(&admin, key, json!({"scopes": scopes})).await.ok();
    };
    for (remains, status) in
        [(json!(["scim"]), 403), (json!(["accounts:read"]), 403), (json!(["deprovisioning"]), 200)]
    {
        let key = key().await;
        let request = world.suspend(&key, "acme-member-1");
        let answer = meanwhile(&world, "account-status", request, narrow(&key, remains)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let key = key().await;
    let path = "/enterprise/v1/scim/Users/acme-member-2";
    let authorization = key.authorization();
    let request = world.call("DELETE", path, &authorization, Value::Null);
    let answer =
        meanwhile(&world, "scim-users", request, narrow(&key, json!(["scim:read", "deprovisioning"]))).await;
    assert_eq!(answer.status, 403);
    world.call("GET", path, &key.authorization(), Value::Null).await.ok();
}

#[tokio::test]
async fn a_key_is_narrowed_to_a_read_only_scope_and_not_back() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.edit(&admin, &key, json!({"scopes": ["accounts:read"]})).await.ok();
    world.read(&key, "acme-member-1").await.ok();
    assert_eq!(world.suspend(&key, "acme-member-1").await.problem(), (403, "insufficient-scope".into()));
    let wider = world.edit(&admin, &key, json!({"scopes": ["deprovisioning"]})).await;
    assert_eq!(wider.wrong_fields(), ["scopes"]);
    // A scope on offer includes its read-only one.
    world.set_policy(&admin, json!({"scopes": ["deprovisioning"]})).await.ok();
    assert!(world.listed(&admin, &key).await.get("hold").is_none());
    world.create_key_with(&admin, json!({"scopes": ["accounts:read"]})).await;
}
