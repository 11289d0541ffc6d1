//! 3, 5 and 6 when an account is deleted and created again under the same ID between a read and the commit: nothing
//! that was read of the old account counts for the new one.

use std::{sync::Arc, time::Duration};

use harness::{ADMIN, Intervention, KEYS, Key, SECOND_ADMIN, World, eventually};
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};
use store::{Service, Settings, Tables};
use tokio::sync::Semaphore;

use super::meanwhile;

const MEMBER: &str = "acme-member-1";
const SECOND: &str = "acme-second-admin";

/// A stack, an administrator, and a key with all scopes for accounts.
async fn scene() -> (World, String, Key) {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    (world, admin, key)
}

fn role(account: &str, role: &str) -> Value {
    json!({"operation": "change-role", "companyId": "acme", "accountId": account, "role": role})
}

async fn delete(world: &World, key: &Key, account: &str) {
    let path = format!("/enterprise/v1/scim/Users/{account}");
    assert_eq!(world.call("DELETE", &path, &key.authorization(), Value::Null).await.status, 204);
}

/// Creates the account as an administrator, optionally with its sign-in of the demonstration.
async fn create(world: &World, account: &str, has_sign_in: bool) {
    let email = format!("{}@acme.example", account.trim_start_matches("acme-"));
    let mut new = json!({"accountId": account, "email": email, "name": "New", "role": "company_admin"});
    if has_sign_in {
        new["identity"] = json!({"issuer": IDENTITY_ISSUER, "subject": email});
    }
    let request = json!({"operation": "add-account", "companyId": "acme", "account": new});
    world.provision(request).await.expect("created again");
}

async fn recreate_member(world: &World, key: &Key) {
    delete(world, key, MEMBER).await;
    create(world, MEMBER, true).await;
}

async fn recreate_administrator(world: &World, key: &Key) {
    world.provision(role(SECOND, "member")).await.expect("demoted");
    delete(world, key, SECOND).await;
    create(world, SECOND, true).await;
}

async fn account(world: &World, id: &str) -> Value {
    let accounts = world.dynamodb.items("Accounts").await;
    accounts.into_iter().find(|account| account["accountId"] == id).expect("an account")
}

/// The account's role and state, and whether the company's counter equals a recount.
async fn found(world: &World, id: &str) -> (String, String, bool) {
    let accounts = world.dynamodb.items("Accounts").await;
    let active = |account: &&Value| {
        account["companyId"] == "acme" && account["role"] == "company_admin" && account["state"] == "active"
    };
    let counted =
        world.company("acme").await["activeAdministrators"] == accounts.iter().filter(active).count();
    let account = account(world, id).await;
    let text = |name: &str| account[name].as_str().expect("a text").to_owned();
    (text("role"), text("state"), counted)
}

#[tokio::test]
async fn a_suspension_does_not_make_the_new_administrator_a_member() {
    let (world, _, key) = scene().await;
    let suspend = world.suspend(&key, MEMBER);
    meanwhile(&world, "account-status", suspend, recreate_member(&world, &key)).await.ok();
    assert_eq!(found(&world, MEMBER).await, ("company_admin".into(), "suspended".into(), true));
}

#[tokio::test]
async fn a_scim_patch_does_not_make_the_new_administrator_a_member() {
    let (world, _, key) = scene().await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "displayName", "value": "Changed"}],
    });
    let path = format!("/enterprise/v1/scim/Users/{MEMBER}");
    // The same function also deletes, so only the transaction that renames is held.
    let authorization = key.authorization();
    let renaming = world.call("PATCH", &path, &authorization, body);
    let answer = held_with(&world, "UPDATE_ACCOUNT", renaming, recreate_member(&world, &key)).await;
    answer.ok();
    assert_eq!(found(&world, MEMBER).await, ("company_admin".into(), "active".into(), true));
    // No key can rename an administrator, and the account is one by now.
    assert_eq!(account(&world, MEMBER).await["name"], "New");
}

#[tokio::test]
async fn an_operators_promotion_counts_the_new_administrator_once() {
    let (world, _, key) = scene().await;
    let promote = world.provision(role(MEMBER, "company_admin"));
    let promoted = held_with(&world, "CHANGE_ROLE", promote, recreate_member(&world, &key)).await;
    assert_eq!(promoted.expect("as requested")["changed"], false);
    assert_eq!(found(&world, MEMBER).await, ("company_admin".into(), "active".into(), true));
}

#[tokio::test]
async fn the_authority_of_a_deleted_administrator_is_not_the_new_ones() {
    let (world, _, key) = scene().await;
    let second = world.sign_in(SECOND_ADMIN).await;
    let body = json!({"name": "A", "scopes": ["deprovisioning"]});
    let creation = world.call("POST", KEYS, &second, body);
    let answer = meanwhile(&world, "create-key", creation, recreate_administrator(&world, &key)).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 1);
}

/// For a change of another account, the authority has its own check. For the caller's own account, it is checked
/// together with the change.
#[tokio::test]
async fn a_deleted_administrator_changes_neither_others_nor_the_new_account() {
    for target in [MEMBER, SECOND] {
        let (world, _, key) = scene().await;
        let second = world.sign_in(SECOND_ADMIN).await;
        let suspend =
            world.call("POST", "/admin/v1/accounts/suspend", &second, json!({"accounts": [target]}));
        let answer = meanwhile(&world, "members", suspend, recreate_administrator(&world, &key)).await.ok();
        let kind = &answer["results"][0]["problem"]["type"];
        assert_eq!(kind, "urn:company-api-keys:problem:unauthenticated", "{target}: {answer}");
        assert_eq!(found(&world, SECOND).await, ("company_admin".into(), "active".into(), true), "{target}");
        assert_eq!(account(&world, target).await["state"], "active", "{target}");
    }
}

#[tokio::test]
async fn a_session_from_before_the_account_is_void() {
    let (world, _, key) = scene().await;
    let second = world.sign_in(SECOND_ADMIN).await;
    world.advance(Duration::from_secs(2));
    recreate_administrator(&world, &key).await;
    let answer = world.call("GET", "/admin/v1/me", &second, Value::Null).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
    let again = world.sign_in(SECOND_ADMIN).await;
    world.call("GET", "/admin/v1/me", &again, Value::Null).await.ok();
}

/// The sign-in was read while it belonged to the old account, and the account after it was the new one.
#[tokio::test]
async fn a_sign_in_of_the_old_account_does_not_reach_the_new_one() {
    let (world, _, key) = scene().await;
    let settings = Settings::for_endpoint(&world.dynamodb.url, "gate");
    let gate = Service::new(Tables::new(settings), world.clock.clone());
    let event = json!({
        "version": "2", "triggerSource": "TokenGeneration_HostedAuth", "region": "local",
        "userPoolId": "demonstration",
        "request": {"userAttributes": {"sub": "member-1@acme.example"}},
    });
    ::token_gate::handle(&gate, event.clone(), "test").await.expect("the control: the sign-in is bound");
    let permits = Arc::new(Semaphore::new(0));
    let held = permits.clone();
    let reads_account =
        |call: &harness::Observed| call.function == "gate" && call.request["TableName"] == "Accounts";
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere(move |call| {
        if reads_account(call) { Intervention::Hold(held.clone()) } else { Intervention::Pass }
    });
    let recreate = async {
        let mut seen = false;
        eventually("the account is being read", async || {
            seen |= world.dynamodb.take_calls().iter().any(reads_account);
            seen
        })
        .await;
        delete(&world, &key, MEMBER).await;
        create(&world, MEMBER, false).await;
        world.dynamodb.let_pass();
        permits.add_permits(1_000);
    };
    let (admitted, ()) = tokio::join!(::token_gate::handle(&gate, event, "test"), recreate);
    assert_eq!(admitted.expect_err("no token").kind(), "account-unknown");
}

/// An attempt whose response was lost may have created the account, and somebody may have deleted it since.
#[tokio::test]
async fn each_attempt_to_create_an_account_has_a_version_of_its_own() {
    let (world, _, key) = scene().await;
    let company = json!({
        "operation": "create-company", "companyId": "globex", "name": "Globex", "plan": "team",
        "administrator": {"email": "hank@globex.example", "name": "Hank"},
    });
    let account = json!({"email": "new@acme.example", "name": "New"});
    let account = json!({"operation": "add-account", "companyId": "acme", "account": account});
    for request in [Some(company), Some(account), None] {
        let mut is_first = true;
        world.dynamodb.interfere(move |call| {
            let conflicts = call.commits() && std::mem::take(&mut is_first);
            if conflicts { Intervention::Conflict } else { Intervention::Pass }
        });
        let _ = world.dynamodb.take_calls();
        if let Some(request) = request {
            world.provision(request).await.expect("created");
        } else {
            let user = json!({"userName": "grace@acme.example"});
            let path = "/enterprise/v1/scim/Users";
            assert_eq!(world.call("POST", path, &key.authorization(), user).await.status, 201);
        }
        let commits = world.dynamodb.take_calls().into_iter().filter(harness::Observed::commits);
        let versions: Vec<_> = commits
            .flat_map(|call| call.request["TransactItems"].as_array().expect("writes").clone())
            .filter(|write| write["Put"]["TableName"] == "Accounts")
            .map(|write| write["Put"]["Item"]["version"]["N"].clone())
            .collect();
        assert!(versions.len() == 2 && versions[0] != versions[1], "{versions:?}");
    }
}

/// Runs a request. Its transaction with an event of this action is held until something else was done.
async fn held_with<T>(
    world: &World,
    action: &'static str,
    request: impl Future<Output = T>,
    something: impl Future<Output = ()>,
) -> T {
    let permits = Arc::new(Semaphore::new(0));
    let held = permits.clone();
    let is_meant =
        move |call: &harness::Observed| call.commits() && call.request.to_string().contains(action);
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere(move |call| {
        if is_meant(call) { Intervention::Hold(held.clone()) } else { Intervention::Pass }
    });
    let something = async {
        let mut seen = false;
        eventually("the transaction is held", async || {
            seen |= world.dynamodb.take_calls().iter().any(is_meant);
            seen
        })
        .await;
        something.await;
        world.dynamodb.let_pass();
        permits.add_permits(1_000);
    };
    tokio::join!(request, something).0
}
