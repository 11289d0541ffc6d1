//! What each scope admits.

use domain::scope::Scope;
use harness::{ADMIN, Answer, Key, World};
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

#[test]
fn every_description_names_the_scopes_that_admit_the_operation() {
    let document = openapi::document();
    for (method, path, id) in operations() {
        let text = document["paths"][&path][method.to_lowercase()]["description"].to_string();
        let named = |scope: &Scope| text.contains(&format!("`{scope}`"));
        let scopes: Vec<_> = Scope::ALL.into_iter().filter(named).collect();
        if text.to_lowercase().contains("any scope") {
            assert_eq!(admitting(&id), Scope::ALL, "{id}");
        } else {
            assert_eq!(admitting(&id), scopes, "{id}: {text}");
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

/// Every request that changes something, the function that answers it, and the scope that it needs.
fn changes() -> [(&'static str, &'static str, Value, &'static str, &'static str); 8] {
    let (accounts, users) = ("/enterprise/v1/accounts", "/enterprise/v1/scim/Users");
    let (status, scim) = ("account-status", "scim-users");
    let member = json!({"userName": "new@acme.example"});
    let suspension = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let both = json!({"accounts": ["acme-member-1", "acme-member-2"]});
    let path = |base: &str, rest: &str| -> &'static str { format!("{base}{rest}").leak() };
    [
        ("POST", path(accounts, "/acme-member-1/suspend"), Value::Null, status, "deprovisioning"),
        ("POST", path(accounts, "/acme-member-20/unsuspend"), Value::Null, status, "deprovisioning"),
        ("POST", path(accounts, "/suspend"), both, status, "deprovisioning"),
        (
            "POST",
            path(accounts, "/unsuspend"),
            json!({"accounts": ["acme-member-20"]}),
            status,
            "deprovisioning",
        ),
        ("POST", path(users, ""), member.clone(), scim, "scim"),
        ("PUT", path(users, "/acme-member-1"), member, scim, "scim"),
        ("PATCH", path(users, "/acme-member-1"), suspension, scim, "scim"),
        ("DELETE", path(users, "/acme-member-1"), Value::Null, scim, "scim"),
    ]
}

/// A world in which each of [`changes`] changes something.
async fn changeable() -> (World, String) {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.suspend(&key, "acme-member-20").await.ok();
    (world, admin)
}

#[tokio::test]
async fn a_key_that_only_reads_reads_everything_and_changes_nothing() {
    let (world, admin) = changeable().await;
    let key = world.create_key_with(&admin, json!({"scopes": ["accounts:read", "scim:read"]})).await;
    let (users, authorization) = ("/enterprise/v1/scim/Users", key.authorization());
    let accounts = world.dynamodb.items("Accounts").await;
    for (method, path, body, _, scope) in changes() {
        let answer = world.call(method, path, &authorization, body).await;
        assert_refused(&answer, scope);
    }
    assert_eq!(world.dynamodb.items("Accounts").await, accounts);
    world.read(&key, "member-1%40acme.example").await.ok();
    let list = world.call("GET", users, &authorization, Value::Null).await.ok();
    assert_eq!(list["totalResults"], 22);
    world.call("GET", &format!("{users}/acme-member-1"), &authorization, Value::Null).await.ok();
    for search in ["/enterprise/v1/scim/.search", "/enterprise/v1/scim/Users/.search"] {
        let found =
            world.call("POST", search, &authorization, json!({"filter": "active eq false"})).await.ok();
        assert_eq!(found["totalResults"], 1);
    }
}

/// Each change is held at its commit, and the key keeps only the read-only scope.
#[tokio::test]
async fn no_change_commits_after_its_scope_was_taken_away() {
    let (world, admin) = changeable().await;
    let accounts = world.dynamodb.items("Accounts").await;
    for (method, path, body, function, scope) in changes() {
        let remains = if scope == "scim" { "scim:read" } else { "accounts:read" };
        let key = world.create_key_with(&admin, json!({"scopes": [scope, "audit-log"]})).await;
        let authorization = key.authorization();
        let request = world.call(method, path, &authorization, body.clone());
        let narrow = async {
            world.edit(&admin, &key, json!({"scopes": [remains]})).await.ok();
        };
        assert_refused(&meanwhile(&world, function, request, narrow).await, scope);
        // A new request gets the same response.
        assert_refused(&world.call(method, path, &authorization, body).await, scope);
        world.own_key(&key).await.ok();
    }
    assert_eq!(world.dynamodb.items("Accounts").await, accounts);
}

/// A key that is refused altogether says nothing about scopes.
#[tokio::test]
async fn a_key_that_is_narrowed_and_revoked_meanwhile_is_refused_like_every_refused_key() {
    let (world, admin) = changeable().await;
    let key = world.create_key(&admin).await;
    let end = async {
        world.edit(&admin, &key, json!({"scopes": ["accounts:read"]})).await.ok();
        world.revoke(&admin, &key).await.ok();
    };
    let answer = meanwhile(&world, "account-status", world.suspend(&key, "acme-member-1"), end).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
}

/// A new secret is verified again if its first use is in progress.
#[tokio::test]
async fn a_first_use_in_progress_needs_the_scope_that_remains() {
    let (world, admin) = changeable().await;
    for (account, remains, status) in
        [("acme-member-1", "audit-log", 403), ("acme-member-2", "deprovisioning", 200)]
    {
        let fields = json!({"scopes": ["deprovisioning", "audit-log"]});
        let old = world.create_key_with(&admin, fields).await;
        let new = world.rotate(&admin, &old).await;
        let narrow = async {
            world.edit(&admin, &old, json!({"scopes": [remains]})).await.ok();
        };
        let answer = meanwhile(&world, "account-status", world.suspend(&new, account), narrow).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

/// Any scope is enough for it, so also one that the key didn't need before.
#[tokio::test]
async fn a_key_goes_on_rotating_itself_with_the_scopes_that_remain() {
    let (world, admin) = changeable().await;
    let fields = json!({"scopes": ["deprovisioning", "scim"], "selfRotation": {"lifetimeDays": 30}});
    let key = world.create_key_with(&admin, fields).await;
    let narrow = async {
        world.edit(&admin, &key, json!({"scopes": ["scim:read"]})).await.ok();
    };
    let rotated = meanwhile(&world, "own-key", world.rotate_itself(&key, Value::Null), narrow).await.ok();
    assert_eq!(rotated["scopes"], json!(["scim:read"]));
}

#[track_caller]
fn assert_refused(answer: &Answer, scope: &str) {
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert!(answer.text.contains("insufficient-scope"), "{}", answer.text);
    let challenge = answer.header("x-amzn-remapped-www-authenticate");
    assert_eq!(challenge, format!("apikey, Bearer error=\"insufficient_scope\", scope=\"{scope}\""));
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
