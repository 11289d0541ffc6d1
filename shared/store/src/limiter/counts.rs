//! Admits requests, and counts them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{limits::Limit, time::Timestamp};
use thiserror::Error;

use super::{
    tally::{Reported, Tally},
    window::{Metered, Window},
};

const MINUTE: i64 = 60_000;
/// The number of windows that an instance remembers within a minute: some 1,500 keys, or 1,000 that read the audit log.
/// Beyond that it forgets all counts of the minute, including refusals. So it admits more, and never less.
const WINDOWS: usize = 3_000;

/// A limit refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("more requests than {limit:?} allows")]
pub struct OverLimit {
    /// The limit.
    pub limit: Limit,
    /// The requests that it allows in a minute.
    pub number: u32,
    /// The requests that are left, fewer than this request counts as.
    pub remaining: u32,
    /// The seconds until the minute ends, from 1 to 60.
    pub seconds_left: u8,
}

/// What is left of a limit in this minute, as far as the instance knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The limit.
    pub limit: Limit,
    /// The requests that it allows in a minute.
    pub number: u32,
    /// The requests that are left.
    pub remaining: u32,
    /// The seconds until the minute ends, from 1 to 60.
    pub seconds_left: u8,
}

/// What an instance admitted in the current minute. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Limiter(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    minute: i64,
    /// Changes whenever the counts are forgotten, so that a report that was under way has no effect on later ones.
    epoch: u64,
    tallies: HashMap<Window, Tally>,
    /// The requests since reports were last taken, also those that were refused.
    recent: Vec<Metered>,
}

impl Limiter {
    /// Admits a request that counts this many times, or refuses it, which counts nothing.
    pub fn admit(&self, metered: &Metered, times: u32, now: Timestamp) -> Result<(), OverLimit> {
        self.memory(now).admit(metered, times, now)
    }

    /// Counts a request, which was admitted as one at this time, `times` times in all. If a limit refuses that, the request
    /// counts nothing.
    pub fn admit_more(
        &self,
        metered: &Metered,
        times: u32,
        admitted_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), OverLimit> {
        let mut memory = self.memory(now);
        let given_back = u32::from(minute(admitted_at) == memory.minute);
        memory.admit(metered, times.saturating_sub(1), now).map_err(|refused| {
            memory.count(metered, -i64::from(given_back));
            OverLimit { remaining: refused.remaining + given_back, ..refused }
        })
    }

    /// What is left of the limits that apply to a request.
    #[must_use]
    pub fn allowances(&self, metered: &Metered, now: Timestamp) -> Vec<Allowance> {
        let memory = self.memory(now);
        let allowance = |(limit, window)| {
            let number = metered.limits.number(limit);
            let remaining = remaining(number, memory.counted(&window));
            Allowance { limit, number, remaining, seconds_left: seconds_left(now) }
        };
        metered.windows().map(allowance).collect()
    }

    /// The counts that must be added to the windows now. Each counts as under way until the report is dropped.
    #[must_use]
    pub fn reports(&self, now: Timestamp) -> Vec<Report> {
        let mut memory = self.memory(now);
        let mut reports = Vec::new();
        for metered in std::mem::take(&mut memory.recent) {
            let Memory { minute, epoch, ref mut tallies, .. } = *memory;
            let is_due = metered.windows().any(|(limit, window)| {
                let number = metered.limits.number(limit);
                tallies.get(&window).is_some_and(|tally| tally.is_due(number, now))
            });
            for (_, window) in metered.windows().filter(|_| is_due) {
                let count = tallies.get_mut(&window).and_then(|tally| tally.begin_report(now));
                if let Some(count) = count {
                    reports.push(Report::new(self.clone(), window, minute, epoch, count));
                }
            }
        }
        reports
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tallies.len()
    }

    /// The counts of the current minute.
    fn memory(&self, now: Timestamp) -> MutexGuard<'_, Memory> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.minute != minute(now) {
            memory.forget(minute(now));
        }
        memory
    }

    fn end_report(&self, window: &Window, epoch: u64, count: i64, reported: Reported) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.epoch == epoch
            && let Some(tally) = memory.tallies.get_mut(window)
        {
            tally.end_report(count, reported);
        }
    }
}

impl Memory {
    fn forget(&mut self, minute: i64) {
        self.minute = minute;
        self.epoch += 1;
        self.tallies.clear();
    }

    fn admit(&mut self, metered: &Metered, times: u32, now: Timestamp) -> Result<(), OverLimit> {
        // A refusal may come before everything was reported.
        self.recent.push(metered.clone());
        for (limit, window) in metered.windows() {
            let number = metered.limits.number(limit);
            let counted = self.counted(&window);
            if counted + i64::from(times) > i64::from(number) {
                let remaining = remaining(number, counted);
                return Err(OverLimit { limit, number, remaining, seconds_left: seconds_left(now) });
            }
        }
        if self.tallies.len() >= WINDOWS {
            self.forget(self.minute);
        }
        self.count(metered, i64::from(times));
        Ok(())
    }

    fn counted(&self, window: &Window) -> i64 {
        self.tallies.get(window).map_or(0, Tally::counted)
    }

    fn count(&mut self, metered: &Metered, times: i64) {
        for (_, window) in metered.windows() {
            self.tallies.entry(window).or_default().count(times);
        }
    }
}

/// A count to add to a window of one minute. If it is dropped without an outcome, the outcome is unknown.
#[derive(Debug)]
pub struct Report {
    limiter: Limiter,
    window: Window,
    minute: i64,
    epoch: u64,
    count: i64,
    reported: Reported,
}

impl Report {
    fn new(limiter: Limiter, window: Window, minute: i64, epoch: u64, count: i64) -> Self {
        Self { limiter, window, minute, epoch, count, reported: Reported::Unknown }
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The minute, counted from the epoch.
    #[must_use]
    pub fn minute(&self) -> i64 {
        self.minute
    }

    /// The end of the minute, in seconds since the epoch.
    #[must_use]
    pub fn ends_at(&self) -> i64 {
        (self.minute + 1) * MINUTE / 1_000
    }

    /// The count to add. May be negative, if a request gave back what was counted.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.count
    }

    /// The count was added, and this is the window's sum.
    pub fn added(mut self, sum: i64) {
        self.reported = Reported::Sum(sum);
    }

    /// The count was certainly not added. It belongs to the next report.
    pub fn not_added(mut self) {
        self.reported = Reported::NotAdded;
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.limiter.end_report(&self.window, self.epoch, self.count, self.reported);
    }
}

fn remaining(number: u32, counted: i64) -> u32 {
    u32::try_from(i64::from(number) - counted).unwrap_or(0)
}

fn minute(now: Timestamp) -> i64 {
    now.millis().div_euclid(MINUTE)
}

/// The seconds until the minute ends, rounded up.
fn seconds_left(now: Timestamp) -> u8 {
    let millis = u64::try_from(MINUTE - now.millis().rem_euclid(MINUTE)).unwrap_or(0);
    u8::try_from(millis.div_ceil(1_000)).unwrap_or(60)
}
