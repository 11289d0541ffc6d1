//! The reasons why keys are not created or revoked.

use store::{AdministratorRefused, TableError, retry::Contended};
use thiserror::Error;

/// The reason why a key was not created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The company has the maximum number of active keys.
    #[error("the company has the maximum number of active keys")]
    LimitReached,
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The administrator's authority ended before the key was created.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(AdministratorRefused),
    /// The company lists the key as active, but the key's item doesn't exist.
    #[error("an active key without its item")]
    ItemMissing,
    /// Other transactions conflicted until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

/// The reason why a key was not revoked.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// No such key in the administrator's company.
    #[error("no such key")]
    NotFound,
    /// The characters don't match this key.
    #[error("the characters don't match the key")]
    Mismatch,
    /// The administrator's authority ended before the key was revoked.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(AdministratorRefused),
    /// Other transactions conflicted until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}
