//! What a request counts against.

use domain::{
    identifiers::{CompanyId, KeyId},
    key::Credential,
    limits::{Limit, Limits},
};

/// Something that is counted in each minute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// The requests with a key.
    Key(KeyId),
    /// The requests to the audit log with a key.
    AuditLog(KeyId),
    /// The requests with all keys of a company.
    Company(CompanyId),
}

/// Whose limits a request counts against.
#[derive(Clone, Debug)]
pub struct Metered {
    key_id: KeyId,
    company_id: CompanyId,
    pub(super) limits: Limits,
    reads_audit_log: bool,
}

impl Metered {
    /// A request with this key.
    #[must_use]
    pub fn new(credential: &Credential, reads_audit_log: bool) -> Self {
        Self {
            key_id: credential.key_id.clone(),
            company_id: credential.company_id.clone(),
            limits: credential.limits,
            reads_audit_log,
        }
    }

    /// The limits that apply to the request, each with its window.
    pub(super) fn windows(&self) -> impl Iterator<Item = (Limit, Window)> {
        let audit_log =
            self.reads_audit_log.then(|| (Limit::AuditLog, Window::AuditLog(self.key_id.clone())));
        let key = (Limit::Key, Window::Key(self.key_id.clone()));
        let company = (Limit::Company, Window::Company(self.company_id.clone()));
        [key].into_iter().chain(audit_log).chain([company])
    }
}
