//! Completes and cancels rotations: each ends one of a key's two secrets.

use domain::{
    audit::{Action, Origin, SecretChange},
    key::{ApiKeyRecord, Mask, RotationRefused, SecondSecret},
};
use store::{
    Caller, CommitError, CompanyAdministrator, PlanRule, Service, next_generation,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::RotateError;

/// Makes the new secret of a key the current one, and ends the old one now. Returns the key as it is now. The mask of the new
/// secret confirms which rotation it is. After this function returns, no request with the old secret succeeds and no write
/// with it commits.
///
/// If the old secret has ended before, this only ensures that its gates are raised. So a repeat completes what was broken off.
pub async fn complete_rotation(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    mask: Option<&Mask>,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RotateError> {
    let completion =
        Completion { read: Read { admin, service, key, is_current: true, mask }, origin, before: 0 };
    let key = until_done(Pace::Urgent, deadline, completion).await?;
    let now = service.clock.now();
    service.tables.close_old_secret(&*admin, &key, now, deadline).await?;
    Ok(key)
}

/// Ends the new secret of a key, which nobody has used. Returns the key as it is now. The secret's mask confirms which rotation
/// it is.
pub async fn cancel_rotation(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    mask: Option<&Mask>,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RotateError> {
    let read = Read { admin, service, key, is_current: true, mask };
    until_done(Pace::Person, deadline, Cancellation { read, origin }).await
}

/// The administrator and the key, read again for each attempt but the first.
struct Read<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    key: ApiKeyRecord,
    /// Whether no attempt has been made since they were read.
    is_current: bool,
    mask: Option<&'a Mask>,
}

impl Read<'_> {
    async fn refresh(&mut self) -> Result<(), RotateError> {
        let Self { admin, service, key, is_current, mask } = self;
        if !std::mem::replace(is_current, false) {
            admin.refresh(service, PlanRule::Any).await?;
            *key = service.tables.key(admin, &key.key_id).await?.ok_or(RotateError::NotFound)?;
        }
        if key.revoked.is_some() || key.revocation_began.is_some() {
            return Err(RotationRefused::NotActive.into());
        }
        let confirmed = mask.is_none_or(|mask| key.second.is_none() || key.newest_mask() == mask);
        if confirmed { Ok(()) } else { Err(RotateError::Mismatch) }
    }
}

struct Completion<'a> {
    read: Read<'a>,
    origin: &'a Origin,
    /// A generation that the next attempt must be above, as for a revocation.
    before: u64,
}

impl Operation for Completion<'_> {
    type Done = ApiKeyRecord;
    type Refused = RotateError;

    async fn attempt(&mut self) -> Result<Attempt<ApiKeyRecord>, RotateError> {
        self.read.refresh().await?;
        let Self { read: Read { admin, service, key, .. }, origin, before } = self;
        let now = service.clock.now();
        let generation = next_generation(*before, now);
        *before = generation;
        let Some(after) = key.completed(generation, now)? else { return Ok(Attempt::Done(key.clone())) };
        let Some(SecondSecret::Old(old)) = &after.second else { return Ok(Attempt::Again) };
        let event = Caller::from(&**admin)
            .event(Action::CompleteApiKeyRotation, &after, origin, now)
            .with(SecretChange::ended(&after, &old.mask, now).into());
        match service.tables.complete_rotation(admin, key, &after, old, generation, &event).await {
            Ok(()) => Ok(Attempt::Done(after)),
            Err(CommitError::Refused(_)) => {
                *before = generation.max(service.tables.generation(Caller::from(&**admin), key).await?);
                Ok(Attempt::Again)
            }
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

struct Cancellation<'a> {
    read: Read<'a>,
    origin: &'a Origin,
}

impl Operation for Cancellation<'_> {
    type Done = ApiKeyRecord;
    type Refused = RotateError;

    async fn attempt(&mut self) -> Result<Attempt<ApiKeyRecord>, RotateError> {
        self.read.refresh().await?;
        let Self { read: Read { admin, service, key, .. }, origin } = self;
        let now = service.clock.now();
        let Some(after) = key.canceled(now)? else { return Ok(Attempt::Done(key.clone())) };
        let Some(SecondSecret::New(new)) = &key.second else { return Ok(Attempt::Again) };
        let event = Caller::from(&**admin)
            .event(Action::CancelApiKeyRotation, &after, origin, now)
            .with(SecretChange::ended(&after, &new.mask, now).into());
        match service.tables.cancel_rotation(admin, key, &after, new, &event).await {
            Ok(()) => Ok(Attempt::Done(after)),
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}
