//! Key holders: machines with an API key.

use domain::{
    identifiers::CompanyId,
    key::{Credential, Digest},
    scope::Scope,
};

/// A request authenticated by an API key with the scope.
#[derive(Debug)]
pub struct KeyHolder {
    pub(crate) credential: Credential,
    pub(crate) digest: Digest,
    pub(crate) scope: Scope,
}

impl KeyHolder {
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

    /// The scope that admitted the request. The request's transactions require it again.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// A request with a key that was revoked.
#[derive(Debug)]
pub struct RefusedHolder(pub(crate) Credential);

impl RefusedHolder {
    /// The verified key.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.0
    }
}
