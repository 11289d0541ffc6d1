//! Why keys are not created or revoked.

use store::{AdministratorRefused, TableError, retry::Contended};

/// Why a key was not created.
#[derive(Debug)]
pub enum CreateError {
    /// The company has as many active keys as it may have.
    LimitReached,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// The administrator's authority ended before the key was created.
    AuthorityLost(AdministratorRefused),
    /// The company lists the key as active, but the key's item is not there.
    ItemMissing,
    /// Other transactions were in the way until the deadline.
    Contended,
    /// No answer from the tables.
    Failed(TableError),
}

/// Why a key was not revoked.
#[derive(Debug)]
pub enum RevokeError {
    /// No such key in the administrator's company.
    NotFound,
    /// The characters are not those of this key.
    Mismatch,
    /// The administrator's authority ended before the key was revoked.
    AuthorityLost(AdministratorRefused),
    /// Other transactions were in the way until the deadline.
    Contended,
    /// No answer from the tables.
    Failed(TableError),
}

impl From<Contended> for CreateError {
    fn from(_: Contended) -> Self {
        Self::Contended
    }
}

impl From<TableError> for CreateError {
    fn from(error: TableError) -> Self {
        Self::Failed(error)
    }
}

impl From<Contended> for RevokeError {
    fn from(_: Contended) -> Self {
        Self::Contended
    }
}

impl From<TableError> for RevokeError {
    fn from(error: TableError) -> Self {
        Self::Failed(error)
    }
}
