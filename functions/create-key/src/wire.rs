//! The bodies that the operation sends, and its description.

use domain::{
    key::SelfRotation,
    network::AllowedNetworks,
    scope::{Scope, Scopes},
    suspensions::SuspensionLimit,
    text,
    time::Timestamp,
};
use keys::NewKey;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    examples::{KEY_NAME, api_key, with},
    openapi::{Content, Operation, Parameter, Security, Success},
    wire::{ApiKeyView, SelfRotationView, networks_or_null, suspension_limit_or_null},
};

/// Creates a key.
pub(crate) const CREATE: &str = "POST /admin/v1/api-keys";

/// The notice in the response to a repeat, which can't show the key again.
pub const NOTICE: &str = "This request was carried out before. Only that response showed the API key, which is not \
                          stored. If you lost the key, revoke it and create another.";

/// A key to be created.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewApiKey")]
pub(crate) struct NewKeyBody {
    /// The key's name: 1 to 100 characters, without control or bidirectional formatting characters.
    #[schemars(length(min = 1, max = 100), regex(pattern = text::NAME_PATTERN))]
    pub(crate) name: String,
    /// What administrators are to know about it, with line breaks. Absent or empty for none.
    #[schemars(with = "String", length(max = text::NOTE_LENGTH), regex(pattern = text::NOTE_PATTERN))]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) note: Option<String>,
    /// The key's scopes.
    #[schemars(with = "Vec<Scope>", length(min = 1))]
    pub(crate) scopes: Scopes,
    /// When the key expires: in the future, at most 366 days ahead. If absent, the key doesn't expire.
    #[schemars(with = "Timestamp")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) expires_at: Option<Timestamp>,
    /// Allows the key to rotate itself, as secret managers do. If absent, only administrators can rotate it.
    #[schemars(with = "SelfRotationView")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) self_rotation: Option<SelfRotation>,
    /// The networks from which the key may be used. Absent or `null` if it may be used from anywhere.
    #[schemars(schema_with = "networks_or_null")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) networks: Option<AllowedNetworks>,
    /// How many accounts the key may suspend and delete in an hour. If absent, the number of the company's key policy. `null`
    /// is the same as `unlimited`.
    #[schemars(schema_with = "suspension_limit_or_null")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) suspension_limit: Option<SuspensionLimit>,
}

impl From<NewKeyBody> for NewKey {
    fn from(body: NewKeyBody) -> Self {
        let NewKeyBody { name, note, scopes, expires_at, self_rotation, networks, suspension_limit } = body;
        let suspension_limit = suspension_limit.unwrap_or_default();
        Self { name, note, scopes, expires_at, self_rotation, networks, suspension_limit }
    }
}

/// A new key with its secret. No other response contains this secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CreatedApiKey")]
pub struct CreatedKey<'a> {
    /// The key.
    #[serde(flatten)]
    pub api_key: ApiKeyView,
    /// The API key itself. It is not stored and can't be shown again.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}$"))]
    pub key: &'a str,
}

/// A key that an earlier request with the same `Idempotency-Key` created.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RepeatedApiKey")]
pub struct RepeatedKey {
    /// The key as it is now.
    #[serde(flatten)]
    pub api_key: ApiKeyView,
    /// Explains why the secret is missing, and what to do.
    pub notice: &'static str,
}

/// When the example key expires.
const EXPIRES_AT: &str = "2027-01-31T00:00:00.000Z";

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let key = with(api_key(), "expiresAt", EXPIRES_AT);
    vec![Operation {
        route: CREATE,
        id: "createApiKey",
        summary: "Create an API key",
        description: "Creates an API key. Only this response contains the key, which is not stored. Requires the \
                      Enterprise plan. With an `Idempotency-Key`, a repeat within 24 hours creates nothing and returns \
                      200 without the key.",
        security: Security::AccessToken,
        parameters: vec![Parameter {
            place: "header",
            name: "Idempotency-Key",
            description: "Makes the request safe to repeat. 1 to 255 visible ASCII characters. Use a new value for \
                          each new key.",
            schema: json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}),
            required: false,
        }],
        request: Some(Content::of::<NewKeyBody>(json!({
            "name": KEY_NAME, "scopes": ["deprovisioning"], "expiresAt": EXPIRES_AT
        }))),
        successes: vec![
            Success {
                status: 201,
                description: "The key was created. `key` is the API key.",
                content: Content::of::<CreatedKey<'_>>(with(key.clone(), "key", domain::key::EXAMPLE)),
                headers: vec![],
            },
            Success {
                status: 200,
                description: "An earlier request with this `Idempotency-Key` created the key.",
                content: Content::of::<RepeatedKey>(with(key, "notice", NOTICE)),
                headers: vec![("Idempotency-Replayed", "`true`.")],
            },
        ],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::EnterprisePlanRequired,
            ProblemType::KeyLimitReached,
            ProblemType::KeyPolicy,
            ProblemType::PayloadTooLarge,
            ProblemType::IdempotencyKeyReused,
        ],
    }]
}
