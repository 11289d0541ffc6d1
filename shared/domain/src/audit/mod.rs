//! Audit events: who did what to what, when, from where. The transaction that carries out an action also writes its
//! event.

mod details;

use serde::Serialize;

use crate::{
    identifiers::{AccountId, CompanyId, Email, KeyId},
    key::{ApiKeyRecord, Credential, Mask},
    leaks::Reporter,
    time::Timestamp,
};

pub use details::{Details, EmailChange, HeldBy, KeyGrant, SecretChange};

/// What happened. The list is closed: `docs/audit-actions.md` describes every action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// A Company Administrator created an API key.
    CreateApiKey,
    /// A Company Administrator revoked an API key, or it revoked itself.
    RevokeApiKey,
    /// Somebody found an API key and reported it, so it was revoked.
    RevokeLeakedApiKey,
    /// GitHub found an API key in public and reported it. The key policy says that it is not revoked for that.
    ReportLeakedApiKey,
    /// A request contained an API key in a place that is often logged.
    ExposeApiKey,
    /// A Company Administrator made a new secret for an API key, or the key made it itself.
    RotateApiKey,
    /// A new secret was used for the first time, so it is the key's current one.
    UseNewApiKeySecret,
    /// A Company Administrator ended the old secret of a rotated API key.
    CompleteApiKeyRotation,
    /// A Company Administrator ended a new secret that nobody had used.
    CancelApiKeyRotation,
    /// A Company Administrator changed an API key's name, note, expiry, scopes or self-rotation.
    UpdateApiKey,
    /// A Company Administrator put an API key on hold, or the key policy did.
    HoldApiKey,
    /// A Company Administrator released an API key from a hold.
    ReleaseApiKey,
    /// A Company Administrator changed the key policy.
    ChangeKeyPolicy,
    /// Somebody tried to use a revoked API key, or a secret that a rotation ended.
    UseRevokedApiKey,
    /// An API key was used from a network that isn't on its list.
    RefuseApiKeyNetwork,
    /// An API key suspended or deleted as many accounts as it may in an hour.
    ReachSuspensionLimit,
    /// A Company Administrator let an API key go on that had reached that limit.
    ReleaseSuspensionLimit,
    /// An account was suspended.
    SuspendAccount,
    /// An account was unsuspended.
    UnsuspendAccount,
    /// An operator created the company.
    CreateCompany,
    /// An operator changed the company's plan, which froze or released its keys.
    ChangePlan,
    /// An operator changed the company's limits of requests.
    ChangeLimits,
    /// An operator or a directory added an account.
    CreateAccount,
    /// A directory changed an account's names, user name, email address or external ID.
    UpdateAccount,
    /// A directory permanently deleted an account.
    DeleteAccount,
    /// An operator changed an account's role.
    ChangeRole,
    /// An operator bound a sign-in to an account.
    AddIdentity,
    /// A Company Administrator began to undo suspensions by an API key.
    UndoKeySuspensions,
    /// An undo took back an API key's suspension of an account, which somebody else also wants suspended.
    WithdrawSuspension,
    /// The service noticed that an API key expires soon.
    AnnounceApiKeyExpiry,
    /// The service noticed that an API key has expired.
    ExpireApiKey,
    /// The service noticed that nobody has used an API key for long.
    ReportUnusedApiKey,
    /// The service noticed that nobody has used the new secret of a rotation.
    ReportUnusedApiKeySecret,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 33] = [
        Self::CreateApiKey,
        Self::RevokeApiKey,
        Self::RevokeLeakedApiKey,
        Self::ReportLeakedApiKey,
        Self::ExposeApiKey,
        Self::RotateApiKey,
        Self::UseNewApiKeySecret,
        Self::CompleteApiKeyRotation,
        Self::CancelApiKeyRotation,
        Self::UpdateApiKey,
        Self::HoldApiKey,
        Self::ReleaseApiKey,
        Self::ChangeKeyPolicy,
        Self::UseRevokedApiKey,
        Self::RefuseApiKeyNetwork,
        Self::ReachSuspensionLimit,
        Self::ReleaseSuspensionLimit,
        Self::SuspendAccount,
        Self::UnsuspendAccount,
        Self::CreateCompany,
        Self::ChangePlan,
        Self::ChangeLimits,
        Self::CreateAccount,
        Self::UpdateAccount,
        Self::DeleteAccount,
        Self::ChangeRole,
        Self::AddIdentity,
        Self::UndoKeySuspensions,
        Self::WithdrawSuspension,
        Self::AnnounceApiKeyExpiry,
        Self::ExpireApiKey,
        Self::ReportUnusedApiKey,
        Self::ReportUnusedApiKeySecret,
    ];

    /// The action with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.id() == id)
    }

    /// The action as stored, `CREATE_API_KEY`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::CreateApiKey => "CREATE_API_KEY",
            Self::RevokeApiKey => "REVOKE_API_KEY",
            Self::RevokeLeakedApiKey => "REVOKE_LEAKED_API_KEY",
            Self::ReportLeakedApiKey => "REPORT_LEAKED_API_KEY",
            Self::ExposeApiKey => "EXPOSE_API_KEY",
            Self::RotateApiKey => "ROTATE_API_KEY",
            Self::UseNewApiKeySecret => "USE_NEW_API_KEY_SECRET",
            Self::CompleteApiKeyRotation => "COMPLETE_API_KEY_ROTATION",
            Self::CancelApiKeyRotation => "CANCEL_API_KEY_ROTATION",
            Self::UpdateApiKey => "UPDATE_API_KEY",
            Self::HoldApiKey => "HOLD_API_KEY",
            Self::ReleaseApiKey => "RELEASE_API_KEY",
            Self::ChangeKeyPolicy => "CHANGE_KEY_POLICY",
            Self::UseRevokedApiKey => "USE_REVOKED_API_KEY",
            Self::RefuseApiKeyNetwork => "REFUSE_API_KEY_NETWORK",
            Self::ReachSuspensionLimit => "REACH_SUSPENSION_LIMIT",
            Self::ReleaseSuspensionLimit => "RELEASE_SUSPENSION_LIMIT",
            Self::SuspendAccount => "SUSPEND_ACCOUNT",
            Self::UnsuspendAccount => "UNSUSPEND_ACCOUNT",
            Self::CreateCompany => "CREATE_COMPANY",
            Self::ChangePlan => "CHANGE_PLAN",
            Self::ChangeLimits => "CHANGE_LIMITS",
            Self::CreateAccount => "CREATE_ACCOUNT",
            Self::UpdateAccount => "UPDATE_ACCOUNT",
            Self::DeleteAccount => "DELETE_ACCOUNT",
            Self::ChangeRole => "CHANGE_ROLE",
            Self::AddIdentity => "ADD_IDENTITY",
            Self::UndoKeySuspensions => "UNDO_KEY_SUSPENSIONS",
            Self::WithdrawSuspension => "WITHDRAW_SUSPENSION",
            Self::AnnounceApiKeyExpiry => "ANNOUNCE_API_KEY_EXPIRY",
            Self::ExpireApiKey => "EXPIRE_API_KEY",
            Self::ReportUnusedApiKey => "REPORT_UNUSED_API_KEY",
            Self::ReportUnusedApiKeySecret => "REPORT_UNUSED_API_KEY_SECRET",
        }
    }
}

/// Who did it.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A person, in the dashboard.
    Account {
        /// The account.
        id: AccountId,
        /// Its email address at the time.
        email: Email,
        /// Its name at the time.
        name: String,
    },
    /// A machine, with an API key.
    ApiKey {
        /// The key.
        id: KeyId,
        /// Its name.
        name: String,
        /// Its mask.
        mask: Mask,
    },
    /// One of the people who run the service.
    Operator {
        /// The name that the operator gave.
        name: String,
    },
    /// Somebody who found a key and reported it.
    Reporter(Reporter),
    /// The service itself, which looks at every key once a day.
    Service,
    /// A kind that only a later release knows. Read, never written.
    Unknown(UnknownParty),
}

/// What it was done to.
#[derive(Clone, Debug)]
pub enum Affected {
    /// An account.
    Account {
        /// The account.
        id: AccountId,
        /// Its email address at the time.
        email: Email,
        /// Its name at the time. Absent in events from before names were recorded.
        name: Option<String>,
    },
    /// An API key.
    ApiKey {
        /// The key.
        id: KeyId,
        /// Its name.
        name: String,
        /// Its mask.
        mask: Mask,
    },
    /// The company itself.
    Company,
    /// A kind that only a later release knows. Read, never written.
    Unknown(UnknownParty),
}

/// A party in an event, of a kind that this release doesn't know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownParty {
    /// Its stored kind.
    pub kind: String,
    /// Its identifier, if it has one.
    pub id: Option<String>,
    /// Its email address, if it has one.
    pub email: Option<String>,
    /// Its name, if it has one.
    pub name: Option<String>,
}

impl Actor {
    /// Whether it was this key.
    #[must_use]
    pub fn is_key(&self, key_id: &KeyId) -> bool {
        matches!(self, Self::ApiKey { id, .. } if id == key_id)
    }
}

impl Affected {
    /// Whether it was this key.
    #[must_use]
    pub fn is_key(&self, key_id: &KeyId) -> bool {
        matches!(self, Self::ApiKey { id, .. } if id == key_id)
    }
}

impl From<&ApiKeyRecord> for Affected {
    fn from(key: &ApiKeyRecord) -> Self {
        Self::ApiKey { id: key.key_id.clone(), name: key.name.clone(), mask: key.mask.clone() }
    }
}

impl From<&Credential> for Affected {
    fn from(key: &Credential) -> Self {
        Self::ApiKey { id: key.key_id.clone(), name: key.name.clone(), mask: key.mask.clone() }
    }
}

/// The origin of a request.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The caller's address. Absent for operators, who use IAM, and for GitHub's reports.
    pub ip: Option<String>,
    /// The request's identifier, as API Gateway or Lambda gave it.
    pub request_id: String,
}

/// One line of the audit log.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// A ULID with the time at which the attempt to write the event began. Each attempt has its own.
    pub id: String,
    /// The company whose log contains the event.
    pub company_id: CompanyId,
    /// The action.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub affected: Affected,
    /// The details.
    pub details: Details,
    /// Where the request came from.
    pub origin: Origin,
    /// When it was done.
    pub at: Timestamp,
}

/// One line of the audit log, as it was recorded.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// A ULID.
    pub id: String,
    /// The identifier of an [`Action`], of this release or of a later one.
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub affected: Affected,
    /// The details.
    pub details: Details,
    /// The caller's address.
    pub ip: Option<String>,
    /// When it was done.
    pub at: Timestamp,
    /// When the event expires, in seconds since the epoch.
    pub expiry: i64,
}

impl AuditEvent {
    /// The same event with these details.
    #[must_use]
    pub fn with(mut self, details: Details) -> Self {
        self.details = details;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_what_serde_writes() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(action).expect("a string"), action.id());
            assert_eq!(Action::from_id(action.id()), Some(action));
        }
    }

    /// The derived schema has every variant. A variant that `ALL` lacks would be lost in a restore.
    #[test]
    fn all_has_every_action() {
        let schema = schemars::schema_for!(Action);
        let variants = schema.get("oneOf").and_then(|variants| variants.as_array()).expect("variants");
        let ids: Vec<_> = variants.iter().map(|variant| variant["const"].as_str().expect("an ID")).collect();
        assert_eq!(ids, Action::ALL.map(Action::id));
    }
}
