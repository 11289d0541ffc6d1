//! Company Administrators: people with an access token.

use domain::{account::Account, company::Company, identifiers::CompanyId, key::Person};

/// An active account with the role `company_admin`, and its company, as they were when the request arrived.
#[derive(Debug)]
pub struct CompanyAdministrator {
    pub(crate) company: Company,
    pub(crate) account: Account,
    pub(crate) auth_time: i64,
}

impl CompanyAdministrator {
    /// The company, as it was read for authentication.
    #[must_use]
    pub fn company(&self) -> &Company {
        &self.company
    }

    /// The company's identifier.
    #[must_use]
    pub fn company_id(&self) -> &CompanyId {
        &self.company.id
    }

    /// The administrator's account, as it was read for authentication.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// When the person signed in, in seconds since the epoch.
    #[must_use]
    pub fn auth_time(&self) -> i64 {
        self.auth_time
    }

    /// The administrator, as the records of keys name them.
    #[must_use]
    pub fn person(&self) -> Person {
        Person { account_id: self.account.id.clone(), email: self.account.email.clone() }
    }
}
