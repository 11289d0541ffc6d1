//! What keys may do, as a checked history: machines use keys on three instances while administrators take scopes away from
//! them, hold and release them, let them expire and revoke them, all at once. Meanwhile the key policy and the plan change.
//!
//! After an answer that took something away, no request begins that uses it and succeeds, and no write that does commits.
//! What is left goes on working, and a released key works again. The items of secrets always say what the key and the policy
//! do.

mod check;
mod lane;
mod lives;
mod policies;
mod record;
mod sampled;

use harness::{ADMIN, Behavior, KEYS, Stalls, Weakness};
use serde_json::{Value, json};

use super::say;
use crate::faults::recount::recount;
use check::{Violation, summary, violations};
use lives::lives;
use record::{History, Parts, What};

const ALL: Parts = Parts { keys: 4, policies: 12 };
const ONLY_KEYS: Parts = Parts { keys: 4, policies: 0 };
const ONLY_POLICIES: Parts = Parts { keys: 0, policies: 24 };

async fn record(behavior: Behavior, parts: Parts, seed: u64) -> History {
    say(&format!("SEED={seed} grants, {:?}", behavior.weakness));
    let history = record::record(behavior, parts, seed).await;
    say(&format!("SEED={seed} grants, {:?}: {:?}", behavior.weakness, summary(&history)));
    history
}

/// An administrator ends what was broken off. Afterwards the tables agree with each other and with the events.
async fn mend(history: &History) {
    let world = &history.world;
    let admin = world.sign_in(ADMIN).await;
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    for key in listed["apiKeys"].as_array().expect("a list") {
        let path = format!("{KEYS}/{}", key["keyId"].as_str().expect("a text"));
        if key["revocationBeganAt"].is_string() {
            let mask = key["mask"].as_str().expect("a mask");
            let (first, last) = mask.split_once('…').expect("two parts");
            let body = json!({"firstFour": first, "lastFour": last});
            world.call("POST", &format!("{path}/revoke"), &admin, body).await.ok();
            continue;
        }
        // A repeat of what was broken off raises its gates.
        let again = json!({"scopes": key["scopes"]});
        let answer = world.call("PATCH", &path, &admin, again).await;
        assert!([200, 409].contains(&answer.status), "{}", answer.text);
        let is_held = key["hold"].to_string().contains("administrator");
        let how = if is_held { "hold" } else { "release" };
        let answer = world.call("POST", &format!("{path}/{how}"), &admin, Value::Null).await;
        assert!([200, 409].contains(&answer.status), "{}", answer.text);
    }
    recount(world, "after a history of grants").await;
    let keys = world.dynamodb.items("ApiKeys").await;
    let wrong = lives(&history.committed).compare(&keys, &world.company("acme").await);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Runs the code as it is until enough happened, and finds no violation.
async fn nothing_is_found(behavior: Behavior) {
    let first = super::seed();
    let mut totals = [0; 8];
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(behavior, ALL, seed).await;
        let violations = violations(&history);
        assert!(violations.is_empty(), "SEED={seed} {violations:#?}");
        mend(&history).await;
        let summary = summary(&history);
        let more = [
            summary.uses,
            summary.refused,
            summary.narrowed,
            summary.held,
            summary.policies,
            summary.conflicts,
            summary.crashes,
            summary.compared,
        ];
        for (total, more) in totals.iter_mut().zip(more) {
            *total += more;
        }
        if totals.iter().zip([150, 50, 8, 8, 8, 20, 2, 10]).all(|(total, least)| *total >= least) {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two: {totals:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_uses_what_was_taken_away_and_the_rest_goes_on() {
    nothing_is_found(super::behavior(Weakness::None)).await;
}

async fn is_caught(weakness: Weakness, parts: Parts, by: fn(&Violation) -> bool) {
    let first = super::seed();
    // Writes take longer than a repeat, even on a busy machine.
    let stalls = Some(Stalls { one_in: 3, times: 120 });
    let behavior = Behavior { stalls, ..super::behavior(weakness) };
    for seed in (0..8).map(|number| first.wrapping_add(number)) {
        let history = record(behavior, parts, seed).await;
        let found = violations(&history).iter().filter(|found| by(found)).count();
        say(&format!("SEED={seed} grants, {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next seven");
}

fn is_committed(found: &Violation) -> bool {
    let takes = |what: &What| matches!(what, What::Narrow(_) | What::Hold);
    matches!(found, Violation::CommittedAfter(_, answer) if takes(&answer.what))
}

fn disagrees(found: &Violation) -> bool {
    matches!(found, Violation::Disagrees(_))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_gates_that_are_not_raised_are_caught() {
    is_caught(Weakness::GatesNotRaised, ONLY_KEYS, is_committed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_repeat_that_raises_no_gates_is_caught() {
    is_caught(Weakness::UnchangedKeyRaisesNoGates, ONLY_KEYS, is_committed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_edit_that_names_no_policy_is_caught() {
    is_caught(Weakness::EditNamesNoPolicy, ONLY_POLICIES, disagrees).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_policy_that_names_no_edits_is_caught() {
    is_caught(Weakness::PolicyNamesNoEdits, ONLY_POLICIES, disagrees).await;
}
