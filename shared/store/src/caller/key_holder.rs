//! Key holders: machines with an API key.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicU8, Ordering},
};

use domain::{
    identifiers::CompanyId,
    key::{ApiKeyRecord, Credential, Digest, GATES},
    scope::Scope,
    time::Timestamp,
};

use crate::random;

/// No gate was chosen yet. A request that only reads needs none.
const NO_GATE: u8 = u8::MAX;

/// A request authenticated by an API key, which has the scope that it needs.
#[derive(Debug)]
pub struct KeyHolder {
    pub(crate) credential: Credential,
    pub(crate) digest: Digest,
    /// The least scope that the request needs. `None` if any is enough.
    pub(crate) needed: Option<Scope>,
    /// When the limits admitted the request.
    pub(crate) admitted_at: Timestamp,
    /// The address that the request came from.
    pub(crate) address: Option<IpAddr>,
    gate: AtomicU8,
}

impl KeyHolder {
    pub(crate) fn new(
        credential: Credential,
        digest: Digest,
        needed: Option<Scope>,
        admitted_at: Timestamp,
        address: Option<IpAddr>,
    ) -> Self {
        Self { credential, digest, needed, admitted_at, address, gate: AtomicU8::new(NO_GATE) }
    }

    /// The same request, with what the key is now.
    pub(crate) fn with(&self, credential: Credential) -> Self {
        Self::new(credential, self.digest.clone(), self.needed, self.admitted_at, self.address)
    }

    /// The gate that the next attempt of a write checks: any, and after that any other.
    pub(crate) fn next_gate(&self) -> u8 {
        let gate = match self.gate.load(Ordering::Relaxed) {
            NO_GATE => random_below(GATES),
            last => (last + 1 + random_below(GATES - 1)) % GATES,
        };
        self.gate.store(gate, Ordering::Relaxed);
        gate
    }

    /// The gate that the attempt in progress checks.
    pub(crate) fn gate(&self) -> u8 {
        self.gate.load(Ordering::Relaxed) % GATES
    }

    /// The key's company.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.credential.company_id
    }

    /// The verified key.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The least scope that the request needs. `None` if any is enough.
    #[must_use]
    pub fn needed(&self) -> Option<Scope> {
        self.needed
    }

    /// Whether the request was made with a secret of this key that still works.
    #[must_use]
    pub fn is_secret_of(&self, key: &ApiKeyRecord, now: Timestamp) -> bool {
        key.has_living(&self.digest, now)
    }

    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// A request with a key that was refused: the key was revoked, a limit or its list of networks refused the request, or the key was
/// in the wrong place.
#[derive(Debug)]
pub struct RefusedHolder(pub(crate) Credential);

impl RefusedHolder {
    /// The key.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.0
    }
}

fn random_below(limit: u8) -> u8 {
    u8::try_from(random::number_in(0..=u64::from(limit) - 1)).unwrap_or(0)
}
