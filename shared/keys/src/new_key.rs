//! The request to create a key.

use domain::{scope::Scopes, time::Timestamp};

/// A key to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key's name.
    pub name: String,
    /// The key's scopes. Never empty.
    pub scopes: Scopes,
    /// When the key expires.
    pub expires_at: Option<Timestamp>,
}
