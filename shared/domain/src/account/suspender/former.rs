//! Who wanted an account to be suspended until a key unsuspended it.
//!
//! A stolen key can unsuspend a leaver and then suspend them again. Without a memory of the suspenders before, an undo of the
//! key would unsuspend the leaver.

use super::{Changer, Suspender, Suspenders, is_of_key_since};
use crate::{identifiers::KeyId, time::Timestamp};

/// A suspender whose suspension a key ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerSuspender {
    /// Who, and since when.
    pub suspender: Suspender,
    /// When the key unsuspended the account, the last time.
    pub until: Timestamp,
}

/// The suspenders before unsuspensions by one key. If another caller unsuspends the account, they no longer count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerSuspenders {
    key: KeyId,
    known: Vec<FormerSuspender>,
    /// When the key last ended the suspension of others than the known ones.
    others_until: Option<Timestamp>,
}

impl FormerSuspenders {
    /// These suspenders, as they were stored.
    #[must_use]
    pub fn of_key(key: KeyId, known: Vec<FormerSuspender>, others_until: Option<Timestamp>) -> Self {
        Self { key, known, others_until }
    }

    /// The key that unsuspended the account.
    #[must_use]
    pub fn key(&self) -> &KeyId {
        &self.key
    }

    /// The known suspenders, at most [`Suspenders::MOST`].
    #[must_use]
    pub fn known(&self) -> &[FormerSuspender] {
        &self.known
    }

    /// When the key last ended the suspension of others than the known ones.
    #[must_use]
    pub fn others_until(&self) -> Option<Timestamp> {
        self.others_until
    }

    /// Adds those whose suspension the key ends now.
    pub(super) fn add(&mut self, suspenders: Suspenders, now: Timestamp) {
        if suspenders.others {
            self.others_until = Some(now);
        }
        for suspender in suspenders.known {
            self.add_one(suspender, now);
        }
    }

    /// The key's own suspensions stay apart while there is room: if they were one, an undo since a time between two of them
    /// would find that the key wanted the suspension before that time.
    fn add_one(&mut self, suspender: Suspender, now: Timestamp) {
        let is_own = suspender.who == Changer::Key(self.key.clone());
        let has_room = self.known.len() < Suspenders::MOST;
        let same = self.known.iter_mut().rfind(|former| former.suspender.who == suspender.who);
        match same {
            Some(former) if !is_own || !has_room => former.until = now,
            _ if has_room => self.known.push(FormerSuspender { suspender, until: now }),
            _ => self.others_until = Some(now),
        }
    }

    /// Takes out those who stood at this time or later, except for the key's own suspensions since then. Returns them, and
    /// whether there are others.
    pub(super) fn take_standing(&mut self, since: Timestamp) -> (Vec<Suspender>, bool) {
        let (standing, earlier) = self.known.drain(..).partition(|former| former.until >= since);
        self.known = earlier;
        let standing: Vec<FormerSuspender> = standing;
        let suspenders = standing.into_iter().map(|former| former.suspender);
        let suspenders =
            suspenders.filter(|suspender| !is_of_key_since(suspender, &self.key, since)).collect();
        (suspenders, self.others_until.take_if(|until| *until >= since).is_some())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.others_until.is_none()
    }
}
