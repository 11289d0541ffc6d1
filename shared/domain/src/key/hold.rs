//! Holds: a key is refused for the time being.

use super::Person;
use crate::{bound::Bound, time::Timestamp};

/// An administrator holds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub since: Timestamp,
    /// The administrator.
    pub by: Person,
}

/// What holds a secret, apart from the company's plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretHolds {
    /// Whether an administrator holds the key.
    pub by_administrator: bool,
    /// From when the secret is held because it breaks a rule of the company's policy.
    pub policy_from: Option<Timestamp>,
    /// After how many days without a use it is held.
    pub disuse: Option<Disuse>,
}

/// A secret that is held when nobody uses it for some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disuse {
    /// The days.
    pub days: Bound,
    /// The last use that was noted: the first one of its day.
    pub last_used: Timestamp,
}

impl SecretHolds {
    /// Whether the secret is held at this time.
    #[must_use]
    pub fn hold(&self, now: Timestamp) -> bool {
        self.by_administrator || self.held_by_policy(now).is_some()
    }

    /// Since when the company's policy holds the secret, if it does at this time.
    #[must_use]
    pub fn held_by_policy(&self, now: Timestamp) -> Option<Timestamp> {
        let unused = self.disuse.as_ref().and_then(|disuse| disuse.days.unused_from(disuse.last_used));
        [self.policy_from, unused].into_iter().flatten().min().filter(|from| *from <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds() {
        let at = Timestamp::from_millis;
        let none = SecretHolds::default();
        assert!(!none.hold(at(i64::MAX)));
        assert!(SecretHolds { by_administrator: true, ..none.clone() }.hold(at(0)));
        let later = SecretHolds { policy_from: Some(at(5)), ..none.clone() };
        assert!(!later.hold(at(4)) && later.hold(at(5)));
        let days = Bound::of([(30, at(0))]);
        let unused = SecretHolds { disuse: Some(Disuse { days, last_used: at(1) }), ..none };
        let held = 31 * 24 * 3_600_000;
        assert!(!unused.hold(at(held - 1)) && unused.hold(at(held)));
    }
}
