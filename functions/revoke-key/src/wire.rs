//! The bodies that the operation reads and sends, and its description.

use domain::{key::ApiKeyRecord, leaks::Reporter, time::Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use web::{
    Problem, ProblemType,
    characters::KeyCharacters,
    examples::{FIRST_FOUR, KEY_ID, KEY_NAME, LAST_FOUR, mask, person},
    openapi::{Content, Operation, Security, Success, key_id},
    wire::PersonView,
};

/// Revokes a key.
pub(crate) const REVOKE: &str = "POST /admin/v1/api-keys/{keyId}/revoke";

/// The receipt of a revocation. Revoking the key again returns the same receipt.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RevocationReceipt")]
pub struct Receipt {
    /// The key.
    pub key_id: String,
    /// The key's name.
    pub name: String,
    /// The first four and last four characters of the secret that was current.
    pub mask: String,
    /// When it was revoked.
    pub revoked_at: Timestamp,
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
}

impl Receipt {
    pub(super) fn new(key: &ApiKeyRecord) -> Result<Self, Problem> {
        let Some((revoked_at, by)) = &key.revoked else {
            return Err(Problem::of(ProblemType::InternalError)
                .with_source("a receipt for a key that is not revoked"));
        };
        Ok(Self {
            key_id: key.key_id.to_string(),
            name: key.name.clone(),
            mask: key.mask.to_string(),
            revoked_at: *revoked_at,
            revoked_by: PersonView::of(by),
            revoked_by_key: by.is_itself().then_some(true),
            revoked_by_reporter: by.reporter().map(Reporter::id),
        })
    }
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![Operation {
        route: REVOKE,
        id: "revokeApiKey",
        summary: "Revoke an API key",
        description: "Revokes the key permanently, with all its secrets. After the response, no new request with the key \
                      succeeds, and no change by an earlier request commits. A read that began earlier may still be answered. Works on \
                      any plan. Revoking a revoked key returns the first receipt.",
        security: Security::AccessToken,
        parameters: vec![key_id()],
        request: Some(Content::of::<KeyCharacters>(json!({"firstFour": FIRST_FOUR, "lastFour": LAST_FOUR}))),
        successes: vec![Success {
            status: 200,
            description: "The key was revoked.",
            content: Content::of::<Receipt>(json!({
                "keyId": KEY_ID,
                "name": KEY_NAME,
                "mask": mask(),
                "revokedAt": "2026-02-01T09:30:00.000Z",
                "revokedBy": person(),
            })),
            headers: vec![],
        }],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
            ProblemType::KeyMismatch,
            ProblemType::PayloadTooLarge,
        ],
    }]
}
