//! Operators: the people who run the service. IAM decides who may invoke `provision`.

use domain::identifiers::CompanyId;

/// An operator at work on one company.
#[derive(Clone, Debug)]
pub struct Operator {
    company_id: CompanyId,
    name: String,
}

impl Operator {
    /// An operator admitted by IAM. Only functions that IAM protects may call this.
    #[must_use]
    pub fn admitted_by_iam(company_id: CompanyId, name: String) -> Self {
        Self { company_id, name }
    }

    /// The company that the operator works on.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.company_id
    }

    /// The name that the operator gave. The customer sees it in the audit log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
