//! The bodies that the operations send, and their descriptions.

use domain::{company::ACTIVE_KEY_LIMIT, scope::Descriptor, text};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use web::{
    ProblemType,
    examples::{EXAMPLE_DIGEST, administrator, api_key, mask, with},
    openapi::{Content, Operation, Security, Success, key_id, next_token, page_size_schema, query},
    wire::{AccountView, ApiKeyView, KeyPolicyView},
};

use crate::{
    DEFAULT_LIMIT, LARGEST_LIMIT, StateFilter,
    details::ApiKeyDetails,
    find::{FoundApiKey, KeyToFind},
    networks::{NetworksToTry, NetworksTrialView},
    search,
};

/// Lists keys.
pub(crate) const LIST: &str = "GET /admin/v1/api-keys";
/// Returns a key with its uses.
pub(crate) const GET: &str = "GET /admin/v1/api-keys/{keyId}";
/// Tells what a list of networks would have refused.
pub(crate) const TRY_NETWORKS: &str = "POST /admin/v1/api-keys/{keyId}/try-networks";
/// Finds a key by the digest of one of its secrets.
pub(crate) const FIND: &str = "POST /admin/v1/api-keys/find";
/// Returns the current administrator.
pub(crate) const ME: &str = "GET /admin/v1/me";

/// A page of a company's keys, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyList {
    /// The keys.
    pub api_keys: Vec<ApiKeyView>,
    /// Position of the next page. Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// The administrator's company.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanySummary {
    /// The company's ID.
    pub company_id: String,
    /// The company's name.
    pub name: String,
    /// The company's plan.
    #[schemars(extend("enum" = ["enterprise", "team"]))]
    pub plan: &'static str,
    /// How many active keys it can have.
    pub active_key_limit: usize,
    /// What it demands of its keys. Absent if nobody has ever set a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_policy: Option<KeyPolicyView>,
}

/// The current administrator, the company and the available scopes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Me {
    /// The administrator.
    pub account: AccountView,
    /// The administrator's company.
    pub company: CompanySummary,
    /// Every scope that a key can have.
    pub scopes: Vec<Descriptor>,
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![list(), get(), find(), try_networks(), me()]
}

/// A key in a list.
fn key() -> Value {
    with(api_key(), "lastUsedAt", "2026-02-01T03:00:00.102Z")
}

/// A network that a key was used from.
fn network() -> Value {
    json!({"network": "203.0.113.0/24", "requests": 12, "lastSeenOn": "2026-02-01"})
}

fn list() -> Operation {
    Operation {
        route: LIST,
        id: "listApiKeys",
        summary: "List API keys",
        description: "Lists the company's keys, newest first. The list is strongly consistent. With a `state` \
                      other than `active`, a page may be short or empty and still have a `nextToken`.",
        security: Security::AccessToken,
        parameters: vec![
            query(
                "owner",
                "Owner of the keys: `me` or `all`.",
                json!({"type": "string", "enum": ["me", "all"], "default": "all"}),
            ),
            query(
                "state",
                "State of the keys.",
                json!({"type": "string", "enum": StateFilter::CHOICES.map(|(id, _)| id), "default": "active"}),
            ),
            query(
                "search",
                "Part of the name in any case, the mask (`K7fQ…mibC`), its first or last four characters, or the key's \
                 ID.",
                json!({"type": "string", "maxLength": search::LENGTH, "pattern": text::NOT_BLANK_PATTERN}),
            ),
            query(
                "limit",
                "Maximum number of keys in a page.",
                page_size_schema(DEFAULT_LIMIT, LARGEST_LIMIT),
            ),
            next_token(),
        ],
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The keys.",
            content: Content::of::<ApiKeyList>(json!({"apiKeys": [key()]})),
            headers: vec![],
        }],
        problems: vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
    }
}

fn get() -> Operation {
    let details = with(
        key(),
        "uses",
        json!({
            "days": [{"date": "2026-02-01", "scopes": {"deprovisioning": 12}, "refused": {"limited": 1}}],
            "lastUse": {"at": "2026-02-01T03:00:00.102Z", "ip": "203.0.113.7", "scope": "deprovisioning"},
            "scopes": [{"scope": "deprovisioning", "lastUsedOn": "2026-02-01"}],
        }),
    );
    let seen = json!({"since": "2026-01-31", "requests": 12, "networks": [network()]});
    let details = with(details, "seen", seen);
    Operation {
        route: GET,
        id: "getApiKey",
        summary: "Get an API key and its uses",
        description: "Returns a key of the company, in any state, and what it was used for in the last 90 days: how many \
                      requests needed which scope on each day, how many were refused and why, and the last use. Also \
                      returns which networks it was used from in the last 30 days.",
        security: Security::AccessToken,
        parameters: vec![key_id()],
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The key.",
            content: Content::of::<ApiKeyDetails>(details),
            headers: vec![],
        }],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
        ],
    }
}

fn try_networks() -> Operation {
    let trial = json!({
        "requests": 12, "refused": 12, "undecided": 0, "networks": [with(network(), "outcome", "refused")],
    });
    Operation {
        route: TRY_NETWORKS,
        id: "tryNetworks",
        summary: "Try a list of networks",
        description: "Tells how many requests of the last 30 days with the key a list of networks would have refused. \
                      Changes nothing. IPv4 addresses are kept as /24 networks and IPv6 addresses as /48 networks. So \
                      requests from a network that the list allows only in part are `undecided`.",
        security: Security::AccessToken,
        parameters: vec![key_id()],
        request: Some(Content::of::<NetworksToTry>(json!({"ranges": ["198.51.100.0/24", "2001:db8::/48"]}))),
        successes: vec![Success {
            status: 200,
            description: "What the list would have done.",
            content: Content::of::<NetworksTrialView>(trial),
            headers: vec![],
        }],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
            ProblemType::PayloadTooLarge,
        ],
    }
}

fn find() -> Operation {
    Operation {
        route: FIND,
        id: "findApiKey",
        summary: "Find which API key somebody has",
        description: "Finds the company's API key by the SHA-256 digest of one of its secrets, in any state. The page computes the \
                      digest, so that nobody has to send a key that was found. Works on any plan.",
        security: Security::AccessToken,
        parameters: Vec::new(),
        request: Some(Content::of::<KeyToFind>(json!({"digest": EXAMPLE_DIGEST}))),
        successes: vec![Success {
            status: 200,
            description: "The key that has this secret.",
            content: Content::of::<FoundApiKey>(json!({
                "apiKey": api_key(),
                "foundSecret": {"mask": mask(), "state": "current"},
            })),
            headers: vec![],
        }],
        problems: vec![
            ProblemType::NotCompanyAdministrator,
            ProblemType::AccountSuspended,
            ProblemType::NotFound,
            ProblemType::PayloadTooLarge,
        ],
    }
}

fn me() -> Operation {
    Operation {
        route: ME,
        id: "getMe",
        summary: "Get the current administrator",
        description: "Returns the administrator, the company, and every scope that a key can have.",
        security: Security::AccessToken,
        parameters: Vec::new(),
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The administrator.",
            content: Content::of::<Me>(json!({
                "account": administrator(),
                "company": {"companyId": "acme", "name": "Acme", "plan": "enterprise", "activeKeyLimit": ACTIVE_KEY_LIMIT},
                "scopes": [{
                    "id": "deprovisioning",
                    "title": "Deprovisioning API",
                    "description": "Suspend and unsuspend accounts of the company, and read whether an account is suspended.",
                }],
            })),
            headers: vec![],
        }],
        problems: vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
    }
}
