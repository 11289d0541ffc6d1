//! How many accounts a key may suspend and delete in an hour.
//!
//! A stolen or broken key must not suspend a whole company. Each hour in UTC has a count for each key, which the transaction
//! that changes the accounts raises. Clocks differ and a transaction takes time, so a change within [`ALLOWANCE`] of the end of
//! an hour counts in both hours.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive, time::Duration};

use crate::time::Timestamp;

/// The numbers that a company or a key can have.
pub const SUSPENSIONS_PER_HOUR: RangeInclusive<u16> = 1..=1_000;

/// The number of a new company.
pub const DEFAULT_SUSPENSIONS_PER_HOUR: u16 = 100;

/// The longest time between the clock reading of a change and its commit, 5 s, and a second by which the clock may be wrong.
pub const ALLOWANCE: Duration = Duration::from_secs(6);

const HOUR_MILLIS: i64 = 60 * 60 * 1_000;

/// A key's own limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SuspensionLimit {
    /// The limit of the company's policy.
    #[default]
    Policy,
    /// No limit.
    Unlimited,
    /// This many suspensions and deletions an hour.
    PerHour(u16),
}

impl SuspensionLimit {
    /// How the limit of the policy is named.
    pub const POLICY: &'static str = "policy";
    /// How no limit is named.
    pub const UNLIMITED: &'static str = "unlimited";

    /// The number that applies, if the company's policy has this one. `None` for no limit.
    #[must_use]
    pub fn applied(self, of_policy: Option<u16>) -> Option<u16> {
        match self {
            Self::Policy => of_policy,
            Self::Unlimited => None,
            Self::PerHour(number) => Some(number),
        }
    }
}

/// `policy`, `unlimited` or the number.
impl fmt::Display for SuspensionLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy => f.write_str(Self::POLICY),
            Self::Unlimited => f.write_str(Self::UNLIMITED),
            Self::PerHour(number) => number.fmt(f),
        }
    }
}

/// Whether the limit after a change may refuse what the one before allowed.
#[must_use]
pub fn is_lower(before: Option<u16>, after: Option<u16>) -> bool {
    after.is_some_and(|after| before.is_none_or(|before| after < before))
}

/// An hour in UTC, counted from 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hour(i64);

impl Hour {
    /// The hour of this time.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.millis().div_euclid(HOUR_MILLIS))
    }

    /// When the hour begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(HOUR_MILLIS))
    }

    /// When no change counts in the hour any more.
    #[must_use]
    pub fn counts_until(self) -> Timestamp {
        Self(self.0 + 1).start().plus(ALLOWANCE)
    }

    /// The hours in which a change counts that is made at this time: one or two.
    #[must_use]
    pub fn counting(at: Timestamp) -> Vec<Self> {
        let mut hours = vec![Self::of(at.minus(ALLOWANCE)), Self::of(at), Self::of(at.plus(ALLOWANCE))];
        hours.dedup();
        hours
    }

    /// Reads `2026-11-27T10`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Timestamp::parse_rfc3339(&format!("{text}:00:00Z")).map(Self::of)
    }
}

/// `2026-11-27T10`
impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start().to_string();
        f.write_str(start.split(':').next().unwrap_or_default())
    }
}

/// What an operation knows about the counts of its key.
#[derive(Clone, Debug, Default)]
pub struct KnownCounts(BTreeMap<Hour, u16>);

impl KnownCounts {
    /// How many more accounts may be suspended or deleted now, as far as is known.
    #[must_use]
    pub fn room(&self, limit: u16, now: Timestamp) -> u16 {
        let hours = Hour::counting(now).into_iter();
        let counts = hours.map(|hour| self.0.get(&hour).copied().unwrap_or(0));
        limit.saturating_sub(counts.max().unwrap_or(0))
    }

    /// When there may be room again. `None` if there is room now.
    #[must_use]
    pub fn full_until(&self, limit: u16, now: Timestamp) -> Option<Timestamp> {
        let is_full = |hour: &Hour| self.0.get(hour).is_some_and(|count| *count >= limit);
        Hour::counting(now).into_iter().filter(is_full).map(Hour::counts_until).max()
    }

    /// This many more were counted at this time.
    pub fn add(&mut self, number: u16, at: Timestamp) {
        for hour in Hour::counting(at) {
            let count = self.0.entry(hour).or_default();
            *count = count.saturating_add(number);
        }
    }

    /// The count of an hour, as it was found.
    pub fn found(&mut self, hour: Hour, count: u16) {
        self.0.insert(hour, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(&format!("2026-11-27T{text}Z")).expect("a time")
    }

    #[test]
    fn what_applies() {
        let applied = |limit: SuspensionLimit| (limit.applied(None), limit.applied(Some(100)));
        assert_eq!(applied(SuspensionLimit::Policy), (None, Some(100)));
        assert_eq!(applied(SuspensionLimit::Unlimited), (None, None));
        assert_eq!(applied(SuspensionLimit::PerHour(5)), (Some(5), Some(5)));
        for (before, after, expected) in [
            (None, None, false),
            (None, Some(1_000), true),
            (Some(5), None, false),
            (Some(5), Some(4), true),
            (Some(5), Some(5), false),
            (Some(5), Some(6), false),
        ] {
            assert_eq!(is_lower(before, after), expected, "{before:?} {after:?}");
        }
    }

    #[test]
    fn hours() {
        let hours = |text| Hour::counting(at(text)).iter().map(Hour::to_string).collect::<Vec<_>>();
        assert_eq!(hours("10:30:00"), ["2026-11-27T10"]);
        assert_eq!(hours("10:59:53.999"), ["2026-11-27T10"]);
        assert_eq!(hours("10:59:54"), ["2026-11-27T10", "2026-11-27T11"]);
        assert_eq!(hours("11:00:00"), ["2026-11-27T10", "2026-11-27T11"]);
        assert_eq!(hours("11:00:05.999"), ["2026-11-27T10", "2026-11-27T11"]);
        assert_eq!(hours("11:00:06"), ["2026-11-27T11"]);
        let hour = Hour::of(at("10:30:00"));
        assert_eq!(Hour::parse(&hour.to_string()), Some(hour));
        assert_eq!(hour.counts_until(), at("11:00:06"));
        assert_eq!(Hour::parse("2026-11-27"), None);
    }

    #[test]
    fn known_counts() {
        let mut known = KnownCounts::default();
        assert_eq!((known.room(10, at("10:30:00")), known.full_until(10, at("10:30:00"))), (10, None));
        known.add(4, at("10:59:50"));
        known.add(3, at("10:59:58"));
        assert_eq!(known.room(10, at("10:59:58")), 3);
        assert_eq!(known.room(10, at("11:00:06")), 7, "the new hour has only what counted in both");
        known.found(Hour::of(at("10:00:00")), 10);
        assert_eq!(known.room(10, at("11:00:03")), 0);
        assert_eq!(known.full_until(10, at("11:00:03")), Some(at("11:00:06")));
        assert_eq!(known.full_until(10, at("11:00:06")), None);
        known.found(Hour::of(at("10:00:00")), 0);
        assert_eq!(known.room(10, at("11:00:03")), 7, "an administrator let the key go on");
        assert_eq!(known.room(2, at("11:00:03")), 0, "the limit is lower than the count");
    }
}
