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

/// How many accounts a key suspended and deleted in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspensionCount {
    /// The hour.
    pub hour: Hour,
    /// The number.
    pub number: u16,
    /// How often an administrator let the key go on in this hour.
    pub releases: u32,
    /// When the last ones were counted.
    pub counted_at: Option<Timestamp>,
}

impl SuspensionCount {
    /// When this limit stopped the key, if the count has reached it.
    #[must_use]
    pub fn stopped_at(&self, limit: Option<u16>) -> Option<Timestamp> {
        let is_full = limit.is_some_and(|limit| self.number >= limit);
        is_full.then(|| self.counted_at.unwrap_or(self.hour.start()))
    }
}

/// A key has reached its limit in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The limit.
    pub limit: u16,
    /// The hour.
    pub hour: Hour,
    /// How often an administrator let the key go on in this hour.
    pub releases: u32,
}

impl Stop {
    /// When there may be room again.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.hour.counts_until()
    }
}

/// Identifies the stop among those of its key: `2026-11-27T10#0#100`.
impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.hour, self.releases, self.limit)
    }
}

/// What an operation knows about the counts of its key.
#[derive(Clone, Debug, Default)]
pub struct KnownCounts(BTreeMap<Hour, Known>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    number: u16,
    /// `None` if the count was not read: then it is at least this number.
    releases: Option<u32>,
}

impl KnownCounts {
    /// How many more accounts may be suspended or deleted now, as far as is known. At least one unless [`KnownCounts::stop`] says
    /// otherwise: then the next attempt finds out.
    #[must_use]
    pub fn room(&self, limit: u16, now: Timestamp) -> u16 {
        if self.stop(limit, now).is_some() {
            return 0;
        }
        let counts = self.counting(now).map(|(_, known)| known.number);
        limit.saturating_sub(counts.max().unwrap_or(0)).max(1)
    }

    /// Whether a count that was read has reached the limit.
    #[must_use]
    pub fn stop(&self, limit: u16, now: Timestamp) -> Option<Stop> {
        let full = self.counting(now).filter(|(_, known)| known.number >= limit);
        let stop = |(hour, known): (Hour, &Known)| Some(Stop { limit, hour, releases: known.releases? });
        full.filter_map(stop).max_by_key(|stop| stop.hour)
    }

    /// This many more were counted at this time.
    pub fn add(&mut self, number: u16, at: Timestamp) {
        for hour in Hour::counting(at) {
            let known = self.0.entry(hour).or_default();
            known.number = known.number.saturating_add(number);
        }
    }

    /// The count of an hour, as it was read.
    pub fn found(&mut self, count: &SuspensionCount) {
        let known = Known { number: count.number, releases: Some(count.releases) };
        self.0.insert(count.hour, known);
    }

    fn counting(&self, now: Timestamp) -> impl Iterator<Item = (Hour, &Known)> {
        Hour::counting(now).into_iter().filter_map(|hour| Some((hour, self.0.get(&hour)?)))
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

    fn count(text: &str, number: u16, releases: u32) -> SuspensionCount {
        SuspensionCount { hour: Hour::of(at(text)), number, releases, counted_at: None }
    }

    #[test]
    fn known_counts() {
        let mut known = KnownCounts::default();
        assert_eq!((known.room(10, at("10:30:00")), known.stop(10, at("10:30:00"))), (10, None));
        known.add(4, at("10:59:50"));
        known.add(3, at("10:59:58"));
        assert_eq!(known.room(10, at("10:59:58")), 3);
        assert_eq!(known.room(10, at("11:00:06")), 7, "the new hour has only what counted in both");
        known.add(3, at("10:59:58"));
        assert_eq!(
            known.room(10, at("10:59:58")),
            1,
            "others may count too, so only a read tells that it is full"
        );
        known.found(&count("10:00:00", 10, 2));
        assert_eq!(known.room(10, at("11:00:03")), 0);
        let stop = known.stop(10, at("11:00:03")).expect("a stop");
        assert_eq!((stop.to_string().as_str(), stop.until()), ("2026-11-27T10#2#10", at("11:00:06")));
        assert_eq!(known.stop(10, at("11:00:06")), None);
        known.found(&count("10:00:00", 0, 3));
        assert_eq!(known.room(10, at("11:00:03")), 4, "an administrator let the key go on");
        known.found(&count("11:00:00", 6, 0));
        assert_eq!(known.room(2, at("11:00:03")), 0, "the limit is lower than the count");
    }

    #[test]
    fn stopped_by_a_limit() {
        let counted = SuspensionCount { counted_at: Some(at("10:10:00")), ..count("10:00:00", 5, 0) };
        let stopped = |limit| counted.stopped_at(limit);
        assert_eq!([None, Some(6)].map(stopped), [None, None]);
        assert_eq!([Some(5), Some(1)].map(stopped), [Some(at("10:10:00")); 2]);
    }
}
