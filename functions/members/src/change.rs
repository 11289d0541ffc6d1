//! Suspends and unsuspends several accounts in one request.

use std::time::Duration;

use accounts::{ChangeError, Changes, change_accounts};
use domain::{account::AccountChange, identifiers::AccountRef};
use store::{CompanyAdministrator, PlanRule, Service};
use web::{Input, Problem, ProblemType, account_results::AccountResults};

/// With this much time left, nothing more is started, so that the response can still say what was done.
const RESERVE: Duration = Duration::from_secs(3);

/// Changes the accounts. If the authority or the time ends, the remaining accounts are not changed, and the response says
/// so.
pub(crate) async fn change(
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
        // The administrator's current state shows the reason.
        Some(ChangeError::AuthorityLost(_)) => {
            Some(match admin.refresh(service, PlanRule::Enterprise).await {
                Err(refused) => Problem::from(refused),
                Ok(()) => Problem::of(ProblemType::Unauthenticated),
            })
        }
        end => end.map(Problem::from),
    };
    AccountResults::new(outcomes, end)
}
