//! What a creation asks for.

use domain::{scope::Scopes, time::Timestamp};

/// A key to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What its administrator calls it.
    pub name: String,
    /// What it may be used for; never empty.
    pub scopes: Scopes,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
}
