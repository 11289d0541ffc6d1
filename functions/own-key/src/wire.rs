//! The bodies that the operations send, and their descriptions.

use domain::{
    company::Company,
    key::{ApiKeyRecord, Credential},
    scope::Scope,
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use web::{
    Problem, ProblemType,
    examples::{CREATED_AT, KEY_ID, KEY_NAME, OLD_MASK, mask, new_secret, with},
    openapi::{Content, Operation, Security, Success},
    rotation::NewSecretBody,
    wire::{MASK_PATTERN, NetworksView, RotationView},
};

/// Describes the key.
pub(crate) const READ: &str = "GET /enterprise/v1/api-key";
/// Makes a new secret for the key.
pub(crate) const ROTATE: &str = "POST /enterprise/v1/api-key/rotate";
/// Ends the key.
pub(crate) const REVOKE: &str = "POST /enterprise/v1/api-key/revoke";

/// The company of a key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyCompany {
    /// The company's ID.
    pub company_id: String,
    /// The company's name.
    pub name: String,
}

/// The API key with which the request was sent.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OwnApiKey")]
pub struct OwnKey {
    /// Identifies the key.
    pub key_id: String,
    /// The key's name.
    pub name: String,
    /// The first four and last four characters of the secret in the request.
    #[schemars(regex(pattern = MASK_PATTERN))]
    pub mask: String,
    /// The key's scopes.
    pub scopes: Vec<Scope>,
    /// The company of the key.
    pub company: KeyCompany,
    /// When the key was created.
    pub created_at: Timestamp,
    /// When the secret in the request expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The other secrets, and whether the key may rotate itself.
    #[serde(flatten)]
    pub rotation: RotationView,
    /// The networks from which the key may be used. Absent if it may be used from anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networks: Option<NetworksView>,
}

impl OwnKey {
    pub(super) fn new(
        key: &ApiKeyRecord,
        company: &Company,
        credential: &Credential,
        now: Timestamp,
    ) -> Self {
        let mut rotation = RotationView::new(key, now);
        // Keys learn nothing about people.
        if let Some(new) = &mut rotation.new_secret {
            new.created_by = None;
        }
        Self {
            key_id: key.key_id.to_string(),
            name: key.name.clone(),
            mask: credential.mask.to_string(),
            scopes: key.scopes.iter().copied().collect(),
            company: KeyCompany { company_id: company.id.to_string(), name: company.name.clone() },
            created_at: key.created_at,
            expires_at: credential.expires_at,
            rotation,
            networks: key.networks.as_ref().map(NetworksView::from),
        }
    }
}

/// The API key with its new secret. No other response contains this secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RotatedOwnApiKey")]
pub struct RotatedOwnKey<'a> {
    /// The key.
    #[serde(flatten)]
    pub own_key: OwnKey,
    /// The new secret. It is not stored and can't be shown again.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}$"))]
    pub key: &'a str,
}

/// The receipt of a key that revoked itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OwnRevocationReceipt")]
pub struct OwnReceipt {
    /// Identifies the key.
    pub key_id: String,
    /// The key's name.
    pub name: String,
    /// The first four and last four characters of the secret in the request.
    #[schemars(regex(pattern = MASK_PATTERN))]
    pub mask: String,
    /// When it was revoked.
    pub revoked_at: Timestamp,
}

impl OwnReceipt {
    pub(super) fn new(key: &ApiKeyRecord, credential: &Credential) -> Result<Self, Problem> {
        let Some((revoked_at, _)) = &key.revoked else {
            return Err(Problem::of(ProblemType::InternalError)
                .with_source("a receipt for a key that is not revoked"));
        };
        Ok(Self {
            key_id: key.key_id.to_string(),
            name: key.name.clone(),
            mask: credential.mask.to_string(),
            revoked_at: *revoked_at,
        })
    }
}

/// The example key, as it sees itself.
fn own_key() -> Value {
    json!({
        "keyId": KEY_ID,
        "name": KEY_NAME,
        "mask": mask(),
        "scopes": ["deprovisioning"],
        "company": {"companyId": "acme", "name": "Acme"},
        "createdAt": CREATED_AT,
        "selfRotation": {"lifetimeDays": 90},
    })
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let mut waiting = new_secret();
    if let Some(members) = waiting.as_object_mut() {
        members.remove("createdBy");
    }
    let rotated = with(with(own_key(), "mask", OLD_MASK), "newSecret", waiting);
    vec![
        Operation {
            route: READ,
            id: "getOwnApiKey",
            summary: "Get the API key of the request",
            description: "Describes the API key with which the request is sent: its company, scopes and secrets. Any scope \
                          admits the request. Use it to test a connection, and for the first use of a new secret.",
            security: Security::ApiKey,
            parameters: Vec::new(),
            request: None,
            successes: vec![Success {
                status: 200,
                description: "The key.",
                content: Content::of::<OwnKey>(own_key()),
                headers: vec![],
            }],
            problems: vec![ProblemType::InsufficientScope, ProblemType::NotFound],
        },
        Operation {
            route: ROTATE,
            id: "rotateOwnApiKey",
            summary: "Make a new secret for the API key of the request",
            description: "Makes a second secret for the key, with the same scopes, if an administrator has allowed it \
                          (`selfRotation`). Only this response contains it. Both secrets work. The first use of the new \
                          one makes it the current secret, and the old one ends `overlapSeconds` later. Rotating again \
                          before the first use replaces the new secret, unless an administrator made it. A key can rotate itself \
                          once a minute. Any scope admits the request.",
            security: Security::ApiKey,
            parameters: Vec::new(),
            request: Some(NewSecretBody::content()),
            successes: vec![Success {
                status: 200,
                description: "The key has a new secret. `key` is the secret.",
                content: Content::of::<RotatedOwnKey<'_>>(with(rotated, "key", domain::key::EXAMPLE)),
                headers: vec![],
            }],
            problems: vec![
                ProblemType::InsufficientScope,
                ProblemType::SelfRotationNotAllowed,
                ProblemType::NotFound,
                ProblemType::RotationInProgress,
                ProblemType::SecretLimitReached,
                ProblemType::PayloadTooLarge,
            ],
        },
        Operation {
            route: REVOKE,
            id: "revokeOwnApiKey",
            summary: "Revoke the API key of the request",
            description: "Revokes the key permanently, with all its secrets. Anybody who has a key can revoke it. After the \
                          response, no new request with the key succeeds, and no change by an earlier request commits. Any \
                          scope admits the request.",
            security: Security::ApiKey,
            parameters: Vec::new(),
            request: None,
            successes: vec![Success {
                status: 200,
                description: "The key was revoked.",
                content: Content::of::<OwnReceipt>(json!({
                    "keyId": KEY_ID, "name": KEY_NAME, "mask": mask(), "revokedAt": "2026-02-01T09:30:00.000Z",
                })),
                headers: vec![],
            }],
            problems: vec![ProblemType::InsufficientScope, ProblemType::NotFound],
        },
    ]
}
