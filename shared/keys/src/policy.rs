//! Changes the key policy of a company.

use domain::{
    audit::{Action, Affected, Details, Origin},
    company::Company,
    key::{ApiKeyRecord, Digest, KeyState},
    policy::{Broken, KeyPolicy, PolicyInForce},
    suspensions::is_lower,
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, PlanRule, Service, TableError, next_generation,
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

/// A policy to be set.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// The policy.
    pub policy: KeyPolicy,
    /// Whether the limit of suspensions stays as it is. Clients from before it don't know it, and must not lift it.
    pub keeps_suspension_limit: bool,
    /// The same for the networks that keys must list.
    pub keeps_networks: bool,
    /// The same for what happens to leaked keys.
    pub keeps_leaked_keys: bool,
}

impl NewPolicy {
    fn of(&self, company: &Company) -> KeyPolicy {
        let mut policy = self.policy.clone();
        if self.keeps_suspension_limit {
            policy.suspensions_per_hour = company.key_policy().suspensions_per_hour;
        }
        if self.keeps_networks {
            policy.networks_required = company.key_policy().networks_required;
        }
        if self.keeps_leaked_keys {
            policy.leaked_keys = company.key_policy().leaked_keys;
        }
        policy
    }
}

/// What would be if the administrator set this policy now.
pub async fn try_policy(
    admin: &CompanyAdministrator,
    service: &Service,
    policy: &NewPolicy,
) -> Result<PolicyState, PolicyError> {
    let (company, now) = (admin.company(), service.clock.now());
    let keys = service.tables.active_keys(admin, company).await?;
    let changed = changed(admin, company, policy, now);
    Ok(state(changed.or_else(|| company.policy.clone()), keys, now))
}

/// Sets the company's policy. A key that breaks it goes on for the days of grace and is then held. The item of each secret
/// gets the time in the same transaction. A repeat changes nothing, so it moves no time.
///
/// A lower limit of suspensions applies at once: after this function returns, no write commits that passes it. A request that
/// sets a limit ensures that the gates are raised, even if it changes nothing. So a repeat completes what was broken off.
pub async fn change_policy(
    admin: &mut CompanyAdministrator,
    service: &Service,
    policy: &NewPolicy,
    origin: &Origin,
    deadline: Instant,
) -> Result<PolicyState, PolicyError> {
    let changing = Changing { admin, service, policy, origin, is_current: true };
    let (state, keys) = until_done(Pace::Person, deadline, changing).await?;
    if state.policy.as_ref().is_some_and(|policy| policy.policy.suspensions_per_hour.is_some()) {
        let now = service.clock.now();
        service.tables.settle_gates(&*admin, &keys, now, deadline).await?;
    }
    Ok(state)
}

struct Changing<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    policy: &'a NewPolicy,
    origin: &'a Origin,
    is_current: bool,
}

impl Operation for Changing<'_> {
    /// The policy as it is now, and the active keys.
    type Done = (PolicyState, Vec<ApiKeyRecord>);
    type Refused = PolicyError;

    async fn attempt(&mut self) -> Result<Attempt<Self::Done>, PolicyError> {
        let Self { admin, service, policy, origin, is_current } = self;
        if !std::mem::replace(is_current, false) {
            admin.refresh(service, PlanRule::Enterprise).await?;
        }
        let (company, now) = (admin.company(), service.clock.now());
        let keys = service.tables.active_keys(&**admin, company).await?;
        let Some(changed) = changed(admin, company, policy, now) else {
            let policy = company.policy.clone();
            return Ok(Attempt::Done((state(policy, keys.clone(), now), keys)));
        };
        let generations = generations(admin, service, &keys, &changed, now).await?;
        let details = Details { policy: Some(changed.policy.clone()), ..Details::default() };
        let event = Caller::from(&**admin)
            .event(Action::ChangeKeyPolicy, Affected::Company, origin, now)
            .with(details);
        match service.tables.change_policy(admin, company, &keys, &changed, &generations, &event).await {
            Ok(()) => Ok(Attempt::Done((state(Some(changed), keys.clone(), now), keys))),
            // A key was created, rotated, edited or revoked in between. Read again.
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// The generations that the secrets begin whose limit of suspensions the policy lowers.
async fn generations(
    admin: &CompanyAdministrator,
    service: &Service,
    keys: &[ApiKeyRecord],
    changed: &PolicyInForce,
    now: Timestamp,
) -> Result<Vec<(Digest, u64)>, TableError> {
    let is_lowered = |key: &&ApiKeyRecord| {
        let after = key.suspension_limit.applied(changed.policy.suspensions_per_hour);
        is_lower(admin.company().suspensions_per_hour(key), after)
    };
    let digests: Vec<_> = keys.iter().filter(is_lowered).flat_map(|key| key.living_digests(now)).collect();
    let read = service.tables.generations_of(admin, &digests).await?;
    Ok(read.into_iter().map(|(digest, before)| (digest, next_generation(before, now))).collect())
}

/// The policy after the change, or `None` if it is the same.
fn changed(
    admin: &CompanyAdministrator,
    company: &Company,
    policy: &NewPolicy,
    now: Timestamp,
) -> Option<PolicyInForce> {
    let policy = policy.of(company);
    let is_other = policy != company.key_policy();
    is_other.then(|| PolicyInForce::changed(company.policy.as_ref(), policy, admin.person(), now))
}

fn state(policy: Option<PolicyInForce>, keys: Vec<ApiKeyRecord>, now: Timestamp) -> PolicyState {
    let active = keys.into_iter().filter(|key| key.state(now) == KeyState::Active);
    let breaking = active.filter_map(|key| {
        let broken = policy.as_ref().map(|policy| policy.broken_by(&key, policy.warned_until(now)));
        broken.filter(|broken| !broken.is_empty()).map(|broken| (key, broken))
    });
    PolicyState { breaking: breaking.collect(), policy }
}
