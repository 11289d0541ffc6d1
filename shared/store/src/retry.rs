//! Retries after a conflict between transactions, within the request's deadline.

use std::{ops::RangeInclusive, time::Duration};

use thiserror::Error;
use tokio::time::Instant;

use crate::{caller::Caller, random, settings::OPERATION_TIMEOUT};

/// The outcome of one attempt.
#[derive(Debug)]
pub enum Attempt<T> {
    /// It is done, or there is nothing to do.
    Done(T),
    /// Something conflicted. Wait, then read again.
    Again,
    /// Only changes that count in the same item were in the way, which commit one after the other. Wait in the same way, but
    /// longer.
    AgainAfterCounts,
    /// Part of it is done, or what conflicted was removed or postponed. Try again immediately.
    AgainImmediately,
}

/// Other transactions conflicted for as long as the request may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("transaction conflicts for as long as the request may wait")]
pub struct Contended;

/// How long a key holder's request may pause in all. Longer, and the waiting requests of one busy key would hold so many
/// instances of the functions that no other company gets one.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How long a key holder's request may pause in all while it waits for its turn at the count of its key's suspensions. That item
/// bears about 75 transactions a second, and no more of them succeed in an hour than the limit says.
pub const COUNT_PATIENCE: Duration = Duration::from_secs(5);

/// The longest pause while a request waits for that.
const COUNT_PAUSE_MILLIS: u64 = 200;

/// The pauses between attempts, uniformly random, and when they end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// For key holders: 0 to 2 ms first, then up to twice as long with every attempt, at most 64 ms. Ends after [`PATIENCE`].
    KeyHolder,
    /// For people and operators: the same pauses, to the request's deadline.
    Person,
    /// For the most urgent writes, revoking and freezing keys: 2 to 20 ms, to the request's deadline.
    Urgent,
}

impl Pace {
    /// The pace of an operation that any caller may carry out.
    #[must_use]
    pub fn of(caller: Caller<'_>) -> Self {
        match caller {
            Caller::KeyHolder(_) | Caller::Refused(_) => Self::KeyHolder,
            Caller::Administrator(_) | Caller::Operator(_) | Caller::Finder(_) | Caller::Service(_) => {
                Self::Person
            }
        }
    }

    /// The pause after this many conflicts, counted from 0, in ms.
    #[must_use]
    pub fn pause_millis(self, conflicts: u32) -> RangeInclusive<u64> {
        match self {
            Self::KeyHolder | Self::Person => 0..=(2 << conflicts.min(5)),
            Self::Urgent => 2..=20,
        }
    }

    /// The most that all pauses of a request take together.
    #[must_use]
    pub fn patience(self) -> Option<Duration> {
        (self == Self::KeyHolder).then_some(PATIENCE)
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

/// Makes attempts until one is done, the pauses have taken too long, or the next attempt could not end before the
/// deadline.
pub async fn until_done<O: Operation>(
    pace: Pace,
    deadline: Instant,
    mut operation: O,
) -> Result<O::Done, O::Refused> {
    let last_start = deadline - OPERATION_TIMEOUT;
    let (mut conflicts, mut paused, mut waited) = (0, Duration::ZERO, Duration::ZERO);
    loop {
        let (range, patience, sum) = match operation.attempt().await? {
            Attempt::Done(done) => return Ok(done),
            Attempt::AgainImmediately if Instant::now() > last_start => return Err(Contended.into()),
            Attempt::AgainImmediately => continue,
            Attempt::Again => {
                conflicts += 1;
                (pace.pause_millis(conflicts - 1), pace.patience(), &mut paused)
            }
            Attempt::AgainAfterCounts => (0..=COUNT_PAUSE_MILLIS, Some(COUNT_PATIENCE), &mut waited),
        };
        let pause = Duration::from_millis(random::number_in(range));
        *sum += pause;
        if Instant::now() + pause > last_start || patience.is_some_and(|patience| *sum > patience) {
            return Err(Contended.into());
        }
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An operation whose attempts take a second each, or no time.
    struct Endless(Attempt<()>, Duration);

    impl Operation for Endless {
        type Done = ();
        type Refused = Contended;

        async fn attempt(&mut self) -> Result<Attempt<()>, Contended> {
            tokio::time::sleep(self.1).await;
            Ok(match self.0 {
                Attempt::AgainImmediately => Attempt::AgainImmediately,
                Attempt::AgainAfterCounts => Attempt::AgainAfterCounts,
                Attempt::Again | Attempt::Done(()) => Attempt::Again,
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_begins_that_could_pass_the_deadline() {
        for endless in [Attempt::Again, Attempt::AgainImmediately, Attempt::AgainAfterCounts] {
            let began = Instant::now();
            let deadline = began + Duration::from_secs(14);
            let limit = Duration::from_secs(30);
            let endless = Endless(endless, Duration::from_secs(1));
            let ended = tokio::time::timeout(limit, until_done(Pace::Person, deadline, endless)).await;
            assert_eq!(ended.expect("it ends"), Err(Contended));
            let took = began.elapsed();
            assert!(took + OPERATION_TIMEOUT <= Duration::from_secs(15), "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_holder_waits_longer_for_its_turn_at_a_count() {
        for (endless, patience) in [(Attempt::Again, PATIENCE), (Attempt::AgainAfterCounts, COUNT_PATIENCE)] {
            let began = Instant::now();
            let deadline = began + Duration::from_secs(14);
            let endless = Endless(endless, Duration::ZERO);
            assert_eq!(until_done(Pace::KeyHolder, deadline, endless).await, Err(Contended));
            let (took, pause) = (began.elapsed(), Duration::from_millis(COUNT_PAUSE_MILLIS));
            assert!(took <= patience && took + pause >= patience, "{took:?}");
        }
    }
}
