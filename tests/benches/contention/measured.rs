//! What was measured.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{company::Layer, processor::Used};

/// A request and its response.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// When it was sent, or should have been.
    pub began: Instant,
    /// The time until its response.
    pub took: Duration,
    /// The response's status.
    pub status: u16,
}

/// The requests of one or more turns.
#[derive(Debug)]
pub struct Measured {
    /// What was done.
    pub what: String,
    /// With conflicts or without.
    pub layer: Layer,
    /// The length of the turns, without what was in progress at their ends.
    pub time: Duration,
    /// The successes within that time.
    pub writes: usize,
    /// The time until each response, of requests that began within that time. If the key was revoked at the end of the
    /// turn, some of them would have taken longer.
    pub times: Vec<Duration>,
    /// The number of their responses by status.
    pub statuses: BTreeMap<u16, usize>,
    /// The transactions that these requests made.
    pub attempts: usize,
    /// How long revocations took at the ends of the turns.
    pub revocations: Vec<Duration>,
    /// The processor time that was used while it was observed,
    pub used: Used,
    /// and how long that was.
    pub observed: Duration,
}

impl Measured {
    /// The requests of a turn that began at `began` and lasted for `time`.
    pub fn new(
        what: String,
        layer: Layer,
        requests: &[Request],
        began: Instant,
        time: Duration,
        is_success: impl Fn(u16) -> bool,
    ) -> Self {
        let end = began + time;
        let within = || requests.iter().filter(|request| request.began < end);
        let mut statuses = BTreeMap::new();
        for request in within() {
            *statuses.entry(request.status).or_default() += 1;
        }
        let writes = within().filter(|r| is_success(r.status) && r.began + r.took < end).count();
        let times = within().map(|request| request.took).collect();
        Self {
            what,
            layer,
            time,
            writes,
            times,
            statuses,
            attempts: 0,
            revocations: Vec::new(),
            used: Used::default(),
            observed: time,
        }
    }

    /// Adds another turn of the same.
    pub fn add(&mut self, other: Self) {
        self.time += other.time;
        self.writes += other.writes;
        self.times.extend(other.times);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.attempts += other.attempts;
        self.revocations.extend(other.revocations);
        self.used.add(&other.used);
        self.observed += other.observed;
    }

    /// Writes in a second.
    pub fn rate(&self) -> f64 {
        self.writes as f64 / self.time.as_secs_f64()
    }

    /// Transactions for each request.
    pub fn attempts_each(&self) -> f64 {
        self.attempts as f64 / self.times.len() as f64
    }

    /// A percentile of the times, in thousandths: 990 is p99, and 1,000 the longest.
    pub fn percentile(&self, per_mille: usize) -> Duration {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        sorted
            .get((sorted.len() * per_mille / 1_000).min(sorted.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }

    /// The longest revocation.
    pub fn revocation(&self) -> Option<Duration> {
        self.revocations.iter().max().copied()
    }
}
