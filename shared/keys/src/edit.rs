//! Edits keys, holds them and releases them.

use domain::{
    audit::{Action, Details, HeldBy, KeyGrant, Origin},
    company::Company,
    key::{ApiKeyRecord, Edited, KeyEdit},
    policy::{PolicyRefused, Rule},
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, PlanRule, Service, next_generation,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::EditError;

/// Edits a key that was read with the administrator, and returns it as it is now. If scopes are taken away, or the expiry
/// comes at once: after this function returns, no request uses what was taken away, and no write that does commits.
///
/// A request that names what an edit can take away ensures that the gates are raised, even if it takes nothing away. An earlier
/// edit may have been broken off before it raised them.
pub async fn edit_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    edit: &KeyEdit,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, EditError> {
    change(admin, service, key, &Change::Edit(edit), origin, deadline).await
}

/// Holds a key: it is refused until an administrator releases it. After this function returns, no request with the key
/// succeeds and no write with it commits.
pub async fn hold_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, EditError> {
    change(admin, service, key, &Change::Hold, origin, deadline).await
}

/// Releases a key that an administrator holds, or that is held because nobody used it.
pub async fn release_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, EditError> {
    change(admin, service, key, &Change::Release, origin, deadline).await
}

async fn change(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    change: &Change<'_>,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, EditError> {
    let changing = Changing { admin, service, key, change, origin, is_current: true, before: 0 };
    let (key, raised) = until_done(Pace::Urgent, deadline, changing).await?;
    let (now, tables) = (service.clock.now(), &service.tables);
    match raised {
        Raised::To(generation) => tables.raise_gates(&*admin, &key, generation, now, deadline).await?,
        Raised::AsTheyAre => {
            tables.settle_gates(&*admin, std::slice::from_ref(&key), now, deadline).await?;
        }
        Raised::Not => {}
    }
    Ok(key)
}

/// What is to be done with a key.
enum Change<'a> {
    Edit(&'a KeyEdit),
    Hold,
    Release,
}

/// What must be done with the gates before the response.
enum Raised {
    /// They must be raised to this generation, which began.
    To(u64),
    /// They must be where the generation is that began before.
    AsTheyAre,
    /// Nothing was to be taken away.
    Not,
}

struct Changing<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    key: ApiKeyRecord,
    change: &'a Change<'a>,
    origin: &'a Origin,
    /// Whether no attempt has been made since the administrator and the key were read.
    is_current: bool,
    /// A generation that the next attempt must be above, as for a revocation.
    before: u64,
}

/// A key after a change, and what to write.
enum Next {
    Edited(Box<Edited>, Raised),
    Held(Box<ApiKeyRecord>, u64),
    Released(Box<ApiKeyRecord>, HeldBy),
    /// There is nothing to change.
    Same(Raised),
}

impl Changing<'_> {
    async fn refresh(&mut self) -> Result<(), EditError> {
        let Self { admin, service, key, is_current, .. } = self;
        if !std::mem::replace(is_current, false) {
            admin.refresh(service, PlanRule::Any).await?;
            *key = service.tables.key(admin, &key.key_id).await?.ok_or(EditError::NotFound)?;
        }
        Ok(())
    }

    fn next(&self, generation: u64, now: Timestamp) -> Result<Next, EditError> {
        let Self { admin, key, change, .. } = self;
        match change {
            Change::Edit(edit) => {
                let per_hour = admin.company().key_policy().suspensions_per_hour;
                let edited = key.edited(edit, per_hour, now)?;
                let raised = if edit.names_a_grant() { Raised::AsTheyAre } else { Raised::Not };
                if edited.changed.is_empty() {
                    return Ok(Next::Same(raised));
                }
                let refused = policy_refusals(admin.company(), key, &edited);
                if !refused.is_empty() {
                    return Err(EditError::Policy(refused));
                }
                let raised = if edited.takes_away { Raised::To(generation) } else { raised };
                Ok(Next::Edited(Box::new(edited), raised))
            }
            Change::Hold => Ok(match key.held(admin.person(), now)? {
                Some(held) => Next::Held(Box::new(held), generation),
                None => Next::Same(Raised::AsTheyAre),
            }),
            Change::Release => {
                let rules = admin.company().holding_rules(key, now).into_iter();
                let (unused, fixed): (Vec<_>, Vec<_>) = rules.partition(|rule| *rule == Rule::Unused);
                if key.hold.is_none() && !fixed.is_empty() {
                    return Err(EditError::HeldByPolicy(fixed));
                }
                // Also tells whether the key is active.
                let released = Box::new(key.released(now)?);
                Ok(match (&key.hold, unused.is_empty()) {
                    (Some(_), _) => Next::Released(released, HeldBy::Administrator),
                    (None, false) => Next::Released(released, HeldBy::Policy),
                    (None, true) => Next::Same(Raised::Not),
                })
            }
        }
    }
}

impl Operation for Changing<'_> {
    type Done = (ApiKeyRecord, Raised);
    type Refused = EditError;

    async fn attempt(&mut self) -> Result<Attempt<(ApiKeyRecord, Raised)>, EditError> {
        self.refresh().await?;
        let now = self.service.clock.now();
        let generation = next_generation(self.before, now);
        let next = self.next(generation, now)?;
        let Self { admin, service, key, origin, before, .. } = self;
        let (tables, caller) = (&service.tables, Caller::from(&**admin));
        let event =
            |action, after: &ApiKeyRecord, details| caller.event(action, after, origin, now).with(details);
        let (committed, done, raised) = match next {
            Next::Same(raised) => return Ok(Attempt::Done((key.clone(), raised))),
            Next::Edited(edited, raised) => {
                let generation = match raised {
                    Raised::To(generation) => Some(generation),
                    Raised::AsTheyAre | Raised::Not => None,
                };
                let changed = edited.changed.iter().map(|name| (*name).to_owned()).collect();
                let remains = Some(KeyGrant::from(&edited.key));
                let details = Details { changed, remains, ..Details::default() };
                let event = event(Action::UpdateApiKey, &edited.key, details);
                let committed = tables.edit_key(admin, key, &edited, generation, &event).await;
                (committed, edited.key, raised)
            }
            Next::Held(after, generation) => {
                let details = Details { held_by: Some(HeldBy::Administrator), ..Details::default() };
                let event = event(Action::HoldApiKey, &after, details);
                (
                    tables.hold_key(admin, key, &after, generation, &event).await,
                    *after,
                    Raised::To(generation),
                )
            }
            Next::Released(after, by) => {
                let details = Details { held_by: Some(by), ..Details::default() };
                let event = event(Action::ReleaseApiKey, &after, details);
                (tables.release_key(admin, key, &after, &event).await, *after, Raised::Not)
            }
        };
        match committed {
            Ok(()) => Ok(Attempt::Done((done, raised))),
            Err(CommitError::Refused(_)) => {
                *before = generation.max(tables.generation(caller, key).await?);
                Ok(Attempt::Again)
            }
            Err(CommitError::Conflict(_)) => {
                // A late copy of this attempt must not find its own generation begun by another.
                *before = generation;
                Ok(Attempt::Again)
            }
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// What the company's policy doesn't allow about what an edit changes. What it leaves as it was has the days of grace, and an
/// earlier expiry is always allowed.
fn policy_refusals(company: &Company, before: &ApiKeyRecord, edited: &Edited) -> Vec<PolicyRefused> {
    let (policy, key) = (company.key_policy(), &edited.key);
    let is_earlier = key.expires_at.is_some_and(|at| before.expires_at.is_none_or(|before| at < before));
    let refused = edited.changed.iter().filter_map(|name| match *name {
        "scopes" => policy.refuses_scopes(&key.scopes),
        "expiresAt" if is_earlier => None,
        "expiresAt" => policy.refuses_expiry(key.secret_created_at, key.expires_at),
        "selfRotation" => policy.refuses_self_rotation(key.self_rotation),
        "networks" => policy.refuses_networks(key.networks.as_ref()),
        _ => None,
    });
    refused.collect()
}
