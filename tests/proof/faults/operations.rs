//! The operations.

use harness::{Answer, KEYS, Key};
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};

use super::{grants::Grants, laboratory::Laboratory, leaks::Leaks, secrets::Secrets};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateKey,
    ListKeys,
    Me,
    RevokeKey,
    Suspend,
    SuspendByAddress,
    SuspendAdministrator,
    Unsuspend,
    /// A member and an administrator, in two transactions.
    SuspendMany,
    ReadAccount,
    ListMembers,
    PersonSuspends,
    PersonSuspendsMany,
    PersonUnsuspends,
    CreateUser,
    ChangeUser,
    ReplaceUser,
    DeleteUser,
    ReadUser,
    ListUsers,
    SearchUsers,
    ReadLog,
    PersonReadsLog,
    CreateCompany,
    AddAccount,
    AddIdentity,
    ChangeRole,
    OperatorUnsuspends,
    FreezeKeys,
    /// An earlier run froze the keys and was broken off before it raised their gates.
    FreezeKeysAgain,
    ReleaseKeys,
    ChangeLimits,
    SignIn,
    /// An operation of the rotation of keys, or of a key on itself.
    Secrets(Secrets),
    /// An operation that changes what a key may do.
    Grants(Grants),
    /// Somebody found a key.
    Leaks(Leaks),
}

/// The subject of one attempt, new for each.
pub(crate) struct Prepared {
    /// An account's identifier, or the name of the object to create.
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) key: Option<Key>,
    /// The new secret of the key, if it is being rotated.
    pub(crate) new: Option<Key>,
    /// For an operation that changes nothing: the response without a fault.
    pub(crate) expected: Option<Value>,
    /// The number of changes of company Basic's plan before, or of its limits.
    pub(crate) changes_before: usize,
}

impl Prepared {
    /// The limit of a key that company Basic doesn't have yet.
    pub(crate) fn limit(&self) -> usize {
        1_000 + self.changes_before
    }
}

/// The number of gates of a key.
pub(crate) const GATES: usize = 16;

impl Operation {
    /// The function whose calls are affected.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::CreateKey => "create-key",
            Self::ListKeys | Self::Me => "list-keys",
            Self::RevokeKey => "revoke-key",
            Self::Suspend
            | Self::SuspendByAddress
            | Self::SuspendAdministrator
            | Self::Unsuspend
            | Self::SuspendMany
            | Self::ReadAccount => "account-status",
            Self::ListMembers | Self::PersonSuspends | Self::PersonSuspendsMany | Self::PersonUnsuspends => {
                "members"
            }
            Self::CreateUser
            | Self::ChangeUser
            | Self::ReplaceUser
            | Self::DeleteUser
            | Self::ReadUser
            | Self::ListUsers
            | Self::SearchUsers => "scim-users",
            Self::ReadLog | Self::PersonReadsLog => "audit-log",
            Self::CreateCompany
            | Self::AddAccount
            | Self::AddIdentity
            | Self::ChangeRole
            | Self::OperatorUnsuspends
            | Self::FreezeKeys
            | Self::FreezeKeysAgain
            | Self::ReleaseKeys
            | Self::ChangeLimits => "provision",
            Self::SignIn => "token-gate",
            Self::Secrets(change) => change.function(),
            Self::Grants(change) => change.function(),
            Self::Leaks(_) => "leaked-keys",
        }
    }

    /// Whether it changes anything.
    pub(crate) fn writes(self) -> bool {
        !matches!(
            self,
            Self::ListKeys
                | Self::Me
                | Self::ReadAccount
                | Self::ListMembers
                | Self::ReadUser
                | Self::ListUsers
                | Self::SearchUsers
                | Self::ReadLog
                | Self::PersonReadsLog
                | Self::SignIn
                | Self::Secrets(Secrets::ReadOwnKey)
        )
    }

    /// Whether it reads several items in one call: an administrator with the company, the keys that a plan freezes, and
    /// accounts in a list.
    pub(crate) fn reads_in_batches(self) -> bool {
        let is_persons = ["create-key", "list-keys", "revoke-key", "members"].contains(&self.function());
        let is_other = matches!(self, Self::PersonReadsLog | Self::SuspendMany | Self::ChangeLimits);
        let is_own = match self {
            Self::Secrets(change) => change.reads_in_batches(),
            other => matches!(other, Self::Grants(_) | Self::Leaks(_)),
        };
        is_persons || self.changes_plan() || is_other || is_own
    }

    pub(crate) fn changes_plan(self) -> bool {
        matches!(self, Self::FreezeKeys | Self::FreezeKeysAgain | Self::ReleaseKeys)
    }

    /// The plan that it gives the company.
    pub(crate) fn plan(self) -> &'static str {
        if self == Self::ReleaseKeys { "enterprise" } else { "team" }
    }

    /// The number of gates that it raises.
    pub(crate) fn gates(self, laboratory: &Laboratory) -> usize {
        match self {
            Self::RevokeKey => GATES,
            Self::FreezeKeys | Self::FreezeKeysAgain => GATES * laboratory.basic_keys.len(),
            Self::Secrets(change) => change.gates(),
            Self::Grants(change) => change.gates(),
            Self::Leaks(report) => report.gates(),
            _ => 0,
        }
    }

    pub(crate) async fn prepare(self, laboratory: &Laboratory, subject: usize) -> Prepared {
        let (id, email) = (format!("subject-{subject}"), format!("subject-{subject}@acme.example"));
        let world = &laboratory.world;
        let is_made_by_it = matches!(self, Self::CreateUser | Self::CreateCompany | Self::AddAccount);
        if !is_made_by_it
            && !matches!(self, Self::CreateKey | Self::RevokeKey | Self::ChangeLimits)
            && !matches!(self, Self::Secrets(_) | Self::Grants(_) | Self::Leaks(_))
            && !self.changes_plan()
        {
            let is_administrator = matches!(self, Self::SuspendAdministrator | Self::OperatorUnsuspends);
            let mut account = new_account(&id, &email);
            account["role"] = if is_administrator { "company_admin" } else { "member" }.into();
            let add = json!({"operation": "add-account", "companyId": "acme", "account": account});
            world.provision(add).await.expect("added");
        }
        if matches!(self, Self::SuspendMany | Self::PersonSuspendsMany) {
            let (id, email) = (administrator(&id), administrator(&email));
            let mut account = new_account(&id, &email);
            account["role"] = "company_admin".into();
            let add = json!({"operation": "add-account", "companyId": "acme", "account": account});
            world.provision(add).await.expect("added");
        }
        if matches!(self, Self::Unsuspend | Self::PersonUnsuspends | Self::OperatorUnsuspends) {
            world.suspend(&laboratory.key, &id).await.ok();
        }
        if self.changes_plan() {
            let before = if self == Self::FreezeKeys { "enterprise" } else { "team" };
            if world.company("basic").await["plan"] != before {
                world.provision(change_plan(before)).await.expect("changed");
            }
        }
        if self == Self::FreezeKeysAgain {
            laboratory.lower_gates().await;
        }
        let change = if self == Self::ChangeLimits { "CHANGE_LIMITS" } else { "CHANGE_PLAN" };
        let changes_before = world.count_events("basic", change).await;
        let mut prepared = Prepared { id, email, key: None, new: None, expected: None, changes_before };
        if self == Self::RevokeKey {
            prepared.key = Some(world.create_key(&laboratory.admin).await);
        }
        if let Self::Secrets(change) = self {
            change.prepare(laboratory, subject, &mut prepared).await;
        }
        if let Self::Grants(change) = self {
            change.prepare(laboratory, subject, &mut prepared).await;
        }
        if let Self::Leaks(report) = self {
            report.prepare(laboratory, subject, &mut prepared).await;
        }
        if !self.writes() {
            let answer = self.request(laboratory, &prepared).await;
            prepared.expected = Some(self.content(&answer));
        }
        prepared
    }

    pub(crate) async fn request(self, laboratory: &Laboratory, prepared: &Prepared) -> Answer {
        let Prepared { id, email, key, .. } = prepared;
        let account = |account: &str, change: &str| format!("/enterprise/v1/accounts/{account}{change}");
        let users = |rest: &str| format!("/enterprise/v1/scim/Users{rest}");
        let people = |rest: &str| format!("/admin/v1/accounts{rest}");
        let log = |plane: &str| {
            // The passing time and the preparations don't change the events in this range.
            format!("{plane}/v1/audit-log?maxResults=5&filter[date][until]={}", laboratory.began)
        };
        let operator = |operation: &str, more: Value| {
            let mut body = json!({"operation": operation, "operator": "Test", "companyId": "acme"});
            body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            ("POST", "/local/provision".to_owned(), body)
        };
        let (method, path, body) = match self {
            Self::CreateCompany => {
                let administrator = new_account("first", email);
                let company = json!({"companyId": id, "name": id, "plan": "enterprise"});
                let (method, path, mut body) = operator("create-company", company);
                body["administrator"] = administrator;
                (method, path, body)
            }
            Self::AddAccount => operator("add-account", json!({"account": new_account(id, email)})),
            Self::AddIdentity => {
                operator("add-identity", json!({"accountId": id, "identity": identity(&second(id))}))
            }
            Self::ChangeRole => operator("change-role", json!({"accountId": id, "role": "company_admin"})),
            Self::OperatorUnsuspends => operator("unsuspend-account", json!({"accountId": id})),
            Self::FreezeKeys | Self::FreezeKeysAgain | Self::ReleaseKeys => {
                ("POST", "/local/provision".to_owned(), change_plan(self.plan()))
            }
            Self::ChangeLimits => {
                let mut limits = operator("change-limits", json!({"limits": {"key": prepared.limit()}}));
                limits.2["companyId"] = "basic".into();
                limits
            }
            Self::SignIn => ("POST", "/local/token".into(), json!({"email": email})),
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
            Self::Secrets(change) => return change.request(laboratory, prepared).await,
            Self::Grants(change) => return change.request(laboratory, prepared).await,
            Self::Leaks(report) => return report.request(laboratory, prepared).await,
            Self::ListKeys => ("GET", KEYS.to_owned(), Value::Null),
            Self::Me => ("GET", "/admin/v1/me".into(), Value::Null),
            Self::Suspend | Self::SuspendAdministrator => ("POST", account(id, "/suspend"), Value::Null),
            Self::SuspendByAddress => ("POST", account(&email.replace('@', "%40"), "/suspend"), Value::Null),
            Self::Unsuspend => ("POST", account(id, "/unsuspend"), Value::Null),
            Self::ReadAccount => ("GET", account(id, ""), Value::Null),
            Self::ListMembers => ("GET", people("?limit=3"), Value::Null),
            // One of them under two names, and one that doesn't exist.
            Self::SuspendMany | Self::PersonSuspendsMany => {
                let accounts = json!({"accounts": [administrator(id), email, "nobody", id]});
                let plane = if self == Self::SuspendMany { "/enterprise" } else { "/admin" };
                ("POST", format!("{plane}/v1/accounts/suspend"), accounts)
            }
            Self::PersonSuspends => ("POST", people("/suspend"), json!({"accounts": [id]})),
            Self::PersonUnsuspends => ("POST", people("/unsuspend"), json!({"accounts": [id]})),
            Self::CreateUser => ("POST", users(""), json!({"userName": email, "externalId": id})),
            Self::ChangeUser => {
                let operations = json!([
                    {"op": "replace", "path": "active", "value": false},
                    {"op": "replace", "path": "userName", "value": format!("renamed-{email}")},
                    {"op": "add", "path": "externalId", "value": id},
                ]);
                ("PATCH", users(&format!("/{id}")), json!({"Operations": operations}))
            }
            Self::ReplaceUser => {
                let user = json!({"userName": format!("renamed-{email}"), "externalId": id, "active": false});
                ("PUT", users(&format!("/{id}")), user)
            }
            Self::DeleteUser => ("DELETE", users(&format!("/{id}")), Value::Null),
            Self::ReadUser => ("GET", users(&format!("/{id}")), Value::Null),
            Self::ListUsers => ("GET", users("?startIndex=3&count=2"), Value::Null),
            Self::SearchUsers => ("POST", users("/.search"), json!({"startIndex": 3, "count": 2})),
            Self::ReadLog => ("GET", log("/enterprise"), Value::Null),
            Self::PersonReadsLog => ("GET", log("/admin"), Value::Null),
        };
        laboratory.call(method, &path, body).await
    }
}

/// The request that changes the plan of company Basic.
pub(crate) fn change_plan(plan: &str) -> Value {
    json!({"operation": "change-plan", "operator": "Test", "companyId": "basic", "plan": plan})
}

/// The administrator beside a member.
fn administrator(name: &str) -> String {
    format!("admin-{name}")
}

/// The subject of the added sign-in.
fn second(id: &str) -> String {
    format!("{id}-second")
}

fn identity(subject: &str) -> Value {
    json!({"issuer": IDENTITY_ISSUER, "subject": subject})
}

fn new_account(id: &str, email: &str) -> Value {
    json!({"accountId": id, "email": email, "name": "S", "identity": identity(email)})
}
