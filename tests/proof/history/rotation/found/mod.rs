//! Keys that somebody found, as a checked history: finders report the current, the new, the old and ended secrets of keys on three
//! instances with different clocks, alone or many at once, while administrators and the keys themselves revoke, rotate, hold and
//! edit them, and machines use them.
//!
//! After an answer of 202 about a secret that works, no request with any secret of the key begins that succeeds, and no write
//! with one commits. Each key is revoked once, by somebody with the right to. An ended secret gives none.

mod check;
mod lane;

use harness::{Behavior, Committed, Stalls, Weakness};

use super::{
    super::{say, seed},
    Violation, mend,
    record::{History, INSTANCES, Shared, record},
};
use crate::faults::recount::Revocations;
use check::{Summary, summary, violations, wrong_revokers};
use lane::{ALONE, EVERYTHING};

/// How far the clocks of the instances are from the true time, in milliseconds.
const SKEWS: [i64; INSTANCES] = [900, -900, 300];

/// Some writes of the key take longer than the revocation would without them.
fn behavior(weakness: Weakness) -> Behavior {
    Behavior { stalls: Some(Stalls { one_in: 3, times: 100 }), ..super::super::behavior(weakness) }
}

async fn history(behavior: Behavior, seed: u64) -> (History, Summary) {
    say(&format!("SEED={seed} found keys, {:?}", behavior.weakness));
    let plan = if behavior.weakness == Weakness::None { EVERYTHING } else { ALONE };
    let lane = async |shared: &Shared, number, numbers| shared.find_keys(number, plan, numbers).await;
    let history = record(behavior, seed, SKEWS, lane).await;
    let summary = summary(&history);
    say(&format!("SEED={seed} found keys, {:?}: {summary:?}", behavior.weakness));
    (history, summary)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_found_key_is_refused_everywhere_and_an_ended_secret_ends_nothing() {
    let first = seed();
    let mut total = Summary::default();
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let (history, summary) = history(behavior(Weakness::None), seed).await;
        let violations = violations(&history);
        assert!(violations.is_empty(), "SEED={seed} {violations:#?}");
        mend(&history, Revocations::AtOnce).await;
        assert_eq!(wrong_revokers(&history.world).await, Vec::<String>::new(), "SEED={seed}");
        total += summary;
        if total.is_enough() {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two: {total:?}");
}

async fn is_caught(weakness: Weakness, by: fn(&Violation) -> bool) {
    let first = seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let (history, _) = history(behavior(weakness), seed).await;
        let found = violations(&history).iter().filter(|found| by(found)).count();
        say(&format!("SEED={seed} found keys, {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

const FOUND: &str = "REVOKE_LEAKED_API_KEY";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_finder_who_raises_no_gates_is_caught() {
    is_caught(Weakness::FinderRaisesNoGates, |found| {
        matches!(found, Violation::CommittedAfterEnd(Committed { .. }, ended) if ended.action == FOUND)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_finder_who_ends_only_the_found_secret_is_caught() {
    is_caught(
        Weakness::FinderEndsOneSecret,
        |found| matches!(found, Violation::UsedAfterEnd(_, ended) if ended.action == FOUND),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_ended_secret_that_ends_its_key_is_caught() {
    is_caught(Weakness::EndedSecretEndsKey, |found| matches!(found, Violation::RevokedWithoutRight(_))).await;
}
