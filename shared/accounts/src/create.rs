//! Adds an account.

use domain::{
    account::{Account, AccountState},
    audit::{Action, Origin},
    identifiers::AccountRef,
};
use store::{
    Caller, CommitError, CurrentCaller, Guard, Service, random,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::{
    error::{AccountRefused, ChangeError},
    metrics::count_changes,
};

/// Adds an account to the caller's company, in one transaction with the caller's authority, the company's counters and
/// the audit events. For a key holder, this takes two round trips, including verification.
pub async fn create_account<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    account: &Account,
    origin: &Origin,
    deadline: Instant,
) -> Result<Account, ChangeError> {
    let caller = caller.into();
    let (pace, caller) = (Pace::of(caller), CurrentCaller::new(caller));
    until_done(pace, deadline, Creation { caller, service, account, origin }).await
}

struct Creation<'a> {
    caller: CurrentCaller<'a>,
    service: &'a Service,
    account: &'a Account,
    origin: &'a Origin,
}

impl Operation for Creation<'_> {
    type Done = Account;
    type Refused = ChangeError;

    async fn attempt(&mut self) -> Result<Attempt<Account>, ChangeError> {
        let Self { caller: current, service, account, origin } = self;
        let caller = current.get();
        let mut actions = vec![Action::CreateAccount];
        if account.state == AccountState::Suspended {
            actions.push(Action::SuspendAccount);
        }
        let now = service.clock.now();
        // An earlier attempt may have committed without our seeing its response, and its account may have been deleted
        // since.
        let mut account = Account { version: random::first_version(now), ..(*account).clone() };
        let events: Vec<_> =
            actions.iter().map(|action| caller.event(*action, &account, origin, now)).collect();
        let suspension = events.iter().find(|event| event.action == Action::SuspendAccount);
        if let Some(event) = suspension {
            account.suspended_by.note_event(&event.id);
        }
        let account = &account;
        let refusals = match service.tables.create_account(caller, account, None, &events, now).await {
            Ok(()) => {
                count_changes(actions);
                return Ok(Attempt::Done(account.clone()));
            }
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Authority) => {
                current.check_authority(service).await??;
                return Ok(Attempt::Again);
            }
            Err(CommitError::Refused(refusals)) => refusals,
            Err(CommitError::Conflict(_)) => return Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => return Err(ChangeError::Failed(error)),
        };
        // An earlier attempt of ours may have committed without our seeing its response.
        let ours = service.tables.find_account(caller, &AccountRef::Id(account.id.clone())).await?;
        if let Some(ours) = ours {
            return Ok(Attempt::Done(ours));
        }
        if refusals.contains(Guard::Email) {
            return Err(AccountRefused::NameTaken.into());
        }
        if refusals.contains(Guard::ExternalId) {
            return Err(AccountRefused::ExternalIdTaken.into());
        }
        Ok(Attempt::Again)
    }
}
