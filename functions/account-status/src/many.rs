//! Suspends and unsuspends several accounts in one request.

use accounts::{Changes, change_accounts};
use domain::{account::AccountChange, identifiers::AccountRef};
use store::{KeyHolder, Service};
use web::{
    Input, Problem, ProblemType,
    account_results::{AccountResult, AccountResults, NOT_A_NAME},
    auth::admit_accounts,
};

use crate::wire::AccountNames;

/// Changes the accounts that the body names. A text that can't be a name has a result of its own, so that a mistake in
/// a list doesn't keep the others from being suspended. If the operation ends before any account has an outcome, the
/// response is the reason. The request counts once for each name.
pub(crate) async fn change(
    holder: &KeyHolder,
    service: &Service,
    input: &Input,
    change: &AccountChange,
) -> Result<AccountResults, Problem> {
    let AccountNames { accounts: names } = AccountNames::read(input)?;
    admit_accounts(service, holder, names.len())?;
    let parsed: Vec<_> = names.iter().map(|name| AccountRef::parse(name)).collect();
    let accounts: Vec<_> = parsed.iter().flatten().cloned().collect();
    let origin = input.origin();
    let changing = change_accounts(holder, service, &accounts, change, &origin, input.deadline());
    let Changes { outcomes, end } = Box::pin(changing).await;
    let end = end.map(Problem::from);
    let AccountResults { results } = match end {
        Some(end) if outcomes.iter().all(Option::is_none) => return Err(end),
        end => AccountResults::new(outcomes, end),
    };
    let not_a_name = Problem::of(ProblemType::InvalidRequest).with_detail(format!("The text {NOT_A_NAME}."));
    let mut results = results.into_iter();
    let results = parsed.iter().map(|account| match account {
        Some(_) => results.next(),
        None => Some(AccountResult::refused(&not_a_name)),
    });
    Ok(AccountResults { results: results.flatten().collect() })
}
