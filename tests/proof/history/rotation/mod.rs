//! Rotation as a checked history: machines use the secrets of keys on three instances while administrators, and the keys
//! themselves, rotate them in every way, all at once.
//!
//! A key always has one or two secrets that work. A secret that works is never refused. An old secret ends when that was
//! promised. After an answer that ended a secret, no request with it begins that succeeds, and no write with it commits.

mod check;
mod found;
mod lane;
mod lives;
mod record;
mod requests;
mod sampled;

use harness::{ADMIN, Behavior, Committed, KEYS, Weakness};
use serde_json::{Value, json};

use super::say;
use crate::faults::recount::{Revocations, recount_after};
use check::{Violation, summary, violations};
use record::{History, INSTANCES, Shared};
use sampled::works;

/// The rotations of each lane.
const ROUNDS: usize = 6;

async fn record(behavior: Behavior, seed: u64) -> History {
    say(&format!("SEED={seed} rotation, {:?}", behavior.weakness));
    let lane = async |shared: &Shared, number, numbers| shared.lane(number, numbers).await;
    let history = record::record(behavior, seed, [0; INSTANCES], lane).await;
    say(&format!("SEED={seed} rotation, {:?}: {:?}", behavior.weakness, summary(&history)));
    history
}

/// An administrator sees what was broken off, and ends it. Afterwards the tables agree with each other, and exactly those
/// secrets work that should.
async fn mend(history: &History, revocations: Revocations) {
    let world = &history.world;
    let admin = world.sign_in(ADMIN).await;
    for secrets in &history.keys {
        let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
        let listed = listed["apiKeys"].as_array().expect("a list").clone();
        let Some(key) = listed.iter().find(|key| key["keyId"] == secrets[0].id) else { continue };
        if key["revocationBeganAt"].is_string() {
            let mask = key["mask"].as_str().expect("a mask");
            let (first, last) = mask.split_once('…').expect("two parts");
            let body = json!({"firstFour": first, "lastFour": last});
            let path = format!("{KEYS}/{}/revoke", secrets[0].id);
            world.call("POST", &path, &admin, body).await.ok();
            continue;
        }
        for how in ["release", "cancel-rotation", "complete-rotation"] {
            let path = format!("{KEYS}/{}/{how}", secrets[0].id);
            let answer = world.call("POST", &path, &admin, Value::Null).await;
            assert!([200, 409].contains(&answer.status), "{}", answer.text);
        }
    }
    recount_after(world, "after a history of rotations", revocations).await;
    let (digests, now) = (world.dynamodb.items("KeyDigests").await, world.clock.now().millis());
    for secret in history.keys.iter().flatten() {
        let is_its = |item: &&Value| item["keyId"] == secret.id && item["mask"] == secret.mask();
        let expected =
            if digests.iter().find(is_its).is_some_and(|item| works(item, now)) { 200 } else { 401 };
        assert_eq!(world.own_key(secret).await.status, expected, "{secret:?}");
    }
}

/// Runs the code as it is until enough happened, and finds no violation.
async fn nothing_is_found(behavior: Behavior) {
    let first = super::seed();
    let mut totals = [0; 9];
    for seed in (0..3).map(|number| first.wrapping_add(number)) {
        let history = record(behavior, seed).await;
        let violations = violations(&history);
        assert!(violations.is_empty(), "SEED={seed} {violations:#?}");
        mend(&history, Revocations::OneByOne).await;
        let summary = summary(&history);
        let happened = |action: &str| {
            let one = summary.events.iter().find(|(name, _)| name == action);
            one.map_or(0, |(_, count)| *count)
        };
        let more = [
            happened("USE_NEW_API_KEY_SECRET"),
            happened("COMPLETE_API_KEY_ROTATION"),
            happened("CANCEL_API_KEY_ROTATION"),
            happened("REVOKE_API_KEY"),
            summary.refused,
            summary.ended_in_time,
            summary.crashes,
            summary.unknown,
            summary.conflicts,
        ];
        for (total, more) in totals.iter_mut().zip(more) {
            *total += more;
        }
        if totals.iter().zip([8, 8, 2, 3, 20, 1, 1, 1, 1]).all(|(total, least)| *total >= least) {
            return;
        }
    }
    panic!("too little happened, SEED={first} and the next two");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_or_two_secrets_work_and_each_ends_when_that_was_promised() {
    nothing_is_found(super::behavior(Weakness::None)).await;
}

async fn is_caught(weakness: Weakness, by: fn(&Violation) -> bool) {
    let first = super::seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let history = record(super::behavior(weakness), seed).await;
        let found = violations(&history).iter().filter(|found| by(found)).count();
        say(&format!("SEED={seed} rotation, {weakness:?}: {found} found"));
        if found > 0 {
            return;
        }
    }
    panic!("the check finds nothing wrong with {weakness:?}, SEED={first} and the next four");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_first_use_that_sets_no_end_is_caught() {
    is_caught(Weakness::FirstUseSetsNoEnd, |found| matches!(found, Violation::UsedAfterPromise(..))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_completion_that_ends_nothing_is_caught() {
    is_caught(Weakness::CompletionEndsNothing, |found| matches!(found, Violation::UsedAfterEnd(..))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_completion_that_raises_no_gates_is_caught() {
    is_caught(Weakness::GatesNotRaised, |found| {
        let is_completion = |action: &str| action == "COMPLETE_API_KEY_ROTATION";
        matches!(found, Violation::CommittedAfterEnd(Committed { .. }, ended) if is_completion(&ended.action))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_a_first_use_that_is_not_recorded_is_caught() {
    is_caught(Weakness::FirstUseUnrecorded, |found| matches!(found, Violation::UsedUnrecorded(_))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_changes_that_name_no_version_are_caught() {
    is_caught(Weakness::NoSecretsVersion, |found| matches!(found, Violation::Impossible(_))).await;
}
