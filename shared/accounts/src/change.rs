//! Changes accounts, one or many.

use domain::{account::AccountChange, audit::Origin, identifiers::AccountRef};
use store::{
    Caller, CurrentCaller, Service,
    retry::{Contended, Pace, until_done},
};
use tokio::time::Instant;

use crate::{
    batch::Batch,
    changed::Changed,
    error::{AccountRefused, ChangeError},
};

/// The maximum number of accounts that one call changes. One batched read finds as many.
pub const MOST_ACCOUNTS: usize = 100;

/// What became of several accounts.
#[derive(Debug)]
pub struct Changes {
    /// The outcome for each name, in the order of the names. `None` if the operation ended before there was one. A
    /// change that was in progress then may or may not have been made.
    pub outcomes: Vec<Option<Result<Changed, AccountRefused>>>,
    /// Why the operation ended before every account had an outcome. `None` if every account has one.
    pub end: Option<ChangeError>,
}

/// Changes up to [`MOST_ACCOUNTS`] accounts of the caller's company. Each change is in one transaction with the caller's authority,
/// the company's counters and the audit event. Nothing prevents an edit from suspending an account. Other changes in
/// the edit that the caller may not make, or whose value another account already has, are ignored, and the event lists
/// them.
///
/// A refusal for one account doesn't affect the others. Members share transactions. Administrators are changed one after
/// the other, and the caller last. Of several names of the same account, the first one counts, and the others have the
/// outcome of a repetition.
///
/// For a key holder, a change of one account takes three round trips by ID and four by email address, including
/// verification. A change of 100 members by address takes six.
pub async fn change_accounts<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    accounts: &[AccountRef],
    change: &AccountChange,
    origin: &Origin,
    deadline: Instant,
) -> Changes {
    let caller = caller.into();
    let mut batch = Batch::new(CurrentCaller::new(caller), service, accounts, change, origin);
    let end = until_done(Pace::of(caller), deadline, &mut batch).await.err();
    Changes { outcomes: batch.into_outcomes(), end }
}

/// Changes one account, as [`change_accounts`] does.
pub async fn change_account<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    account: &AccountRef,
    change: &AccountChange,
    origin: &Origin,
    deadline: Instant,
) -> Result<Changed, ChangeError> {
    let one = std::slice::from_ref(account);
    let Changes { mut outcomes, end } =
        Box::pin(change_accounts(caller, service, one, change, origin, deadline)).await;
    match (outcomes.pop().flatten(), end) {
        (Some(outcome), _) => Ok(outcome?),
        (None, Some(end)) => Err(end),
        (None, None) => Err(Contended.into()),
    }
}
