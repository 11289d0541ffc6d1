//! The reasons why runs are refused.

use domain::identity::Identity;
use lambda_runtime::Diagnostic;
use store::{TableError, retry::Contended};
use thiserror::Error;
use web::{Problem, ProblemType};

const UNAVAILABLE: &str = "The run could not be carried out, or its outcome is unknown. Run it again: nothing is done \
                           twice.";

/// The reason why a run was refused. It becomes the function's error: `errorType` and `errorMessage`.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Refused {
    pub(crate) kind: &'static str,
    message: String,
    pub(crate) cause: Option<String>,
}

impl Refused {
    pub(crate) fn exists(message: &str) -> Self {
        Self { kind: "already-exists", message: message.into(), cause: None }
    }

    pub(crate) fn identity_limit_reached() -> Self {
        let message = format!("The account has {} sign-ins, which is the maximum.", Identity::PER_ACCOUNT);
        Self { kind: "identity-limit-reached", message, cause: None }
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let errors = problem.errors().iter().map(|error| format!(" {} {}.", error.field, error.detail));
        let errors = errors.chain(problem.and_more().map(|more| format!(" {more}")));
        let detail = match problem.kind() {
            // The problem's own detail mentions headers, which an operator doesn't see.
            ProblemType::Unavailable => UNAVAILABLE,
            _ => problem.detail(),
        };
        let message = format!("{detail}{}", errors.collect::<String>());
        Self { kind: problem.kind().name(), message, cause: problem.source().map(ToString::to_string) }
    }
}

impl From<Refused> for Diagnostic {
    fn from(refused: Refused) -> Self {
        Self { error_type: refused.kind.into(), error_message: refused.message }
    }
}

impl From<TableError> for Refused {
    fn from(error: TableError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Contended> for Refused {
    fn from(contended: Contended) -> Self {
        Problem::from(contended).into()
    }
}
