//! Shapes that several functions send. Times are RFC 3339 in UTC. Absent values are omitted, never null.

use domain::{
    account::Account,
    company::Plan,
    key::{
        ApiKeyRecord, KeyActor, KeyState, LONGEST_LIFE_DAYS, OldSecret, Person, SecondSecret, SelfRotation,
    },
    limits::{Limit, Limits},
    scope::Scope,
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;

/// The pattern of a mask, `K7fQ…mibC`.
pub const MASK_PATTERN: &str = "^[0-9A-Za-z]{4}…[0-9A-Za-z]{4}$";

/// Who created or revoked a key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Person")]
pub struct PersonView {
    /// The account.
    pub account_id: String,
    /// Its email address at the time.
    pub email: String,
    /// `true` while the account is suspended. Present only for the owners in a list of keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

impl From<&Person> for PersonView {
    fn from(person: &Person) -> Self {
        Self { account_id: person.account_id.to_string(), email: person.email.to_string(), suspended: None }
    }
}

impl PersonView {
    /// The person, unless the key did it itself.
    #[must_use]
    pub fn of(actor: &KeyActor) -> Option<Self> {
        actor.person().map(Self::from)
    }
}

/// A new secret, which waits for its first use.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewSecret")]
pub struct NewSecretView {
    /// Its first four and last four characters.
    #[schemars(regex(pattern = MASK_PATTERN))]
    pub mask: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it. Absent if the key made it itself, and in responses to keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<PersonView>,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it ends if nobody uses it before.
    pub unused_until: Timestamp,
}

/// An old secret, which a new one replaced.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OldSecret")]
pub struct OldSecretView {
    /// Its first four and last four characters.
    #[schemars(regex(pattern = MASK_PATTERN))]
    pub mask: String,
    /// When it ends.
    pub ends_at: Timestamp,
    /// When it was last used since a new one replaced it, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// Allows an API key to rotate itself.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "SelfRotation")]
pub struct SelfRotationView {
    /// The longest life of the secrets that it makes, in days.
    #[schemars(range(min = 1, max = LONGEST_LIFE_DAYS))]
    pub lifetime_days: u16,
}

impl From<SelfRotation> for SelfRotationView {
    fn from(allowed: SelfRotation) -> Self {
        Self { lifetime_days: allowed.lifetime_days }
    }
}

/// The rotation of an API key: what its secrets are, apart from the current one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotationView {
    /// A new secret, which waits for its first use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_secret: Option<NewSecretView>,
    /// The old secret, while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_secret: Option<OldSecretView>,
    /// Present if the key may rotate itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_rotation: Option<SelfRotationView>,
}

impl RotationView {
    /// The rotation of a key at this time.
    #[must_use]
    pub fn new(key: &ApiKeyRecord, now: Timestamp) -> Self {
        let (mut new_secret, mut old_secret) = (None, None);
        match key.living_second(now).filter(|_| key.revoked.is_none()) {
            Some(SecondSecret::New(new)) => {
                new_secret = Some(NewSecretView {
                    mask: new.mask.to_string(),
                    created_at: new.created_at,
                    created_by: PersonView::of(&new.created_by),
                    expires_at: new.expires_at,
                    unused_until: new.unused_until,
                });
            }
            Some(SecondSecret::Old(old)) => {
                let OldSecret { mask, ends_at, last_used_at, .. } = old;
                let (mask, ends_at, last_used_at) = (mask.to_string(), *ends_at, *last_used_at);
                old_secret = Some(OldSecretView { mask, ends_at, last_used_at });
            }
            None => {}
        }
        Self { new_secret, old_secret, self_rotation: key.self_rotation.map(SelfRotationView::from) }
    }
}

/// An API key without its secrets.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ApiKey")]
pub struct ApiKeyView {
    /// Identifies the key. Key IDs sort by time of creation.
    pub key_id: String,
    /// The key's name.
    pub name: String,
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
    /// When a revocation began that was not completed. The key may be refused already. Revoking it again completes the
    /// revocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_began_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Who revoked it. Absent if the key revoked itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<PersonView>,
    /// `true` if the key revoked itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by_key: Option<bool>,
}

impl ApiKeyView {
    /// The same key, marked if its owner is suspended.
    #[must_use]
    pub fn with_owner_suspended(mut self, suspended: bool) -> Self {
        self.created_by.suspended = suspended.then_some(true);
        self
    }

    /// Describes a key of a company on this plan, at this time.
    #[must_use]
    pub fn new(key: &ApiKeyRecord, plan: Plan, now: Timestamp) -> Self {
        let frozen = key.state(now) == KeyState::Active && plan != Plan::Enterprise;
        Self {
            key_id: key.key_id.to_string(),
            name: key.name.clone(),
            mask: key.mask.to_string(),
            scopes: key.scopes.iter().copied().collect(),
            created_by: (&key.created_by).into(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            rotation: RotationView::new(key, now),
            last_used_at: key.last_used_at,
            limited_at: key.limited.map(|(at, _)| at),
            limited_by: key.limited.and_then(|(_, limit)| limit).map(Limit::id),
            frozen: frozen.then_some(true),
            revocation_began_at: key.revocation_began,
            revoked_at: key.revoked.as_ref().map(|(at, _)| *at),
            revoked_by: key.revoked.as_ref().and_then(|(_, by)| PersonView::of(by)),
            revoked_by_key: key.revoked.as_ref().and_then(|(_, by)| by.is_itself().then_some(true)),
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

/// How many requests a minute are allowed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestLimits {
    /// Requests with one API key.
    pub key: u32,
    /// Requests to the audit log with one API key.
    pub audit_log: u32,
    /// Requests with all API keys of the company together.
    pub company: u32,
}

impl From<&Limits> for RequestLimits {
    fn from(limits: &Limits) -> Self {
        let [key, audit_log, company] =
            [Limit::Key, Limit::AuditLog, Limit::Company].map(|limit| limits.number(limit));
        Self { key, audit_log, company }
    }
}
