//! Operators' work on a company: create it, add accounts and identities, change roles and plans, bring a suspended
//! account back. Invoked with IAM (`sam remote invoke`), no HTTP route.
//!
//! Promises: each run is one transaction with an audit event that the customer sees; repeating a run changes nothing
//! more; leaving the Enterprise plan freezes the company's active keys in the same transaction.

mod request;

use std::{collections::BTreeMap, fmt, time::Duration};

use domain::{
    account::{Account, AccountChange, Names, Role},
    audit::{Action, Affected, AuditEvent, Origin},
    company::{Company, Plan},
    identifiers::{AccountId, AccountRef},
    identity::Identity,
    time::Timestamp,
};
use lambda_runtime::Diagnostic;
use serde::Serialize;
use serde_json::{Value, json};
use shared::{
    Service,
    account_change::change_account,
    auth::{Caller, Operator},
    config,
    http::{Problem, ProblemType},
    random,
    retry::Retries,
    tables::{CommitError, Guard},
    wire::Account as AccountShape,
};
use tokio::time::Instant;
use tracing::{Instrument, Span, field::Empty};

pub use request::{NewAccount, Request, Work};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "provision";

const UNAVAILABLE: &str = "The run could not be carried out just now, or its outcome is unknown. Run it again: what is done \
                           already is not done twice.";

/// What came of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Whether anything changed; `false` for a run that was carried out before.
    pub changed: bool,
    /// The account or company as it is now.
    #[serde(flatten)]
    pub result: Value,
}

/// Why a run was refused. Becomes the function's error: `errorType` and `errorMessage`.
#[derive(Debug)]
pub struct Refused {
    kind: &'static str,
    message: String,
    source: Option<String>,
}

impl Refused {
    fn exists(message: &str) -> Self {
        Self { kind: "already-exists", message: message.into(), source: None }
    }

    fn identity_limit_reached() -> Self {
        let message = format!("The account has {} sign-ins, the most it may have.", Identity::PER_ACCOUNT);
        Self { kind: "identity-limit-reached", message, source: None }
    }

    /// What kind of refusal.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        let errors = problem.errors().iter().map(|error| format!(" {} {}.", error.field, error.detail));
        let errors = errors.chain(problem.and_more().map(|more| format!(" {more}")));
        let detail = match problem.kind() {
            // The problem's own speaks of headers, which an operator doesn't see.
            ProblemType::Unavailable => UNAVAILABLE,
            _ => problem.detail(),
        };
        let message = format!("{detail}{}", errors.collect::<String>());
        Self { kind: problem.kind().name(), message, source: problem.source().map(ToString::to_string) }
    }
}

impl From<Refused> for Diagnostic {
    fn from(refused: Refused) -> Self {
        Self { error_type: refused.kind.into(), error_message: refused.message }
    }
}

/// Carries out one run, and logs what came of it. `request_id` is the invocation's.
pub async fn handle(service: &Service, event: Value, request_id: &str) -> Result<Outcome, Refused> {
    let span = tracing::info_span!(
        "request",
        function = NAME,
        requestId = request_id,
        companyId = Empty,
        outcome = Empty
    );
    async {
        let result = read_and_carry_out(service, event, request_id).await;
        let outcome = result.as_ref().map_or_else(|refused| refused.kind, |_| "ok");
        Span::current().record("outcome", outcome);
        if let Some(source) = result.as_ref().err().and_then(|refused| refused.source.as_ref()) {
            tracing::error!(error = %source, "answered");
        } else {
            tracing::info!("answered");
        }
        result
    }
    .instrument(span)
    .await
}

async fn read_and_carry_out(service: &Service, event: Value, request_id: &str) -> Result<Outcome, Refused> {
    let request = Request::read(event)?;
    Span::current().record("companyId", request.company_id.as_str());
    let operator = Operator::admitted_by_iam(request.company_id, request.operator);
    let run = Run {
        service,
        operator,
        origin: Origin { ip: None, request_id: request_id.into() },
        deadline: Instant::now() + config::REQUEST_TIME,
    };
    let carried_out = tokio::time::timeout_at(run.deadline, run.carry_out(request.work)).await;
    let passed = |_| Refused::from(Problem::of(ProblemType::Unavailable).with_source("the deadline passed"));
    carried_out.map_err(passed)?
}

/// One operator's work on one company.
struct Run<'a> {
    service: &'a Service,
    operator: Operator,
    origin: Origin,
    deadline: Instant,
}

impl Run<'_> {
    async fn carry_out(&self, work: Work) -> Result<Outcome, Refused> {
        match work {
            Work::CreateCompany { name, plan, administrator } => {
                self.create_company(name, plan, &administrator).await
            }
            Work::AddAccount(account) => self.add_account(&account).await,
            Work::AddIdentity { account_id, identity } => self.add_identity(account_id, &identity).await,
            Work::ChangeRole { account_id, role } => {
                self.change(account_id, AccountChange::SetRole(role)).await
            }
            Work::UnsuspendAccount { account_id } => self.change(account_id, AccountChange::Unsuspend).await,
            Work::ChangePlan { plan } => self.change_plan(plan).await,
        }
    }

    fn event(&self, action: Action, affected: impl Into<Affected>) -> AuditEvent {
        Caller::from(&self.operator).event(action, affected, &self.origin, self.service.clock.now())
    }

    /// Waits for another attempt, or says that it is not worth while.
    async fn again(&self, retries: &Retries) -> Result<(), Refused> {
        if retries.again().await { Ok(()) } else { Err(Problem::contended().into()) }
    }

    async fn company(&self) -> Result<Option<Company>, Refused> {
        self.service.tables.company(&self.operator).await.map_err(|error| Problem::from(error).into())
    }

    async fn find(&self, account: &AccountRef) -> Result<Option<Account>, Refused> {
        let found = self.service.tables.find_account(&self.operator, account).await;
        found.map_err(|error| Problem::from(error).into())
    }

    /// Whether the account has this identity; any has none.
    async fn is_bound(&self, account: &Account, identity: Option<&Identity>) -> Result<bool, Refused> {
        let Some(identity) = identity else { return Ok(true) };
        let bound = self.service.tables.is_bound_to(&self.operator, account, identity).await;
        bound.map_err(|error| Problem::from(error).into())
    }

    fn account(&self, new: &NewAccount, role: Role) -> Result<Account, Refused> {
        let id = match &new.account_id {
            Some(id) => id.clone(),
            None => AccountId::parse(&random::ulid(self.service.clock.now())).ok_or_else(|| {
                Refused::from(Problem::of(ProblemType::InternalError).with_source("a ULID is an account ID"))
            })?,
        };
        let (company_id, names) = (self.operator.company_id().clone(), Names::shown_as(new.name.clone()));
        let now = self.service.clock.now();
        Ok(Account::new(company_id, id, new.email.clone(), names, role, random::first_version(now), now))
    }

    async fn create_company(&self, name: String, plan: Plan, admin: &NewAccount) -> Result<Outcome, Refused> {
        let retries = Retries::patient(self.deadline);
        let administrator = self.account(admin, Role::CompanyAdmin)?;
        let company = Company {
            id: self.operator.company_id().clone(),
            name,
            plan,
            active_administrators: 1,
            accounts: 1,
            active_keys: BTreeMap::new(),
        };
        loop {
            let event = self.event(Action::CreateCompany, Affected::Company);
            let administrator = another_attempt(&administrator, event.at);
            let identity = admin.identity.as_ref();
            let tables = &self.service.tables;
            match tables.create_company(&self.operator, &company, &administrator, identity, &event).await {
                Ok(()) => return Ok(outcome(true, company_result(&company, &administrator))),
                Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Company) => break,
                Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Identity) => {
                    return Err(Refused::exists("The identity is bound to another account."));
                }
                Err(CommitError::Refused(refusals))
                    if refusals.contains(Guard::Account) || refusals.contains(Guard::Email) =>
                {
                    return Err(Refused::exists("The company is not there, but an account of it is."));
                }
                Err(CommitError::Refused(_) | CommitError::Conflict) => self.again(&retries).await?,
                Err(CommitError::Failed(error)) => return Err(Problem::from(error).into()),
            }
        }
        let taken = || Refused::exists("A company with this companyId exists and is not as asked for.");
        let existing = self.company().await?.ok_or_else(taken)?;
        let first = self.find(&AccountRef::Email(admin.email.clone())).await?.ok_or_else(taken)?;
        let same = existing.name == company.name
            && admin.account_id.as_ref().is_none_or(|id| *id == first.id)
            && first.name() == administrator.name()
            && self.is_bound(&first, admin.identity.as_ref()).await?;
        if same { Ok(outcome(false, company_result(&existing, &first))) } else { Err(taken()) }
    }

    async fn add_account(&self, new: &NewAccount) -> Result<Outcome, Refused> {
        let retries = Retries::patient(self.deadline);
        let account = self.account(new, new.role.unwrap_or(Role::Member))?;
        loop {
            let event = self.event(Action::CreateAccount, &account);
            let account = another_attempt(&account, event.at);
            let identity = new.identity.as_ref();
            let tables = &self.service.tables;
            let now = event.at;
            match tables.create_account(&self.operator, &account, identity, &[event], now).await {
                Ok(()) => return Ok(outcome(true, account_result(&account))),
                Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Company) => {
                    return Err(Problem::of(ProblemType::NotFound)
                        .with_detail("There is no such company.")
                        .into());
                }
                Err(CommitError::Refused(refusals))
                    if refusals.contains(Guard::Email) || refusals.contains(Guard::Account) =>
                {
                    break;
                }
                Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Identity) => {
                    return Err(Refused::exists("The identity is bound to another account."));
                }
                Err(CommitError::Refused(_) | CommitError::Conflict) => self.again(&retries).await?,
                Err(CommitError::Failed(error)) => return Err(Problem::from(error).into()),
            }
        }
        let taken =
            || Refused::exists("An account with this email or accountId exists and is not as asked for.");
        let existing = self.find(&AccountRef::Email(new.email.clone())).await?.ok_or_else(taken)?;
        let same = existing.name() == account.name()
            && existing.role == account.role
            && new.account_id.as_ref().is_none_or(|id| *id == existing.id)
            && self.is_bound(&existing, new.identity.as_ref()).await?;
        if same { Ok(outcome(false, account_result(&existing))) } else { Err(taken()) }
    }

    async fn add_identity(&self, account_id: AccountId, identity: &Identity) -> Result<Outcome, Refused> {
        let retries = Retries::patient(self.deadline);
        loop {
            let account = self.find(&AccountRef::Id(account_id.clone())).await?;
            let account = account.ok_or_else(|| Refused::from(Problem::of(ProblemType::NotFound)))?;
            // The transaction has the same condition, for what changes from here on.
            if account.identities.len() >= Identity::PER_ACCOUNT {
                return if self.is_bound(&account, Some(identity)).await? {
                    Ok(outcome(false, account_result(&account)))
                } else {
                    Err(Refused::identity_limit_reached())
                };
            }
            let event = self.event(Action::AddIdentity, &account);
            match self.service.tables.add_identity(&self.operator, &account, identity, &event).await {
                Ok(()) => return Ok(outcome(true, account_result(&account))),
                Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Identity) => {
                    return if self.is_bound(&account, Some(identity)).await? {
                        Ok(outcome(false, account_result(&account)))
                    } else {
                        Err(Refused::exists("The identity is bound to another account."))
                    };
                }
                Err(CommitError::Refused(_) | CommitError::Conflict) => self.again(&retries).await?,
                Err(CommitError::Failed(error)) => return Err(Problem::from(error).into()),
            }
        }
    }

    async fn change(&self, account_id: AccountId, change: AccountChange) -> Result<Outcome, Refused> {
        let account = AccountRef::Id(account_id);
        let changed =
            change_account(&self.operator, self.service, &account, &change, &self.origin, self.deadline)
                .await;
        let changed = changed.map_err(Problem::from)?;
        Ok(outcome(changed.changed, account_result(&changed.account)))
    }

    async fn change_plan(&self, plan: Plan) -> Result<Outcome, Refused> {
        // Up to fifty keys' items are in it, each of which the holder's writes check: it must come between them.
        let retries = Retries::urgent(self.deadline);
        let result = json!({"companyId": self.operator.company_id().as_str(), "plan": plan.id()});
        loop {
            let company =
                self.company().await?.ok_or_else(|| Refused::from(Problem::of(ProblemType::NotFound)))?;
            if company.plan == plan {
                return Ok(outcome(false, result));
            }
            let keys =
                self.service.tables.active_keys(&self.operator, &company).await.map_err(Problem::from)?;
            let event = self.event(Action::ChangePlan, Affected::Company);
            match self.service.tables.change_plan(&self.operator, &company, &keys, plan, &event).await {
                Ok(()) => return Ok(outcome(true, result)),
                // A key was created or revoked in between: look again.
                Err(CommitError::Refused(_) | CommitError::Conflict) => self.again(&retries).await?,
                Err(CommitError::Failed(error)) => return Err(Problem::from(error).into()),
            }
        }
    }
}

fn outcome(changed: bool, result: Value) -> Outcome {
    Outcome { changed, result }
}

/// The account for one attempt to create it: an earlier one may have committed out of sight, and its account may have been
/// deleted since.
fn another_attempt(account: &Account, now: Timestamp) -> Account {
    Account {
        version: random::first_version(now),
        created_at: Some(now),
        modified_at: Some(now),
        ..account.clone()
    }
}

fn account_result(account: &Account) -> Value {
    json!({"companyId": account.company_id.as_str(), "account": AccountShape::from(account)})
}

fn company_result(company: &Company, administrator: &Account) -> Value {
    let mut result = account_result(administrator);
    result["name"] = company.name.clone().into();
    result["plan"] = company.plan.id().into();
    result
}

/// Opens the connection to `DynamoDB` during Lambda's init phase; failing does no harm.
pub async fn warm_up(service: &Service) {
    if let Some(company_id) = domain::identifiers::CompanyId::parse("warm-up") {
        let operator = Operator::admitted_by_iam(company_id, NAME.into());
        let _ = tokio::time::timeout(Duration::from_secs(2), service.tables.company(&operator)).await;
    }
}
