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
    /// The same, and only the count of the key's suspensions was in the way.
    AgainForCount,
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

/// The same if only the count of a key's suspensions was in the way. A limit of suspensions lets few writers wait for it.
pub const PATIENCE_FOR_COUNT: Duration = Duration::from_secs(5);

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
            Caller::Administrator(_) | Caller::Operator(_) => Self::Person,
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
    let (mut conflicts, mut paused) = (0, Duration::ZERO);
    loop {
        let patience = match operation.attempt().await? {
            Attempt::Done(done) => return Ok(done),
            Attempt::AgainImmediately if Instant::now() > last_start => return Err(Contended.into()),
            Attempt::AgainImmediately => continue,
            Attempt::Again => pace.patience(),
            Attempt::AgainForCount => pace.patience().map(|_| PATIENCE_FOR_COUNT),
        };
        let pause = Duration::from_millis(random::number_in(pace.pause_millis(conflicts)));
        (conflicts, paused) = (conflicts + 1, paused + pause);
        if Instant::now() + pause > last_start || patience.is_some_and(|patience| paused > patience) {
            return Err(Contended.into());
        }
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An operation whose attempts take a second each.
    struct Endless(Attempt<()>);

    impl Operation for Endless {
        type Done = ();
        type Refused = Contended;

        async fn attempt(&mut self) -> Result<Attempt<()>, Contended> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(match self.0 {
                Attempt::AgainImmediately => Attempt::AgainImmediately,
                Attempt::Again | Attempt::AgainForCount | Attempt::Done(()) => Attempt::Again,
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_begins_that_could_pass_the_deadline() {
        for endless in [Attempt::Again, Attempt::AgainImmediately] {
            let began = Instant::now();
            let deadline = began + Duration::from_secs(14);
            let limit = Duration::from_secs(30);
            let ended =
                tokio::time::timeout(limit, until_done(Pace::Person, deadline, Endless(endless))).await;
            assert_eq!(ended.expect("it ends"), Err(Contended));
            let took = began.elapsed();
            assert!(took + OPERATION_TIMEOUT <= Duration::from_secs(15), "{took:?}");
        }
    }
}
