//! The limit of suspensions as a checked history: 32 writers with one key suspend and delete accounts in every way on three
//! instances, whose clocks differ, across the end of an hour. An administrator lowers the key's number, lifts it, releases
//! the key, and changes the company's number meanwhile. Another key has a number of its own.
//!
//! In no true clock hour more is committed than the number in force, once more for each release. Nothing is refused while
//! less was committed.

mod administrator;
mod check;
mod record;
mod writers;

use std::time::Duration;

use harness::{Behavior, Release, Stalls, Weakness};

use super::say;
use crate::faults::recount::recount;
use administrator::{ALL, FEW, LOWERINGS, NEAR, OTHER};
use check::{Excess, Violation, miscounts, summary, violations};
use record::{History, Parts};

fn behavior(weakness: Weakness) -> Behavior {
    Behavior {
        release: Release::Done,
        hold: Duration::from_millis(3),
        stalls: Some(Stalls { one_in: 25, times: 40 }),
        staleness: Duration::ZERO,
        unconditional_writes_pass: false,
        weakness,
    }
}

async fn record(weakness: Weakness, parts: Parts, seed: u64) -> History {
    say(&format!("SEED={seed} suspension limit, {weakness:?}"));
    let history = record::record(behavior(weakness), parts, seed).await;
    say(&format!("SEED={seed} suspension limit, {weakness:?}: {:?}", summary(&history)));
    history
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limit_is_never_passed_and_nothing_is_refused_below_it() {
    let [before, after] = [8, 8].map(Duration::from_secs);
    let parts = Parts { once: ALL, before, after, meanwhile: NEAR, pause: 500 };
    let first = super::seed();
    let mut totals = [0; 9];
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(Weakness::None, parts, seed).await;
        let violations = violations(&history);
        assert!(violations.is_empty(), "SEED={seed} {violations:#?}");
        let miscounts = miscounts(&history).await;
        assert!(miscounts.is_empty(), "SEED={seed} {miscounts:#?}");
        recount(&history.world, "after a history of suspensions").await;
        let summary = summary(&history);
        // Nobody releases the other key, which uses up each hour. What it does near the end counts for both.
        assert!(summary.other.iter().all(|count| *count <= OTHER), "{summary:?}");
        let happened = [
            summary.suspended,
            summary.deleted,
            summary.refused,
            summary.unknown,
            summary.changes,
            summary.releases,
            summary.full,
            summary.crashes,
            summary.conflicts,
        ];
        for (total, more) in totals.iter_mut().zip(happened) {
            *total += more;
        }
        let is_enough =
            totals.iter().zip([150, 5, 50, 3, 9, 2, 3, 1, 50]).all(|(total, least)| *total >= least);
        if is_enough && summary.other == [OTHER; 2] {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two: {totals:?}");
}

async fn is_caught(weakness: Weakness, parts: Parts, by: fn(&Excess) -> bool) {
    let first = super::seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let history = record(weakness, parts, seed).await;
        let is_one = |found: &&Violation| matches!(found, Violation::Passed(_, excess) if by(excess));
        let found = violations(&history).iter().filter(is_one).count();
        say(&format!("SEED={seed} suspension limit, {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_counting_outside_the_transaction_is_caught() {
    let parts =
        Parts { once: &[], before: Duration::from_secs(8), after: Duration::ZERO, meanwhile: &[], pause: 1 };
    is_caught(Weakness::SuspensionsCountedOutside, parts, |_| true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_lowered_number_that_writes_in_flight_do_not_see_is_caught() {
    let [before, after] = [Duration::ZERO; 2];
    let parts = Parts { once: LOWERINGS, before, after, meanwhile: &[], pause: 300 };
    is_caught(Weakness::GatesNotRaised, parts, |excess| excess.is_lowered).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_hours_of_each_writers_own_clock_are_caught() {
    let parts = Parts {
        once: FEW,
        before: Duration::from_secs(3),
        after: Duration::from_secs(2),
        meanwhile: &[],
        pause: 1,
    };
    is_caught(Weakness::SuspensionsCountOneHour, parts, |excess| excess.from_hour.abs() < 2_000).await;
}
