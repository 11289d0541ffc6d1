//! The bodies that the operations send, and their descriptions.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use web::{
    ProblemType,
    characters::NewSecretCharacters,
    examples::{FIRST_FOUR, LAST_FOUR, OLD_MASK, api_key, new_secret, with},
    openapi::{Content, Operation, Security, Success, key_id},
    rotation::NewSecretBody,
    wire::ApiKeyView,
};

/// Makes a new secret.
pub(crate) const ROTATE: &str = "POST /admin/v1/api-keys/{keyId}/rotate";
/// Ends the old secret.
pub(crate) const COMPLETE: &str = "POST /admin/v1/api-keys/{keyId}/complete-rotation";
/// Ends the new secret.
pub(crate) const CANCEL: &str = "POST /admin/v1/api-keys/{keyId}/cancel-rotation";

/// A key with its new secret. No other response contains this secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RotatedApiKey")]
pub struct RotatedKey<'a> {
    /// The key.
    #[serde(flatten)]
    pub api_key: ApiKeyView,
    /// The new secret. It is not stored and can't be shown again.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}$"))]
    pub key: &'a str,
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let rotating = with(with(api_key(), "mask", OLD_MASK), "newSecret", new_secret());
    let problems = |more: &[ProblemType]| {
        let always = [
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
            ProblemType::RotationInProgress,
            ProblemType::KeyNotActive,
            ProblemType::PayloadTooLarge,
        ];
        always.into_iter().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let characters = || {
        let example = json!({"firstFour": FIRST_FOUR, "lastFour": LAST_FOUR});
        Some(Content::of::<NewSecretCharacters>(example).optional())
    };
    let changed = |description, example: Value| {
        vec![Success {
            status: 200,
            description,
            content: Content::of::<ApiKeyView>(example),
            headers: vec![],
        }]
    };
    vec![
        Operation {
            route: ROTATE,
            id: "rotateApiKey",
            summary: "Make a new secret for an API key",
            description: "Makes a second secret for the key, with the same name and scopes. Only this response contains it. \
                          Both secrets work. The first use of the new one makes it the current secret, and the old one \
                          ends `overlapSeconds` later. A new secret that nobody uses within 30 days ends. Rotating again \
                          before the first use replaces it, so the request is safe to repeat. Requires the Enterprise plan.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: Some(NewSecretBody::content()),
            successes: vec![Success {
                status: 200,
                description: "The key has a new secret. `key` is the secret.",
                content: Content::of::<RotatedKey<'_>>(with(rotating, "key", domain::key::EXAMPLE)),
                headers: vec![],
            }],
            problems: problems(&[ProblemType::EnterprisePlanRequired, ProblemType::SecretLimitReached]),
        },
        Operation {
            route: COMPLETE,
            id: "completeApiKeyRotation",
            summary: "End the old secret of an API key",
            description: "Makes the new secret the current one, even if nobody has used it, and ends the old one. After the \
                          response, no new request with the old secret succeeds, and no change by an earlier request \
                          commits. Works on any plan. Safe to repeat.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: characters(),
            successes: changed("The old secret has ended.", api_key()),
            problems: problems(&[ProblemType::KeyMismatch, ProblemType::NoRotation]),
        },
        Operation {
            route: CANCEL,
            id: "cancelApiKeyRotation",
            summary: "End the new secret of an API key",
            description: "Ends a new secret that nobody has used. The current one goes on. Works on any plan. Safe to \
                          repeat.",
            security: Security::AccessToken,
            parameters: vec![key_id()],
            request: characters(),
            successes: changed("The new secret has ended.", with(api_key(), "mask", OLD_MASK)),
            problems: problems(&[ProblemType::KeyMismatch, ProblemType::NoRotation]),
        },
    ]
}
