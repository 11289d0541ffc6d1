//! One operator's work on one company.

use std::collections::{BTreeMap, BTreeSet};

use accounts::change_account;
use domain::{
    account::{Account, AccountChange, Names, Role},
    audit::{Action, Affected, AuditEvent, Origin},
    company::{Company, Plan},
    identifiers::{AccountId, AccountRef},
    identity::Identity,
    limits::{Limit, Limits},
    policy::PolicyInForce,
};
use serde_json::{Value, json};
use store::{
    Caller, Operator, Service, random,
    retry::{Pace, until_done},
};
use tokio::time::Instant;
use web::{
    Problem, ProblemType,
    wire::{AccountView, RequestLimits},
};

use crate::{
    NewAccount, Outcome, Refused, Work,
    attempts::{AccountAddition, CompanyCreation, IdentityAddition, LimitsChange, PlanChange},
};

/// One operator's work on one company.
pub(crate) struct Run<'a> {
    pub(crate) service: &'a Service,
    pub(crate) operator: Operator,
    pub(crate) origin: Origin,
    pub(crate) deadline: Instant,
}

impl Run<'_> {
    pub(crate) async fn carry_out(&self, work: Work) -> Result<Outcome, Refused> {
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
            Work::ChangeLimits(numbers) => self.change_limits(&numbers).await,
        }
    }

    pub(crate) fn event(&self, action: Action, affected: impl Into<Affected>) -> AuditEvent {
        Caller::from(&self.operator).event(action, affected, &self.origin, self.service.clock.now())
    }

    pub(crate) async fn company(&self) -> Result<Option<Company>, Refused> {
        self.service.tables.company(&self.operator).await.map_err(|error| Problem::from(error).into())
    }

    pub(crate) async fn find(&self, account: &AccountRef) -> Result<Option<Account>, Refused> {
        let found = self.service.tables.find_account(&self.operator, account).await;
        found.map_err(|error| Problem::from(error).into())
    }

    /// Whether the account has this identity. True if no identity is given.
    pub(crate) async fn is_bound(
        &self,
        account: &Account,
        identity: Option<&Identity>,
    ) -> Result<bool, Refused> {
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
        let administrator = self.account(admin, Role::CompanyAdmin)?;
        let company = Company {
            id: self.operator.company_id().clone(),
            name,
            plan,
            plan_version: 0,
            active_administrators: 1,
            limits: Limits::default(),
            limits_version: 0,
            active_keys: BTreeMap::new(),
            ended_keys: BTreeSet::new(),
            rotating_keys: BTreeMap::new(),
            rotations: 0,
            policy: Some(PolicyInForce::of_new_company(self.service.clock.now())),
            policy_version: 0,
        };
        let identity = admin.identity.as_ref();
        let creation =
            CompanyCreation { run: self, company: &company, administrator: &administrator, identity };
        let created = until_done(Pace::Person, self.deadline, creation).await?;
        if let Some(administrator) = created {
            return Ok(outcome(true, company_result(&company, &administrator)));
        }
        let taken = || Refused::exists("A company with this companyId exists and differs from the request.");
        let existing = self.company().await?.ok_or_else(taken)?;
        let first = self.find(&AccountRef::Email(admin.email.clone())).await?.ok_or_else(taken)?;
        let same = existing.name == company.name
            && admin.account_id.as_ref().is_none_or(|id| *id == first.id)
            && first.name() == administrator.name()
            && self.is_bound(&first, admin.identity.as_ref()).await?;
        if same { Ok(outcome(false, company_result(&existing, &first))) } else { Err(taken()) }
    }

    async fn add_account(&self, new: &NewAccount) -> Result<Outcome, Refused> {
        let account = self.account(new, new.role.unwrap_or(Role::Member))?;
        let addition = AccountAddition { run: self, account: &account, identity: new.identity.as_ref() };
        if let Some(account) = until_done(Pace::Person, self.deadline, addition).await? {
            return Ok(outcome(true, account_result(&account)));
        }
        let taken = || {
            Refused::exists("An account with this email or accountId exists and differs from the request.")
        };
        let existing = self.find(&AccountRef::Email(new.email.clone())).await?.ok_or_else(taken)?;
        let same = existing.name() == account.name()
            && existing.role == account.role
            && new.account_id.as_ref().is_none_or(|id| *id == existing.id)
            && self.is_bound(&existing, new.identity.as_ref()).await?;
        if same { Ok(outcome(false, account_result(&existing))) } else { Err(taken()) }
    }

    async fn add_identity(&self, account_id: AccountId, identity: &Identity) -> Result<Outcome, Refused> {
        let addition = IdentityAddition { run: self, account: AccountRef::Id(account_id), identity };
        until_done(Pace::Person, self.deadline, addition).await
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
        let result = json!({"companyId": self.operator.company_id().as_str(), "plan": plan.id()});
        let change = PlanChange { run: self, plan };
        let (changed, keys) = until_done(Pace::Urgent, self.deadline, change).await?;
        if plan != Plan::Enterprise {
            // Writes that began before the keys were frozen must not commit after the answer. An earlier run may have
            // frozen the keys and been broken off, so this is done even if nothing changed.
            let (tables, now) = (&self.service.tables, self.service.clock.now());
            tables.settle_gates(&self.operator, &keys, now, self.deadline).await?;
        }
        Ok(outcome(changed, result))
    }

    async fn change_limits(&self, numbers: &[(Limit, Option<u32>)]) -> Result<Outcome, Refused> {
        let change = LimitsChange { run: self, numbers };
        let (changed, limits) = until_done(Pace::Person, self.deadline, change).await?;
        let company_id = self.operator.company_id().as_str();
        Ok(outcome(changed, json!({"companyId": company_id, "limits": RequestLimits::from(&limits)})))
    }
}

pub(crate) fn outcome(changed: bool, result: Value) -> Outcome {
    Outcome { changed, result }
}

pub(crate) fn account_result(account: &Account) -> Value {
    json!({"companyId": account.company_id.as_str(), "account": AccountView::from(account)})
}

fn company_result(company: &Company, administrator: &Account) -> Value {
    let mut result = account_result(administrator);
    result["name"] = company.name.clone().into();
    result["plan"] = company.plan.id().into();
    result
}
