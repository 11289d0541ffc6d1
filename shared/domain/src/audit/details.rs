//! The details of an event: what changed, and what remains.

use crate::{
    identifiers::Email,
    key::{ApiKeyRecord, Mask, SelfRotation},
    leaks::Place,
    limits::Limits,
    network::AllowedNetworks,
    policy::KeyPolicy,
    scope::Scopes,
    suspensions::SuspensionLimit,
    time::Timestamp,
};

/// The details of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The attributes that `UPDATE_ACCOUNT` changed, by their SCIM names, or `UPDATE_API_KEY` by their names in the API.
    pub changed: Vec<String>,
    /// The account's email address before and after, if it changed.
    pub email_change: Option<EmailChange>,
    /// The attributes that the request named and the service ignored, by their SCIM names.
    pub left_alone: Vec<String>,
    /// The number of uses of a revoked key that the event stands for.
    pub times: Option<u64>,
    /// The limits of requests after the change, each with its number.
    pub limits: Option<Limits>,
    /// The secrets of a rotation.
    pub secrets: Option<SecretChange>,
    /// Whether a new key may rotate itself.
    pub self_rotation: Option<SelfRotation>,
    /// What a key may do after an `UPDATE_API_KEY`, or from its creation if that is more than scopes and an expiry.
    pub remains: Option<KeyGrant>,
    /// What holds a key, or held it.
    pub held_by: Option<HeldBy>,
    /// The key policy after a change.
    pub policy: Option<KeyPolicy>,
    /// The limit of suspensions that a key reached.
    pub suspensions_per_hour: Option<u16>,
    /// The event of the undo that changed the account.
    pub undo: Option<String>,
    /// The time since when an undo takes suspensions back.
    pub since: Option<Timestamp>,
    /// The secret that somebody found.
    pub leaked: Option<Mask>,
    /// Where it was found: addresses from [`clean_address`](crate::leaks::clean_address), at most [`PLACES`](crate::leaks::PLACES).
    pub found_at: Vec<String>,
    /// The part of a request that contained a key.
    pub place: Option<Place>,
    /// Days: how many are left at most until a key expires, or how many it has not been used.
    pub days: Option<u16>,
    /// When a key expires or expired, of an event about that.
    pub expires_at: Option<Timestamp>,
    /// When an unused key was last used. Absent if it never was.
    pub last_used_at: Option<Timestamp>,
}

impl Details {
    /// Whether there are no details.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a key may do, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyGrant {
    /// Its scopes.
    pub scopes: Scopes,
    /// When its current secret expires.
    pub expires_at: Option<Timestamp>,
    /// Whether it may rotate itself.
    pub self_rotation: Option<SelfRotation>,
    /// The networks from which it may be used. `None` for all.
    pub networks: Option<AllowedNetworks>,
    /// How many accounts it may suspend and delete in an hour.
    pub suspension_limit: SuspensionLimit,
}

impl From<&ApiKeyRecord> for KeyGrant {
    fn from(key: &ApiKeyRecord) -> Self {
        Self {
            scopes: key.scopes.clone(),
            expires_at: key.expires_at,
            self_rotation: key.self_rotation,
            networks: key.networks.clone(),
            suspension_limit: key.suspension_limit,
        }
    }
}

/// What holds a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    /// A Company Administrator.
    Administrator,
    /// The key policy.
    Policy,
}

impl HeldBy {
    /// The reason as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Policy => "policy",
        }
    }

    /// The reason with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Administrator, Self::Policy].into_iter().find(|by| by.id() == id)
    }
}

/// What a step of a rotation did with a key's secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretChange {
    /// The secret that was made, or that works from now on.
    pub mask: Mask,
    /// When that secret expires.
    pub expires_at: Option<Timestamp>,
    /// How long the old secret will work after the first use of the new one.
    pub overlap_seconds: Option<u32>,
    /// A secret that ended or will end, and when.
    pub ended: Option<(Mask, Timestamp)>,
}

impl SecretChange {
    /// A key goes on with its current secret, and this one has ended or will end.
    #[must_use]
    pub fn ended(key: &ApiKeyRecord, mask: &Mask, ends_at: Timestamp) -> Self {
        Self {
            mask: key.mask.clone(),
            expires_at: key.expires_at,
            overlap_seconds: None,
            ended: Some((mask.clone(), ends_at)),
        }
    }
}

impl From<SecretChange> for Details {
    fn from(change: SecretChange) -> Self {
        Self { secrets: Some(change), ..Self::default() }
    }
}

/// A change of an account's email address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailChange {
    /// The address before.
    pub before: Email,
    /// The address after.
    pub after: Email,
}
