//! What an instance remembers about uses of revoked keys: how many it saw from which network, and which are recorded.
//! It decides whether to try to record one. Conditions on the key's item decide what is recorded.

use std::{collections::HashMap, time::Duration};

use domain::{audit::Origin, identifiers::KeyId, network::Source, time::Timestamp};

use crate::caller::RefusedHolder;

/// The shortest time between two records of uses of a revoked key from one network.
pub(crate) const INTERVAL: Duration = Duration::from_mins(1);
/// The maximum number of networks remembered for a key: as many as are recorded in a minute.
pub(crate) const NETWORKS: usize = 10;
/// The maximum number of attempts a minute to record uses of a key, successful or not.
const TRIES: usize = 2 * NETWORKS;
/// The maximum number of overdue uses that are recorded after one request.
const AT_ONCE: usize = 3;
/// The maximum number of keys remembered. Beyond that the memory is cleared.
const KEYS: usize = 1_000;

/// The uses of each key that were seen.
#[derive(Debug, Default)]
pub(crate) struct RevokedUses(HashMap<KeyId, Uses>);

#[derive(Debug)]
struct Uses {
    /// When the current minute began.
    since: Timestamp,
    /// The number of attempts in this minute.
    tries: usize,
    from: HashMap<Source, Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Uses since the last event.
    times: u64,
    /// The last use that was counted and not recorded.
    last: Option<(RefusedHolder, Origin)>,
    /// Whether there is nothing more to try in this minute.
    is_settled: bool,
}

impl RevokedUses {
    /// Counts a use. Returns whether it must be recorded. If so, it counts as settled until [`RevokedUses::failed`].
    pub(crate) fn count(&mut self, key_id: &KeyId, source: Source, now: Timestamp) -> bool {
        if self.0.len() >= KEYS && !self.0.contains_key(key_id) {
            self.0.clear();
        }
        let new = || Uses { since: now, tries: 0, from: HashMap::new() };
        let uses = self.0.entry(key_id.clone()).or_insert_with(new);
        if uses.since.plus(INTERVAL) <= now {
            uses.begin(now);
        }
        if !uses.from.contains_key(&source) && uses.from.len() >= NETWORKS {
            // An entry of an earlier minute is replaced. Only ten networks are recorded in this minute.
            let earlier = uses.from.iter().filter(|(_, seen)| !seen.is_settled);
            let Some(fewest) = earlier.min_by_key(|(_, seen)| seen.times).map(|(source, _)| *source) else {
                return false;
            };
            uses.from.remove(&fewest);
        }
        let seen = uses.from.entry(source).or_default();
        seen.times += 1;
        if seen.is_settled || uses.tries >= TRIES {
            return false;
        }
        uses.tries += 1;
        seen.is_settled = true;
        true
    }

    /// Keeps a use that was counted but not recorded. If no other use follows, it is recorded with the number of uses
    /// that it stands for.
    pub(crate) fn keep(&mut self, holder: RefusedHolder, origin: Origin, source: Source) {
        let uses = self.0.get_mut(&holder.credential().key_id);
        if let Some(seen) = uses.and_then(|uses| uses.from.get_mut(&source)) {
            seen.last = Some((holder, origin));
        }
    }

    /// Returns a few of the uses that were counted in an earlier minute and not recorded since. Each counts as settled.
    pub(crate) fn overdue(&mut self, now: Timestamp) -> Vec<(RefusedHolder, Origin, Source)> {
        let mut overdue = Vec::new();
        for uses in self.0.values_mut().filter(|uses| uses.since.plus(INTERVAL) <= now) {
            if overdue.len() == AT_ONCE {
                break;
            }
            if !uses.from.values().any(|seen| seen.last.is_some()) {
                continue;
            }
            uses.begin(now);
            for (source, seen) in &mut uses.from {
                if overdue.len() < AT_ONCE
                    && let Some((holder, origin)) = seen.last.take()
                {
                    uses.tries += 1;
                    seen.is_settled = true;
                    overdue.push((holder, origin, *source));
                }
            }
        }
        overdue
    }

    /// The number of uses that an event written now stands for.
    pub(crate) fn times(&self, key_id: &KeyId, source: Source) -> u64 {
        let seen = self.0.get(key_id).and_then(|uses| uses.from.get(&source));
        seen.map_or(1, |seen| seen.times.max(1))
    }

    /// Remembers that an event for this many uses was written, and with the first event of a minute, when the minute
    /// began.
    pub(crate) fn recorded(&mut self, key_id: &KeyId, source: Source, times: u64, began: Option<Timestamp>) {
        let Some(uses) = self.0.get_mut(key_id) else { return };
        if let Some(began) = began {
            uses.begin(began);
            uses.tries = 1;
        }
        if let Some(seen) = uses.from.get_mut(&source) {
            seen.times = seen.times.saturating_sub(times);
            seen.is_settled = true;
            if seen.times == 0 {
                seen.last = None;
            }
        }
    }

    /// The write failed. The next use tries again.
    pub(crate) fn failed(&mut self, key_id: &KeyId, source: Source) {
        if let Some(seen) = self.0.get_mut(key_id).and_then(|uses| uses.from.get_mut(&source)) {
            seen.is_settled = false;
        }
    }
}

impl Uses {
    /// Begins a minute in which nothing is recorded yet.
    fn begin(&mut self, now: Timestamp) {
        (self.since, self.tries) = (now, 0);
        for seen in self.from.values_mut() {
            seen.is_settled = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{key::Mask, network::Network};

    use super::*;
    use crate::random;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn v4(n: usize) -> Source {
        source("K7fQ…mibC", n)
    }

    fn source(mask: &str, n: usize) -> Source {
        Source::new(&Mask::parse(mask).expect("a mask"), Network::of(Some(&format!("192.0.2.{n}"))))
    }

    #[test]
    fn a_network_is_recorded_once_a_minute_and_every_use_is_counted() {
        let (mut uses, key) = (RevokedUses::default(), random::key_id(at(0)));
        assert!(uses.count(&key, v4(1), at(0)));
        uses.recorded(&key, v4(1), uses.times(&key, v4(1)), Some(at(5)));
        assert!(!uses.count(&key, v4(1), at(59_999)) && uses.count(&key, v4(2), at(59_999)));
        // The minute of the event counts, not the minute of the request.
        assert!(!uses.count(&key, v4(1), at(60_004)) && uses.count(&key, v4(1), at(60_005)));
        assert_eq!((uses.times(&key, v4(1)), uses.times(&key, v4(2))), (3, 1));
        uses.failed(&key, v4(1));
        assert!(uses.count(&key, v4(1), at(60_006)));
        assert_eq!(uses.times(&key, v4(1)), 4);
    }

    /// A secret that was stolen long ago is seen beside one that a forgotten script still uses.
    #[test]
    fn secrets_of_one_key_are_counted_apart() {
        let (mut uses, key) = (RevokedUses::default(), random::key_id(at(0)));
        let [stolen, forgotten] = ["K7fQ…mibC", "hT2w…9xQe"].map(|mask| source(mask, 1));
        assert!(uses.count(&key, forgotten, at(0)) && uses.count(&key, stolen, at(1)));
        assert!(!uses.count(&key, forgotten, at(2)));
        assert_eq!((uses.times(&key, forgotten), uses.times(&key, stolen)), (2, 1));
    }

    #[test]
    fn memory_and_attempts_are_limited() {
        let (mut uses, key) = (RevokedUses::default(), random::key_id(at(0)));
        let tries =
            |uses: &mut RevokedUses, now| (0..100).filter(|n| uses.count(&key, v4(*n), at(now))).count();
        assert_eq!((tries(&mut uses, 0), tries(&mut uses, 1), tries(&mut uses, 60_000)), (10, 0, 10));
        let mut failing = 0;
        for n in 0..100 {
            failing += usize::from(uses.count(&key, v4(n), at(120_000)));
            uses.failed(&key, v4(n));
        }
        assert_eq!(failing, TRIES);
        assert!(uses.0[&key].from.len() <= NETWORKS);
        for _ in 0..3 * KEYS {
            uses.count(&random::key_id(at(0)), v4(1), at(0));
        }
        assert!(uses.0.len() <= KEYS);
    }
}
