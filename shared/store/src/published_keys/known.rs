//! The keys that are known, and for how long they count.

use std::time::Duration;

use domain::time::Timestamp;

use super::key::PublicKey;

/// How long fetched keys count without another fetch.
const FRESH: Duration = Duration::from_hours(1);
/// How long fetched keys count while they can't be fetched again.
const USABLE: Duration = Duration::from_hours(24 * 7);
/// The least time between two fetches of all instances together, and between two readings of the table by one instance.
pub(crate) const INTERVAL: Duration = Duration::from_mins(1);
/// How long a fetch takes at most until its outcome is stored. If there is no outcome by then, the fetch has failed.
const FETCH: Duration = Duration::from_secs(4);

/// The keys of the last successful fetch.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownKeys {
    pub(crate) keys: Vec<PublicKey>,
    /// When they were fetched.
    pub(crate) fetched_at: Option<Timestamp>,
    /// When the last fetch began. If it succeeded, this is `fetched_at`, and if it failed, `failed_at`.
    pub(crate) attempted_at: Option<Timestamp>,
    /// When the last fetch that failed began.
    pub(crate) failed_at: Option<Timestamp>,
}

/// What the known keys say about an identifier.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// It names this key.
    Key(&'a PublicKey),
    /// It names none of GitHub's keys.
    None,
    /// GitHub's keys are not known, or not well enough.
    Unknown,
}

impl KnownKeys {
    /// Whether the keys count without another fetch.
    pub(crate) fn are_fresh(&self, now: Timestamp) -> bool {
        is_within(self.fetched_at, FRESH, now)
    }

    /// Whether a fetch may begin: no other began in the last minute.
    pub(crate) fn may_be_fetched(&self, now: Timestamp) -> bool {
        !is_within(self.attempted_at, INTERVAL, now)
    }

    /// Whether the last fetch is in progress on some instance.
    pub(crate) fn are_being_fetched(&self, now: Timestamp) -> bool {
        self.attempted_at > self.fetched_at.max(self.failed_at) && is_within(self.attempted_at, FETCH, now)
    }

    /// The fresh key with this identifier.
    pub(crate) fn fresh_key(&self, identifier: &str, now: Timestamp) -> Option<&PublicKey> {
        self.key(identifier).filter(|_| self.are_fresh(now))
    }

    /// The decision about an identifier if nothing more can be learned now. An identifier that is not among the keys is
    /// nobody's if the last fetch succeeded, and also if it failed less than an hour after one that succeeded.
    pub(crate) fn find(&self, identifier: &str, now: Timestamp) -> Found<'_> {
        match self.key(identifier) {
            _ if !is_within(self.fetched_at, USABLE, now) => Found::Unknown,
            Some(key) => Found::Key(key),
            None if !self.are_fresh(now) && self.attempted_at > self.fetched_at => Found::Unknown,
            None => Found::None,
        }
    }

    /// Takes over what the table has. The keys here may be later, if they could not be stored.
    pub(crate) fn update(&mut self, stored: Self) {
        if stored.fetched_at >= self.fetched_at {
            *self = stored;
        } else {
            self.attempted_at = self.attempted_at.max(stored.attempted_at);
            self.failed_at = self.failed_at.max(stored.failed_at);
        }
    }

    fn key(&self, identifier: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.identifier() == identifier)
    }
}

/// Whether a time is less than this long ago.
pub(crate) fn is_within(time: Option<Timestamp>, duration: Duration, now: Timestamp) -> bool {
    time.is_some_and(|time| now < time.plus(duration))
}
