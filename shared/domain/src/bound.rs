//! A bound in days that a company may tighten and relax. Whoever keeps to it is given notice before a tighter one applies.

use std::collections::BTreeMap;

use crate::{day::Day, time::Timestamp};

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Numbers of days, each with the time from which it applies. After it was tightened, the number before still applies until
/// the new one does, so that nobody is let off meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bound(BTreeMap<u16, Timestamp>);

impl Bound {
    /// Numbers of days with the times from which they apply.
    #[must_use]
    pub fn of(numbers: impl IntoIterator<Item = (u16, Timestamp)>) -> Self {
        Self(numbers.into_iter().collect())
    }

    /// The numbers, and from when each applies.
    pub fn numbers(&self) -> impl Iterator<Item = (u16, Timestamp)> {
        self.0.iter().map(|(days, from)| (*days, *from))
    }

    /// Whether nothing is bounded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bound after it was set to this number, or lifted. A tighter number applies from `from`. A relaxed one applies since
    /// the tighter ones before it did.
    #[must_use]
    pub fn set_to(&self, number: Option<u16>, from: Timestamp, now: Timestamp) -> Self {
        let Some(number) = number else { return Self::default() };
        let since = self.0.range(..=number).map(|(_, from)| *from).min().unwrap_or(from);
        let mut numbers = BTreeMap::from([(number, since)]);
        let mut applied = since;
        for (days, from) in self.0.range(number + 1..) {
            // A number has no effect if a tighter one applies already, or will no later.
            if applied > now && *from < applied {
                numbers.insert(*days, *from);
                applied = *from;
            }
        }
        Self(numbers)
    }

    /// The numbers of both, each from the earlier time, without those that have no effect because a tighter one applies as soon.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut numbers = self.0.clone();
        for (days, from) in other.numbers() {
            let earliest = numbers.entry(days).or_insert(from);
            *earliest = from.min(*earliest);
        }
        let mut applied = None;
        numbers.retain(|_, from| {
            let has_effect = applied.is_none_or(|applied| *from < applied);
            applied = applied.min(Some(*from)).or(Some(*from));
            has_effect
        });
        Self(numbers)
    }

    /// From when something that lasts from `start` to `end` is beyond the bound. `None` if it is within.
    #[must_use]
    pub fn exceeded_from(&self, start: Timestamp, end: Timestamp) -> Option<Timestamp> {
        let is_beyond = |days: u16| end.millis() - start.millis() > i64::from(days) * DAY;
        self.0.iter().filter(|(days, _)| is_beyond(**days)).map(|(_, from)| *from).min()
    }

    /// From when something that was last used at this time has been unused for too many days. Only whole days in UTC count, so
    /// it is the beginning of a day, or the time from which the number applies.
    #[must_use]
    pub fn unused_from(&self, last_used: Timestamp) -> Option<Timestamp> {
        let after = |days: u16| Day::of(last_used).plus(i64::from(days) + 1).start();
        self.0.iter().map(|(days, from)| after(*days).max(*from)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_millis(n * DAY)
    }

    fn bound<const N: usize>(numbers: [(u16, i64); N]) -> Bound {
        Bound::of(numbers.map(|(days, from)| (days, day(from))))
    }

    #[test]
    fn tightened_and_relaxed() {
        let first = Bound::default().set_to(Some(90), day(14), day(0));
        assert_eq!(first, bound([(90, 14)]));
        assert_eq!(first.set_to(Some(90), day(30), day(5)), first, "a repeat gives no new notice");
        let tightened = first.set_to(Some(30), day(24), day(10));
        assert_eq!(tightened, bound([(30, 24), (90, 14)]), "the number before applies until then");
        assert_eq!(tightened.set_to(Some(30), day(40), day(26)), bound([(30, 24)]));
        assert_eq!(tightened.set_to(Some(60), day(50), day(12)), bound([(60, 24), (90, 14)]));
        assert_eq!(tightened.set_to(Some(120), day(50), day(12)), bound([(120, 14)]));
        assert_eq!(tightened.set_to(None, day(50), day(12)), Bound::default());
        let again = first.set_to(None, day(50), day(20)).set_to(Some(90), day(34), day(20));
        assert_eq!(again, bound([(90, 34)]), "after it was lifted, notice is given anew");
    }

    #[test]
    fn both() {
        let both = bound([(30, 24), (90, 14)]).and(&bound([(60, 20), (90, 10)]));
        assert_eq!(both, bound([(30, 24), (60, 20), (90, 10)]));
        assert_eq!(both.and(&Bound::default()), both);
        assert_eq!(both.and(&bound([(20, 15)])), bound([(20, 15), (90, 10)]));
    }

    #[test]
    fn lifetimes() {
        let bound = bound([(30, 24), (90, 14)]);
        let beyond = |days: i64| bound.exceeded_from(day(1), day(1 + days));
        assert_eq!([30, 31, 90, 91].map(beyond), [None, Some(day(24)), Some(day(24)), Some(day(14))]);
        assert_eq!(Bound::default().exceeded_from(day(1), day(999)), None);
    }

    #[test]
    fn disuse() {
        let bound = bound([(30, 50)]);
        let noon = |n| Timestamp::from_millis(n * DAY + DAY / 2);
        assert_eq!(bound.unused_from(noon(0)), Some(day(50)), "not before it applies");
        assert_eq!(bound.unused_from(noon(40)), Some(day(71)), "30 whole days");
        assert_eq!(bound.unused_from(day(40)), bound.unused_from(noon(40)));
        assert_eq!(Bound::default().unused_from(noon(0)), None);
    }

    /// Nothing that the bound before would hold at some time is held later after it was tightened, and nothing is held
    /// earlier after it was relaxed.
    #[test]
    fn changes_keep_promises() {
        let numbers = [Some(30), Some(45), Some(60), Some(90), None];
        let mut states = vec![Bound::default()];
        for now in [0, 5, 11, 25] {
            let mut next = Vec::new();
            for before in &states {
                for number in numbers {
                    let notice = day(now + 10);
                    let after = before.set_to(number, notice, day(now));
                    for life in [20, 31, 46, 61, 91] {
                        let times = [before, &after].map(|b| b.exceeded_from(day(0), day(life)));
                        match times {
                            _ if number.is_none_or(|n| life <= i64::from(n)) => assert_eq!(times[1], None),
                            [None, Some(from)] => assert_eq!(from, notice),
                            [Some(old), Some(new)] => {
                                assert!(
                                    new == old || old <= day(now) && new <= day(now),
                                    "{before:?} {after:?}"
                                );
                            }
                            [_, None] => panic!("{before:?} {after:?} {life}"),
                        }
                    }
                    next.push(after);
                }
            }
            states = next;
        }
    }
}
