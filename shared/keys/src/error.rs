//! The reasons why keys are not created, rotated or revoked.

use domain::{
    key::{EditRefused, RotationRefused},
    policy::{PolicyRefused, Rule},
};
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
    /// The company's policy doesn't allow the key.
    #[error("the key policy doesn't allow it")]
    Policy(Vec<PolicyRefused>),
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
    /// The secret with which the key revokes itself was ended.
    #[error("the key lost authority")]
    KeyRefused,
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

/// The reason why a key's secrets were not changed.
#[derive(Debug, Error)]
pub enum RotateError {
    /// No such key in the caller's company.
    #[error("no such key")]
    NotFound,
    /// The characters don't match the new secret.
    #[error("the characters don't match the new secret")]
    Mismatch,
    /// The key's state doesn't permit it.
    #[error(transparent)]
    Refused(#[from] RotationRefused),
    /// The company has the maximum number of keys with two secrets.
    #[error("the company has the maximum number of keys with two secrets")]
    LimitReached,
    /// The key may not rotate itself.
    #[error("the key may not rotate itself")]
    NotAllowed,
    /// The key was rotated less than a minute ago, and may rotate itself again after this many seconds.
    #[error("the key was rotated less than a minute ago")]
    TooSoon {
        /// From 1 to 60.
        seconds_left: u8,
    },
    /// The new secret would live longer than the key may give it.
    #[error("the new secret would live too long")]
    LivesTooLong,
    /// The company's policy doesn't allow the new secret.
    #[error("the key policy doesn't allow it")]
    Policy(PolicyRefused),
    /// The secret with which the key rotates itself was ended.
    #[error("the key lost authority")]
    KeyRefused,
    /// The key that rotates itself may no longer be used from where the request came.
    #[error("the key may not be used from this network")]
    NetworkRefused,
    /// The administrator's authority ended before the change.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(#[from] AdministratorRefused),
    /// Other transactions conflicted until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

/// The reason why a key was not edited, held or released.
#[derive(Debug, Error)]
pub enum EditError {
    /// No such key in the administrator's company.
    #[error("no such key")]
    NotFound,
    /// The key doesn't permit it.
    #[error(transparent)]
    Refused(#[from] EditRefused),
    /// The company's policy doesn't allow it.
    #[error("the key policy doesn't allow it")]
    Policy(Vec<PolicyRefused>),
    /// The policy holds the key because it breaks these rules, so it can't be released.
    #[error("the key policy holds the key")]
    HeldByPolicy(Vec<Rule>),
    /// The administrator's authority ended before the change.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(#[from] AdministratorRefused),
    /// Other transactions conflicted until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}

/// The reason why a key policy was not changed.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The administrator's authority ended before the change.
    #[error("the administrator lost authority: {0}")]
    AuthorityLost(#[from] AdministratorRefused),
    /// Other transactions conflicted until the deadline.
    #[error(transparent)]
    Contended(#[from] Contended),
    /// The tables did not respond.
    #[error(transparent)]
    Failed(#[from] TableError),
}
