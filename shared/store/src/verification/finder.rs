//! Finders of leaked keys. Having a key is the right to end it, so a finder proves nothing else.

use domain::{
    key::{ApiKey, Digest},
    leaks::Reporter,
};
use tracing::Span;

use super::key_holder::NO_KEY;
use crate::{caller::KeyFinder, error::TableError, service::Service};

/// The maximum number of keys in one read.
const AT_ONCE: usize = 100;

/// The keys among those that somebody reported.
#[derive(Debug, Default)]
pub struct FoundKeys {
    /// The secrets that can be used, or could be again.
    pub usable: Vec<KeyFinder>,
    /// The digests of all secrets that exist or existed.
    pub real: Vec<Digest>,
}

/// Looks up the different keys that somebody reported. Makes one read for each 100 of them, and nothing that depends on what they are. It
/// takes the keys themselves: knowing a digest is no right.
pub async fn find_keys(
    service: &Service,
    keys: Vec<ApiKey>,
    reporter: Reporter,
) -> Result<FoundKeys, TableError> {
    let digests: Vec<Digest> = keys.iter().map(ApiKey::digest).collect();
    drop(keys);
    let (now, mut found) = (service.clock.now(), FoundKeys::default());
    for digests in digests.chunks(AT_ONCE) {
        for (digest, credential) in service.tables.credentials(digests).await? {
            found.real.push(digest.clone());
            if !credential.has_ended(now) {
                Span::current().record("companyId", credential.company_id.as_str());
                Span::current().record("keyId", credential.key_id.as_str());
                found.usable.push(KeyFinder { credential, digest, reporter });
            }
        }
    }
    Ok(found)
}

/// During Lambda's init phase, opens the connection to `DynamoDB` with the read that every report makes. A failure does no harm.
pub async fn warm_up_finders(service: &Service) {
    let _ = service.tables.credentials(&[NO_KEY]).await;
}
