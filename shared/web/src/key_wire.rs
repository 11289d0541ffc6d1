//! Shapes about keys: their secrets, what holds them, and the policy. Absent values are omitted, never null.

use domain::{
    company::Company,
    key::{
        ApiKeyRecord, KeyActor, KeyState, LONGEST_LIFE_DAYS, OldSecret, Person, SecondSecret, SelfRotation,
    },
    policy::{Broken, GRACE_DAYS, KeyPolicy, UNUSED_DAYS},
    scope::Scope,
    time::Timestamp,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::limit_wire::suspensions_schema;

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
    /// The person, if it was one.
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

/// Something that holds an API key, or will hold it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "HoldReason")]
pub struct HoldReasonView {
    /// An administrator, or the rule of the key policy that the key breaks: it doesn't expire, its secret lives too long, it
    /// has a scope that isn't on offer, nobody uses it, or it may be used from anywhere.
    #[schemars(extend("enum" = ["administrator", "expiry", "lifetime", "scopes", "unused", "networks"]))]
    pub reason: &'static str,
    /// From when it holds the key. May be in the future. For `unused`, if nobody uses the key before.
    pub from: Timestamp,
    /// The administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonView>,
}

/// What holds an API key, or will hold it. While it is held, it is refused.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Hold")]
pub struct HoldView {
    /// From when the key is held: the earliest of the reasons.
    pub from: Timestamp,
    /// The reasons.
    pub reasons: Vec<HoldReasonView>,
}

impl HoldView {
    /// What holds a key of this company or will hold it, apart from the company's plan.
    #[must_use]
    pub fn new(key: &ApiKeyRecord, company: &Company, now: Timestamp) -> Option<Self> {
        if key.state(now) != KeyState::Active {
            return None;
        }
        let by_administrator = key.hold.iter().map(|hold| HoldReasonView {
            reason: "administrator",
            from: hold.since,
            by: Some((&hold.by).into()),
        });
        let broken = company.policy.as_ref().map(|policy| policy.broken_by(key, policy.warned_until(now)));
        let by_policy = broken.into_iter().flatten().map(|Broken { rule, held_from }| HoldReasonView {
            reason: rule.id(),
            from: held_from,
            by: None,
        });
        let reasons: Vec<_> = by_administrator.chain(by_policy).collect();
        reasons.iter().map(|reason| reason.from).min().map(|from| Self { from, reasons })
    }
}

/// What a company demands of its API keys. Without a member, it demands nothing of that kind.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "KeyPolicy")]
pub struct KeyPolicyView {
    /// Whether keys must expire.
    pub must_expire: bool,
    /// The longest life of a secret, in days. Keys must then expire, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "lifetime_schema")]
    pub longest_lifetime_days: Option<u16>,
    /// After how many days without a use a key is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "unused_schema")]
    pub unused_days: Option<u16>,
    /// The scopes that keys may have. A scope on offer includes its read-only scope. Absent if all are on offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Scope>>", length(min = 1))]
    pub scopes: Option<Vec<Scope>>,
    /// Whether keys must have a list of networks with the mode `enforce`.
    pub networks_required: bool,
    /// How many accounts a key without a limit of its own may suspend and delete in an hour. Absent for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "suspensions_schema")]
    pub suspensions_per_hour: Option<u16>,
    /// What happens to a key that GitHub found in public: it is revoked, or the administrators are only told.
    #[schemars(extend("enum" = ["revoke", "alert"]))]
    pub leaked_keys: &'static str,
    /// How many days a key goes on that breaks a new rule. After that it is held.
    #[schemars(schema_with = "grace_schema")]
    pub grace_days: u16,
}

impl From<&KeyPolicy> for KeyPolicyView {
    fn from(policy: &KeyPolicy) -> Self {
        Self {
            must_expire: policy.must_expire,
            longest_lifetime_days: policy.longest_lifetime_days,
            unused_days: policy.unused_days,
            scopes: policy.scopes.as_ref().map(|scopes| scopes.iter().copied().collect()),
            networks_required: policy.networks_required,
            suspensions_per_hour: policy.suspensions_per_hour,
            leaked_keys: policy.leaked_keys.id(),
            grace_days: policy.grace_days,
        }
    }
}

fn lifetime_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "integer", "minimum": 1, "maximum": LONGEST_LIFE_DAYS})
}

fn unused_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "integer", "minimum": UNUSED_DAYS.start(), "maximum": UNUSED_DAYS.end()})
}

fn grace_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "integer", "minimum": GRACE_DAYS.start(), "maximum": GRACE_DAYS.end()})
}
