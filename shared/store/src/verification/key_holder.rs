//! Verifies key holders, by an API key.

use domain::{
    audit::Origin,
    key::{ApiKey, Credential, Digest, RefusedKey},
    network::Network,
    scope::Scope,
    time::Timestamp,
};
use thiserror::Error;
use tracing::Span;

use crate::{
    caller::{KeyHolder, RefusedHolder},
    error::TableError,
    metrics::{Metric, count},
    notices::Due,
    service::Service,
};

/// The reason why a request with an API key is refused.
#[derive(Debug, Error)]
pub enum KeyHolderRefused {
    /// The key is not valid.
    #[error("the key is {0}")]
    Key(RefusedKey),
    /// The key has none of the scopes that admit the request. Contains the first of them.
    #[error("the key lacks the scope")]
    InsufficientScope(Option<Scope>),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

impl KeyHolder {
    /// Verifies a key with one read. The first of the scopes that the key has admits the request.
    pub async fn verify<const N: usize>(
        service: &Service,
        key: ApiKey,
        scopes: [Scope; N],
        origin: Origin,
    ) -> Result<Self, KeyHolderRefused> {
        let digest = key.digest();
        drop(key);
        let now = service.clock.now();
        let (credential, scope) = verified(service, &digest, &scopes, origin, now).await?;
        count(Metric::KeysVerified, None);
        let holder = Self::new(credential, digest, scope);
        keep_use(service, &holder, now);
        Ok(holder)
    }

    /// After a wait, verifies the request's key again with one read. The request is refused like a new one.
    pub async fn verify_again(self, service: &Service, origin: Origin) -> Result<Self, KeyHolderRefused> {
        let Self { digest, scope, .. } = self;
        let now = service.clock.now();
        let (credential, scope) = verified(service, &digest, &[scope], origin, now).await?;
        Ok(Self::new(credential, digest, scope))
    }

    /// Verifies the key again after one of its gates refused a write. The request goes on if the key has changed and
    /// still admits it. `None` if the key is no longer valid for it.
    pub(crate) async fn verify_after_refusal(&self, service: &Service) -> Result<Option<Self>, TableError> {
        let Some(credential) = service.tables.credential(&self.digest).await? else { return Ok(None) };
        if credential.admit(service.clock.now()).is_err() || !credential.scopes.contains(&self.scope) {
            return Ok(None);
        }
        if credential.generation <= self.credential.generation {
            return Err(TableError::Unavailable("a gate is above the key's own generation".into()));
        }
        Ok(Some(Self::new(credential, self.digest.clone(), self.scope)))
    }
}

impl KeyHolderRefused {
    /// Counts and returns the refusal of a key that is not valid.
    #[must_use]
    pub fn counted(reason: RefusedKey) -> Self {
        count(Metric::KeysRefused, Some(reason.reason()));
        Self::Key(reason)
    }
}

/// The data of a valid key, and the first of the given scopes that it has.
async fn verified(
    service: &Service,
    digest: &Digest,
    scopes: &[Scope],
    origin: Origin,
    now: Timestamp,
) -> Result<(Credential, Scope), KeyHolderRefused> {
    let Some(credential) = service.tables.credential(digest).await? else {
        return Err(KeyHolderRefused::counted(RefusedKey::Unknown));
    };
    Span::current().record("companyId", credential.company_id.as_str());
    Span::current().record("keyId", credential.key_id.as_str());
    if let Err(reason) = credential.admit(now) {
        if credential.revoked {
            keep_revoked_use(service, RefusedHolder(credential), origin, now);
        }
        return Err(KeyHolderRefused::counted(reason));
    }
    let Some(scope) = scopes.iter().copied().find(|scope| credential.scopes.contains(scope)) else {
        return Err(KeyHolderRefused::InsufficientScope(scopes.first().copied()));
    };
    Ok((credential, scope))
}

/// Remembers the use of a key. It is written after the response.
fn keep_use(service: &Service, holder: &KeyHolder, now: Timestamp) {
    if service.notices.is_due(&holder.credential.key_id, now) {
        let holder = KeyHolder::new(holder.credential.clone(), holder.digest.clone(), holder.scope);
        service.notices.keep(Due::Used(holder, now));
    }
}

/// Remembers the use of a revoked key. It is recorded after the response.
fn keep_revoked_use(service: &Service, holder: RefusedHolder, origin: Origin, now: Timestamp) {
    let network = Network::of(origin.ip.as_deref());
    if service.notices.is_revoked_use_due(&holder.0.key_id, network, now) {
        service.notices.keep(Due::UsedRevoked(holder, origin, network));
    } else {
        service.notices.keep_counted(holder, origin, network);
    }
}

/// A digest that no key has. Making one up would take the time of a random key and its hash.
const NO_KEY: Digest = Digest::from_bytes([0; 32]);

/// During Lambda's init phase, opens the connection to `DynamoDB` with the read that every request makes. A failure
/// does no harm: then the first request opens the connection.
pub async fn warm_up_keys(service: &Service) {
    let _ = service.tables.credential(&NO_KEY).await;
}
