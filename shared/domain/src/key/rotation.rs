//! Rotation: a key gets a second secret, and the first use of it ends the one before.
//!
//! ```text
//!              rotate                first use               its end
//! current ───────────────► current ─────────────► current ───────────► current
//!                          new ▲ │                old
//!                       rotate └─┘
//! ```
//!
//! A key has one current secret. While it is rotated it has a second one: a new secret that nobody has used yet, or the old
//! secret that the new one replaced. So a key has at most two secrets, and always one that works. All changes are functions
//! of the record. The store writes what they return, on condition that the key is still as it was read.

use std::time::Duration;

use thiserror::Error;

use super::{ApiKeyRecord, Digest, KeyState, Mask, Person};
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

/// Who made a secret, or ended a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyActor {
    /// A Company Administrator.
    Person(Person),
    /// The key itself.
    Itself,
}

impl KeyActor {
    /// The person, unless it was the key itself.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Itself => None,
        }
    }

    /// Whether it was the key itself.
    #[must_use]
    pub fn is_itself(&self) -> bool {
        matches!(self, Self::Itself)
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

    /// Its digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        match self {
            Self::New(new) => &new.digest,
            Self::Old(old) => &old.digest,
        }
    }

    fn mask(&self) -> &Mask {
        match self {
            Self::New(new) => &new.mask,
            Self::Old(old) => &old.mask,
        }
    }
}

/// The reason why a key was not rotated, or its rotation not completed or canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RotationRefused {
    /// The key has expired or was revoked, or would have no secret left.
    #[error("the key is not active")]
    NotActive,
    /// The new secret is in use, and the old one works until this time.
    #[error("the new secret is in use")]
    InUse(Timestamp),
    /// An administrator made a new secret that nobody has used yet.
    #[error("an administrator's new secret waits for its first use")]
    Waiting,
    /// There is no second secret.
    #[error("the key is not being rotated")]
    NoRotation,
}

impl ApiKeyRecord {
    /// The key's state at this time.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked.is_some() {
            KeyState::Revoked
        } else if self.ends_at().is_some_and(|at| at <= now) {
            KeyState::Expired
        } else {
            KeyState::Active
        }
    }

    /// When the last of the key's secrets ends, if no other is made.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        let second = self.second.as_ref().map(SecondSecret::ends_at);
        self.expires_at.map(|expiry| second.map_or(expiry, |second| second.max(expiry)))
    }

    /// The second secret, if it still works.
    #[must_use]
    pub fn living_second(&self, now: Timestamp) -> Option<&SecondSecret> {
        self.second.as_ref().filter(|second| second.ends_at() > now)
    }

    /// The secrets that may work: the current one, even if it has expired, and the second one if it works.
    pub fn living_digests(&self, now: Timestamp) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.digest).chain(self.living_second(now).map(SecondSecret::digest))
    }

    /// Every secret that the record has, except an old one that an administrator ended.
    pub fn unended_digests(&self) -> impl Iterator<Item = &Digest> {
        let is_ended = matches!(&self.second, Some(SecondSecret::Old(old)) if old.ended_in.is_some());
        self.all_digests().take(if is_ended { 1 } else { 2 })
    }

    /// Every secret that the record has.
    pub fn all_digests(&self) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.digest).chain(self.second.as_ref().map(SecondSecret::digest))
    }

    /// Whether this is the mask of the current secret, or of the second one if it works.
    #[must_use]
    pub fn has_mask(&self, mask: &Mask, now: Timestamp) -> bool {
        self.mask == *mask || self.living_second(now).is_some_and(|second| second.mask() == mask)
    }

    /// The mask of the new secret: the one that waits, or the current one if it has replaced another.
    #[must_use]
    pub fn newest_mask(&self) -> &Mask {
        match &self.second {
            Some(SecondSecret::New(new)) => &new.mask,
            _ => &self.mask,
        }
    }

    /// The key with this new secret. It replaces a new secret that nobody has used.
    pub fn rotated(&self, new: NewSecret, now: Timestamp) -> Result<Self, RotationRefused> {
        if self.state(now) != KeyState::Active {
            return Err(RotationRefused::NotActive);
        }
        match self.living_second(now) {
            Some(SecondSecret::Old(old)) => return Err(RotationRefused::InUse(old.ends_at)),
            Some(SecondSecret::New(waiting))
                if new.created_by == KeyActor::Itself && waiting.created_by != KeyActor::Itself =>
            {
                return Err(RotationRefused::Waiting);
            }
            _ => {}
        }
        Ok(Self { rotated_at: Some(now), second: Some(SecondSecret::New(new)), ..self.clone() })
    }

    /// The key after the first use of the new secret with this digest. `None` if no such secret waits.
    #[must_use]
    pub fn first_used(&self, digest: &Digest, now: Timestamp) -> Option<Self> {
        let Some(SecondSecret::New(new)) = self.living_second(now) else { return None };
        let overlap_end = now.plus(Duration::from_secs(new.overlap_seconds.into()));
        let ends_at = self.expires_at.map_or(overlap_end, |expiry| expiry.min(overlap_end));
        (new.digest == *digest).then(|| self.replaced(new, ends_at, None))
    }

    /// The key after its rotation was completed: the new secret is current, and the old one has ended in a generation that
    /// this begins. `None` if the old one ended before.
    pub fn completed(&self, generation: u64, now: Timestamp) -> Result<Option<Self>, RotationRefused> {
        match &self.second {
            Some(SecondSecret::New(new)) if new.ends_unused() > now => {
                Ok(Some(self.replaced(new, now, Some(generation))))
            }
            Some(SecondSecret::Old(old)) if old.ends_at > now => {
                let old = OldSecret { ends_at: now, ended_in: Some(generation), ..old.clone() };
                Ok(Some(Self { second: Some(SecondSecret::Old(old)), ..self.clone() }))
            }
            Some(SecondSecret::Old(_)) => Ok(None),
            Some(SecondSecret::New(_)) | None => Err(RotationRefused::NoRotation),
        }
    }

    /// The key without its new secret. `None` if it has none any more.
    pub fn canceled(&self, now: Timestamp) -> Result<Option<Self>, RotationRefused> {
        match &self.second {
            Some(SecondSecret::New(new)) if new.ends_unused() <= now => Ok(None),
            Some(SecondSecret::New(_)) if self.expires_at.is_some_and(|expiry| expiry <= now) => {
                Err(RotationRefused::NotActive)
            }
            Some(SecondSecret::New(_)) => Ok(Some(Self { second: None, ..self.clone() })),
            Some(SecondSecret::Old(old)) if old.ends_at > now => Err(RotationRefused::InUse(old.ends_at)),
            None if self.rotated_at.is_some() => Ok(None),
            Some(SecondSecret::Old(_)) | None => Err(RotationRefused::NoRotation),
        }
    }

    /// The key with the new secret as its current one, and the current one as the old one until this time.
    fn replaced(&self, new: &NewSecret, ends_at: Timestamp, ended_in: Option<u64>) -> Self {
        let old = OldSecret {
            digest: self.digest.clone(),
            mask: self.mask.clone(),
            ends_at,
            last_used_at: None,
            ended_in,
        };
        Self {
            digest: new.digest.clone(),
            mask: new.mask.clone(),
            expires_at: new.expires_at,
            secret_created_at: new.created_at,
            second: Some(SecondSecret::Old(old)),
            ..self.clone()
        }
    }
}
