//! The bodies that the operations read and send, and their descriptions.

use accounts::MOST_ACCOUNTS;
use domain::{
    identifiers::{AccountRef, Email},
    text,
};
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use web::{
    Input, Problem, ProblemType,
    account_results::{AccountResults, NOT_A_NAME, read_entries},
    examples::{MEMBER_EMAIL, member, suspended_member},
    openapi::{Content, Operation, Security, Success, next_token, page_size_schema, query},
    wire::AccountView,
};

use crate::{DEFAULT_LIMIT, LARGEST_LIMIT, list::STATES};

/// Suspends accounts.
pub(crate) const SUSPEND: &str = "POST /admin/v1/accounts/suspend";
/// Unsuspends accounts.
pub(crate) const UNSUSPEND: &str = "POST /admin/v1/accounts/unsuspend";
/// Lists accounts.
pub(crate) const LIST: &str = "GET /admin/v1/accounts";

/// A page of a company's accounts, sorted by email address.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountList {
    /// The accounts.
    pub accounts: Vec<AccountView>,
    /// Position of the next page. Absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl AccountList {
    pub(crate) fn new(accounts: Vec<AccountView>, next_token: Option<String>) -> Self {
        Self { accounts, next_token }
    }
}

/// The accounts to change.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccountRefs {
    /// Email addresses or account IDs, each once.
    #[schemars(with = "Vec<String>")]
    #[schemars(length(min = 1, max = MOST_ACCOUNTS), inner(length(max = 320), regex(pattern = AccountRef::PATTERN)))]
    #[schemars(extend("uniqueItems" = true))]
    pub accounts: Vec<AccountRef>,
}

impl AccountRefs {
    /// The accounts that a request names.
    pub(crate) fn read(input: &Input) -> Result<Self, Problem> {
        let (entries, mut fields) = read_entries(input)?;
        let (mut accounts, mut seen) = (Vec::new(), BTreeSet::new());
        for (i, entry) in entries.iter().enumerate() {
            let Some(account) = entry.as_str().and_then(AccountRef::parse) else {
                fields.wrong(&format!("accounts[{i}]"), NOT_A_NAME);
                continue;
            };
            if !seen.insert(account.folded()) {
                fields.wrong(&format!("accounts[{i}]"), "must not be in the list twice");
            }
            accounts.push(account);
        }
        fields.finish(Some(Self { accounts }))
    }
}

const PROBLEMS: [ProblemType; 3] = [
    ProblemType::NotCompanyAdministrator,
    ProblemType::AccountSuspended,
    ProblemType::EnterprisePlanRequired,
];

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    vec![
        list_accounts(),
        change_accounts(
            SUSPEND,
            "suspendAccounts",
            "Suspend accounts",
            "Suspends the accounts and ends their sessions. Each account has an outcome of its own. Repeating the request \
             changes nothing. The last active Company Administrator can't be suspended. Requires the Enterprise plan.",
            &suspended_member(),
        ),
        change_accounts(
            UNSUSPEND,
            "unsuspendAccounts",
            "Unsuspend accounts",
            "Unsuspends the accounts, including Company Administrators. Each account has an outcome of its own. Repeating \
             the request changes nothing. Requires the Enterprise plan.",
            &member(),
        ),
    ]
}

fn list_accounts() -> Operation {
    Operation {
        route: LIST,
        id: "listAccounts",
        summary: "List accounts",
        description: "Lists the company's accounts, sorted by email address (in a search, by ID). The list is strongly \
                      consistent. In a search or with a filter by state, a page may be short or empty and still have a \
                      `nextToken`. Requires the Enterprise plan.",
        security: Security::AccessToken,
        parameters: vec![
            query(
                "email",
                "Beginning of the email addresses, with ASCII letters in any case.",
                json!({"type": "string", "maxLength": Email::LENGTH, "pattern": text::NOT_DECEPTIVE_PATTERN}),
            ),
            query(
                "search",
                "Part of the name, the email address or the user name, in any case.",
                json!({"type": "string", "maxLength": text::PERSON_NAME_LENGTH}),
            ),
            query(
                "state",
                "State of the accounts.",
                json!({"type": "string", "enum": STATES.map(|(name, _)| name), "default": "all"}),
            ),
            query(
                "limit",
                "Maximum number of accounts in a page.",
                page_size_schema(DEFAULT_LIMIT, LARGEST_LIMIT),
            ),
            next_token(),
        ],
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The accounts.",
            content: Content::of::<AccountList>(json!({"accounts": [member()]})),
            headers: vec![],
        }],
        problems: PROBLEMS.to_vec(),
    }
}

fn change_accounts(
    route: &'static str,
    id: &'static str,
    summary: &'static str,
    description: &'static str,
    account: &Value,
) -> Operation {
    Operation {
        route,
        id,
        summary,
        description,
        security: Security::AccessToken,
        parameters: Vec::new(),
        request: Some(Content::of::<AccountRefs>(json!({"accounts": [MEMBER_EMAIL, "linus"]}))),
        successes: vec![Success {
            status: 200,
            description: "The outcome for each account, in the order of the request.",
            content: AccountResults::described(account),
            headers: vec![],
        }],
        problems: [&PROBLEMS[..], &[ProblemType::PayloadTooLarge]].concat(),
    }
}
