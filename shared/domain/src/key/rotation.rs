//! Rotation: a key gets a second secret, and the first use of it ends the one before.
//!
//! ```text
//!              rotate                first use           end of the old one
//! current ───────────────► current ─────────────► current ───────────► current
//!                          new ▲ │                old
//!                       rotate └─┘
//! ```
//!
//! A key has one current secret. While it is rotated it has a second one: a new secret that nobody has used yet, or the old
//! secret that the new one replaced. So a key has at most two secrets, and no rotation leaves it without one that works. All
//! changes are functions of the record. The store writes what they return, on condition that the key is still as it was read.

use std::time::Duration;

use thiserror::Error;

use super::{
    ApiKeyRecord, Digest, KeyActor, KeyState, Mask, NewSecret, OVERLAP_SECONDS, OldSecret, SecondSecret,
};
use crate::time::Timestamp;

/// The reason why a key was not rotated, or its rotation not completed or canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RotationRefused {
    /// The key has expired or was revoked, is being revoked, or would have no secret left.
    #[error("the key is not active")]
    NotActive,
    /// The new secret is in use, and the old one works until this time.
    #[error("the new secret is in use")]
    InUse(Timestamp),
    /// An administrator made a new secret that nobody has used yet.
    #[error("an administrator's new secret waits for its first use")]
    Waiting,
    /// The key is held.
    #[error("the key is held")]
    Held,
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
        self.second.as_ref().filter(|second| second.ends_at() > now && !second.was_ended())
    }

    /// The secrets that may work: the current one, even if it has expired, and the second one if it works.
    pub fn living_digests(&self, now: Timestamp) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.digest).chain(self.living_second(now).map(SecondSecret::digest))
    }

    /// Whether this is the digest of a secret of the key that has not ended.
    #[must_use]
    pub fn has_living(&self, digest: &Digest, now: Timestamp) -> bool {
        self.living_digests(now).any(|living| living == digest)
    }

    /// When somebody last reported that a secret of the key leaked, if the key wasn't revoked for it and the secret still lives.
    #[must_use]
    pub fn leak_reported_at(&self, now: Timestamp) -> Option<Timestamp> {
        let leaked = self.leaked.as_ref().filter(|_| self.state(now) == KeyState::Active)?;
        leaked.digests.iter().any(|digest| self.has_living(digest, now)).then_some(leaked.at)
    }

    /// Every secret that the record has, except an old one that an administrator ended.
    pub fn unended_digests(&self) -> impl Iterator<Item = &Digest> {
        let is_ended = self.second.as_ref().is_some_and(SecondSecret::was_ended);
        self.all_digests().take(if is_ended { 1 } else { 2 })
    }

    /// Every secret that the record has.
    pub fn all_digests(&self) -> impl Iterator<Item = &Digest> {
        std::iter::once(&self.digest).chain(self.second.as_ref().map(SecondSecret::digest))
    }

    /// Whether this is the mask of the current secret, or of the second one if it works. For a revoked key, of the second one
    /// in any case: it may have worked when the key was revoked.
    #[must_use]
    pub fn has_mask(&self, mask: &Mask, now: Timestamp) -> bool {
        let second = if self.revoked.is_some() { self.second.as_ref() } else { self.living_second(now) };
        self.mask == *mask || second.is_some_and(|second| second.mask() == mask)
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
        if self.state(now) != KeyState::Active || self.revocation_began.is_some() {
            return Err(RotationRefused::NotActive);
        }
        if self.hold.is_some() {
            return Err(RotationRefused::Held);
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
    ///
    /// The old secret ends after the overlap, but not after its own expiry. Nor does it end after half of the time that the new
    /// one has left, because otherwise the key could not be rotated again before it expires. But it works for the shortest
    /// overlap, so that no request in progress is surprised by its end.
    #[must_use]
    pub fn first_used(&self, digest: &Digest, now: Timestamp) -> Option<Self> {
        let Some(SecondSecret::New(new)) = self.living_second(now) else { return None };
        let overlap_end = now.plus(Duration::from_secs(new.overlap_seconds.into()));
        let shortest = now.plus(Duration::from_secs((*OVERLAP_SECONDS.start()).into()));
        let half = |expiry: Timestamp| Timestamp::from_millis(now.millis().midpoint(expiry.millis()));
        let half = new.expires_at.map(|expiry| half(expiry).max(shortest));
        let ends_at = [Some(overlap_end), self.expires_at, half].into_iter().flatten().min()?;
        (new.digest == *digest).then(|| self.replaced(new, ends_at, None))
    }

    /// The key after its rotation was completed: the new secret is current, and the old one has ended in a generation that
    /// this begins. `None` if the old one ended before.
    pub fn completed(&self, generation: u64, now: Timestamp) -> Result<Option<Self>, RotationRefused> {
        match &self.second {
            Some(SecondSecret::New(new)) if new.ends_unused() > now => {
                let ends_at = self.expires_at.map_or(now, |expiry| expiry.min(now));
                Ok(Some(self.replaced(new, ends_at, Some(generation))))
            }
            Some(SecondSecret::Old(old)) if old.ends_at > now && old.ended_in.is_none() => {
                if self.expires_at.is_some_and(|expiry| expiry <= now) {
                    return Err(RotationRefused::NotActive);
                }
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
            Some(SecondSecret::Old(old)) if old.ends_at > now && old.ended_in.is_none() => {
                Err(RotationRefused::InUse(old.ends_at))
            }
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
            secret_used_at: None,
            second: Some(SecondSecret::Old(old)),
            ..self.clone()
        }
    }
}
