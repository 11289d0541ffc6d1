//! Why keys are not created or revoked.

use store::{AdministratorRefused, TableError, retry::Contended};
use thiserror::Error;

/// Why a key was not created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The company has as many active keys as it may have.
    #[error("the company has as many active keys as it may have")]
    LimitReached,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The administrator's authority ended before the key was created.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(AdministratorRefused),
    /// The company lists the key as active, but the key's item is not there.
    #[error("an active key without its item")]
    ItemMissing,
    /// Other transactions were in the way until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// No answer from the tables.
    #[error(transparent)]
    Failed(#[from] TableError),
}

/// Why a key was not revoked.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// No such key in the administrator's company.
    #[error("no such key")]
    NotFound,
    /// The characters are not those of this key.
    #[error("the characters are not those of the key")]
    Mismatch,
    /// The administrator's authority ended before the key was revoked.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(AdministratorRefused),
    /// Other transactions were in the way until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// No answer from the tables.
    #[error(transparent)]
    Failed(#[from] TableError),
}
