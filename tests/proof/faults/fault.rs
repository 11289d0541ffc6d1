//! What goes wrong.

use std::sync::Arc;

use harness::Intervention;
use tokio::sync::Semaphore;

use super::operations::Operation;

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No effect, and a broken connection.
    Refused,
    /// No effect, and a failure for an answer.
    Failed,
    /// The effect, and a failure for an answer.
    Lost,
    /// The effect, and a broken connection.
    Disconnected,
    /// No effect: too many requests.
    Throttled,
    /// No effect: another transaction holds an item. Reads pass.
    Conflict,
    /// No effect and no answer, until the client gives up.
    Hung,
    /// The effect and no answer, until the client gives up.
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

    /// Whether one of the operation's calls is of the kind that it happens to.
    pub(crate) fn happens_to(self, operation: Operation) -> bool {
        match self {
            Self::Conflict => operation.writes(),
            Self::Unprocessed => operation.reads_in_batches(),
            _ => true,
        }
    }

    /// Whether it is given up after this many in a row. Conflicts are tried again for as long as a request has.
    pub(crate) fn defeats(self, operation: Operation, times: usize) -> bool {
        times > 1 && self != Self::Conflict && self.happens_to(operation)
    }
}

/// How often the SDK tries.
const ATTEMPTS: usize = 3;
/// How often keys that were not read are asked for.
const QUESTIONS: usize = 4;

/// Faults that answer at once: each once, so that repetition helps, and as often as it is tried.
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
/// A call that hangs before its effect: once, and until the client has given up for good.
pub(crate) const HUNG: [(Fault, usize); 2] = [(Fault::Hung, 1), (Fault::Hung, ATTEMPTS)];
/// The same after its effect.
pub(crate) const HUNG_AFTERWARDS: [(Fault, usize); 2] =
    [(Fault::HungAfterwards, 1), (Fault::HungAfterwards, ATTEMPTS)];
