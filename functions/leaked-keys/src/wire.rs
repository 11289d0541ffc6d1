//! The bodies that the operations read and send, and their descriptions.

use domain::{
    key::{Digest, EXAMPLE},
    leaks::SENT_ADDRESS_LENGTH,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    examples::EXAMPLE_DIGEST,
    openapi::{Content, Operation, Parameter, Security, Success},
};

use crate::report::{KEYS, Match};

/// Anybody ends keys.
pub(crate) const REVOKE: &str = "POST /leaks/v1/revoke";
/// GitHub reports keys.
pub(crate) const GITHUB: &str = "POST /leaks/v1/github";
/// The header with the identifier of the key that signed a report.
pub(crate) const KEY_IDENTIFIER: &str = "Github-Public-Key-Identifier";
/// The header with the signature of a report.
pub(crate) const SIGNATURE: &str = "Github-Public-Key-Signature";

/// Keys that somebody found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "FoundKeys")]
struct FoundKeysBody {
    /// The keys. A text may have more in it than the key, such as the line in which the key was found. At most 20 different keys in
    /// all.
    #[schemars(length(min = 1, max = KEYS))]
    keys: Vec<String>,
    /// The address of the page on which they were found, for the administrators. They see it without query and fragment.
    #[schemars(with = "String", length(max = SENT_ADDRESS_LENGTH))]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// What was received. It is the same for every key.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ReceivedKeys")]
pub(crate) struct Received {
    /// The number of texts in `keys`.
    pub(crate) received: usize,
}

/// A text that GitHub found. Other members are ignored.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GitHubMatch")]
struct MatchBody {
    /// The text.
    token: String,
    /// GitHub's name for this kind of secret.
    #[schemars(with = "String")]
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Where it was found. May be empty.
    #[schemars(with = "String")]
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Whether a text that GitHub found is an API key.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "GitHubFeedback")]
pub(crate) struct Feedback {
    /// The SHA-256 digest of the text, in hexadecimal digits.
    token_hash: String,
    /// The `type` of the match.
    token_type: String,
    /// Whether the text contains an API key that exists or existed.
    #[schemars(extend("enum" = ["true_positive", "false_positive"]))]
    label: &'static str,
}

impl Feedback {
    pub(crate) fn new(found: Match, is_real: impl FnMut(&Digest) -> bool) -> Self {
        let is_real = found.keys.iter().any(is_real);
        Self {
            token_hash: found.digest.to_hex(),
            token_type: found.kind,
            label: if is_real { "true_positive" } else { "false_positive" },
        }
    }
}

fn header(name: &'static str, description: &'static str) -> Parameter {
    Parameter { place: "header", name, description, schema: json!({"type": "string"}), required: true }
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let page = "https://github.com/octocat/Hello-World/blob/main/config.yaml";
    vec![
        Operation {
            route: REVOKE,
            id: "revokeFoundKeys",
            summary: "Revoke API keys that somebody found",
            description: "Revokes the keys permanently, with all their secrets. Anybody who has a key can revoke it, so no \
                          credential is needed. After the response, no new request with them succeeds, and no change by an \
                          earlier request commits. The administrators of the company see it in the audit log. The response \
                          is the same for every key, also if it doesn't exist. A secret that has ended ends nothing. Safe to repeat. The body may have 1 MiB.",
            security: Security::Public,
            parameters: Vec::new(),
            request: Some(Content::of::<FoundKeysBody>(json!({"keys": [EXAMPLE], "url": page}))),
            successes: vec![Success {
                status: 202,
                description: "The report was received. Each key in it that could be used, or could be again, is revoked.",
                content: Content::of::<Received>(json!({"received": 1})),
                headers: vec![],
            }],
            problems: vec![ProblemType::PayloadTooLarge],
        },
        Operation {
            route: GITHUB,
            id: "reportFromGitHub",
            summary: "Receive GitHub's report of API keys in public",
            description: "The secret alert service of GitHub's secret scanning partner program. GitHub signs the body with \
                          ECDSA-NIST-P256V1-SHA256. Each key is revoked, or if the company's key policy says so, its \
                          administrators are only told. The response says which texts are API keys. Safe to repeat. The body \
                          may have 1 MiB.",
            security: Security::Public,
            parameters: vec![
                header(KEY_IDENTIFIER, "Which of GitHub's published keys signed the body."),
                header(SIGNATURE, "The signature of the body: base64 of an ASN.1 DER sequence."),
            ],
            request: Some(Content::of::<Vec<MatchBody>>(json!([
                {"token": EXAMPLE, "type": "company_api_key", "url": page, "source": "content"},
            ]))),
            successes: vec![Success {
                status: 200,
                description: "Which of the texts are API keys, in their order.",
                content: Content::of::<Vec<Feedback>>(json!([{
                    "token_hash": EXAMPLE_DIGEST,
                    "token_type": "company_api_key",
                    "label": "true_positive",
                }])),
                headers: vec![],
            }],
            problems: vec![
                ProblemType::SignatureRefused,
                ProblemType::NotFound,
                ProblemType::PayloadTooLarge,
            ],
        },
    ]
}
