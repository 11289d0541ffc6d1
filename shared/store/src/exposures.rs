//! What an instance remembers about keys in places that are often logged: which it looked up in the current minute.
//!
//! Whether such a key is real is looked up only after the response, so the response can't depend on it. Anybody can send
//! well-formed keys that nobody has, without a credential. So an instance makes a limited number of these reads. A flood of
//! such keys can hide a real one on the instances that it meets, until the minute ends.

use std::time::Duration;

use domain::{audit::Origin, key::Digest, leaks::Place, time::Timestamp};

/// How long an instance remembers what it looked up. Conditions on the key's item decide what is recorded.
const INTERVAL: Duration = Duration::from_mins(1);
/// The maximum number of keys that an instance looks up in a minute, whatever becomes of each.
const LOOKUPS: usize = 20;
/// The maximum number of keys that wait to be looked up.
const AT_ONCE: usize = 3;

/// A request that contained a well-formed key where it is often logged. Nobody knows yet whether the key is real.
#[derive(Clone, Debug)]
pub(crate) struct Exposed {
    pub(crate) digest: Digest,
    pub(crate) place: Place,
    pub(crate) origin: Origin,
}

/// The keys that were looked up in the current minute.
#[derive(Debug, Default)]
pub(crate) struct Exposures {
    /// When the minute began.
    since: Option<Timestamp>,
    /// The number of keys that were to be looked up in it.
    lookups: usize,
    /// Those that need no other attempt.
    settled: Vec<Digest>,
}

impl Exposures {
    /// Whether to look up this key, while so many others wait for that. If so, it counts as looked up until
    /// [`Exposures::failed`].
    pub(crate) fn is_due(&mut self, digest: &Digest, waiting: usize, now: Timestamp) -> bool {
        if self.since.is_none_or(|since| since.plus(INTERVAL) <= now) {
            *self = Self { since: Some(now), ..Self::default() };
        }
        if waiting >= AT_ONCE || self.lookups >= LOOKUPS || self.settled.contains(digest) {
            return false;
        }
        self.lookups += 1;
        self.settled.push(digest.clone());
        true
    }

    /// The key was not looked up, or the event was not written. The next request with the key tries again.
    pub(crate) fn failed(&mut self, digest: &Digest) {
        self.settled.retain(|settled| settled != digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn digest() -> Digest {
        random::api_key().digest()
    }

    #[test]
    fn a_key_is_looked_up_once_a_minute() {
        let (mut exposures, key, other) = (Exposures::default(), digest(), digest());
        assert!(exposures.is_due(&key, 0, at(100_000)));
        assert!(!exposures.is_due(&key, 0, at(159_999)) && exposures.is_due(&other, 0, at(159_999)));
        assert!(exposures.is_due(&key, 0, at(160_000)));
        exposures.failed(&key);
        assert!(exposures.is_due(&key, 0, at(160_001)) && !exposures.is_due(&key, 0, at(160_002)));
    }

    #[test]
    fn lookups_and_memory_are_limited() {
        let mut exposures = Exposures::default();
        let mut lookups = |now, fails| {
            let due = |_: &usize| {
                let digest = digest();
                let is_due = exposures.is_due(&digest, 0, at(now));
                if fails {
                    exposures.failed(&digest);
                }
                assert!(exposures.settled.len() <= LOOKUPS);
                is_due
            };
            (0..100).filter(due).count()
        };
        // A failure is no way to more lookups.
        let counts = [lookups(100_000, false), lookups(159_999, false), lookups(160_000, true)];
        assert_eq!(counts, [LOOKUPS, 0, LOOKUPS]);
        assert!(exposures.is_due(&digest(), AT_ONCE - 1, at(300_000)));
        assert!(!exposures.is_due(&digest(), AT_ONCE, at(300_000)), "too many wait");
    }
}
