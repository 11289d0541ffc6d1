//! The service at work on its own, for no caller: it looks at keys, publishes events and sends mails.

use domain::identifiers::CompanyId;

/// The service at work on one company. Nobody asked for it, so it may do nothing but tell the company's people.
#[derive(Clone, Debug)]
pub struct ServiceWork {
    company_id: CompanyId,
}

impl ServiceWork {
    /// Work on this company. Only functions that no request reaches may begin it: a schedule, a stream or a queue invokes them.
    #[must_use]
    pub fn on(company_id: CompanyId) -> Self {
        Self { company_id }
    }

    /// The company.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.company_id
    }
}
