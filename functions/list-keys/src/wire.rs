//! What the operations send, and their description.

use domain::scope::Descriptor;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    examples::{administrator, api_key, with},
    openapi::{Content, Operation, Security, Success, next_token, page_size_schema, query},
    wire::{AccountView, ApiKeyView},
};

use crate::{DEFAULT_LIMIT, LARGEST_LIMIT, StateFilter};

/// Lists keys.
pub(crate) const LIST: &str = "GET /admin/v1/api-keys";
/// Tells an administrator who they are.
pub(crate) const ME: &str = "GET /admin/v1/me";

/// Some of a company's keys, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyList {
    /// The keys.
    pub api_keys: Vec<ApiKeyView>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The company of whoever asks.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanySummary {
    /// Identifies the company.
    pub company_id: String,
    /// What people call it.
    pub name: String,
    /// `enterprise` or another.
    #[schemars(extend("enum" = ["enterprise", "team"]))]
    pub plan: &'static str,
}

/// Who is asking, and what they can choose from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    /// The administrator.
    pub account: AccountView,
    /// Their company.
    pub company: CompanySummary,
    /// Every scope on offer.
    pub scopes: Vec<Descriptor>,
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let key = with(api_key(), "lastUsedAt", "2026-02-01T03:00:00.102Z");
    vec![
        Operation {
            route: LIST,
            id: "listApiKeys",
            summary: "List API keys",
            description: "The company's keys, newest first, strongly consistent. A page of other states than `active` \
                          may be short, or empty, and still have a `nextToken`.",
            security: Security::AccessToken,
            parameters: vec![
                query(
                    "owner",
                    "Whose keys.",
                    json!({"type": "string", "enum": ["me", "all"], "default": "all"}),
                ),
                query(
                    "state",
                    "Keys in which state.",
                    json!({"type": "string", "enum": StateFilter::CHOICES.map(|(id, _)| id), "default": "active"}),
                ),
                query("limit", "Most keys in a page.", page_size_schema(DEFAULT_LIMIT, LARGEST_LIMIT)),
                next_token(),
            ],
            request: None,
            successes: vec![Success {
                status: 200,
                description: "The keys.",
                content: Content::of::<ApiKeyList>(json!({"apiKeys": [key]})),
                headers: vec![],
            }],
            problems: vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        },
        Operation {
            route: ME,
            id: "getMe",
            summary: "Who is asking",
            description: "The administrator, the company, and every scope that a key may have.",
            security: Security::AccessToken,
            parameters: Vec::new(),
            request: None,
            successes: vec![Success {
                status: 200,
                description: "The administrator.",
                content: Content::of::<Me>(json!({
                    "account": administrator(),
                    "company": {"companyId": "acme", "name": "Acme", "plan": "enterprise"},
                    "scopes": [{
                        "id": "deprovisioning",
                        "title": "Deprovisioning API",
                        "description": "Suspend and unsuspend accounts of the company, and read whether an account is suspended.",
                    }],
                })),
                headers: vec![],
            }],
            problems: vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        },
    ]
}
