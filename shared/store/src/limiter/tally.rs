//! What an instance knows about one window in the current minute.

use std::time::Duration;

use domain::time::Timestamp;

/// An instance reports this part of a limit as soon as it has admitted it: 10 requests of 3,000. So what instances keep to
/// themselves is bounded, also if they become idle, and a window gets at most 5 reports a second at its limit.
const UNREPORTED_SHARE: i64 = 300;
/// From half of a limit on, an instance also reports smaller counts, this long after its last report.
const INTERVAL: Duration = Duration::from_secs(1);
/// The same near the limit.
const INTERVAL_NEAR: Duration = Duration::from_millis(500);

/// The outcome of a report.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reported {
    /// The window's sum, with the count.
    Sum(i64),
    /// The count was certainly not added.
    NotAdded,
    /// Nobody knows.
    Unknown,
}

/// The counts of one window. Their sum was certainly admitted, by all instances together.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The last sum of the window, or more if this instance knows of more.
    known: i64,
    /// Admitted here, and not in `known`.
    unreported: i64,
    /// Sent to the table.
    under_way: Option<i64>,
    reported_at: Option<Timestamp>,
}

impl Tally {
    /// The requests that were certainly admitted.
    pub(super) fn counted(&self) -> i64 {
        self.known + self.unreported + self.under_way.unwrap_or(0)
    }

    /// Counts requests of this instance. A negative number gives back what was counted before.
    pub(super) fn count(&mut self, times: i64) {
        self.unreported += times;
    }

    /// Whether it is time to report, for a limit with this number.
    pub(super) fn is_due(&self, number: u32, now: Timestamp) -> bool {
        let number = i64::from(number);
        let counted = self.counted();
        let interval = if counted * 10 >= number * 8 { INTERVAL_NEAR } else { INTERVAL };
        let is_much = self.unreported >= (number / UNREPORTED_SHARE).max(1);
        let is_time = self.reported_at.is_none_or(|at| at.plus(interval) <= now);
        self.unreported != 0 && self.under_way.is_none() && (is_much || counted * 2 >= number && is_time)
    }

    /// Begins a report, if there is something to report and none is under way. Returns the count to add to the window.
    pub(super) fn begin_report(&mut self, now: Timestamp) -> Option<i64> {
        if self.unreported == 0 || self.under_way.is_some() {
            return None;
        }
        self.reported_at = Some(now);
        self.under_way = Some(std::mem::take(&mut self.unreported));
        self.under_way
    }

    /// Ends a report of this count.
    pub(super) fn end_report(&mut self, count: i64, reported: Reported) {
        self.under_way = None;
        match reported {
            // Other instances' counts may be missing from a sum, but not this instance's own.
            Reported::Sum(sum) => self.known = sum.max(self.known + count),
            Reported::NotAdded => self.unreported += count,
            // Adding it again might count it twice, and refuse requests too early.
            Reported::Unknown => self.known += count,
        }
    }
}
