//! Changes an account.

use domain::{
    account::{Account, AccountChange, AccountEdit, After, ChangeRefused, Edit, Identifying},
    audit::Origin,
    identifiers::AccountRef,
};
use store::{
    Caller, CommitError, CurrentCaller, Guard, Refusals, Service, TableError,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::{error::ChangeError, metrics::count_changes};

/// An account, and whether it was just changed.
#[derive(Debug)]
pub struct Changed {
    /// The account as it is now, or as it was if it was deleted.
    pub account: Account,
    /// `false` if the account was already as requested. Nothing was written.
    pub changed: bool,
}

/// Changes an account of the caller's company, in one transaction with the caller's authority, the company's counter
/// and the audit event. Nothing prevents an edit from suspending an account. Other changes in the edit that the caller
/// may not make, or whose value another account already has, are ignored, and the event lists them. For a key holder, a
/// change takes three round trips by ID and four by email address, including verification.
pub async fn change_account<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    account: &AccountRef,
    change: &AccountChange,
    origin: &Origin,
    deadline: Instant,
) -> Result<Changed, ChangeError> {
    let caller = caller.into();
    let (pace, caller) = (Pace::of(caller), CurrentCaller::new(caller));
    let operation = Change { caller, service, account, asked: change.clone(), origin, read: None };
    until_done(pace, deadline, operation).await
}

struct Change<'a> {
    caller: CurrentCaller<'a>,
    service: &'a Service,
    account: &'a AccountRef,
    asked: AccountChange,
    origin: &'a Origin,
    /// The account, if it need not be read again.
    read: Option<Account>,
}

impl Operation for Change<'_> {
    type Done = Changed;
    type Refused = ChangeError;

    async fn attempt(&mut self) -> Result<Attempt<Changed>, ChangeError> {
        let Self { caller: current, service, account, asked: change, origin, read } = self;
        let caller = current.get();
        let before = match read.take() {
            Some(before) => before,
            None => service.tables.find_account(caller, account).await?.ok_or(ChangeError::NotFound)?,
        };
        let now = service.clock.now();
        let permitted = match &*change {
            AccountChange::Edit(edit) => AccountChange::Edit(before.permitted(edit, caller.power())),
            other => other.clone(),
        };
        let left_alone: &[String] =
            if let AccountChange::Edit(edit) = &permitted { &edit.left_alone } else { &[] };
        let after = match before.after(&permitted, caller.power(), now) {
            Ok(After::Same) => return Ok(Attempt::Done(Changed { account: before, changed: false })),
            Ok(after) => after,
            Err(ChangeRefused::AdministratorProtected) => return Err(ChangeError::AdministratorProtected),
        };
        let actions = before.actions(&after);
        let events: Vec<_> = actions
            .iter()
            .map(|action| {
                let details = before.details(&after, *action, left_alone);
                caller.event(*action, &before, origin, now).with(details)
            })
            .collect();
        match service.tables.change_account(caller, &before, &after, &events, now).await {
            Ok(()) => {
                count_changes(&actions);
                let account = if let After::Changed(account) = after { *account } else { before };
                Ok(Attempt::Done(Changed { account, changed: true }))
            }
            Err(CommitError::Refused(refusals)) => {
                retry_unless_refused(current, service, change, &before, &refusals).await
            }
            Err(CommitError::Conflict(held)) => {
                // If the account wasn't held, it need not be read again: the transaction has a condition on its version.
                *read = held.is_only(Guard::Authority).then_some(before);
                Ok(Attempt::Again)
            }
            Err(CommitError::Failed(error)) => Err(ChangeError::Failed(error)),
        }
    }
}

/// Decides whether to retry a refused change, and with which remaining edit.
async fn retry_unless_refused<T>(
    caller: &mut CurrentCaller<'_>,
    service: &Service,
    change: &mut AccountChange,
    before: &Account,
    refusals: &Refusals,
) -> Result<Attempt<T>, ChangeError> {
    if refusals.contains(Guard::Authority) || refusals.contains(Guard::Plan) {
        // The current state shows which condition failed if the condition on an administrator was combined with another
        // write. It also shows whether something was taken away from a key that this request doesn't need.
        if !caller.still_authorized(service).await? {
            return Err(ChangeError::AuthorityLost);
        }
        if refusals.contains_alone(Guard::Authority) {
            return Ok(Attempt::Again);
        }
    }
    let caller = caller.get();
    // The account changed in between. Read it again.
    if refusals.contains(Guard::Account) {
        return Ok(Attempt::Again);
    }
    // The refusal of the company's counter is reliable only if the account is unchanged.
    if refusals.contains(Guard::Company) {
        return Err(ChangeError::LastAdministrator);
    }
    if refusals.contains(Guard::Email) || refusals.contains(Guard::ExternalId) {
        let taken = match change {
            AccountChange::Edit(edit) if edit.suspends() => {
                ignore_taken_values(caller, service, edit, before).await?
            }
            _ if refusals.contains(Guard::Email) => return Err(ChangeError::NameTaken),
            _ => return Err(ChangeError::ExternalIdTaken),
        };
        if taken {
            return Ok(Attempt::AgainImmediately);
        }
    }
    Ok(Attempt::Again)
}

/// Removes the values from an edit that another account already has. Returns whether it removed any.
async fn ignore_taken_values(
    caller: Caller<'_>,
    service: &Service,
    edit: &mut AccountEdit,
    account: &Account,
) -> Result<bool, TableError> {
    let external_id = if let Edit::Set(id) = &edit.external_id { Some(id.clone()) } else { None };
    let mut taken = false;
    for (attribute, named) in [
        (Identifying::UserName, edit.user_name.clone().map(AccountRef::UserName)),
        (Identifying::Email, edit.email.clone().map(AccountRef::Email)),
        (Identifying::ExternalId, external_id.map(AccountRef::ExternalId)),
    ] {
        let Some(named) = named else { continue };
        let holder = service.tables.find_account(caller, &named).await?;
        if holder.is_some_and(|holder| holder.id != account.id) {
            edit.leave_alone(attribute);
            taken = true;
        }
    }
    Ok(taken)
}
