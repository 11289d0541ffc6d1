//! The description of the operations.

use accounts::MOST_ACCOUNTS;
use domain::identifiers::AccountRef;
use schemars::JsonSchema;
use serde_json::{Value, json};
use web::{
    Input, Problem, ProblemType,
    account_results::{AccountResults, NOT_A_NAME, read_entries},
    examples::{MEMBER_EMAIL, member, suspended_member},
    openapi::{Content, Operation, Parameter, Security, Success},
    wire::AccountView,
};

/// Suspends an account.
pub(crate) const SUSPEND: &str = "POST /enterprise/v1/accounts/{account}/suspend";
/// Unsuspends an account.
pub(crate) const UNSUSPEND: &str = "POST /enterprise/v1/accounts/{account}/unsuspend";
/// Suspends several accounts.
pub(crate) const SUSPEND_MANY: &str = "POST /enterprise/v1/accounts/suspend";
/// Unsuspends several accounts.
pub(crate) const UNSUSPEND_MANY: &str = "POST /enterprise/v1/accounts/unsuspend";
/// Reads an account.
pub(crate) const READ: &str = "GET /enterprise/v1/accounts/{account}";

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let operation = |route, id, summary, description, example, problems: &[ProblemType]| Operation {
        route,
        id,
        summary,
        description,
        security: Security::ApiKey,
        parameters: vec![Parameter {
            place: "path",
            name: "account",
            description: "An account ID or a percent-encoded email address.",
            schema: json!({"type": "string", "minLength": 1, "maxLength": 320, "pattern": AccountRef::PATTERN}),
            required: true,
        }],
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The account.",
            content: Content::of::<AccountView>(example),
            headers: vec![],
        }],
        problems: [
            &[ProblemType::InsufficientScope, ProblemType::NotFound, ProblemType::PayloadTooLarge],
            problems,
        ]
        .concat(),
    };
    vec![
        operation(
            SUSPEND,
            "suspendAccount",
            "Suspend an account",
            "Suspends the account: it can't sign in or act, and its sessions end. Requires the scope `deprovisioning`. \
             Repeating the request changes nothing. The last active Company Administrator can't be suspended.",
            suspended_member(),
            &[ProblemType::LastAdministrator],
        ),
        operation(
            UNSUSPEND,
            "unsuspendAccount",
            "Unsuspend an account",
            "Restores the account's access. Requires the scope `deprovisioning`. Repeating the request changes \
             nothing. A key can't unsuspend a Company Administrator.",
            member(),
            &[ProblemType::AdministratorProtected],
        ),
        operation(
            READ,
            "getAccount",
            "Get an account",
            "Returns the account and whether it is suspended. Requires the scope `accounts:read`, or `deprovisioning`, \
             which includes it.",
            suspended_member(),
            &[],
        ),
        many(
            SUSPEND_MANY,
            "suspendManyAccounts",
            "Suspend many accounts",
            "Suspends up to 100 accounts. Each has a result of its own, in the order of the request, and a refusal of one \
             doesn't affect the others. Requires the scope `deprovisioning`. Repeating the request changes nothing. The \
             last active Company Administrator can't be suspended.",
            &suspended_member(),
        ),
        many(
            UNSUSPEND_MANY,
            "unsuspendManyAccounts",
            "Unsuspend many accounts",
            "Restores the access of up to 100 accounts. Each has a result of its own, in the order of the request, and a \
             refusal of one doesn't affect the others. Requires the scope `deprovisioning`. Repeating the request changes \
             nothing. A key can't unsuspend a Company Administrator.",
            &member(),
        ),
    ]
}

/// The names of the accounts to change. A text that can't be one has a result of its own.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccountNames {
    /// Account IDs or email addresses.
    #[schemars(length(min = 1, max = MOST_ACCOUNTS))]
    pub accounts: Vec<String>,
}

impl AccountNames {
    /// The names in a request's body.
    pub(crate) fn read(input: &Input) -> Result<Self, Problem> {
        let (entries, mut fields) = read_entries(input)?;
        let mut accounts = Vec::with_capacity(entries.len());
        for (i, entry) in entries.into_iter().enumerate() {
            if let Value::String(name) = entry {
                accounts.push(name);
            } else {
                fields.wrong(&format!("accounts[{i}]"), NOT_A_NAME);
            }
        }
        fields.finish(Some(Self { accounts }))
    }
}

fn many(
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
        security: Security::ApiKey,
        parameters: Vec::new(),
        request: Some(Content::of::<AccountNames>(json!({"accounts": [MEMBER_EMAIL, "linus"]}))),
        successes: vec![Success {
            status: 200,
            description: "A result for each account, in the order of the request. A result with the status 503 is like a \
                          response with it: repeat the request for these accounts.",
            content: AccountResults::described(account),
            headers: vec![],
        }],
        problems: vec![ProblemType::InsufficientScope, ProblemType::PayloadTooLarge],
    }
}
