//! Changes several accounts for a Company Administrator, in one request.

use std::time::Duration;

use accounts::{ChangeError, Changes, change_accounts};
use domain::{account::AccountChange, identifiers::AccountRef};
use store::{CompanyAdministrator, PlanRule, Service};

use crate::{account_results::AccountResults, call::Input, problem::Problem, problem_type::ProblemType};

/// With this much time left, nothing more is started, so that the response can still say what was done.
const RESERVE: Duration = Duration::from_secs(3);

/// Changes the accounts. If the authority or the time ends, the remaining accounts are not changed, and the response says
/// so.
pub async fn change_for_administrator(
    admin: &mut CompanyAdministrator,
    service: &Service,
    accounts: &[AccountRef],
    change: &AccountChange,
    input: &Input,
) -> AccountResults {
    let (origin, deadline) = (input.origin(), input.deadline() - RESERVE);
    let changing = change_accounts(&*admin, service, accounts, change, &origin, deadline);
    let Changes { outcomes, end } = Box::pin(changing).await;
    let end = match end {
        Some(end) => Some(refusal(admin, service, end).await),
        None => None,
    };
    AccountResults::new(outcomes, end)
}

/// The problem of a change that an administrator could not make. If the authority was lost, the administrator's current state
/// shows the reason.
pub async fn refusal(admin: &mut CompanyAdministrator, service: &Service, error: ChangeError) -> Problem {
    match error {
        ChangeError::AuthorityLost(_) => match admin.refresh(service, PlanRule::Enterprise).await {
            Err(refused) => refused.into(),
            Ok(()) => Problem::of(ProblemType::Unauthenticated),
        },
        error => error.into(),
    }
}
