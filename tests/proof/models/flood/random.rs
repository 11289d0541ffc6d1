//! Pseudorandom numbers that are the same in every run.

use std::{ops::RangeInclusive, time::Duration};

/// `SplitMix64`: good enough for a simulation, but for nothing else.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from(mixed >> 32).expect("32 bits")
    }

    /// A number from 0 up to 1.
    fn fraction(&mut self) -> f64 {
        f64::from(self.next()) / (f64::from(u32::MAX) + 1.0)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).expect("32 bits") % bound
    }

    pub(super) fn within(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        *range.start() + range.end().saturating_sub(*range.start()).mul_f64(self.fraction())
    }

    /// The time until the next arrival of a Poisson process.
    pub(super) fn interval(&mut self, per_second: f64) -> Duration {
        Duration::from_secs_f64(-(1.0 - self.fraction()).ln() / per_second)
    }
}
