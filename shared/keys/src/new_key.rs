//! The request to create a key.

use domain::{
    key::SelfRotation, network::AllowedNetworks, scope::Scopes, suspensions::SuspensionLimit, time::Timestamp,
};

/// A key to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key's name.
    pub name: String,
    /// What administrators write about it.
    pub note: Option<String>,
    /// The key's scopes. Never empty.
    pub scopes: Scopes,
    /// When the key expires.
    pub expires_at: Option<Timestamp>,
    /// Whether it may rotate itself.
    pub self_rotation: Option<SelfRotation>,
    /// The networks from which it may be used.
    pub networks: Option<AllowedNetworks>,
    /// How many accounts it may suspend and delete in an hour.
    pub suspension_limit: SuspensionLimit,
}
