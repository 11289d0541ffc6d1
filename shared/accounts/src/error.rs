//! Why accounts are not made or changed.

use store::{TableError, retry::Contended};
use thiserror::Error;

/// Why an account was not changed.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// No such account in the caller's company.
    #[error("no such account")]
    NotFound,
    /// A key may not bring back, delete or re-identify a Company Administrator.
    #[error("Company Administrators are protected from API keys")]
    AdministratorProtected,
    /// The company would have no active administrator left.
    #[error("the last active Company Administrator")]
    LastAdministrator,
    /// The user name or email address is another account's.
    #[error("another account has the user name or email address")]
    NameTaken,
    /// The external ID is another account's.
    #[error("another account has the external ID")]
    ExternalIdTaken,
    /// The caller's authority ended before the change committed.
    #[error("the caller lost authority")]
    AuthorityLost,
    /// Other transactions were in the way until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// No answer from the tables.
    #[error(transparent)]
    Failed(#[from] TableError),
}
