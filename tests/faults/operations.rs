//! The operations, and what there must be of each afterwards.

use serde_json::{Value, json};
use tests::{Answer, KEYS, Key};

use super::Laboratory;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateKey,
    ListKeys,
    RevokeKey,
    Suspend,
    SuspendByAddress,
    Unsuspend,
    ReadAccount,
    SuspendAdministrator,
    PersonSuspends,
    CreateUser,
    ChangeUser,
    DeleteUser,
    ListUsers,
    ReadLog,
    AddAccount,
    ChangeRole,
    ChangePlan,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is as it was asked for.
    Done,
    /// It isn't known, or not done: ask again.
    Again,
    /// Neither.
    Wrong,
}

/// What one attempt is about, fresh for each.
pub(crate) struct Prepared {
    /// An account's identifier, or the name of what is to be made.
    id: String,
    email: String,
    key: Option<Key>,
}

impl Operation {
    /// The function whose calls are interfered with.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::CreateKey => "create-key",
            Self::ListKeys => "list-keys",
            Self::RevokeKey => "revoke-key",
            Self::Suspend
            | Self::SuspendByAddress
            | Self::Unsuspend
            | Self::ReadAccount
            | Self::SuspendAdministrator => "account-status",
            Self::PersonSuspends => "members",
            Self::CreateUser | Self::ChangeUser | Self::DeleteUser | Self::ListUsers => "scim-users",
            Self::ReadLog => "audit-log",
            Self::AddAccount | Self::ChangeRole | Self::ChangePlan => "provision",
        }
    }

    pub(crate) async fn prepare(self, laboratory: &Laboratory, subject: usize) -> Prepared {
        let (id, email) = (format!("subject-{subject}"), format!("subject-{subject}@acme.example"));
        let world = &laboratory.world;
        let role = if self == Self::SuspendAdministrator { "company_admin" } else { "member" };
        if !matches!(self, Self::CreateKey | Self::CreateUser | Self::RevokeKey | Self::AddAccount) {
            let account = json!({"accountId": id, "email": email, "name": "S", "role": role});
            let add = json!({"operation": "add-account", "companyId": "acme", "account": account});
            world.provision(add).await.expect("added");
        }
        if self == Self::Unsuspend {
            world.suspend(&laboratory.key, &id).await.ok();
        }
        let key =
            if self == Self::RevokeKey { Some(world.create_key(&laboratory.admin).await) } else { None };
        Prepared { id, email, key }
    }

    pub(crate) async fn request(self, laboratory: &Laboratory, prepared: &Prepared) -> Answer {
        let Prepared { id, email, key } = prepared;
        let account = |account: &str, change: &str| format!("/enterprise/v1/accounts/{account}{change}");
        let users = |rest: &str| format!("/enterprise/v1/scim/Users{rest}");
        let operator = |operation: &str, more: Value| {
            let mut body = json!({"operation": operation, "operator": "Test", "companyId": "acme"});
            body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            ("POST", "/local/provision".to_owned(), body)
        };
        let (method, path, body) = match self {
            Self::AddAccount => {
                operator("add-account", json!({"account": {"accountId": id, "email": email, "name": "S"}}))
            }
            Self::ChangeRole => operator("change-role", json!({"accountId": id, "role": "company_admin"})),
            Self::ChangePlan => operator("change-plan", json!({"companyId": "basic", "plan": plan(id)})),
            Self::CreateKey => {
                let request = laboratory.world.request("POST", KEYS).header("idempotency-key", id);
                let body = json!({"name": id, "scopes": ["deprovisioning"]});
                return laboratory
                    .world
                    .send(request.header("authorization", &laboratory.admin).json(&body))
                    .await;
            }
            Self::RevokeKey => {
                return laboratory.world.revoke(&laboratory.admin, key.as_ref().expect("a key")).await;
            }
            Self::ListKeys => ("GET", KEYS.to_owned(), Value::Null),
            Self::Suspend | Self::SuspendAdministrator => ("POST", account(id, "/suspend"), Value::Null),
            Self::SuspendByAddress => ("POST", account(&email.replace('@', "%40"), "/suspend"), Value::Null),
            Self::Unsuspend => ("POST", account(id, "/unsuspend"), Value::Null),
            Self::ReadAccount => ("GET", account(id, ""), Value::Null),
            Self::PersonSuspends => ("POST", "/admin/v1/accounts/suspend".into(), json!({"accounts": [id]})),
            Self::CreateUser => ("POST", users(""), json!({"userName": email, "externalId": id})),
            Self::ChangeUser => {
                let operations = json!([
                    {"op": "replace", "path": "active", "value": false},
                    {"op": "replace", "path": "userName", "value": format!("renamed-{email}")},
                    {"op": "add", "path": "externalId", "value": id},
                ]);
                ("PATCH", users(&format!("/{id}")), json!({"Operations": operations}))
            }
            Self::DeleteUser => ("DELETE", users(&format!("/{id}")), Value::Null),
            Self::ListUsers => ("GET", users("?startIndex=3&count=2"), Value::Null),
            Self::ReadLog => ("GET", "/enterprise/v1/audit-log?maxResults=5".into(), Value::Null),
        };
        laboratory.call(method, &path, body).await
    }

    /// What an answer means to a client. One whose first answer was lost meets its own effect.
    pub(crate) fn verdict(self, answer: &Answer) -> Verdict {
        let done = match self {
            Self::CreateKey => [200, 201].contains(&answer.status),
            Self::CreateUser => [201, 409].contains(&answer.status),
            Self::DeleteUser => [204, 404].contains(&answer.status),
            Self::PersonSuspends if answer.status == 200 => {
                // A request for several accounts tells of each.
                let result = &answer.json()["results"][0];
                if result["problem"]["type"].as_str().is_some_and(|kind| kind.ends_with(":unavailable")) {
                    return Verdict::Again;
                }
                result["outcome"] != "refused"
            }
            _ => answer.status == 200,
        };
        let again = match self {
            // Operators get an error with a sentence.
            Self::AddAccount | Self::ChangeRole | Self::ChangePlan => {
                answer.json()["message"].as_str().is_some_and(|text| text.contains("Run it again"))
            }
            _ => [503, 504].contains(&answer.status) && answer.header("retry-after") == "1",
        };
        match (done, again) {
            (true, _) => Verdict::Done,
            (false, true) => Verdict::Again,
            (false, false) => Verdict::Wrong,
        }
    }

    /// One effect, one event of each kind.
    pub(crate) async fn check(self, laboratory: &Laboratory, prepared: &Prepared, what: &str) {
        let Prepared { id, email, key } = prepared;
        let world = &laboratory.world;
        let events = world.events("acme").await;
        let count = |action: &str, of: &dyn Fn(&Value) -> bool| {
            events.iter().filter(|event| event["action"] == action && of(&event["affected"])).count()
        };
        let on_account = |affected: &Value| affected["id"] == id.as_str();
        let state = async || {
            let accounts = world.dynamodb.items("Accounts").await;
            accounts.into_iter().find(|account| account["accountId"] == id.as_str())
        };
        match self {
            Self::CreateKey => {
                assert_eq!(count("CREATE_API_KEY", &|key| key["name"] == id.as_str()), 1, "{what}");
                let keys = world.dynamodb.items("ApiKeys").await;
                let made: Vec<_> = keys.iter().filter(|key| key["name"] == id.as_str()).collect();
                assert_eq!(made.len(), 1, "{what}");
                // Room for the next.
                if let Some(key_id) = made[0]["keyId"].as_str() {
                    let (first, last) = mask(made[0]);
                    let body = json!({"firstFour": first, "lastFour": last});
                    laboratory.call("POST", &format!("{KEYS}/{key_id}/revoke"), body).await.ok();
                }
            }
            Self::RevokeKey => {
                let key = key.as_ref().expect("a key");
                assert_eq!(count("REVOKE_API_KEY", &|affected| affected["id"] == key.id), 1, "{what}");
                assert_eq!(world.read(key, "acme-admin").await.status, 401, "{what}");
            }
            Self::Suspend | Self::SuspendByAddress | Self::SuspendAdministrator | Self::PersonSuspends => {
                assert_eq!(count("SUSPEND_ACCOUNT", &on_account), 1, "{what}");
                assert_eq!(state().await.expect("an account")["state"], "suspended", "{what}");
            }
            Self::Unsuspend => {
                assert_eq!(count("UNSUSPEND_ACCOUNT", &on_account), 1, "{what}");
                assert_eq!(state().await.expect("an account")["state"], "active", "{what}");
            }
            Self::CreateUser => {
                assert_eq!(
                    count("CREATE_ACCOUNT", &|affected| affected["email"] == email.as_str()),
                    1,
                    "{what}"
                );
                let accounts = world.dynamodb.items("Accounts").await;
                let made = accounts.iter().filter(|account| account["email"] == email.as_str()).count();
                assert_eq!(made, 1, "{what}");
            }
            Self::ChangeUser => {
                for action in ["SUSPEND_ACCOUNT", "UPDATE_ACCOUNT"] {
                    assert_eq!(count(action, &on_account), 1, "{what}");
                }
                let lookups = world.dynamodb.items("AccountLookups").await;
                let theirs = lookups.iter().filter(|lookup| lookup["accountId"] == id.as_str()).count();
                assert_eq!(theirs, 2, "{what}: the new name and the external ID");
            }
            Self::DeleteUser => {
                assert_eq!(count("DELETE_ACCOUNT", &on_account), 1, "{what}");
                assert_eq!(state().await, None, "{what}");
            }
            Self::AddAccount => {
                assert_eq!(count("CREATE_ACCOUNT", &on_account), 1, "{what}");
                assert_eq!(state().await.expect("an account")["email"], email.as_str(), "{what}");
            }
            Self::ChangeRole => {
                assert_eq!(count("CHANGE_ROLE", &on_account), 1, "{what}");
                assert_eq!(state().await.expect("an account")["role"], "company_admin", "{what}");
            }
            Self::ChangePlan => {
                assert_eq!(world.company("basic").await["plan"], plan(id), "{what}");
                let subject: usize = id.trim_start_matches("subject-").parse().expect("a number");
                assert_eq!(world.count_events("basic", "CHANGE_PLAN").await, subject, "{what}");
            }
            Self::ListKeys | Self::ReadAccount | Self::ListUsers | Self::ReadLog => {
                let writes = ["SUSPEND_ACCOUNT", "UPDATE_ACCOUNT", "DELETE_ACCOUNT"];
                assert!(writes.iter().all(|action| count(action, &on_account) == 0), "{what}");
            }
        }
    }
}

/// A change each time: the company begins on the other.
fn plan(id: &str) -> &'static str {
    if id.ends_with(['1', '3', '5', '7', '9']) { "enterprise" } else { "team" }
}

fn mask(key: &Value) -> (String, String) {
    let mask = key["mask"].as_str().expect("a mask");
    let (first, last) = mask.split_once('…').expect("two parts");
    (first.to_owned(), last.to_owned())
}
