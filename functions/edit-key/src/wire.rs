//! The bodies of the operations, and their descriptions.

use domain::{scope::Scope, text, time::Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};
use web::{
    ProblemType,
    examples::{api_key, person, with},
    openapi::{Content, Operation, Security, Success, key_id},
    wire::{
        ApiKeyView, NetworksView, SelfRotationView, SuspensionLimitView, networks_or_null,
        suspension_limit_or_null,
    },
};

/// Edits a key.
pub(crate) const EDIT: &str = "PATCH /admin/v1/api-keys/{keyId}";
/// Holds a key.
pub(crate) const HOLD: &str = "POST /admin/v1/api-keys/{keyId}/hold";
/// Releases a key.
pub(crate) const RELEASE: &str = "POST /admin/v1/api-keys/{keyId}/release";
/// Lets a key go on that has reached its limit of suspensions.
pub(crate) const RELEASE_LIMIT: &str = "POST /admin/v1/api-keys/{keyId}/release-suspension-limit";

/// The changes of an API key, at least one. What is absent stays as it is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "ApiKeyChanges", extend("minProperties" = 1))]
struct KeyEditBody {
    /// The key's name: 1 to 100 characters, without control or bidirectional formatting characters.
    #[schemars(with = "String", length(min = 1, max = 100), regex(pattern = text::NAME_PATTERN))]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What administrators are to know about it, with line breaks. `null` for none.
    #[schemars(schema_with = "note_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// When the current secret expires: in the future, at most 366 days ahead. `null` if it doesn't expire.
    #[schemars(schema_with = "expiry_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// Allows the key to rotate itself. `null` if only administrators can rotate it.
    #[schemars(schema_with = "self_rotation_schema")]
    #[serde(skip_serializing_if = "Option::is_none")]
    self_rotation: Option<SelfRotationView>,
    /// The scopes that the key keeps. Scopes can be taken away, also by keeping only the read-only scope of one. They can't be
    /// added.
    #[schemars(with = "Vec<Scope>", length(min = 1))]
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<Scope>>,
    /// The networks from which the key may be used. `null` if it may be used from anywhere.
    #[schemars(schema_with = "networks_or_null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<NetworksView>,
    /// How many accounts the key may suspend and delete in an hour. `null` is the same as `unlimited`.
    #[schemars(schema_with = "suspension_limit_or_null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    suspension_limit: Option<SuspensionLimitView>,
}

fn note_schema(_: &mut SchemaGenerator) -> Schema {
    let (length, pattern) = (text::NOTE_LENGTH, text::NOTE_PATTERN);
    json_schema!({"oneOf": [{"type": "string", "maxLength": length, "pattern": pattern}, {"type": "null"}]})
}

fn expiry_schema(generator: &mut SchemaGenerator) -> Schema {
    let time = generator.subschema_for::<Timestamp>();
    json_schema!({"oneOf": [time, {"type": "null"}]})
}

fn self_rotation_schema(generator: &mut SchemaGenerator) -> Schema {
    let allowed = generator.subschema_for::<SelfRotationView>();
    json_schema!({"oneOf": [allowed, {"type": "null"}]})
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let changed = |description, example: Value| {
        vec![Success {
            status: 200,
            description,
            content: Content::of::<ApiKeyView>(example),
            headers: vec![],
        }]
    };
    let problems = |more: &[ProblemType]| {
        let common = [
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
            ProblemType::KeyNotActive,
        ];
        [&common, more].concat()
    };
    let since = "2026-02-01T09:30:00.000Z";
    let reason = json!({"reason": "administrator", "from": since, "by": person()});
    let limited = with(api_key(), "suspensionsPerHour", 100);
    let held = with(api_key(), "hold", json!({"from": since, "reasons": [reason]}));
    vec![
        Operation {
            route: EDIT,
            id: "updateApiKey",
            summary: "Edit an API key",
            description: "Changes the name, note, expiry, scopes, self-rotation, networks and limit of suspensions of an \
                          active key. Scopes can only be taken away. After the response, no new request with the key uses what was taken away, and no \
                          change by an earlier request that does commits. Works on any plan. Safe to repeat.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: Some(Content::of::<KeyEditBody>(
                json!({"name": "Offboarding", "note": "Runs on build-7."}),
            )),
            successes: changed(
                "The key as it is now.",
                with(with(api_key(), "name", "Offboarding"), "note", "Runs on build-7."),
            ),
            problems: problems(&[ProblemType::KeyPolicy, ProblemType::PayloadTooLarge]),
        },
        Operation {
            route: HOLD,
            id: "holdApiKey",
            summary: "Hold an API key",
            description: "Refuses the key until an administrator releases it. After the response, no new request with the \
                          key succeeds, and no change by an earlier request commits. Works on any plan. Safe to repeat.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: None,
            successes: changed("The key is held.", held),
            problems: problems(&[]),
        },
        Operation {
            route: RELEASE,
            id: "releaseApiKey",
            summary: "Release an API key",
            description: "Releases a key that an administrator holds, or that is held because nobody used it. A key that \
                          breaks another rule of the key policy stays held until it complies. Works on any plan. Safe to \
                          repeat.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: None,
            successes: changed("The key is not held.", api_key()),
            problems: problems(&[ProblemType::KeyPolicy]),
        },
        Operation {
            route: RELEASE_LIMIT,
            id: "releaseSuspensionLimit",
            summary: "Let an API key suspend again",
            description: "Lets a key go on that has suspended and deleted as many accounts in this hour as it may: the \
                          hour's count begins anew. Changes nothing if the key has not reached its limit. Works on any \
                          plan. Safe to repeat.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: None,
            successes: changed("The key may suspend accounts again.", limited),
            problems: problems(&[]),
        },
    ]
}
