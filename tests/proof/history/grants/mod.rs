//! Edits and holds as a checked history: machines use keys on three instances while administrators narrow, hold, release and
//! revoke them. Some requests are broken off after their commit, and repeated.
//!
//! After an answer that took something away, no request that needs it begins and succeeds, and no write that needs it commits.
//! What remains goes on. The policy of a company and the items of its secrets agree, whatever is changed at once.

mod check;
mod lane;
mod policies;
mod record;

use harness::{ADMIN, Behavior, Weakness};

use super::say;
use crate::faults::recount::recount;
use check::{Violation, summary, violations};
use record::History;

/// The keys that each lane makes.
const ROUNDS: usize = 7;

async fn record(behavior: Behavior, seed: u64) -> History {
    say(&format!("SEED={seed} grants, {:?}", behavior.weakness));
    let history = record::record(behavior, seed).await;
    say(&format!("SEED={seed} grants, {:?}: {:?}", behavior.weakness, summary(&history)));
    history
}

async fn nothing_is_found(behavior: Behavior) {
    let first = super::seed();
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(behavior, seed).await;
        let found = violations(&history);
        assert!(found.is_empty(), "{found:#?}");
        recount(&history.world, "after a history of edits").await;
        let miscounts = policies::miscounts(&history.world, &history.world.sign_in(ADMIN).await).await;
        assert!(miscounts.is_empty(), "{miscounts:#?}");
        let summary = summary(&history);
        let is_tried = summary.used >= 100 && summary.refused >= 40 && summary.without_scope >= 20;
        let is_taken = summary.narrowed >= 10 && summary.held >= 5 && summary.released >= 4;
        if is_tried && is_taken && summary.revoked >= 10 && history.crashes >= 3 && history.conflicts > 0 {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_taken_away_is_used() {
    nothing_is_found(super::behavior(Weakness::None)).await;
}

async fn is_caught(weakness: Weakness, by: fn(&Violation) -> bool) {
    let first = super::seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let history = record(super::behavior(weakness), seed).await;
        let found = violations(&history).into_iter().filter(by).count();
        say(&format!("SEED={seed} grants, {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

fn is_committed(found: &Violation) -> bool {
    matches!(found, Violation::Committed(..))
}

/// The answer comes before the gates are raised.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_gates_that_are_not_raised_are_caught() {
    is_caught(Weakness::GatesNotRaised, is_committed).await;
}

/// A request that changes nothing, because another one did, answers at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_unchanged_key_that_raises_no_gates_is_caught() {
    is_caught(Weakness::UnchangedKeyRaisesNoGates, is_committed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_verification_is_caught() {
    is_caught(Weakness::EventualVerification, |found| matches!(found, Violation::Used(..))).await;
}
