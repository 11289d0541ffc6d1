//! Begins an undo of what an API key did. The changes that follow name its event.

use domain::{
    audit::{Action, Details, Origin},
    key::ApiKeyRecord,
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, CurrentCaller, Service, TableError,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::ChangeError;

/// Records that an administrator undoes the key's suspensions since this time. Returns the identifier of the event.
pub async fn begin_undo(
    admin: &CompanyAdministrator,
    service: &Service,
    key: &ApiKeyRecord,
    since: Timestamp,
    origin: &Origin,
    deadline: Instant,
) -> Result<String, ChangeError> {
    until_done(Pace::Person, deadline, Beginning { admin, service, key, since, origin }).await
}

/// Whether this event began an undo of this key's suspensions since this time.
pub async fn is_undo_of(
    admin: &CompanyAdministrator,
    service: &Service,
    undo_id: &str,
    key: &ApiKeyRecord,
    since: Timestamp,
) -> Result<bool, TableError> {
    let only = undo_id.to_owned()..=undo_id.to_owned();
    let found = service.tables.audit_events(admin, &only, None, 1).await?.events;
    Ok(found.first().is_some_and(|event| {
        event.action == Action::UndoKeySuspensions.id()
            && event.affected.is_key(&key.key_id)
            && event.details.since == Some(since)
    }))
}

struct Beginning<'a> {
    admin: &'a CompanyAdministrator,
    service: &'a Service,
    key: &'a ApiKeyRecord,
    since: Timestamp,
    origin: &'a Origin,
}

impl Operation for Beginning<'_> {
    type Done = String;
    type Refused = ChangeError;

    async fn attempt(&mut self) -> Result<Attempt<String>, ChangeError> {
        let Self { admin, service, key, since, origin } = self;
        let details = Details { since: Some(*since), ..Details::default() };
        let event = Caller::from(*admin)
            .event(Action::UndoKeySuspensions, *key, origin, service.clock.now())
            .with(details);
        match service.tables.begin_undo(admin, &event).await {
            Ok(()) => Ok(Attempt::Done(event.id)),
            Err(CommitError::Refused(_)) => {
                CurrentCaller::new(*admin).check_authority(service).await??;
                Ok(Attempt::Again)
            }
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(ChangeError::Failed(error)),
        }
    }
}
