//! Changing an account: the one way, whoever asks. Every door to it (the Deprovisioning API, operators) keeps the same
//! rules and leaves the same events.

use tokio::time::Instant;

use crate::{
    Service,
    account::{Account, AccountChange, AccountRef, ChangeRefused},
    audit::{Action, Affected, AuditEvent, Origin},
    auth::Caller,
    company::Plan,
    http::{Problem, ProblemType},
    retry::Retries,
    tables::{CommitError, Guard, TableError},
    telemetry::{Metric, count},
};

/// Why an account was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// No such account in the caller's company.
    NotFound,
    /// A key may not bring back a Company Administrator.
    AdministratorProtected,
    /// The company would have no active administrator left.
    LastAdministrator,
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
            ChangeError::AuthorityLost => Self::of(ProblemType::Unauthenticated),
            ChangeError::Contended => Self::contended(),
            ChangeError::Failed(error) => error.into(),
        }
    }
}

/// An account, and whether it was just changed.
#[derive(Debug)]
pub struct Changed {
    /// The account as it is now.
    pub account: Account,
    /// `false` where it already was as asked: nothing was written.
    pub changed: bool,
}

/// Changes an account of the caller's company, in one transaction with the caller's authority, the company's counter
/// and the audit event. Three round trips by ID for a key holder, verification included; four by email address.
pub async fn change_account<'c>(
    caller: impl Into<Caller<'c>>,
    service: &Service,
    account: &AccountRef,
    change: AccountChange,
    origin: &Origin,
    deadline: Instant,
) -> Result<Changed, ChangeError> {
    let caller = caller.into();
    let retries = Retries::patient(deadline);
    loop {
        let found = service.tables.find_account(caller, account).await.map_err(ChangeError::Failed)?;
        let before = found.ok_or(ChangeError::NotFound)?;
        let now = service.clock.now();
        let after = match before.after(change, caller.power(), now) {
            Ok(Some(after)) => after,
            Ok(None) => {
                return Ok(Changed { account: before, changed: false });
            }
            Err(ChangeRefused::AdministratorProtected) => return Err(ChangeError::AdministratorProtected),
        };
        let (action, metric) = match change {
            AccountChange::Suspend => (Action::SuspendAccount, Some(Metric::AccountsSuspended)),
            AccountChange::Unsuspend => (Action::UnsuspendAccount, Some(Metric::AccountsUnsuspended)),
            AccountChange::SetRole(_) => (Action::ChangeRole, None),
        };
        let (company_id, affected) = (caller.company_id().clone(), Affected::from(&before));
        let event = AuditEvent::new(company_id, action, caller.actor(), affected, origin.clone(), now);
        match service.tables.change_account(caller, &before, &after, &event).await {
            Ok(()) => {
                if let Some(metric) = metric {
                    count(metric, None);
                }
                return Ok(Changed { account: after, changed: true });
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
            // Somebody changed the account in between: look again.
            Err(CommitError::Refused(_) | CommitError::Conflict) => {}
            Err(CommitError::Failed(error)) => return Err(ChangeError::Failed(error)),
        }
        if !retries.again().await {
            return Err(ChangeError::Contended);
        }
    }
}

/// Whether a person is what they were when the request came; another caller's authority never shares a write.
async fn still_authorized(caller: Caller<'_>, service: &Service) -> Result<bool, TableError> {
    let Caller::Administrator(admin) = caller else { return Ok(true) };
    let (company, account) =
        service.tables.company_and_account(admin.company_id(), &admin.account().id).await?;
    Ok(company.is_some_and(|company| company.plan == Plan::Enterprise)
        && account
            .is_some_and(|account| account.is_active_administrator() && account.admits(admin.auth_time())))
}
