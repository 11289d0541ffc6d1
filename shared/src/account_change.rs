//! Changing an account: the one way, whoever asks. Every door to it (the Deprovisioning API, SCIM, the dashboard,
//! operators) keeps the same rules and leaves the same events.

use domain::{
    account::{Account, AccountChange, AccountEdit, AccountState, After, ChangeRefused, Edit, Identifying},
    audit::{Action, Origin},
    company::Plan,
    identifiers::AccountRef,
};
use tokio::time::Instant;

use crate::{
    Service,
    auth::Caller,
    http::{Problem, ProblemType},
    random,
    retry::Retries,
    tables::{CommitError, Guard, TableError},
    telemetry::{Metric, count},
};

/// Why an account was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// No such account in the caller's company.
    NotFound,
    /// A key may not bring back, delete or re-identify a Company Administrator.
    AdministratorProtected,
    /// The company would have no active administrator left.
    LastAdministrator,
    /// The user name or email address is another account's.
    NameTaken,
    /// The external ID is another account's.
    ExternalIdTaken,
    /// The caller's authority ended before the change committed.
    AuthorityLost,
    /// Other transactions were in the way until the deadline.
    Contended,
    /// No answer from the tables.
    Failed(TableError),
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::of(ProblemType::NotFound),
            ChangeError::AdministratorProtected => Self::of(ProblemType::AdministratorProtected),
            ChangeError::LastAdministrator => Self::of(ProblemType::LastAdministrator),
            ChangeError::NameTaken => Self::name_taken(),
            ChangeError::ExternalIdTaken => Self::external_id_taken(),
            ChangeError::AuthorityLost => Self::of(ProblemType::Unauthenticated),
            ChangeError::Contended => Self::contended(),
            ChangeError::Failed(error) => error.into(),
        }
    }
}

/// An account, and whether it was just changed.
#[derive(Debug)]
pub struct Changed {
    /// The account as it is now; a deleted one as it was.
    pub account: Account,
    /// `false` where it already was as asked: nothing was written.
    pub changed: bool,
}

/// Changes an account of the caller's company, in one transaction with the caller's authority, the company's counter
/// and the audit event. Nothing stops an edit from suspending an account: what else in it the caller may not change, or
/// another account already has, is left as it is, and the event names it. Three round trips by ID for a key holder,
/// verification included; four by email address.
pub async fn change_account<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    account: &AccountRef,
    change: &AccountChange,
    origin: &Origin,
    deadline: Instant,
) -> Result<Changed, ChangeError> {
    let caller = caller.into();
    let retries = Retries::patient(deadline);
    let mut change = change.clone();
    loop {
        let found = service.tables.find_account(caller, account).await.map_err(ChangeError::Failed)?;
        let before = found.ok_or(ChangeError::NotFound)?;
        let now = service.clock.now();
        let permitted = match &change {
            AccountChange::Edit(edit) => AccountChange::Edit(before.permitted(edit, caller.power())),
            other => other.clone(),
        };
        let left_alone: &[String] =
            if let AccountChange::Edit(edit) = &permitted { &edit.left_alone } else { &[] };
        let after = match before.after(&permitted, caller.power(), now) {
            Ok(After::Same) => return Ok(Changed { account: before, changed: false }),
            Ok(after) => after,
            Err(ChangeRefused::AdministratorProtected) => return Err(ChangeError::AdministratorProtected),
        };
        let actions = before.actions(&after);
        let event = |action: &Action| {
            caller.event(*action, &before, origin, now).with(before.details(&after, *action, left_alone))
        };
        let events: Vec<_> = actions.iter().map(event).collect();
        match service.tables.change_account(caller, &before, &after, &events, now).await {
            Ok(()) => {
                count_changes(&actions);
                let account = if let After::Changed(account) = after { *account } else { before };
                return Ok(Changed { account, changed: true });
            }
            Err(CommitError::Refused(refusals))
                if refusals.contains_alone(Guard::Authority) || refusals.contains_alone(Guard::Plan) =>
            {
                return Err(ChangeError::AuthorityLost);
            }
            // Where the caller's authority sat on another's write, what is there now tells what refused it.
            Err(CommitError::Refused(refusals))
                if (refusals.contains(Guard::Authority) || refusals.contains(Guard::Plan))
                    && !still_authorized(caller, service).await.map_err(ChangeError::Failed)? =>
            {
                return Err(ChangeError::AuthorityLost);
            }
            // Only a company counter that stands still against an account that does too means what it says.
            Err(CommitError::Refused(refusals))
                if refusals.contains(Guard::Company) && !refusals.contains(Guard::Account) =>
            {
                return Err(ChangeError::LastAdministrator);
            }
            Err(CommitError::Refused(refusals))
                if (refusals.contains(Guard::Email) || refusals.contains(Guard::ExternalId))
                    && !refusals.contains(Guard::Account) =>
            {
                let taken = match &mut change {
                    AccountChange::Edit(edit) if edit.suspends() => {
                        leave_taken_alone(caller, service, edit, &before)
                            .await
                            .map_err(ChangeError::Failed)?
                    }
                    _ if refusals.contains(Guard::Email) => return Err(ChangeError::NameTaken),
                    _ => return Err(ChangeError::ExternalIdTaken),
                };
                if taken {
                    continue;
                }
            }
            // Somebody changed the account in between: look again.
            Err(CommitError::Refused(_) | CommitError::Conflict) => {}
            Err(CommitError::Failed(error)) => return Err(ChangeError::Failed(error)),
        }
        if !retries.again().await {
            return Err(ChangeError::Contended);
        }
    }
}

/// Adds an account to the caller's company, in one transaction with the caller's authority, the company's counters and
/// the audit events. Two round trips for a key holder, verification included.
pub async fn create_account<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    account: &Account,
    origin: &Origin,
    deadline: Instant,
) -> Result<Account, ChangeError> {
    let caller = caller.into();
    let retries = Retries::patient(deadline);
    let mut actions = vec![Action::CreateAccount];
    if account.state == AccountState::Suspended {
        actions.push(Action::SuspendAccount);
    }
    loop {
        let now = service.clock.now();
        // An earlier attempt may have committed out of sight, and its account may have been deleted since.
        let account = &Account { version: random::first_version(now), ..account.clone() };
        let event = |action: &Action| caller.event(*action, account, origin, now);
        let events: Vec<_> = actions.iter().map(event).collect();
        let refusals = match service.tables.create_account(caller, account, None, &events, now).await {
            Ok(()) => {
                count_changes(&actions);
                return Ok(account.clone());
            }
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Authority) => {
                return Err(ChangeError::AuthorityLost);
            }
            Err(CommitError::Refused(refusals)) => Some(refusals),
            Err(CommitError::Conflict) => None,
            Err(CommitError::Failed(error)) => return Err(ChangeError::Failed(error)),
        };
        if let Some(refusals) = refusals {
            // An attempt of ours may have committed out of sight.
            let ours = service.tables.find_account(caller, &AccountRef::Id(account.id.clone())).await;
            if let Some(ours) = ours.map_err(ChangeError::Failed)? {
                return Ok(ours);
            }
            if refusals.contains(Guard::Email) {
                return Err(ChangeError::NameTaken);
            }
            if refusals.contains(Guard::ExternalId) {
                return Err(ChangeError::ExternalIdTaken);
            }
        }
        if !retries.again().await {
            return Err(ChangeError::Contended);
        }
    }
}

/// Removes from an edit what another account already has. Returns whether it removed anything.
async fn leave_taken_alone(
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

fn count_changes(actions: &[Action]) {
    for action in actions {
        match action {
            Action::SuspendAccount => count(Metric::AccountsSuspended, None),
            Action::UnsuspendAccount => count(Metric::AccountsUnsuspended, None),
            _ => {}
        }
    }
}

/// Whether a person is what they were when the request came; another caller's authority never shares a write.
async fn still_authorized(caller: Caller<'_>, service: &Service) -> Result<bool, TableError> {
    let Caller::Administrator(admin) = caller else { return Ok(true) };
    let (company, account) =
        service.tables.company_and_account(admin.company_id(), &admin.account().id).await?;
    Ok(company.is_some_and(|company| company.plan == Plan::Enterprise)
        && account.is_some_and(|account| {
            account.is_active_administrator()
                && account.admits(admin.auth_time())
                && account.created_at == admin.account().created_at
        }))
}
