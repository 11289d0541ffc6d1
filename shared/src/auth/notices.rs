//! What an instance remembers so as not to write the same notice again and again, and what it has yet to write.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{KeyHolder, RefusedHolder};
use crate::{audit::Origin, clock::Timestamp, key::KeyId};

/// Most keys remembered; beyond it the memory starts afresh, and conditions on the writes keep the promise.
const MEMORY: usize = 1_000;

/// What a notice says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Notice {
    /// It was used.
    Used,
    /// It was used although it was revoked.
    UsedRevoked,
}

/// A notice that is due, and what it takes to write it.
#[derive(Debug)]
pub(super) enum Due {
    /// A use at this time, to be noted.
    Used(KeyHolder, Timestamp),
    /// A use of a revoked key, to be recorded.
    UsedRevoked(RefusedHolder, Origin),
}

impl Due {
    /// What it says, of which key.
    pub(super) fn subject(&self) -> (Notice, &KeyId) {
        match self {
            Self::Used(holder, _) => (Notice::Used, &holder.credential().key_id),
            Self::UsedRevoked(holder, _) => (Notice::UsedRevoked, &holder.credential().key_id),
        }
    }
}

/// What this instance last wrote about keys, and what it is to write once the answer is out. Decides nothing but
/// whether to try.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    last: HashMap<(Notice, KeyId), Timestamp>,
    due: Vec<Due>,
}

impl Notices {
    /// Whether this notice about the key is due; taken for written if so, until [`Notices::forget`] says otherwise.
    pub(super) fn is_due(&self, notice: Notice, key_id: &KeyId, now: Timestamp, interval: Duration) -> bool {
        let subject = (notice, key_id.clone());
        let last = &mut self.memory().last;
        if last.get(&subject).is_some_and(|at| at.plus(interval) > now) {
            return false;
        }
        if last.len() >= MEMORY {
            last.clear();
        }
        last.insert(subject, now);
        true
    }

    /// The notice was not written after all: the next request tries again.
    pub(super) fn forget(&self, notice: Notice, key_id: &KeyId) {
        self.memory().last.remove(&(notice, key_id.clone()));
    }

    /// Keeps a notice until the answer is out.
    pub(super) fn keep(&self, due: Due) {
        self.memory().due.push(due);
    }

    /// What was kept.
    pub(super) fn take(&self) -> Vec<Due> {
        std::mem::take(&mut self.memory().due)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_notice_an_interval_and_bounded_memory() {
        let notices = Notices::default();
        let minute = Duration::from_mins(1);
        let at = Timestamp::from_millis;
        let key = KeyId::generate(at(0));
        assert!(notices.is_due(Notice::Used, &key, at(0), minute));
        assert!(!notices.is_due(Notice::Used, &key, at(59_999), minute));
        assert!(notices.is_due(Notice::UsedRevoked, &key, at(59_999), minute));
        assert!(notices.is_due(Notice::Used, &key, at(60_000), minute));
        for _ in 0..3 * MEMORY {
            notices.is_due(Notice::Used, &KeyId::generate(at(0)), at(0), minute);
        }
        assert!(notices.memory().last.len() <= MEMORY);
    }
}
