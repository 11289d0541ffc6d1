//! Revocation as a checked history: many clients, several function instances, contention like `DynamoDB`'s. What they
//! invoked and what they were answered, with times, is checked afterwards; and the same checks find fault with designs
//! that would be wrong.
//!
//! `SEED=n cargo test -p tests --test proof history` replays a choice of operations; how they interleave is the machine's.

mod check;
mod clients;
mod register;

use std::time::Duration;

use check::Violation;
use clients::{History, Plan};
use tests::Weakness;

/// The seed that is asked for, or one of today's.
fn seed() -> u64 {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    seed.unwrap_or(20_260_131)
}

async fn record(weakness: Weakness) -> History {
    // A change that reads the past is tried until it reads the present.
    let staleness = match weakness {
        Weakness::EventualAccounts => Duration::from_millis(100),
        _ => Duration::from_secs(2),
    };
    let plan = Plan { seed: seed(), clients: 10, operations: 40, instances: 3, staleness, weakness };
    clients::record(&plan).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_acts_once_it_is_revoked_and_every_account_is_one_register() {
    let history = record(Weakness::None).await;
    let summary = check::summary(&history);
    assert!(summary.revocations >= 10 && summary.refused >= 20 && summary.changes >= 50, "{summary:?}");
    assert!(summary.conflicts > 0, "nothing met: {summary:?}");
    let violations = check::violations(&history);
    assert!(violations.is_empty(), "seed {}: {violations:#?}\n{summary:?}", seed());
}

/// Until a weaker design is caught, a few times: which operations meet is not ours to choose.
async fn is_caught(weakness: Weakness, by: fn(&Violation) -> bool) {
    for _ in 0..5 {
        let history = record(weakness).await;
        if check::violations(&history).iter().any(by) {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_verification_is_caught() {
    is_caught(Weakness::EventualVerification, |found| matches!(found, Violation::UsedAfterRevocation { .. }))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_cache_of_a_second_is_caught() {
    let weakness = Weakness::CachedVerification(Duration::from_secs(1));
    is_caught(weakness, |found| matches!(found, Violation::UsedAfterRevocation { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_write_that_does_not_check_the_key_is_caught() {
    is_caught(Weakness::NoConditionCheck, |found| {
        matches!(found, Violation::CommittedAfterRevocation { .. })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_account_is_caught() {
    is_caught(Weakness::EventualAccounts, |found| matches!(found, Violation::Impossible { .. })).await;
}
