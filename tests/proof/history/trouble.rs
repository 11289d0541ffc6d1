//! Faults between the functions and `DynamoDB` while the clients run.

use std::{sync::Arc, time::Duration};

use harness::{Intervention, Numbers, Observed};
use serde_json::Value;
use tokio::sync::Semaphore;

/// One call in this many is affected.
const SHARE: usize = 50;
/// Longer than the SDK waits for a response: the call has its effect long after it was sent again.
const LATE: Duration = Duration::from_secs(2);

/// Interferes with a share of the functions' calls. Every second broken connection or lost response also affects the
/// SDK's repeats, so that the function doesn't learn the outcome.
pub(crate) fn trouble(mut numbers: Numbers) -> impl FnMut(&Observed) -> Intervention + Send + 'static {
    let mut repeated = Vec::<(Value, Intervention, usize)>::new();
    move |call| {
        // The start of an instance is not part of this test.
        if ["local", "provision"].contains(&call.function.as_str()) {
            return Intervention::Pass;
        }
        if let Some(known) = repeated.iter_mut().find(|(request, ..)| *request == call.request) {
            known.2 -= 1;
            let intervention = known.1.clone();
            repeated.retain(|(_, _, left)| *left > 0);
            return intervention;
        }
        if numbers.below(SHARE) > 0 {
            return Intervention::Pass;
        }
        let (kind, is_repeated) = (numbers.below(5), numbers.below(2) == 0);
        let intervention = match kind {
            0 => Intervention::Refuse,
            1 => Intervention::Disconnect,
            2 => Intervention::LoseResponse,
            3 => return Intervention::Hold(Arc::new(Semaphore::new(0))),
            _ => return Intervention::Delay(LATE),
        };
        if is_repeated {
            repeated.push((call.request.clone(), intervention.clone(), 2));
        }
        intervention
    }
}
