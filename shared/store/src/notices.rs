//! The memory of an instance that prevents writing the same notice repeatedly, and the notices that it still has to
//! write.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{
    audit::Origin,
    day::Day,
    identifiers::KeyId,
    key::{Digest, SecretRole},
    leaks::Place,
    limits::Limit,
    network::Source,
    suspensions::Stop,
    time::Timestamp,
};

use crate::{
    caller::{KeyHolder, RefusedHolder},
    exposures::{Exposed, Exposures},
    revoked_uses::RevokedUses,
};

/// The shortest time between two notices of a key's use, and between two that a limit refused it.
pub(crate) const USE_INTERVAL: Duration = Duration::from_mins(1);
/// The maximum number of keys remembered. Beyond that the memory is cleared. Conditions on the writes still prevent
/// duplicates.
const MEMORY: usize = 1_000;

/// A notice that is due, with the data to write it.
#[derive(Debug)]
pub(crate) enum Due {
    /// The use of a key at this time.
    Used(KeyHolder, Timestamp),
    /// A limit refused a request with a key at this time.
    Limited(RefusedHolder, Limit, Timestamp),
    /// The key's list of networks refused a request with it at this time.
    OtherNetwork(RefusedHolder, Origin, Timestamp),
    /// A request with a key reached its limit of suspensions at this time.
    LimitReached(KeyHolder, Origin, Stop, Timestamp),
    /// The company's policy refused a request with a key, which it holds since this time.
    Held(RefusedHolder, Origin, Timestamp),
    /// The use of a revoked key.
    UsedRevoked(RefusedHolder, Origin, Source),
    /// A request that contained a well-formed key where it is often logged.
    Exposed(Exposed),
}

impl Due {
    /// The name of the notice, for the log.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Used(..) => "a use",
            Self::Limited(..) => "a limited use",
            Self::OtherNetwork(..) => "a use from another network",
            Self::LimitReached(..) => "a limit of suspensions",
            Self::Held(..) => "a hold",
            Self::UsedRevoked(..) => "a use of a revoked key",
            Self::Exposed(_) => "an exposed key",
        }
    }

    /// The key, if it is known to be one.
    pub(crate) fn key_id(&self) -> Option<&KeyId> {
        let credential = match self {
            Self::Used(holder, _) | Self::LimitReached(holder, ..) => holder.credential(),
            Self::Limited(holder, ..)
            | Self::OtherNetwork(holder, ..)
            | Self::Held(holder, ..)
            | Self::UsedRevoked(holder, ..) => holder.credential(),
            Self::Exposed(_) => return None,
        };
        Some(&credential.key_id)
    }
}

/// What this instance last wrote about keys, and what it must write after the response. It only decides whether to try
/// a write.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    /// Each key, and whether its old secret was used.
    used: HashMap<(KeyId, bool), Timestamp>,
    limited: HashMap<KeyId, Timestamp>,
    networks: HashMap<KeyId, Timestamp>,
    /// The stops by limits of suspensions, by key and name.
    stopped: HashSet<(KeyId, String)>,
    held: HashMap<KeyId, Timestamp>,
    revoked: RevokedUses,
    exposed: Exposures,
    due: Vec<Due>,
}

impl Notices {
    /// Whether a use of the key must be noted, or of its old secret. If so, it counts as noted until [`Notices::forget`].
    pub(crate) fn is_due(&self, key_id: &KeyId, is_old: bool, now: Timestamp) -> bool {
        is_due(&mut self.memory().used, &(key_id.clone(), is_old), now)
    }

    /// The same for a request with the key that a limit refused.
    pub(crate) fn is_limited_due(&self, key_id: &KeyId, now: Timestamp) -> bool {
        is_due(&mut self.memory().limited, key_id, now)
    }

    /// The same for a request with the key that its list of networks refused.
    pub(crate) fn is_network_due(&self, key_id: &KeyId, now: Timestamp) -> bool {
        is_due(&mut self.memory().networks, key_id, now)
    }

    /// Whether this stop by a key's limit of suspensions must be recorded. If so, it counts as recorded until
    /// [`Notices::forget`].
    pub(crate) fn is_stop_due(&self, key_id: &KeyId, stop: &Stop) -> bool {
        let stopped = &mut self.memory().stopped;
        if stopped.len() >= MEMORY {
            stopped.clear();
        }
        stopped.insert((key_id.clone(), stop.to_string()))
    }

    /// The same for a request with a key that the company's policy holds.
    pub(crate) fn is_held_due(&self, key_id: &KeyId, now: Timestamp) -> bool {
        is_due(&mut self.memory().held, key_id, now)
    }

    /// Counts a use of a revoked key. Returns whether it must be recorded.
    pub(crate) fn is_revoked_use_due(&self, key_id: &KeyId, source: Source, now: Timestamp) -> bool {
        self.memory().revoked.count(key_id, source, now)
    }

    /// Keeps a use of a revoked key that was counted but is not recorded now.
    pub(crate) fn keep_counted(&self, holder: RefusedHolder, origin: Origin, source: Source) {
        self.memory().revoked.keep(holder, origin, source);
    }

    /// The number of uses of a revoked key that an event written now stands for.
    pub(crate) fn revoked_uses(&self, key_id: &KeyId, source: Source) -> u64 {
        self.memory().revoked.times(key_id, source)
    }

    /// Remembers that this many uses of a revoked key were recorded, and with the first event of a minute, when the
    /// minute began.
    pub(crate) fn recorded(&self, key_id: &KeyId, source: Source, times: u64, began: Option<Timestamp>) {
        self.memory().revoked.recorded(key_id, source, times, began);
    }

    /// Remembers that a request contained a well-formed key, which has this digest, where it is often logged. After the response,
    /// the key is looked up. If it is real, its administrators get an event. An instance looks up each key at most once a minute,
    /// and at most 20 keys a minute.
    pub fn keep_exposed(&self, digest: Digest, place: Place, origin: Origin, now: Timestamp) {
        let memory = &mut *self.memory();
        let waiting = memory.due.iter().filter(|due| matches!(due, Due::Exposed(_))).count();
        if memory.exposed.is_due(&digest, waiting, now) {
            memory.due.push(Due::Exposed(Exposed { digest, place, origin }));
        }
    }

    /// Forgets a notice whose write failed. The next request with the key tries again. For a revoked key, any request does
    /// so after the minute.
    pub(crate) fn forget(&self, due: Due) {
        let memory = &mut *self.memory();
        match due {
            Due::Used(holder, _) => {
                let credential = holder.credential();
                memory.used.remove(&(credential.key_id.clone(), credential.role == SecretRole::Old));
            }
            Due::Limited(holder, ..) => {
                memory.limited.remove(&holder.0.key_id);
            }
            Due::OtherNetwork(holder, ..) => {
                memory.networks.remove(&holder.0.key_id);
            }
            Due::LimitReached(holder, _, stop, _) => {
                memory.stopped.remove(&(holder.credential().key_id.clone(), stop.to_string()));
            }
            Due::Held(holder, ..) => {
                memory.held.remove(&holder.0.key_id);
            }
            Due::UsedRevoked(holder, origin, source) => {
                memory.revoked.failed(&holder.0.key_id, source);
                memory.revoked.keep(holder, origin, source);
            }
            Due::Exposed(exposed) => memory.exposed.failed(&exposed.digest),
        }
    }

    /// Keeps a notice until the response was sent.
    pub(crate) fn keep(&self, due: Due) {
        self.memory().due.push(due);
    }

    /// Returns the kept notices, and the uses of revoked keys that were not recorded before their minute ended.
    pub(crate) fn take(&self, now: Timestamp) -> Vec<Due> {
        let memory = &mut *self.memory();
        let mut due = std::mem::take(&mut memory.due);
        let overdue = memory.revoked.overdue(now).into_iter();
        due.extend(overdue.map(|(holder, origin, source)| Due::UsedRevoked(holder, origin, source)));
        due
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the key was not noted on this day and within the interval. If so, it counts as noted now.
fn is_due<K: Clone + Eq + Hash>(noted: &mut HashMap<K, Timestamp>, key: &K, now: Timestamp) -> bool {
    let is_recent = |at: &Timestamp| at.plus(USE_INTERVAL) > now && Day::of(*at) == Day::of(now);
    if noted.get(key).is_some_and(is_recent) {
        return false;
    }
    if noted.len() >= MEMORY {
        noted.clear();
    }
    noted.insert(key.clone(), now);
    true
}

#[cfg(test)]
mod tests {
    use domain::{key::Mask, network::Network};

    use super::*;
    use crate::random;

    #[test]
    fn one_note_a_minute_and_limited_memory() {
        let notices = Notices::default();
        let at = Timestamp::from_millis;
        let key = random::key_id(at(0));
        assert!(notices.is_due(&key, false, at(0)));
        assert!(!notices.is_due(&key, false, at(59_999)) && notices.is_due(&key, true, at(59_999)));
        assert!(notices.is_revoked_use_due(
            &key,
            Source::new(&Mask::parse("K7fQ…mibC").expect("a mask"), Network::of(None)),
            at(59_999)
        ));
        assert!(notices.is_due(&key, false, at(60_000)));
        for _ in 0..3 * MEMORY {
            notices.is_due(&random::key_id(at(0)), false, at(0));
        }
        assert!(notices.memory().used.len() <= MEMORY);
    }
}
