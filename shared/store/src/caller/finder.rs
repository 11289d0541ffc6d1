//! Finders of leaked keys: anybody who has one, and GitHub.

use domain::{
    identifiers::CompanyId,
    key::{ApiKeyRecord, Credential, Digest},
    leaks::Reporter,
    time::Timestamp,
};

/// Somebody who found a key that exists and can still be used, or could be again. They can end this key and do nothing else.
#[derive(Debug)]
pub struct KeyFinder {
    pub(crate) credential: Credential,
    pub(crate) digest: Digest,
    pub(crate) reporter: Reporter,
}

impl KeyFinder {
    /// The key's company.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.credential.company_id
    }

    /// The key that was found, by the secret that was found.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The digest of the secret that was found.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Who found it.
    #[must_use]
    pub fn reporter(&self) -> Reporter {
        self.reporter
    }

    /// Whether what was found is a secret of this key that has not ended.
    #[must_use]
    pub fn is_secret_of(&self, key: &ApiKeyRecord, now: Timestamp) -> bool {
        key.has_living(&self.digest, now)
    }
}
