//! Repeats of a creation: the same `Idempotency-Key` creates one key.

use domain::{
    identifiers::KeyId,
    key::{ApiKeyRecord, Digest},
    network::AllowedNetworks,
    suspensions::SuspensionLimit,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use store::{CompanyAdministrator, IdempotencyRecord, Service};

use crate::{error::CreateError, new_key::NewKey};

/// An idempotency key of this caller, and the request that was sent with it.
#[derive(Clone, Debug)]
pub struct Idempotency {
    record_id: Digest,
    fingerprint: Digest,
}

impl Idempotency {
    /// The request of an administrator with this idempotency key.
    #[must_use]
    pub fn new(admin: &CompanyAdministrator, idempotency_key: &str, new: &NewKey) -> Self {
        let account = &admin.account().id;
        let record_id = digest_of(&[admin.company_id().as_str(), account.as_str(), idempotency_key]);
        let scopes: Vec<_> = new.scopes.iter().map(|scope| scope.id()).collect();
        let expires_at = new.expires_at.map_or_else(String::new, |at| at.to_string());
        let lifetime = new.self_rotation.map(|allowed| allowed.lifetime_days.to_string());
        let scopes = scopes.join(" ");
        let mut parts = vec![new.name.as_str(), &scopes, &expires_at];
        // Requests of earlier releases have no such parts.
        parts.extend(lifetime.as_deref());
        let note = new.note.as_ref().map(|note| format!("note: {note}"));
        parts.extend(note.as_deref());
        let networks = new
            .networks
            .as_ref()
            .map(|AllowedNetworks { mode, ranges }| format!("networks: {} {ranges}", mode.id()));
        parts.extend(networks.as_deref());
        let limit = match new.suspension_limit {
            SuspensionLimit::Policy => None,
            other => Some(format!("suspensionLimit: {other}")),
        };
        parts.extend(limit.as_deref());
        let fingerprint = digest_of(&parts);
        Self { record_id, fingerprint }
    }

    /// The idempotency record of this creation.
    pub(crate) fn record(&self, key_id: &KeyId) -> IdempotencyRecord {
        let (record_id, fingerprint) = (self.record_id.clone(), self.fingerprint.clone());
        IdempotencyRecord { record_id, fingerprint, key_id: key_id.clone() }
    }
}

/// The key that an earlier request with this idempotency key created, if there was one.
pub async fn created_before(
    admin: &CompanyAdministrator,
    service: &Service,
    idempotency: Option<&Idempotency>,
    now: Timestamp,
) -> Result<Option<ApiKeyRecord>, CreateError> {
    let Some(idempotency) = idempotency else { return Ok(None) };
    let earlier = service.tables.idempotency_record(admin, &idempotency.record_id, now).await?;
    let Some(earlier) = earlier else { return Ok(None) };
    if earlier.fingerprint != idempotency.fingerprint {
        return Err(CreateError::IdempotencyKeyReused);
    }
    Ok(service.tables.key(admin, &earlier.key_id).await?)
}

/// SHA-256 of the parts, each preceded by its length, so that different lists never give the same input.
fn digest_of(parts: &[&str]) -> Digest {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Digest::from_bytes(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_lists_of_parts_give_different_digests() {
        assert_ne!(digest_of(&["ab", "c"]), digest_of(&["a", "bc"]));
    }
}
