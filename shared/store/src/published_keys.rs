//! GitHub's published keys. A stand-in until they are fetched.

use thiserror::Error;

use crate::{error::TableError, service::Service};

/// Why a signature isn't accepted.
#[derive(Debug, Error)]
pub enum SignatureRefused {
    /// No address of keys is configured.
    #[error("no address")]
    NotConfigured,
    /// The signature is wrong.
    #[error("wrong signature")]
    Refused,
    /// There are no keys.
    #[error("no keys")]
    Unavailable(TableError),
    /// The table failed.
    #[error(transparent)]
    Table(TableError),
}

/// Verifies a signature.
#[expect(clippy::unused_async, reason = "it will fetch")]
pub async fn verify(_: &Service, _: &str, _: &str, _: &[u8]) -> Result<(), SignatureRefused> {
    Err(SignatureRefused::NotConfigured)
}
