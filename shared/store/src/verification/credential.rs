//! Checks whether a secret may be used, with one read.

use domain::{
    audit::Origin,
    key::{Credential, Digest, RefusedKey},
    network::{Network, Source, address},
    scope::Scope,
    time::Timestamp,
    uses::{Refusal, Use},
};
use thiserror::Error;
use tracing::Span;

use crate::{
    caller::RefusedHolder,
    error::TableError,
    limiter::OverLimit,
    metrics::{Metric, count},
    notices::Due,
    retry::Contended,
    service::Service,
};

/// The reason why a request with an API key is refused.
#[derive(Debug, Error)]
pub enum KeyHolderRefused {
    /// The key is not valid.
    #[error("the key is {0}")]
    Key(RefusedKey),
    /// A limit refuses the request.
    #[error(transparent)]
    OverLimit(#[from] OverLimit),
    /// The key has a list of networks, and the request came from elsewhere.
    #[error("the key may not be used from this network")]
    Network,
    /// The key has none of the scopes that admit the request. Contains the first of them.
    #[error("the key lacks the scope")]
    InsufficientScope(Option<Scope>),
    /// Other transactions conflicted with the first use of a new secret for as long as the request may wait.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

impl KeyHolderRefused {
    /// Counts and returns the refusal of a key that is not valid.
    #[must_use]
    pub fn counted(reason: RefusedKey) -> Self {
        count(Metric::KeysRefused, Some(reason.reason()));
        Self::Key(reason)
    }
}

/// The data of a valid key.
pub(super) async fn verified(
    service: &Service,
    digest: &Digest,
    origin: Origin,
    now: Timestamp,
) -> Result<Credential, KeyHolderRefused> {
    let Some(credential) = service.tables.credential(digest).await? else {
        return Err(KeyHolderRefused::counted(RefusedKey::Unknown));
    };
    Span::current().record("companyId", credential.company_id.as_str());
    Span::current().record("keyId", credential.key_id.as_str());
    if let Err(reason) = credential.admit(now) {
        if let Some(refusal) = Refusal::of(reason) {
            service.uses.count(&credential.key_id, Use::Refused(refusal), now, None);
        }
        if credential.revoked || reason == RefusedKey::Replaced {
            keep_revoked_use(service, RefusedHolder(credential), origin, now);
        } else if reason == RefusedKey::Held {
            keep_hold(service, RefusedHolder(credential), origin, now);
        }
        return Err(KeyHolderRefused::counted(reason));
    }
    Ok(credential)
}

/// Checks that the key may be used from where the request came. Otherwise remembers that, to record it after the response.
pub(super) fn check_network(
    service: &Service,
    credential: &Credential,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), KeyHolderRefused> {
    if credential.admits_from(address(origin.ip.as_deref())) {
        return Ok(());
    }
    count(Metric::KeysRefused, Some("network"));
    let ip = origin.ip.as_deref();
    service.uses.count(&credential.key_id, Use::Refused(Refusal::Network), now, ip);
    if service.notices.is_network_due(&credential.key_id, now) {
        let holder = RefusedHolder(credential.clone());
        service.notices.keep(Due::OtherNetwork(holder, origin.clone(), now));
    }
    Err(KeyHolderRefused::Network)
}

/// The first of these scopes that the key has, or that one of its scopes includes. `None` if the key has any scope, and each
/// is enough.
pub(super) fn admitting(
    credential: &Credential,
    scopes: &[Scope],
) -> Result<Option<Scope>, KeyHolderRefused> {
    let is_any = Scope::ALL.iter().all(|each| scopes.contains(each));
    let mut admitting = scopes.iter().copied().filter(|scope| admits(credential, Some(*scope)));
    match admitting.next() {
        Some(scope) => Ok(Some(scope).filter(|_| !is_any)),
        None => Err(KeyHolderRefused::InsufficientScope(scopes.first().copied())),
    }
}

/// Whether the key has the scope that a request needs, or any scope.
pub(super) fn admits(credential: &Credential, needed: Option<Scope>) -> bool {
    let mut scopes = credential.scopes.iter();
    needed.map_or(!credential.scopes.is_empty(), |needed| scopes.any(|scope| scope.includes(needed)))
}

/// Checks again that the key has the scope that a request needs.
pub(super) fn check(credential: &Credential, needed: Option<Scope>) -> Result<(), KeyHolderRefused> {
    if admits(credential, needed) { Ok(()) } else { Err(KeyHolderRefused::InsufficientScope(needed)) }
}

/// Remembers that the company's policy refused a key. Its first refusal is recorded after the response.
fn keep_hold(service: &Service, holder: RefusedHolder, origin: Origin, now: Timestamp) {
    if let Some(since) = holder.0.holds.held_by_policy(now)
        && service.notices.is_held_due(&holder.0.key_id, now)
    {
        service.notices.keep(Due::Held(holder, origin, since));
    }
}

/// Remembers the use of a revoked key, or of a secret that a rotation ended. It is recorded after the response.
fn keep_revoked_use(service: &Service, holder: RefusedHolder, origin: Origin, now: Timestamp) {
    let source = Source::new(&holder.0.mask, Network::of(origin.ip.as_deref()));
    if service.notices.is_revoked_use_due(&holder.0.key_id, source, now) {
        service.notices.keep(Due::UsedRevoked(holder, origin, source));
    } else {
        service.notices.keep_counted(holder, origin, source);
    }
}
