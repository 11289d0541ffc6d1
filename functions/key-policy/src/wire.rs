//! The bodies of the operations, and their descriptions.

use std::ops::RangeInclusive;

use domain::{
    key::LONGEST_LIFE_DAYS,
    policy::{GRACE_DAYS, UNUSED_DAYS},
    scope::Scope,
    time::Timestamp,
};
use keys::PolicyState;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    examples::{KEY_ID, KEY_NAME, mask, person},
    openapi::{Content, Operation, Security, Success, query},
    wire::{KeyPolicyView, MASK_PATTERN, PersonView, suspensions_schema},
};

/// Reads the policy.
pub(crate) const READ: &str = "GET /admin/v1/key-policy";
/// Changes the policy, or tries a change.
pub(crate) const CHANGE: &str = "PUT /admin/v1/key-policy";

/// A rule of the policy that a key breaks.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BrokenRule {
    /// The key doesn't expire, its secret lives too long, it has a scope that isn't on offer, nobody uses it, or it may be used
    /// from anywhere.
    #[schemars(extend("enum" = ["expiry", "lifetime", "scopes", "unused", "networks"]))]
    rule: &'static str,
    /// From when the key is held for it. For `unused`, if nobody uses the key before.
    held_from: Timestamp,
}

/// An active key that breaks the policy.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BreakingKey {
    /// Identifies the key.
    key_id: String,
    /// The key's name.
    name: String,
    /// The first four and last four characters of its current secret.
    #[schemars(regex(pattern = MASK_PATTERN))]
    mask: String,
    /// The rules that it breaks.
    broken: Vec<BrokenRule>,
}

/// A key policy, and the active keys that break it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyPolicyState {
    /// The policy.
    policy: KeyPolicyView,
    /// When it was changed, or the company was created. Absent if nobody has ever set a policy and the company had none from
    /// the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    /// Who changed it. Absent if nobody has since the company was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<PersonView>,
    /// The active keys that break it, newest first. A key that nobody uses is among them as soon as it will be held within the
    /// days of grace.
    breaking: Vec<BreakingKey>,
}

impl From<PolicyState> for KeyPolicyState {
    fn from(state: PolicyState) -> Self {
        let PolicyState { policy, breaking } = state;
        let breaking = breaking.into_iter().map(|(key, broken)| BreakingKey {
            key_id: key.key_id.to_string(),
            mask: key.mask.to_string(),
            name: key.name,
            broken: broken
                .iter()
                .map(|broken| BrokenRule { rule: broken.rule.id(), held_from: broken.held_from })
                .collect(),
        });
        let breaking = breaking.collect();
        Self {
            policy: (&policy.as_ref().map(|policy| policy.policy.clone()).unwrap_or_default()).into(),
            changed_at: policy.as_ref().map(|policy| policy.changed_at),
            changed_by: policy.as_ref().and_then(|policy| policy.changed_by.as_ref()).map(PersonView::from),
            breaking,
        }
    }
}

/// A policy to be set. Without a member, the company demands nothing of that kind.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewKeyPolicy")]
struct NewKeyPolicyBody {
    /// Whether keys must expire.
    #[schemars(with = "bool")]
    #[serde(skip_serializing_if = "Option::is_none")]
    must_expire: Option<bool>,
    /// The longest life of a secret, in days. Keys must then expire, too. `null` is the same as absent.
    #[schemars(schema_with = "lifetime_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    longest_lifetime_days: Option<u16>,
    /// After how many days without a use a key is held. `null` is the same as absent.
    #[schemars(schema_with = "unused_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    unused_days: Option<u16>,
    /// The scopes that keys may have. A scope on offer includes its read-only scope. Absent or `null` if all are on offer.
    #[schemars(schema_with = "scopes_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
    /// Whether keys must have a list of networks with the mode `enforce`. If absent, that stays as it is.
    #[schemars(with = "bool")]
    #[serde(skip_serializing_if = "Option::is_none")]
    networks_required: Option<bool>,
    /// How many accounts a key without a limit of its own may suspend and delete in an hour. A lower number applies at once.
    /// `null` for no limit. If absent, the number stays as it is.
    #[schemars(schema_with = "suspensions_or_null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    suspensions_per_hour: Option<u16>,
    /// What happens to a key that GitHub found in public: it is revoked, or the administrators are only told. If absent, that
    /// stays as it is.
    #[schemars(with = "String", extend("enum" = ["revoke", "alert"]))]
    #[serde(skip_serializing_if = "Option::is_none")]
    leaked_keys: Option<&'static str>,
    /// How many days a key goes on that breaks a new rule. After that it is held. If absent, 14.
    #[schemars(schema_with = "grace_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_days: Option<u16>,
}

fn or_null(schema: &Schema) -> Schema {
    json_schema!({"oneOf": [schema, {"type": "null"}]})
}

fn days(range: &RangeInclusive<u16>) -> Schema {
    json_schema!({"type": "integer", "minimum": range.start(), "maximum": range.end()})
}

fn suspensions_or_null(generator: &mut SchemaGenerator) -> Schema {
    or_null(&suspensions_schema(generator))
}

fn lifetime_schema(_: &mut SchemaGenerator) -> Schema {
    or_null(&days(&(1..=LONGEST_LIFE_DAYS)))
}

fn unused_schema(_: &mut SchemaGenerator) -> Schema {
    or_null(&days(&UNUSED_DAYS))
}

fn scopes_schema(generator: &mut SchemaGenerator) -> Schema {
    let scope = generator.subschema_for::<Scope>();
    or_null(&json_schema!({"type": "array", "items": scope, "minItems": 1}))
}

fn grace_schema(_: &mut SchemaGenerator) -> Schema {
    days(&GRACE_DAYS)
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let policy = json!({
        "mustExpire": true, "longestLifetimeDays": 90, "networksRequired": false, "suspensionsPerHour": 100,
        "leakedKeys": "revoke", "graceDays": 14,
    });
    let example = json!({
        "policy": policy,
        "changedAt": "2026-02-01T09:30:00.000Z",
        "changedBy": person(),
        "breaking": [{
            "keyId": KEY_ID,
            "name": KEY_NAME,
            "mask": mask(),
            "broken": [{"rule": "expiry", "heldFrom": "2026-02-15T09:30:00.000Z"}],
        }],
    });
    let success = |description| {
        vec![Success {
            status: 200,
            description,
            content: Content::of::<KeyPolicyState>(example.clone()),
            headers: vec![],
        }]
    };
    vec![
        Operation {
            route: READ,
            id: "getKeyPolicy",
            summary: "Get the key policy",
            description: "Returns what the company demands of its API keys, and the active keys that break it.",
            security: Security::AccessToken,
            parameters: vec![],
            request: None,
            successes: success("The policy."),
            problems: vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        },
        Operation {
            route: CHANGE,
            id: "setKeyPolicy",
            summary: "Set the key policy",
            description: "Sets what the company demands of its API keys. A key that breaks a new rule goes on for the days of \
                          grace and is then held: it is refused until it complies. The response names these keys and \
                          times. With `dryRun`, it names them and nothing changes. New keys, new secrets and edits must \
                          comply at once. Requires the Enterprise plan. Safe to repeat.",
            security: Security::AccessToken,
            parameters: vec![query(
                "dryRun",
                "Whether to only tell what the policy would do.",
                json!({"type": "boolean", "default": false}),
            )],
            request: Some(Content::of::<NewKeyPolicyBody>(policy.clone())),
            successes: success("The policy, or with `dryRun` what it would be."),
            problems: vec![
                ProblemType::NotCompanyAdministrator,
                ProblemType::AccountSuspended,
                ProblemType::EnterprisePlanRequired,
                ProblemType::PayloadTooLarge,
            ],
        },
    ]
}
