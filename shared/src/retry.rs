//! Trying again after a conflict between transactions, within the request's deadline.

use std::{ops::RangeInclusive, time::Duration};

use tokio::time::Instant;

use crate::{config, random};

/// Paces attempts of one transaction.
#[derive(Debug)]
pub struct Retries {
    last_start: Instant,
    pause_millis: RangeInclusive<u64>,
}

impl Retries {
    /// For writes that many may make to the same items: 50 to 500 ms apart, uniformly at random.
    #[must_use]
    pub fn patient(deadline: Instant) -> Self {
        Self::new(deadline, 50..=500)
    }

    /// For what goes ahead of everything else, revoking and freezing keys: 2 to 20 ms apart.
    #[must_use]
    pub fn urgent(deadline: Instant) -> Self {
        Self::new(deadline, 2..=20)
    }

    fn new(deadline: Instant, pause_millis: RangeInclusive<u64>) -> Self {
        Self { last_start: deadline - config::OPERATION_TIMEOUT, pause_millis }
    }

    /// Waits for the next attempt. `false` if it could not end before the deadline.
    pub async fn again(&self) -> bool {
        let pause = Duration::from_millis(random::number_in(self.pause_millis.clone()));
        if Instant::now() + pause > self.last_start {
            return false;
        }
        tokio::time::sleep(pause).await;
        true
    }
}
