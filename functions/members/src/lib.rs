//! `GET /admin/v1/accounts`, `POST /admin/v1/accounts/suspend` and `…/unsuspend`: a Company Administrator lists the
//! company's accounts, and suspends and unsuspends them.
//!
//! Promises: A change commits only if the administrator still has authority and the company is on the Enterprise plan.
//! A repeat changes nothing. The company keeps an active administrator. The response to a request for several accounts
//! reports the outcome for each.

mod list;
mod wire;

use domain::account::AccountChange;
use store::{PlanRule, Service};
use web::{Call, Problem, Reply, account_changes::change_for_administrator, auth::company_administrator};

pub use wire::{AccountList, AccountRefs, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "members";
/// The maximum number of queries in one request for a list.
pub const QUERIES: usize = 8;
const DEFAULT_LIMIT: usize = 50;
const LARGEST_LIMIT: usize = 100;

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let change = match call.route() {
        wire::SUSPEND => Some(AccountChange::Suspend),
        wire::UNSUSPEND => Some(AccountChange::Unsuspend),
        wire::LIST => None,
        _ => return Err(Problem::unknown_route()),
    };
    let (mut admin, input) = company_administrator(&service, call, PlanRule::Enterprise).await?;
    match change {
        None => Ok(Reply::json(200, &list::list(&admin, &service, &input).await?)),
        Some(change) => {
            let AccountRefs { accounts } = AccountRefs::read(&input)?;
            Ok(Reply::json(
                200,
                &change_for_administrator(&mut admin, &service, &accounts, &change, &input).await,
            ))
        }
    }
}
