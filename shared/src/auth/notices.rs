//! What an instance remembers so as not to write the same notice again and again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{clock::Timestamp, key::KeyId};

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

/// When this instance last wrote a notice about a key. Decides nothing but whether to try.
#[derive(Clone, Debug, Default)]
pub struct Notices(Arc<Mutex<HashMap<(Notice, KeyId), Timestamp>>>);

impl Notices {
    /// Whether this notice about the key is due; taken for written if so, until [`Notices::forget`] says otherwise.
    pub(super) fn due(&self, notice: Notice, key_id: &KeyId, now: Timestamp, interval: Duration) -> bool {
        let subject = (notice, key_id.clone());
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&subject).is_some_and(|at| at.plus(interval) > now) {
            return false;
        }
        if last.len() >= MEMORY {
            last.clear();
        }
        last.insert(subject, now);
        true
    }
}

impl Notices {
    /// The notice was not written after all: the next request tries again.
    pub(super) fn forget(&self, notice: Notice, key_id: &KeyId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(notice, key_id.clone()));
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
        assert!(notices.due(Notice::Used, &key, at(0), minute));
        assert!(!notices.due(Notice::Used, &key, at(59_999), minute));
        assert!(notices.due(Notice::UsedRevoked, &key, at(59_999), minute));
        assert!(notices.due(Notice::Used, &key, at(60_000), minute));
        for _ in 0..3 * MEMORY {
            notices.due(Notice::Used, &KeyId::generate(at(0)), at(0), minute);
        }
        assert!(notices.0.lock().expect("not poisoned").len() <= MEMORY);
    }
}
