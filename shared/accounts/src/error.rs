//! Why accounts are not made or changed.

use store::{TableError, retry::Contended};

/// Why an account was not changed.
#[derive(Debug)]
pub enum ChangeError {
    /// No such account in the caller's company.
    NotFound,
    /// A key may not bring back, delete or re-identify a Company Administrator.
    AdministratorProtected,
    /// The company would have no active administrator left.
    LastAdministrator,
    /// The user name or email address is another account's.
    NameTaken,
    /// The external ID is another account's.
    ExternalIdTaken,
    /// The caller's authority ended before the change committed.
    AuthorityLost,
    /// Other transactions were in the way until the deadline.
    Contended,
    /// No answer from the tables.
    Failed(TableError),
}

impl From<Contended> for ChangeError {
    fn from(_: Contended) -> Self {
        Self::Contended
    }
}

impl From<TableError> for ChangeError {
    fn from(error: TableError) -> Self {
        Self::Failed(error)
    }
}
