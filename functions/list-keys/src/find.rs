//! Finds which of the company's keys somebody has, by the digest that their browser computed.

use domain::{
    key::{Credential, Digest, SecretRole},
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::{PlanRule, Service};
use web::{
    Call, Input, Problem, ProblemType, Reply,
    auth::company_administrator,
    fields::{Fields, string},
    wire::{ApiKeyView, MASK_PATTERN},
};

/// The body of the request.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "KeyToFind")]
pub(crate) struct KeyToFind {
    /// The SHA-256 digest of the API key, in hexadecimal digits. The key itself must not be sent.
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{64}$"))]
    digest: String,
}

/// The secret with this digest.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundSecret {
    /// Its first four and last four characters.
    #[schemars(regex(pattern = MASK_PATTERN))]
    pub mask: String,
    /// What it is to its key: the current secret, a new one that nobody has used, an old one that a new one replaced, or one that has
    /// ended. An ended secret is refused for good, also if the key works with another one.
    #[schemars(extend("enum" = ["current", "new", "old", "ended"]))]
    pub state: &'static str,
}

/// The API key that has this secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundApiKey {
    /// The key, in any state.
    pub api_key: ApiKeyView,
    /// The secret.
    pub found_secret: FoundSecret,
}

impl FoundSecret {
    fn new(credential: &Credential, now: Timestamp) -> Self {
        let state = match credential.role {
            _ if credential.has_ended(now) => "ended",
            SecretRole::Current => "current",
            SecretRole::New { .. } => "new",
            SecretRole::Old => "old",
        };
        Self { mask: credential.mask.to_string(), state }
    }
}

/// Answers `POST /admin/v1/api-keys/find`. A key of another company gets the same response as one that doesn't exist.
pub(crate) async fn find(service: Service, call: Call) -> Result<Reply, Problem> {
    let (admin, input) = company_administrator(&service, call, PlanRule::Any).await?;
    let digest = read(&input)?;
    let not_found = || {
        Problem::of(ProblemType::NotFound).with_detail(
            "None of the company's API keys has this digest. Check that you copied the complete key. It may also belong to \
             another company.",
        )
    };
    let found = service.tables.key_with_digest(&admin, &digest).await?;
    let (credential, key) = found.ok_or_else(not_found)?;
    let now = service.clock.now();
    let api_key = ApiKeyView::new(&key, admin.company(), now);
    Ok(Reply::json(200, &FoundApiKey { api_key, found_secret: FoundSecret::new(&credential, now) }))
}

fn read(input: &Input) -> Result<Digest, Problem> {
    let mut fields = Fields::of_body(input)?;
    let digest = fields.required("digest", digest);
    fields.finish(digest)
}

fn digest(value: &Value) -> Result<Digest, String> {
    Digest::from_hex(string(value)?).ok_or_else(|| "must be a SHA-256 digest of 64 hexadecimal digits".into())
}
