//! Revokes a key.

use domain::{
    audit::{Action, Origin},
    identifiers::KeyId,
    key::{ApiKeyRecord, Mask},
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
    /// Its first four and last four characters.
    pub mask: Mask,
}

/// Revokes a key, or finds that it is revoked, and returns it as it is now. After this function returns, no request
/// with the key succeeds and no write with it commits.
///
/// 1. The key's item gets a mark, so that administrators can see a revocation that was broken off.
/// 2. The item that every verification reads gets a new generation and this attempt. From now on, no request with the
///    key begins.
/// 3. The gates are raised to the new generation. From now on, no write with the key commits.
/// 4. The transaction revokes the key.
///
/// The first three are plain writes to items that no request with the key can hold for long. Repeating the revocation
/// completes one that was broken off at any step.
pub async fn revoke_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    named: &NamedKey,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RevokeError> {
    let (tables, now) = (&service.tables, service.clock.now());
    let attempt = random::ulid(now);
    let key = tables.mark_ending(admin, &named.key_id, &named.mask, &attempt, deadline).await?;
    let key = key.ok_or(RevokeError::NotFound)?;
    if key.mask != named.mask {
        return Err(RevokeError::Mismatch);
    }
    if key.revoked.is_some() {
        // The gates were raised before the transaction that revoked it.
        return Ok(key);
    }
    if let Some(generation) = tables.begin_ending(admin, &key, &attempt, now, deadline).await? {
        tables.raise_gates(admin, &key, generation, now, deadline).await?;
    }
    until_done(Pace::Urgent, deadline, Revocation { admin, service, key, attempt, origin, deadline }).await
}

struct Revocation<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    key: ApiKeyRecord,
    attempt: String,
    origin: &'a Origin,
    deadline: Instant,
}

impl Operation for Revocation<'_> {
    type Done = ApiKeyRecord;
    type Refused = RevokeError;

    async fn attempt(&mut self) -> Result<Attempt<ApiKeyRecord>, RevokeError> {
        let Self { admin, service, key, attempt, origin, deadline } = self;
        let event = Caller::from(&**admin).event(Action::RevokeApiKey, &*key, origin, service.clock.now());
        let by = admin.person();
        match service.tables.revoke_key(admin, key, attempt, &by, &event).await {
            Ok(()) => {
                count(Metric::KeysRevoked, None);
                key.revocation_began = None;
                key.revoked = Some((event.at, by));
                Ok(Attempt::Done(key.clone()))
            }
            Err(CommitError::Refused(refusals)) => {
                if refusals.contains(Guard::Authority)
                    && let Err(refused) = admin.refresh(service, PlanRule::Any).await
                {
                    // Without authority nothing may change, so the key keeps working. The gates stay where they are:
                    // they let the new generation through.
                    let is_revoked = service.tables.stop_ending(admin, key, attempt, *deadline).await?;
                    if !is_revoked {
                        service.tables.unmark_ending(admin, &key.key_id, attempt, *deadline).await?;
                        return Err(RevokeError::AuthorityLost(refused));
                    }
                }
                *key = service.tables.key(admin, &key.key_id).await?.ok_or(RevokeError::NotFound)?;
                Ok(if key.revoked.is_some() { Attempt::Done(key.clone()) } else { Attempt::Again })
            }
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            // The outcome is unknown, so the attempt stays. The key is refused, and a repeat of the request revokes it.
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}
