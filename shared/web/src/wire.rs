//! Shapes that several functions send. Times are RFC 3339 in UTC. Absent values are omitted, never null.

use domain::{
    account::Account,
    company::{Company, Plan},
    key::{ApiKeyRecord, KeyState},
    leaks::Reporter,
    limits::Limit,
    scope::Scope,
    suspensions::SuspensionCount,
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;

pub use crate::{
    audit_wire::AuditEventView,
    key_wire::{
        HoldView, KeyPolicyView, MASK_PATTERN, NewSecretView, OldSecretView, PersonView, RotationView,
        SelfRotationView,
    },
    limit_wire::{
        KeyLimitsView, NetworksView, RequestLimits, SuspensionLimitView, networks_or_null,
        suspension_limit_or_null, suspensions_schema,
    },
};

/// An API key without its secrets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ApiKey")]
pub struct ApiKeyView {
    /// Identifies the key. Key IDs sort by time of creation.
    pub key_id: String,
    /// The key's name.
    pub name: String,
    /// What administrators wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The first four and last four characters of the current secret.
    #[schemars(regex(pattern = MASK_PATTERN))]
    pub mask: String,
    /// The key's scopes.
    pub scopes: Vec<Scope>,
    /// Who created it.
    pub created_by: PersonView,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the current secret expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The other secrets, and whether the key may rotate itself.
    #[serde(flatten)]
    pub rotation: RotationView,
    /// Its networks and its limit of suspensions.
    #[serde(flatten)]
    pub limits: KeyLimitsView,
    /// When the key was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// When a limit last refused requests with the key, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited_at: Option<Timestamp>,
    /// The limit: the key's, its limit for the audit log, or the company's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["key", "auditLog", "company"]))]
    pub limited_by: Option<&'static str>,
    /// `true` while the key is refused because its company has left the Enterprise plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen: Option<bool>,
    /// Present if the key is held or will be, apart from the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldView>,
    /// When a revocation began that was not completed. The key may be refused already. Revoking it again completes the
    /// revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_began_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Who revoked it. Absent if the key revoked itself, or if somebody found and reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<PersonView>,
    /// `true` if the key revoked itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by_key: Option<bool>,
    /// Who found and reported it, if it was revoked for that: anybody, or GitHub.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["finder", "github"]))]
    pub revoked_by_reporter: Option<&'static str>,
    /// When GitHub last reported that it found a secret of the key in public, if the key was not revoked for it. Present while
    /// that secret can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leak_reported_at: Option<Timestamp>,
}

impl ApiKeyView {
    /// The same key, marked if its owner is suspended.
    #[must_use]
    pub fn with_owner_suspended(mut self, suspended: bool) -> Self {
        self.created_by.suspended = suspended.then_some(true);
        self
    }

    /// The same key, with the suspensions of this hour that were counted, if any were.
    #[must_use]
    pub fn with_suspensions(mut self, count: Option<&SuspensionCount>) -> Self {
        if let Some(count) = count.filter(|_| self.revoked_at.is_none()) {
            self.limits.note_count(count);
        }
        self
    }

    /// Describes a key of this company, at this time.
    #[must_use]
    pub fn new(key: &ApiKeyRecord, company: &Company, now: Timestamp) -> Self {
        let frozen = key.state(now) == KeyState::Active && company.plan != Plan::Enterprise;
        Self {
            key_id: key.key_id.to_string(),
            name: key.name.clone(),
            note: key.note.clone(),
            mask: key.mask.to_string(),
            scopes: key.scopes.iter().copied().collect(),
            created_by: (&key.created_by).into(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            rotation: RotationView::new(key, now),
            limits: KeyLimitsView::new(key, company),
            last_used_at: key.last_used_at,
            limited_at: key.limited.map(|(at, _)| at),
            limited_by: key.limited.and_then(|(_, limit)| limit).map(Limit::id),
            frozen: frozen.then_some(true),
            hold: HoldView::new(key, company, now),
            revocation_began_at: key.revocation_began,
            revoked_at: key.revoked.as_ref().map(|(at, _)| *at),
            revoked_by: key.revoked.as_ref().and_then(|(_, by)| PersonView::of(by)),
            revoked_by_key: key.revoked.as_ref().and_then(|(_, by)| by.is_itself().then_some(true)),
            revoked_by_reporter: key.revoked.as_ref().and_then(|(_, by)| by.reporter()).map(Reporter::id),
            leak_reported_at: key.leak_reported_at(now),
        }
    }
}

/// A member of a company.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Account")]
pub struct AccountView {
    /// Identifies the account. Never changes.
    pub account_id: String,
    /// The account's email address. Unique in the company.
    pub email: String,
    /// The name that people see.
    pub name: String,
    /// `member` or `company_admin`.
    #[schemars(extend("enum" = ["member", "company_admin"]))]
    pub role: &'static str,
    /// `active` or `suspended`.
    #[schemars(extend("enum" = ["active", "suspended"]))]
    pub state: &'static str,
    /// When the account was suspended. Absent while it is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_at: Option<Timestamp>,
}

impl From<&Account> for AccountView {
    fn from(account: &Account) -> Self {
        Self {
            account_id: account.id.to_string(),
            email: account.email.to_string(),
            name: account.name(),
            role: account.role.id(),
            state: account.state.id(),
            suspended_at: account.suspended_at,
        }
    }
}
