//! The stored data of a key, and the key's state.

use std::net::IpAddr;

use thiserror::Error;

use super::{Digest, Hold, KeyActor, Mask, Person, SecondSecret, SecretHolds, SelfRotation};
use crate::{
    identifiers::{CompanyId, KeyId},
    limits::{Limit, Limits},
    network::AllowedNetworks,
    scope::Scopes,
    suspensions::SuspensionLimit,
    time::Timestamp,
};

/// A key, as its company sees it.
#[derive(Clone, Debug)]
pub struct ApiKeyRecord {
    /// Identifies the key.
    pub key_id: KeyId,
    /// The digest of the current secret. It never leaves the service.
    pub digest: Digest,
    /// The key's name.
    pub name: String,
    /// What administrators wrote about it.
    pub note: Option<String>,
    /// The mask of the current secret.
    pub mask: Mask,
    /// The key's scopes.
    pub scopes: Scopes,
    /// Who created it.
    pub created_by: Person,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the current secret was made.
    pub secret_created_at: Timestamp,
    /// When the current secret expires.
    pub expires_at: Option<Timestamp>,
    /// The second secret, while the key is rotated and after that.
    pub second: Option<SecondSecret>,
    /// When it was last rotated.
    pub rotated_at: Option<Timestamp>,
    /// Whether it may rotate itself.
    pub self_rotation: Option<SelfRotation>,
    /// The networks from which it may be used. `None` for all.
    pub networks: Option<AllowedNetworks>,
    /// How many accounts it may suspend and delete in an hour.
    pub suspension_limit: SuspensionLimit,
    /// Whether an administrator holds it.
    pub hold: Option<Hold>,
    /// When an administrator last released it from a hold.
    pub released_at: Option<Timestamp>,
    /// The number of changes of the key. A change names the one that it read.
    pub version: u64,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When its current secret was last used, to the minute. `None` also in items of earlier releases.
    pub secret_used_at: Option<Timestamp>,
    /// When a limit last refused requests with the key, to the minute, and which limit. `None` for a limit that only a later
    /// release knows.
    pub limited: Option<(Timestamp, Option<Limit>)>,
    /// What was reported about leaked secrets of the key, if it was not revoked for it.
    pub leaked: Option<ReportedSecrets>,
    /// When a revocation began that has not ended. The key may be refused already. Revoking it again ends it.
    pub revocation_began: Option<Timestamp>,
    /// When and by whom it was revoked.
    pub revoked: Option<(Timestamp, KeyActor)>,
}

/// The secrets of a key that somebody found in public and reported.
#[derive(Clone, Debug)]
pub struct ReportedSecrets {
    /// When the last report arrived.
    pub at: Timestamp,
    /// The digests of the reported secrets, of which some may have ended. They never leave the service.
    pub digests: Vec<Digest>,
}

/// The state of a key, apart from being frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Neither revoked nor expired.
    Active,
    /// Revoked permanently.
    Revoked,
    /// The expiry has passed.
    Expired,
}

/// What a secret is to its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretRole {
    /// The current secret.
    Current,
    /// A new secret that nobody has used. If nobody does, it ends at this time.
    New {
        /// When it ends.
        unused_until: Timestamp,
    },
    /// An old secret that a new one has replaced. It ends when it expires.
    Old,
}

/// The data that verification reads: the item of a secret's digest.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The company that the key belongs to.
    pub company_id: CompanyId,
    /// Identifies the key.
    pub key_id: KeyId,
    /// The key's name.
    pub name: String,
    /// The secret's mask.
    pub mask: Mask,
    /// The key's scopes.
    pub scopes: Scopes,
    /// When the secret expires.
    pub expires_at: Option<Timestamp>,
    /// What the secret is to its key.
    pub role: SecretRole,
    /// Whether its company has left the Enterprise plan.
    pub frozen: bool,
    /// What else holds it.
    pub holds: SecretHolds,
    /// Whether it was ended: with its key, or by a rotation.
    pub revoked: bool,
    /// Whether a revocation is in progress.
    pub ending: bool,
    /// Grows whenever something is taken away from the secret. It is the time of the change in milliseconds, or one more than
    /// the generation before. A request holds the generation that it verified, and its writes commit only while the gates
    /// let this generation through.
    pub generation: u64,
    /// The company's limits of requests.
    pub limits: Limits,
    /// The networks from which the key may be used. `None` for all.
    pub networks: Option<AllowedNetworks>,
    /// How many accounts the key may suspend and delete in an hour. `None` for no limit.
    pub suspensions_per_hour: Option<u16>,
}

/// The reason why a key was refused, for metrics and logs. The caller gets the same response for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{}", self.reason())]
pub enum RefusedKey {
    /// The text is not an API key.
    Malformed,
    /// A well-formed key that doesn't exist.
    Unknown,
    /// The expiry has passed, or nobody used the new secret in time.
    Expired,
    /// A new secret has replaced it, and its time has passed.
    Replaced,
    /// Frozen: its company has left the Enterprise plan.
    Frozen,
    /// Held by an administrator or by the company's policy.
    Held,
    /// Revoked, or being revoked.
    Revoked,
}

impl RefusedKey {
    /// The reason's name in the metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Frozen => "frozen",
            Self::Held => "held",
            Self::Revoked => "revoked",
        }
    }
}

impl Credential {
    /// Whether a request from this address may use the key.
    #[must_use]
    pub fn admits_from(&self, address: Option<IpAddr>) -> bool {
        self.networks.as_ref().is_none_or(|networks| networks.admit(address))
    }

    /// Whether the secret has ended, so that it will never be accepted again: it was revoked, or its time has passed. A revocation in
    /// progress, a hold and a freeze may still end.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.revoked || self.is_expired(now) || self.is_unused(now)
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether nobody used a new secret in time.
    fn is_unused(&self, now: Timestamp) -> bool {
        matches!(self.role, SecretRole::New { unused_until } if unused_until <= now)
    }

    /// Checks whether a request that begins now may use the key.
    pub fn admit(&self, now: Timestamp) -> Result<(), RefusedKey> {
        let is_expired = self.is_expired(now);
        if self.revoked || self.ending {
            Err(RefusedKey::Revoked)
        } else if self.role == SecretRole::Old && is_expired {
            // Before the freeze, so that a use of it is recorded.
            Err(RefusedKey::Replaced)
        } else if self.frozen {
            Err(RefusedKey::Frozen)
        } else if is_expired || self.is_unused(now) {
            Err(RefusedKey::Expired)
        } else if self.holds.hold(now) {
            Err(RefusedKey::Held)
        } else {
            Ok(())
        }
    }
}
