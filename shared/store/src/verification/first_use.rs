//! The first use of a new secret, which makes it the current one of its key.
//!
//! It happens once in a rotation, after the request was admitted and before its operation begins. It costs one read and one
//! transaction. If several requests use the new secret for the first time at once, one of them commits it, and the others
//! find that it is done.

use domain::{
    audit::{Action, Origin, SecretChange},
    key::{SecondSecret, SecretRole},
};
use tokio::time::Instant;

use super::credential::{KeyHolderRefused, check, check_network, verified};
use crate::{
    caller::{Caller, KeyHolder},
    retry::{Attempt, Operation, Pace, until_done},
    service::Service,
    transaction::CommitError,
};

/// Makes the holder's new secret the current one.
pub(super) async fn use_first(
    service: &Service,
    holder: KeyHolder,
    origin: &Origin,
    deadline: Instant,
) -> Result<KeyHolder, KeyHolderRefused> {
    until_done(Pace::KeyHolder, deadline, FirstUse { service, holder, origin }).await
}

struct FirstUse<'a> {
    service: &'a Service,
    holder: KeyHolder,
    origin: &'a Origin,
}

impl Operation for FirstUse<'_> {
    type Done = KeyHolder;
    type Refused = KeyHolderRefused;

    async fn attempt(&mut self) -> Result<Attempt<KeyHolder>, KeyHolderRefused> {
        let Self { service, holder, origin } = self;
        let now = service.clock.now();
        let before = service.tables.own_key(holder).await?;
        let after = before.as_ref().and_then(|key| key.first_used(holder.digest(), now));
        if let (Some(before), Some(after)) = (before, after)
            && let Some(SecondSecret::Old(old)) = &after.second
        {
            let event = Caller::from(&*holder)
                .event(Action::UseNewApiKeySecret, &after, origin, now)
                .with(SecretChange::ended(&after, &old.mask, old.ends_at).into());
            match service.tables.use_new_secret(holder, &before, &after, old, &event).await {
                Ok(()) => {
                    let mut credential = holder.credential.clone();
                    credential.role = SecretRole::Current;
                    return Ok(Attempt::Done(holder.with(credential)));
                }
                Err(CommitError::Refused(_)) => {}
                Err(CommitError::Conflict(_)) => return Ok(Attempt::Again),
                Err(CommitError::Failed(error)) => return Err(error.into()),
            }
        }
        // Another request made it the current one, or the secret was ended, or something was taken away from the key.
        let credential = verified(service, &holder.digest, origin.clone(), now).await?;
        check_network(service, &credential, origin, now)?;
        check(&credential, holder.needed)?;
        let is_new = matches!(credential.role, SecretRole::New { .. });
        let verified = holder.with(credential);
        if is_new {
            *holder = verified;
            return Ok(Attempt::Again);
        }
        Ok(Attempt::Done(verified))
    }
}
