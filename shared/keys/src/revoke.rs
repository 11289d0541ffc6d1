//! Revokes a key.

use domain::{
    audit::{Action, Origin},
    identifiers::KeyId,
    key::ApiKeyRecord,
};
use store::{
    Caller, CommitError, CompanyAdministrator, Guard, PlanRule, Service,
    metrics::{Metric, count},
    random,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::RevokeError;

/// The key that an administrator wants to revoke, and the characters that confirm it.
#[derive(Clone, Debug)]
pub struct NamedKey {
    /// The key.
    pub key_id: KeyId,
    /// Its first four characters.
    pub first_four: String,
    /// Its last four characters.
    pub last_four: String,
}

/// Revokes a key, or finds that it is revoked, and returns it as it is now. After this function returns, no request
/// with the key succeeds and no write with it commits. First it writes the fence, which every verification reads and no
/// transaction touches. Then the transaction revokes the key.
pub async fn revoke_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    named: &NamedKey,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RevokeError> {
    let key = service.tables.key(admin, &named.key_id).await?.ok_or(RevokeError::NotFound)?;
    if !key.mask.matches(&named.first_four, &named.last_four) {
        return Err(RevokeError::Mismatch);
    }
    if key.revoked.is_some() {
        return Ok(key);
    }
    let fence = random::ulid(service.clock.now());
    service.tables.put_fence(admin, &key, &fence, service.clock.now()).await?;
    until_done(Pace::Urgent, deadline, Revocation { admin, service, key, fence: &fence, origin }).await
}

struct Revocation<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    key: ApiKeyRecord,
    fence: &'a str,
    origin: &'a Origin,
}

impl Operation for Revocation<'_> {
    type Done = ApiKeyRecord;
    type Refused = RevokeError;

    async fn attempt(&mut self) -> Result<Attempt<ApiKeyRecord>, RevokeError> {
        let Self { admin, service, key, fence, origin } = self;
        let event = Caller::from(&**admin).event(Action::RevokeApiKey, &*key, origin, service.clock.now());
        let by = admin.person();
        match service.tables.revoke_key(admin, key, &by, &event).await {
            Ok(()) => {
                count(Metric::KeysRevoked, None);
                key.revoked = Some((event.at, by));
                Ok(Attempt::Done(key.clone()))
            }
            Err(CommitError::Refused(refusals)) => {
                if refusals.contains(Guard::Authority)
                    && let Err(refused) = admin.refresh(service, PlanRule::Any).await
                {
                    // Without authority nothing may change, so the key keeps working.
                    service.tables.lift_fence(admin, key, fence).await?;
                    return Err(RevokeError::AuthorityLost(refused));
                }
                *key = service.tables.key(admin, &key.key_id).await?.ok_or(RevokeError::NotFound)?;
                Ok(if key.revoked.is_some() { Attempt::Done(key.clone()) } else { Attempt::Again })
            }
            Err(CommitError::Conflict) => Ok(Attempt::Again),
            // The outcome is unknown, so the fence stays. The key is refused, and a repeat of the request revokes it.
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}
