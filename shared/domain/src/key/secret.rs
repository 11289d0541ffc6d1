//! The secrets of a key: a new one that nobody has used, and an old one that was replaced.

use std::time::Duration;

use super::{Digest, KeyActor, Mask};
use crate::time::Timestamp;

/// How long a new secret waits for its first use.
pub const UNUSED_LIFE: Duration = Duration::from_hours(24 * 30);
/// The shortest and the longest time that an old secret works after the first use of the new one, in seconds. The shortest
/// is longer than any request takes, so that no request begins with an old secret and ends after it.
pub const OVERLAP_SECONDS: std::ops::RangeInclusive<u32> = 60..=604_800;
/// How long an old secret works by default, in seconds.
pub const DEFAULT_OVERLAP_SECONDS: u32 = 86_400;
/// The longest life of a secret in days: a leap year.
pub const LONGEST_LIFE_DAYS: u16 = 366;
/// The shortest time between two rotations that a key carries out itself.
pub const SELF_ROTATION_INTERVAL: Duration = Duration::from_mins(1);

/// Allows a key to rotate itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfRotation {
    /// The longest life of the secrets that it makes, in days.
    pub lifetime_days: u16,
}

impl SelfRotation {
    /// The longest life of the secrets that it makes.
    #[must_use]
    pub fn lifetime(self) -> Duration {
        Duration::from_hours(24 * u64::from(self.lifetime_days))
    }
}

/// A new secret, which waits for its first use.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// Its digest. It never leaves the service.
    pub digest: Digest,
    /// Its mask.
    pub mask: Mask,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: KeyActor,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When it ends if nobody uses it before.
    pub unused_until: Timestamp,
    /// How long the old secret works after the first use of this one.
    pub overlap_seconds: u32,
}

impl NewSecret {
    /// When it ends if nobody uses it.
    #[must_use]
    pub fn ends_unused(&self) -> Timestamp {
        self.expires_at.map_or(self.unused_until, |expiry| expiry.min(self.unused_until))
    }
}

/// An old secret, which a new one replaced.
#[derive(Clone, Debug)]
pub struct OldSecret {
    /// Its digest. It never leaves the service.
    pub digest: Digest,
    /// Its mask.
    pub mask: Mask,
    /// When it ends or has ended.
    pub ends_at: Timestamp,
    /// When it was last used since it was replaced, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// If an administrator ended it: the generation that began with its end. Otherwise it ends with time.
    pub ended_in: Option<u64>,
}

/// The second secret of a key.
#[derive(Clone, Debug)]
pub enum SecondSecret {
    /// A new secret waits for its first use.
    New(NewSecret),
    /// An old secret still works, or has ended and is remembered until the next rotation.
    Old(OldSecret),
}

impl SecondSecret {
    /// When the secret ends, or has ended.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        match self {
            Self::New(new) => new.ends_unused(),
            Self::Old(old) => old.ends_at,
        }
    }

    /// Whether an administrator ended it, whatever this instance's clock says.
    #[must_use]
    pub fn was_ended(&self) -> bool {
        matches!(self, Self::Old(old) if old.ended_in.is_some())
    }

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        match self {
            Self::New(new) => &new.digest,
            Self::Old(old) => &old.digest,
        }
    }

    /// Its mask.
    #[must_use]
    pub fn mask(&self) -> &Mask {
        match self {
            Self::New(new) => &new.mask,
            Self::Old(old) => &old.mask,
        }
    }
}
