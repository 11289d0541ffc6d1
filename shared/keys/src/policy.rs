//! Changes the key policy of a company.

use domain::{
    audit::{Action, Affected, Details, Origin},
    company::Company,
    key::{ApiKeyRecord, KeyState},
    policy::{Broken, KeyPolicy, PolicyInForce},
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, PlanRule, Service,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::PolicyError;

/// A policy, and the active keys that break it.
#[derive(Debug)]
pub struct PolicyState {
    /// The policy. `None` if there has never been one.
    pub policy: Option<PolicyInForce>,
    /// The keys that are or will be held, and the rules that they break.
    pub breaking: Vec<(ApiKeyRecord, Vec<Broken>)>,
}

/// The company's policy, and the keys that break it.
pub async fn key_policy(admin: &CompanyAdministrator, service: &Service) -> Result<PolicyState, PolicyError> {
    let company = admin.company();
    let keys = service.tables.active_keys(admin, company).await?;
    Ok(state(company.policy.clone(), keys, service.clock.now()))
}

/// What would be if the administrator set this policy now.
pub async fn try_policy(
    admin: &CompanyAdministrator,
    service: &Service,
    policy: &KeyPolicy,
) -> Result<PolicyState, PolicyError> {
    let (company, now) = (admin.company(), service.clock.now());
    let keys = service.tables.active_keys(admin, company).await?;
    let changed = changed(admin, company, policy, now);
    Ok(state(changed.or_else(|| company.policy.clone()), keys, now))
}

/// Sets the company's policy. A key that breaks it goes on for the days of grace and is then held. The item of each secret
/// gets the time in the same transaction. A repeat changes nothing, so it moves no time.
pub async fn change_policy(
    admin: &mut CompanyAdministrator,
    service: &Service,
    policy: &KeyPolicy,
    origin: &Origin,
    deadline: Instant,
) -> Result<PolicyState, PolicyError> {
    let changing = Changing { admin, service, policy, origin, is_current: true };
    until_done(Pace::Person, deadline, changing).await
}

struct Changing<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    policy: &'a KeyPolicy,
    origin: &'a Origin,
    is_current: bool,
}

impl Operation for Changing<'_> {
    type Done = PolicyState;
    type Refused = PolicyError;

    async fn attempt(&mut self) -> Result<Attempt<PolicyState>, PolicyError> {
        let Self { admin, service, policy, origin, is_current } = self;
        if !std::mem::replace(is_current, false) {
            admin.refresh(service, PlanRule::Enterprise).await?;
        }
        let (company, now) = (admin.company(), service.clock.now());
        let keys = service.tables.active_keys(&**admin, company).await?;
        let Some(changed) = changed(admin, company, policy, now) else {
            return Ok(Attempt::Done(state(company.policy.clone(), keys, now)));
        };
        let details = Details { policy: Some(changed.policy.clone()), ..Details::default() };
        let event = Caller::from(&**admin)
            .event(Action::ChangeKeyPolicy, Affected::Company, origin, now)
            .with(details);
        match service.tables.change_policy(admin, company, &keys, &changed, &event).await {
            Ok(()) => Ok(Attempt::Done(state(Some(changed), keys, now))),
            // A key was created, rotated, edited or revoked in between. Read again.
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// The policy after the change, or `None` if it is the same.
fn changed(
    admin: &CompanyAdministrator,
    company: &Company,
    policy: &KeyPolicy,
    now: Timestamp,
) -> Option<PolicyInForce> {
    let is_other = *policy != company.key_policy();
    is_other.then(|| PolicyInForce::changed(company.policy.as_ref(), policy.clone(), admin.person(), now))
}

fn state(policy: Option<PolicyInForce>, keys: Vec<ApiKeyRecord>, now: Timestamp) -> PolicyState {
    let active = keys.into_iter().filter(|key| key.state(now) == KeyState::Active);
    let breaking = active.filter_map(|key| {
        let broken = policy.as_ref().map(|policy| policy.broken_by(&key, policy.warned_until(now)));
        broken.filter(|broken| !broken.is_empty()).map(|broken| (key, broken))
    });
    PolicyState { breaking: breaking.collect(), policy }
}
