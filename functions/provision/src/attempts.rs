//! The operations that a run attempts until they are done.

use domain::{
    account::Account,
    audit::{Action, Affected, Details},
    company::{Company, Plan},
    identifiers::AccountRef,
    identity::Identity,
    key::ApiKeyRecord,
    limits::{Limit, Limits},
    time::Timestamp,
};
use store::{
    CommitError, Guard, random,
    retry::{Attempt, Operation},
};
use web::{Problem, ProblemType};

use crate::{
    Outcome, Refused,
    run::{Run, account_result, outcome},
};

const IDENTITY_TAKEN: &str = "The identity is bound to another account.";

/// Creates a company. The result is its administrator, or `None` if the company exists.
pub(crate) struct CompanyCreation<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) company: &'a Company,
    pub(crate) administrator: &'a Account,
    pub(crate) identity: Option<&'a Identity>,
}

impl Operation for CompanyCreation<'_> {
    type Done = Option<Account>;
    type Refused = Refused;

    async fn attempt(&mut self) -> Result<Attempt<Option<Account>>, Refused> {
        let Self { run, company, administrator, identity } = self;
        let event = run.event(Action::CreateCompany, Affected::Company);
        let administrator = another_attempt(administrator, event.at);
        let tables = &run.service.tables;
        match tables.create_company(&run.operator, company, &administrator, *identity, &event).await {
            Ok(()) => Ok(Attempt::Done(Some(administrator))),
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Company) => {
                Ok(Attempt::Done(None))
            }
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Identity) => {
                Err(Refused::exists(IDENTITY_TAKEN))
            }
            Err(CommitError::Refused(refusals))
                if refusals.contains(Guard::Account) || refusals.contains(Guard::Email) =>
            {
                Err(Refused::exists("The company doesn't exist, but an account of it does."))
            }
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Adds an account. The result is the account, or `None` if an account with its email address or identifier exists.
pub(crate) struct AccountAddition<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) account: &'a Account,
    pub(crate) identity: Option<&'a Identity>,
}

impl Operation for AccountAddition<'_> {
    type Done = Option<Account>;
    type Refused = Refused;

    async fn attempt(&mut self) -> Result<Attempt<Option<Account>>, Refused> {
        let Self { run, account, identity } = self;
        let event = run.event(Action::CreateAccount, &**account);
        let (account, now) = (another_attempt(account, event.at), event.at);
        match run.service.tables.create_account(&run.operator, &account, *identity, &[event], now).await {
            Ok(()) => Ok(Attempt::Done(Some(account))),
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Company) => {
                Err(Problem::of(ProblemType::NotFound).with_detail("This company doesn't exist.").into())
            }
            Err(CommitError::Refused(refusals))
                if refusals.contains(Guard::Email) || refusals.contains(Guard::Account) =>
            {
                Ok(Attempt::Done(None))
            }
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Identity) => {
                Err(Refused::exists(IDENTITY_TAKEN))
            }
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Binds another sign-in to an account.
pub(crate) struct IdentityAddition<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) account: AccountRef,
    pub(crate) identity: &'a Identity,
}

impl Operation for IdentityAddition<'_> {
    type Done = Outcome;
    type Refused = Refused;

    async fn attempt(&mut self) -> Result<Attempt<Outcome>, Refused> {
        let Self { run, account, identity } = self;
        let account = run.find(account).await?;
        let account = account.ok_or_else(|| Refused::from(Problem::of(ProblemType::NotFound)))?;
        // The transaction has the same condition, because the account may change after this check.
        if account.identities.len() >= Identity::PER_ACCOUNT {
            return unless_bound(run, &account, identity, Refused::identity_limit_reached()).await;
        }
        let event = run.event(Action::AddIdentity, &account);
        match run.service.tables.add_identity(&run.operator, &account, identity, &event).await {
            Ok(()) => Ok(Attempt::Done(outcome(true, account_result(&account)))),
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Identity) => {
                unless_bound(run, &account, identity, Refused::exists(IDENTITY_TAKEN)).await
            }
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Finishes without a change if the account already has the sign-in. Otherwise refuses.
async fn unless_bound(
    run: &Run<'_>,
    account: &Account,
    identity: &Identity,
    refused: Refused,
) -> Result<Attempt<Outcome>, Refused> {
    if run.is_bound(account, Some(identity)).await? {
        Ok(Attempt::Done(outcome(false, account_result(account))))
    } else {
        Err(refused)
    }
}

/// Changes the company's plan. The result is whether it changed, and the company's active keys.
pub(crate) struct PlanChange<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) plan: Plan,
}

impl Operation for PlanChange<'_> {
    type Done = (bool, Vec<ApiKeyRecord>);
    type Refused = Refused;

    async fn attempt(&mut self) -> Result<Attempt<Self::Done>, Refused> {
        let &mut Self { run, plan } = self;
        let tables = &run.service.tables;
        let company =
            run.company().await?.ok_or_else(|| Refused::from(Problem::of(ProblemType::NotFound)))?;
        let keys = tables.active_keys(&run.operator, &company).await?;
        if company.plan == plan {
            return Ok(Attempt::Done((false, keys)));
        }
        let event = run.event(Action::ChangePlan, Affected::Company);
        match tables.change_plan(&run.operator, &company, &keys, plan, &event).await {
            Ok(()) => Ok(Attempt::Done((true, keys))),
            // A key was created or revoked in between. Read again.
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Changes the company's limits of requests. The result is whether they changed, and what they are now.
pub(crate) struct LimitsChange<'a> {
    pub(crate) run: &'a Run<'a>,
    pub(crate) numbers: &'a [(Limit, Option<u32>)],
}

impl Operation for LimitsChange<'_> {
    type Done = (bool, Limits);
    type Refused = Refused;

    async fn attempt(&mut self) -> Result<Attempt<Self::Done>, Refused> {
        let &mut Self { run, numbers } = self;
        let tables = &run.service.tables;
        let company =
            run.company().await?.ok_or_else(|| Refused::from(Problem::of(ProblemType::NotFound)))?;
        let change = |limits: Limits, (limit, number): &(Limit, Option<u32>)| limits.with(*limit, *number);
        let limits = numbers.iter().fold(company.limits, change);
        if limits == company.limits {
            return Ok(Attempt::Done((false, limits)));
        }
        let keys = tables.active_keys(&run.operator, &company).await?;
        let details = Details { limits: Some(limits.explicit()), ..Details::default() };
        let event = run.event(Action::ChangeLimits, Affected::Company).with(details);
        match tables.change_limits(&run.operator, &company, &keys, &limits, &event).await {
            Ok(()) => Ok(Attempt::Done((true, limits))),
            // A key was created or revoked in between. Read again.
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// The account for one attempt to create it. An earlier attempt may have committed without our seeing its response, and
/// its account may have been deleted since.
fn another_attempt(account: &Account, now: Timestamp) -> Account {
    Account {
        version: random::first_version(now),
        created_at: Some(now),
        modified_at: Some(now),
        ..account.clone()
    }
}
