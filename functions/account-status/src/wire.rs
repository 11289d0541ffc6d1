//! The description of the operations.

use domain::identifiers::AccountRef;
use serde_json::json;
use web::{
    ProblemType,
    examples::{member, suspended_member},
    openapi::{Content, Operation, Parameter, Security, Success},
    wire::AccountView,
};

/// Suspends an account.
pub(crate) const SUSPEND: &str = "POST /enterprise/v1/accounts/{account}/suspend";
/// Unsuspends an account.
pub(crate) const UNSUSPEND: &str = "POST /enterprise/v1/accounts/{account}/unsuspend";
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
            "Returns the account and whether it is suspended. Requires the scope `deprovisioning`.",
            suspended_member(),
            &[],
        ),
    ]
}
