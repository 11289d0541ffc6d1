//! The processor time of warm requests, of several programs in turns.
//!
//! Each program answers one request and then waits for its next turn, as a function on Lambda mostly does. In between the
//! other programs use the processor's caches.

use serde_json::Value;

use crate::{Subject, endpoint::Endpoint, instance::Instance, report::Figures};

/// A request that reads an account. For a baseline: its only request.
pub const READ: &str = "read";
/// A request with a valid key and nothing else: its account is refused without a call.
pub const VERIFICATION: &str = "verification";
/// A request with a key that doesn't exist.
pub const UNKNOWN_KEY: &str = "unknown key";

/// The number of turns.
const TURNS: usize = 3_000;
/// The number of turns before, which are not measured.
const FIRST_TURNS: usize = 200;

/// Measures every kind of request of every program.
pub async fn measure(subjects: &[Subject], all: &mut [Figures], endpoint: &Endpoint) {
    let mut instances = Vec::new();
    for subject in subjects {
        for (kind, event) in &subject.measured {
            let mut instance = Instance::start(&subject.program, endpoint, &[]).await;
            let (response, _) = instance.turn(event).await;
            check(kind, &response);
            instances.push((subject, *kind, event, instance));
        }
    }
    for turn in 0..FIRST_TURNS + TURNS {
        for (subject, kind, event, instance) in &mut instances {
            let (_, time) = instance.turn(event).await;
            if turn < FIRST_TURNS {
                continue;
            }
            let figures =
                all.iter_mut().find(|figures| figures.is_of(subject)).expect("one for each program");
            figures.processor.entry(*kind).or_default().push(time);
        }
    }
}

/// Checks that a request ends where its kind says.
fn check(kind: &str, response: &str) {
    let response: Value = serde_json::from_str(response).expect("JSON");
    let status = match kind {
        READ => 200,
        VERIFICATION => 400,
        _ => 401,
    };
    assert_eq!(response["statusCode"], status, "{kind}: {response}");
}
