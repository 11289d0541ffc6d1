//! The expected effects of each operation.

use harness::{KEYS, Key, World};
use serde_json::{Value, json};

use super::{
    laboratory::Laboratory,
    operations::{Operation, Prepared},
    recount::recount,
    secrets::Secrets,
};

/// One effect, one event of each kind.
pub(crate) async fn check(operation: Operation, laboratory: &Laboratory, prepared: &Prepared, what: &str) {
    let Prepared { id, email, key, .. } = prepared;
    let world = &laboratory.world;
    let events = world.events(if operation == Operation::CreateCompany { id } else { "acme" }).await;
    let count = |action: &str, of: &dyn Fn(&Value) -> bool| {
        events.iter().filter(|event| event["action"] == action && of(&event["affected"])).count()
    };
    let on_account = |affected: &Value| affected["id"] == id.as_str();
    let state = async || {
        let accounts = world.dynamodb.items("Accounts").await;
        accounts.into_iter().find(|account| account["accountId"] == id.as_str())
    };
    match operation {
        Operation::CreateKey => {
            assert_eq!(count("CREATE_API_KEY", &|key| key["name"] == id.as_str()), 1, "{what}");
            let keys = world.dynamodb.items("ApiKeys").await;
            let made: Vec<_> = keys.iter().filter(|key| key["name"] == id.as_str()).collect();
            assert_eq!(made.len(), 1, "{what}");
            // Frees a place for the next key.
            if let Some(key_id) = made[0]["keyId"].as_str() {
                let (first, last) = mask(made[0]);
                let body = json!({"firstFour": first, "lastFour": last});
                laboratory.call("POST", &format!("{KEYS}/{key_id}/revoke"), body).await.ok();
            }
        }
        Operation::RevokeKey => {
            let key = key.as_ref().expect("a key");
            assert_eq!(count("REVOKE_API_KEY", &|affected| affected["id"] == key.id), 1, "{what}");
            assert_eq!(world.read(key, "acme-admin").await.status, 401, "{what}");
        }
        Operation::Suspend
        | Operation::SuspendByAddress
        | Operation::SuspendAdministrator
        | Operation::PersonSuspends => {
            assert_eq!(count("SUSPEND_ACCOUNT", &on_account), 1, "{what}");
            assert_eq!(state().await.expect("an account")["state"], "suspended", "{what}");
        }
        Operation::SuspendMany | Operation::PersonSuspendsMany => {
            check_many_suspended(world, &[id.clone(), format!("admin-{id}")], what).await;
        }
        Operation::Unsuspend | Operation::PersonUnsuspends | Operation::OperatorUnsuspends => {
            assert_eq!(count("UNSUSPEND_ACCOUNT", &on_account), 1, "{what}");
            assert_eq!(state().await.expect("an account")["state"], "active", "{what}");
        }
        Operation::CreateUser => {
            assert_eq!(count("CREATE_ACCOUNT", &|made| made["email"] == email.as_str()), 1, "{what}");
            let accounts = world.dynamodb.items("Accounts").await;
            let made = accounts.iter().filter(|account| account["email"] == email.as_str()).count();
            assert_eq!(made, 1, "{what}");
        }
        Operation::ChangeUser | Operation::ReplaceUser => {
            for action in ["SUSPEND_ACCOUNT", "UPDATE_ACCOUNT"] {
                assert_eq!(count(action, &on_account), 1, "{what}");
            }
            let lookups = world.dynamodb.items("AccountLookups").await;
            let theirs = lookups.iter().filter(|lookup| lookup["accountId"] == id.as_str()).count();
            assert_eq!(theirs, 2, "{what}: the new name and the external ID");
        }
        Operation::DeleteUser => {
            assert_eq!(count("DELETE_ACCOUNT", &on_account), 1, "{what}");
            assert_eq!(state().await, None, "{what}");
        }
        Operation::CreateCompany => {
            assert_eq!(count("CREATE_COMPANY", &|_| true), 1, "{what}");
            assert_eq!(events.len(), 1, "{what}");
            assert_eq!(world.company(id).await["accounts"], 1, "{what}: nothing was counted since");
        }
        Operation::AddAccount => {
            assert_eq!(count("CREATE_ACCOUNT", &on_account), 1, "{what}");
            assert_eq!(state().await.expect("an account")["email"], email.as_str(), "{what}");
        }
        Operation::AddIdentity => {
            assert_eq!(count("ADD_IDENTITY", &on_account), 1, "{what}");
            let identities = state().await.expect("an account")["identities"].clone();
            assert_eq!(identities.as_array().map(Vec::len), Some(2), "{what}");
        }
        Operation::ChangeRole => {
            assert_eq!(count("CHANGE_ROLE", &on_account), 1, "{what}");
            assert_eq!(state().await.expect("an account")["role"], "company_admin", "{what}");
        }
        Operation::FreezeKeys | Operation::FreezeKeysAgain | Operation::ReleaseKeys => {
            check_plan(operation, laboratory, prepared, what).await;
        }
        Operation::Secrets(change) => change.check(laboratory, prepared, what).await,
        Operation::Grants(change) => change.check(laboratory, prepared, what).await,
        Operation::Leaks(report) => report.check(laboratory, prepared, what).await,
        Operation::ChangeLimits => check_limits(laboratory, prepared, what).await,
        Operation::ListKeys
        | Operation::Me
        | Operation::ReadAccount
        | Operation::ListMembers
        | Operation::ReadUser
        | Operation::ListUsers
        | Operation::SearchUsers
        | Operation::ReadLog
        | Operation::PersonReadsLog
        | Operation::SignIn => {
            // The creation of the account, in the preparations.
            assert_eq!(events.iter().filter(|event| on_account(&event["affected"])).count(), 1, "{what}");
        }
    }
}

/// Checks that these accounts are suspended, with one event for each.
async fn check_many_suspended(world: &World, ids: &[String], what: &str) {
    let accounts = world.dynamodb.items("Accounts").await;
    let events = world.events("acme").await;
    for id in ids {
        let is_event =
            |event: &&Value| event["action"] == "SUSPEND_ACCOUNT" && event["affected"]["id"] == id.as_str();
        assert_eq!(events.iter().filter(is_event).count(), 1, "{what}: {id}");
        let account = accounts.iter().find(|account| account["accountId"] == id.as_str());
        assert_eq!(account.expect("an account")["state"], "suspended", "{what}: {id}");
    }
}

/// Checks the plan, its event, and that the keys work or not according to the plan. The recount includes their gates.
async fn check_plan(operation: Operation, laboratory: &Laboratory, prepared: &Prepared, what: &str) {
    let world = &laboratory.world;
    assert_eq!(world.company("basic").await["plan"], operation.plan(), "{what}");
    let changes = prepared.changes_before + usize::from(operation != Operation::FreezeKeysAgain);
    assert_eq!(world.count_events("basic", "CHANGE_PLAN").await, changes, "{what}");
    let digests = world.dynamodb.items("KeyDigests").await;
    let active = |item: &&Value| item["companyId"] == "basic" && item.get("revokedAt").is_none();
    let active: Vec<_> = digests.iter().filter(active).collect();
    assert_eq!(active.len(), laboratory.basic_keys.len(), "{what}");
    let is_frozen = operation.plan() != "enterprise";
    assert!(active.iter().all(|item| item.get("frozen").is_some() == is_frozen), "{what}: {active:?}");
    for key in &laboratory.basic_keys {
        let answer = world.read(key, "basic-admin").await;
        assert_eq!(answer.status, if is_frozen { 401 } else { 200 }, "{what}");
    }
    recount(world, what).await;
}

/// Checks the limits of the company and of its active keys, and that one event says so.
async fn check_limits(laboratory: &Laboratory, prepared: &Prepared, what: &str) {
    let world = &laboratory.world;
    let limits = json!({"key": prepared.limit()});
    assert_eq!(world.company("basic").await["limits"], limits, "{what}");
    assert_eq!(world.count_events("basic", "CHANGE_LIMITS").await, prepared.changes_before + 1, "{what}");
    let digests = world.dynamodb.items("KeyDigests").await;
    let active = |item: &&Value| item["companyId"] == "basic" && item.get("revokedAt").is_none();
    let active: Vec<_> = digests.iter().filter(active).collect();
    assert_eq!(active.len(), laboratory.basic_keys.len(), "{what}");
    assert!(active.iter().all(|item| item["limits"] == limits), "{what}: {active:?}");
}

/// Checks what was left by an operation that was broken off: an administrator can see a revocation that has begun.
pub(crate) async fn check_broken_off(
    operation: Operation,
    laboratory: &Laboratory,
    prepared: &Prepared,
    what: &str,
) {
    let secrets = [Secrets::RevokeRotated, Secrets::RevokeItself].map(Operation::Secrets);
    let is_revocation = matches!(operation, Operation::RevokeKey | Operation::Leaks(_));
    if is_revocation || secrets.contains(&operation) {
        let key = prepared.key.as_ref().expect("a key");
        check_visible(&laboratory.world, &laboratory.admin, key, what).await;
    }
}

/// Checks that a refused key is revoked, or that the list shows when its revocation began.
pub(crate) async fn check_visible(world: &World, admin: &str, key: &Key, what: &str) {
    let listed = world.call("GET", KEYS, admin, Value::Null).await.ok();
    let listed = listed["apiKeys"].as_array().expect("a list").iter().find(|item| item["keyId"] == key.id);
    let is_refused = world.read(key, "acme-admin").await.status == 401;
    // The list contains no revoked keys.
    let is_seen = listed.is_none_or(|item| item["revocationBeganAt"].is_string());
    assert!(is_seen || !is_refused, "{what}: nobody can see why the key is refused: {listed:?}");
}

fn mask(key: &Value) -> (String, String) {
    let mask = key["mask"].as_str().expect("a mask");
    let (first, last) = mask.split_once('…').expect("two parts");
    (first.to_owned(), last.to_owned())
}
