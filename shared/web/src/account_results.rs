//! The bodies of operations that change several accounts: their names, and what became of each.

use accounts::{AccountRefused, Changed, MOST_ACCOUNTS};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    call::Input,
    fields::Fields,
    openapi::Content,
    problem::Problem,
    problem_type::{ProblemType, TYPE_PREFIX},
    wire::AccountView,
};

/// Why a text is not accepted as the name of an account.
pub const NOT_A_NAME: &str = "must be an account ID or an email address";

/// Reads the field `accounts` of a request's body: a list of 1 to [`MOST_ACCOUNTS`] entries, empty if it is wrong. The
/// caller reads the entries and calls [`Fields::finish`].
pub fn read_entries(input: &Input) -> Result<(Vec<Value>, Fields), Problem> {
    let mut fields = Fields::of_body(input)?;
    let entries = fields.required("accounts", |value| {
        let entries = value.as_array().filter(|entries| (1..=MOST_ACCOUNTS).contains(&entries.len()));
        entries
            .cloned()
            .ok_or_else(|| format!("must be a list of 1 to {MOST_ACCOUNTS} email addresses or account IDs"))
    });
    Ok((entries.unwrap_or_default(), fields))
}

/// The outcome for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was changed.
    Changed,
    /// It was already as requested.
    Unchanged,
    /// It was not changed.
    Refused,
}

/// Why an account was not changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Refusal {
    /// Identifies the kind of problem. Never changes.
    pub r#type: String,
    /// A summary that is the same for every problem of this kind.
    pub title: String,
    /// The HTTP status that a request for this account alone would get.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
}

/// The outcome for one account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountResult {
    /// The outcome.
    pub outcome: Outcome,
    /// The account as it is now. Absent if the change was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountView>,
    /// The reason for a refusal. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Refusal>,
}

impl AccountResult {
    fn new(outcome: Result<Changed, AccountRefused>) -> Self {
        match outcome {
            Ok(Changed { account, changed }) => {
                let outcome = if changed { Outcome::Changed } else { Outcome::Unchanged };
                Self { outcome, account: Some((&account).into()), problem: None }
            }
            Err(refused) => Self::refused(&refused.into()),
        }
    }

    /// The account was not changed.
    #[must_use]
    pub fn refused(problem: &Problem) -> Self {
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

/// The outcomes, in the order of the request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountResults {
    /// One entry for each account.
    pub results: Vec<AccountResult>,
}

impl AccountResults {
    /// The description of a response in which this account was changed and another one was not found.
    #[must_use]
    pub fn described(changed: &Value) -> Content {
        let not_found = AccountResult::refused(&Problem::of(ProblemType::NotFound)).problem;
        Content::of::<Self>(json!({"results": [
            {"outcome": "changed", "account": changed},
            {"outcome": "refused", "problem": not_found},
        ]}))
    }

    /// The results of an operation. An account without an outcome is refused with the problem that ended the operation.
    /// Logs the problem's cause.
    #[must_use]
    pub fn new(outcomes: Vec<Option<Result<Changed, AccountRefused>>>, end: Option<Problem>) -> Self {
        let end = end.unwrap_or_else(|| Problem::of(ProblemType::Unavailable));
        if let Some(source) = end.source() {
            tracing::warn!(error = %source, "some accounts were not changed");
        }
        let refused = || AccountResult::refused(&end);
        let results = outcomes.into_iter().map(|outcome| outcome.map_or_else(refused, AccountResult::new));
        Self { results: results.collect() }
    }
}
