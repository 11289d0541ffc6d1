//! Undoing a key's suspensions as a checked history: two keys and two administrators suspend and unsuspend the same two
//! people, and the administrators undo what each key did, all at the same time.
//!
//! For each account there is an order of the operations, each between its request and its response, in which a set of those
//! who want the account to be suspended explains every response and what the table has at the end.

mod model;
mod record;

use std::time::Duration;

use harness::{Behavior, Release, Stalls, Weakness};

use super::say;
use record::{Round, round};

const ROUNDS: u64 = 24;

fn behavior(weakness: Weakness) -> Behavior {
    Behavior {
        hold: Duration::from_millis(3),
        release: Release::Done,
        stalls: Some(Stalls { one_in: 4, times: 10 }),
        staleness: Duration::ZERO,
        unconditional_writes_pass: false,
        weakness,
    }
}

/// What happened in all rounds.
#[derive(Debug, Default)]
struct Summary {
    /// Accounts that an undo unsuspended,
    unsuspended: usize,
    /// accounts that stayed suspended because somebody else wants it,
    withdrawn: usize,
    /// and accounts that the key had suspended before the time of the undo.
    earlier: usize,
    conflicts: usize,
    /// The rounds that no order explains.
    unexplained: usize,
}

async fn rounds(weakness: Weakness, seed: u64) -> Summary {
    say(&format!("SEED={seed} undo, {weakness:?}"));
    let mut summary = Summary::default();
    let mut stage = record::Stage::start(behavior(weakness)).await;
    for number in 0..ROUNDS {
        let Round { unexplained, unsuspended, withdrawn, earlier } =
            round(&mut stage, seed.wrapping_add(number * 100)).await;
        if let Some(history) = unexplained {
            say(&format!("SEED={seed} undo, {weakness:?}, round {number}: {history}"));
            summary.unexplained += 1;
        }
        summary.unsuspended += unsuspended;
        summary.withdrawn += withdrawn;
        summary.earlier += earlier;
    }
    summary.conflicts = stage.conflicts();
    say(&format!("SEED={seed} undo, {weakness:?}: {summary:?}"));
    summary
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_somebody_else_wants_suspended_stays_so() {
    let first = super::seed();
    for seed in (0..3).map(|number| first.wrapping_add(number * 10_000)) {
        let summary = rounds(Weakness::None, seed).await;
        assert_eq!(summary.unexplained, 0);
        let least =
            [(summary.unsuspended, 8), (summary.withdrawn, 8), (summary.earlier, 3), (summary.conflicts, 20)];
        if least.iter().all(|(count, least)| count >= least) {
            return;
        }
    }
    panic!("too little happened, SEED={first} and two more");
}

async fn is_caught(weakness: Weakness) {
    let first = super::seed();
    for seed in (0..5).map(|number| first.wrapping_add(number * 10_000)) {
        if rounds(weakness, seed).await.unexplained > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and four more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_undo_that_ignores_the_others_is_caught() {
    is_caught(Weakness::UndoIgnoresOthers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_undo_of_what_was_read_before_is_caught() {
    is_caught(Weakness::UndoNamesNoVersion).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_unsuspension_that_forgets_the_suspenders_is_caught() {
    is_caught(Weakness::UnsuspensionForgets).await;
}
