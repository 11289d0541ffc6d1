//! Lets keys go on that have reached their limit of suspensions.

use domain::{
    audit::{Action, Origin},
    key::ApiKeyRecord,
    suspensions::Hour,
};
use store::{
    Caller, CommitError, CompanyAdministrator, PlanRule, Service,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::EditError;

/// Lets a key go on that has reached its limit of suspensions: the hour's count begins anew. Changes nothing if the key isn't
/// stopped. The key was read with the administrator.
pub async fn release_suspension_limit(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, EditError> {
    let release = Release { admin, service, key, origin, is_current: true };
    let key = until_done(Pace::Person, deadline, release).await?;
    // A change that lowered the limit may have been broken off before it raised the gates.
    let now = service.clock.now();
    service.tables.settle_gates(&*admin, std::slice::from_ref(&key), now, deadline).await?;
    Ok(key)
}

struct Release<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    key: ApiKeyRecord,
    origin: &'a Origin,
    /// Whether no attempt has been made since the administrator and the key were read.
    is_current: bool,
}

impl Operation for Release<'_> {
    type Done = ApiKeyRecord;
    type Refused = EditError;

    async fn attempt(&mut self) -> Result<Attempt<ApiKeyRecord>, EditError> {
        let Self { admin, service, key, origin, is_current } = self;
        let (tables, now) = (&service.tables, service.clock.now());
        if !std::mem::replace(is_current, false) {
            admin.refresh(service, PlanRule::Any).await?;
            *key = tables.key(admin, &key.key_id).await?.ok_or(EditError::NotFound)?;
        }
        key.check_active(now)?;
        let limit = admin.company().suspensions_per_hour(key);
        let counts = tables.suspension_counts(admin, std::iter::once(&*key), &Hour::counting(now)).await?;
        // Near the end of an hour, what counts in both hours begins anew in both.
        let counts: Vec<_> = counts.into_iter().map(|(_, count)| count).collect();
        if !counts.iter().any(|count| count.stopped_at(limit).is_some()) {
            return Ok(Attempt::Done(key.clone()));
        }
        let event = Caller::from(&**admin).event(Action::ReleaseSuspensionLimit, &*key, origin, now);
        match tables.release_suspension_limit(admin, key, &counts, &event).await {
            Ok(()) => Ok(Attempt::Done(key.clone())),
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}
