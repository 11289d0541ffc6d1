//! What the operations take and send, and their description.

use domain::{
    account,
    identifiers::{AccountRef, Email},
    text,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use web::{
    Problem, ProblemType, TYPE_PREFIX,
    examples::{MEMBER_EMAIL, member, suspended_member},
    openapi::{Content, Operation, Security, Success, next_token, page_size_schema, query},
    wire::AccountView,
};

use crate::{BATCH, DEFAULT_LIMIT, LARGEST_LIMIT, list::STATES};

/// Suspends accounts.
pub(crate) const SUSPEND: &str = "POST /admin/v1/accounts/suspend";
/// Unsuspends accounts.
pub(crate) const UNSUSPEND: &str = "POST /admin/v1/accounts/unsuspend";
/// Lists accounts.
pub(crate) const LIST: &str = "GET /admin/v1/accounts";

/// Some of a company's accounts, in the order of their email addresses.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountList {
    /// The accounts.
    pub accounts: Vec<AccountView>,
    /// Where to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl AccountList {
    pub(crate) fn new(accounts: Vec<AccountView>, next_token: Option<String>) -> Self {
        Self { accounts, next_token }
    }
}

/// The accounts to be changed.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccountRefs {
    /// Email addresses or account IDs, each once.
    #[schemars(with = "Vec<String>")]
    #[schemars(length(min = 1, max = BATCH), inner(length(max = 320), regex(pattern = AccountRef::PATTERN)))]
    #[schemars(extend("uniqueItems" = true))]
    pub accounts: Vec<AccountRef>,
}

/// What became of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was changed.
    Changed,
    /// It already was as asked.
    Unchanged,
    /// It was not changed.
    Refused,
}

/// Why an account was not changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Refusal {
    /// Identifies the kind of problem; stable.
    pub r#type: String,
    /// A summary that is the same for every problem of this kind.
    pub title: String,
    /// The HTTP status that a request for this account alone would get.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
}

/// What became of one account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AccountResult")]
pub struct Result {
    /// What became of it.
    pub outcome: Outcome,
    /// The account as it is now; absent where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountView>,
    /// Why it was refused; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Refusal>,
}

impl Result {
    pub(crate) fn done(outcome: Outcome, account: &account::Account) -> Self {
        Self { outcome, account: Some(account.into()), problem: None }
    }

    pub(crate) fn refused(problem: &Problem) -> Self {
        let kind = problem.kind();
        let problem = Refusal {
            r#type: format!("{TYPE_PREFIX}{}", kind.name()),
            title: kind.title().into(),
            status: kind.status(),
            detail: problem.detail().into(),
        };
        Self { outcome: Outcome::Refused, account: None, problem: Some(problem) }
    }
}

/// What became of the accounts, in the order in which they were named.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AccountResults")]
pub struct Changes {
    /// One for each account.
    pub results: Vec<Result>,
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
            "Takes away every access of the accounts and ends their sessions; one after the other, each in a transaction of \
             its own. Repeating it changes nothing. The last active Company Administrator can't be suspended. Needs the \
             Enterprise plan.",
            &suspended_member(),
        ),
        change_accounts(
            UNSUSPEND,
            "unsuspendAccounts",
            "Unsuspend accounts",
            "Gives the accounts their access back, Company Administrators included; one after the other, each in a \
             transaction of its own. Repeating it changes nothing. Needs the Enterprise plan.",
            &member(),
        ),
    ]
}

fn list_accounts() -> Operation {
    Operation {
        route: LIST,
        id: "listAccounts",
        summary: "List accounts",
        description: "The company's accounts, in the order of their email addresses (in a search, of their IDs), strongly \
                      consistent. A page of a search, or one that is filtered by state, may be short, or empty, and still have \
                      a `nextToken`. Needs the Enterprise plan.",
        security: Security::AccessToken,
        parameters: vec![
            query(
                "email",
                "How the email addresses begin; ASCII letters in any case.",
                json!({"type": "string", "maxLength": Email::LENGTH, "pattern": text::NOT_DECEPTIVE_PATTERN}),
            ),
            query(
                "search",
                "What the name, the email address or the user name holds; in any case.",
                json!({"type": "string", "maxLength": text::PERSON_NAME_LENGTH}),
            ),
            query(
                "state",
                "Accounts in which state.",
                json!({"type": "string", "enum": STATES.map(|(name, _)| name), "default": "all"}),
            ),
            query("limit", "Most accounts in a page.", page_size_schema(DEFAULT_LIMIT, LARGEST_LIMIT)),
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
    let problem = Problem::of(ProblemType::NotFound);
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
            description: "What became of each account, in the order in which they were named.",
            content: Content::of::<Changes>(json!({"results": [
                {"outcome": "changed", "account": account},
                {"outcome": "refused", "problem": Result::refused(&problem).problem},
            ]})),
            headers: vec![],
        }],
        problems: [&PROBLEMS[..], &[ProblemType::PayloadTooLarge]].concat(),
    }
}
