//! The faults.

use std::sync::Arc;

use harness::Intervention;
use tokio::sync::Semaphore;

use super::operations::Operation;

/// The fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No effect, and a broken connection.
    Refused,
    /// No effect, and a failure as the response.
    Failed,
    /// The effect, and a failure as the response.
    Lost,
    /// The effect, and a broken connection.
    Disconnected,
    /// No effect: too many requests.
    Throttled,
    /// No effect: another transaction holds an item. Reads pass.
    Conflict,
    /// No effect and no response, until the client gives up.
    Hung,
    /// The effect and no response, until the client gives up.
    HungAfterwards,
    /// Keys that were not read. Calls that aren't batches pass.
    Unprocessed,
}

impl Fault {
    pub(crate) fn at(self, action: &str) -> Intervention {
        match self {
            Self::Refused => Intervention::Refuse,
            Self::Failed => Intervention::Fail,
            Self::Disconnected => Intervention::Disconnect,
            Self::Lost => Intervention::LoseResponse,
            Self::Throttled => Intervention::Throttle,
            Self::Conflict if !action.ends_with("GetItem") && action != "Query" => Intervention::Conflict,
            Self::Hung => Intervention::Hold(Arc::new(Semaphore::new(0))),
            Self::HungAfterwards => Intervention::Hang,
            Self::Unprocessed if action == "BatchGetItem" => Intervention::Unprocessed,
            Self::Conflict | Self::Unprocessed => Intervention::Pass,
        }
    }

    /// Whether the fault can affect one of the operation's calls.
    pub(crate) fn happens_to(self, operation: Operation) -> bool {
        match self {
            Self::Conflict => operation.writes(),
            Self::Unprocessed => operation.reads_in_batches(),
            _ => true,
        }
    }

    /// Whether the code gives up after this many faults in a row. Conflicts are retried until the request's deadline.
    pub(crate) fn defeats(self, operation: Operation, times: usize) -> bool {
        times > 1 && self != Self::Conflict && self.happens_to(operation)
    }
}

/// The number of attempts of the SDK.
const ATTEMPTS: usize = 3;
/// The number of attempts to read the keys of a batch.
const QUESTIONS: usize = 4;

/// Faults with an immediate response. Each occurs once, so that a repeat helps, and as often as the SDK tries.
pub(crate) const ANSWERED: [(Fault, usize); 14] = [
    (Fault::Refused, 1),
    (Fault::Refused, ATTEMPTS),
    (Fault::Disconnected, 1),
    (Fault::Disconnected, ATTEMPTS),
    (Fault::Failed, 1),
    (Fault::Failed, ATTEMPTS),
    (Fault::Lost, 1),
    (Fault::Lost, ATTEMPTS),
    (Fault::Throttled, 1),
    (Fault::Throttled, ATTEMPTS),
    (Fault::Conflict, 1),
    (Fault::Conflict, ATTEMPTS),
    (Fault::Unprocessed, 1),
    (Fault::Unprocessed, QUESTIONS),
];
/// A call that hangs before its effect: once, and until the client has finally given up.
pub(crate) const HUNG: [(Fault, usize); 2] = [(Fault::Hung, 1), (Fault::Hung, ATTEMPTS)];
/// The same after its effect.
pub(crate) const HUNG_AFTERWARDS: [(Fault, usize); 2] =
    [(Fault::HungAfterwards, 1), (Fault::HungAfterwards, ATTEMPTS)];
