//! Retries after a conflict between transactions, within the request's deadline.

use std::{ops::RangeInclusive, time::Duration};

use thiserror::Error;
use tokio::time::Instant;

use crate::{random, settings::OPERATION_TIMEOUT};

/// The outcome of one attempt.
#[derive(Debug)]
pub enum Attempt<T> {
    /// It is done, or there is nothing to do.
    Done(T),
    /// Something conflicted. Wait, then read again.
    Again,
    /// The conflicting part was removed from the request. Try again immediately.
    AgainImmediately,
}

/// Other transactions conflicted until the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("transaction conflicts until the deadline")]
pub struct Contended;

/// The pauses between attempts, uniformly random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// For writes that many requests make to the same items: 50 to 500 ms.
    Patient,
    /// For the most urgent writes, revoking and freezing keys: 2 to 20 ms.
    Urgent,
}

impl Pace {
    const fn pause_millis(self) -> RangeInclusive<u64> {
        match self {
            Self::Patient => 50..=500,
            Self::Urgent => 2..=20,
        }
    }
}

/// A task that is attempted until it is done.
pub trait Operation {
    /// The result.
    type Done;
    /// The reason for giving up.
    type Refused: From<Contended>;

    /// Makes one attempt, which reads the current state.
    fn attempt(&mut self) -> impl Future<Output = Result<Attempt<Self::Done>, Self::Refused>> + Send;
}

/// Makes attempts until one is done, or the next one could not end before the deadline.
pub async fn until_done<O: Operation>(
    pace: Pace,
    deadline: Instant,
    mut operation: O,
) -> Result<O::Done, O::Refused> {
    let last_start = deadline - OPERATION_TIMEOUT;
    loop {
        match operation.attempt().await? {
            Attempt::Done(done) => return Ok(done),
            Attempt::AgainImmediately => continue,
            Attempt::Again => {}
        }
        let pause = Duration::from_millis(random::number_in(pace.pause_millis()));
        if Instant::now() + pause > last_start {
            return Err(Contended.into());
        }
        tokio::time::sleep(pause).await;
    }
}
