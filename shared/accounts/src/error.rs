//! The reasons why accounts are not created or changed.

use store::{LostAuthority, TableError, retry::Contended};
use thiserror::Error;

/// The reason why one account was not created or changed. The caller may try others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AccountRefused {
    /// No such account in the caller's company.
    #[error("no such account")]
    NotFound,
    /// A key may not unsuspend, delete or re-identify a Company Administrator.
    #[error("Company Administrators are protected from API keys")]
    AdministratorProtected,
    /// The company would have no active administrator left.
    #[error("the last active Company Administrator")]
    LastAdministrator,
    /// Another account has this user name or email address.
    #[error("another account has the user name or email address")]
    NameTaken,
    /// Another account has this external ID.
    #[error("another account has the external ID")]
    ExternalIdTaken,
    /// The key has suspended and deleted as many accounts as it may in an hour.
    #[error("the limit of {per_hour} suspensions an hour is reached")]
    SuspensionLimitReached {
        /// The limit.
        per_hour: u16,
        /// The seconds until the key may suspend again.
        seconds_left: u16,
    },
}

/// The reason why an operation on accounts ended without what was asked.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// This account can't be changed so.
    #[error(transparent)]
    Refused(#[from] AccountRefused),
    /// The caller's authority ended before the change committed.
    #[error(transparent)]
    AuthorityLost(#[from] LostAuthority),
    /// Other transactions conflicted until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}
