//! Rotation, checked exhaustively: every order of the steps of some operations on the secrets of one key.
//!
//! What holds in every state is in [`model`]. A step is one transaction, one read or one answer that reaches somebody. A copy
//! of each transaction may arrive late, and a write may arrive again at any time. An operation that takes no more steps has
//! crashed. The gates of a secret are one here, and a transaction is one step: [`super::gates`] has the gates in detail.
//! Revocations aren't withdrawn here, and only old secrets end with time.

mod model;
mod state;
mod steps;

use stateright::{Checker, Model};

use model::{
    ANSWER_HOLDS, FIRST_USE_FIRST, FROZEN_TOGETHER, NOTHING_FORGOTTEN, ONE_OR_TWO, RECORD_AGREES, Rotation,
    Weakness,
};
use state::Kind::{self, Cancel, Complete, Freeze, Release, Revoke, Rotate, Write};

/// Shown if a test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the number of states says how much was checked")]
fn say(what: &str) {
    println!("{what}");
}

fn world(weakness: Weakness, operations: &[Kind]) -> Rotation {
    Rotation { weakness, operations: operations.to_vec() }
}

/// Every promise holds in every state, and every expected situation occurs in one.
fn holds(operations: &[Kind], least_states: usize) {
    let checker = world(Weakness::None, operations).checker().spawn_bfs().join();
    let states = checker.unique_state_count();
    say(&format!("{operations:?}: {states} states"));
    checker.assert_properties();
    assert!(states >= least_states, "{states} states");
}

#[test]
fn three_rotations_and_two_requests() {
    holds(&[Rotate, Rotate, Rotate, Write, Write], 60_000);
}

#[test]
fn a_rotation_that_is_canceled_and_completed() {
    holds(&[Rotate, Cancel, Complete, Write, Write], 9_000);
}

#[test]
fn two_rotations_that_are_completed() {
    holds(&[Rotate, Rotate, Complete, Complete, Write], 49_000);
}

#[test]
fn two_rotations_that_are_completed_and_canceled() {
    holds(&[Rotate, Rotate, Complete, Cancel, Write], 25_000);
}

#[test]
fn a_rotation_a_completion_and_a_revocation() {
    holds(&[Rotate, Complete, Revoke, Write, Write], 18_000);
}

#[test]
fn a_completion_and_two_revocations() {
    holds(&[Rotate, Complete, Revoke, Revoke, Write], 30_000);
}

#[test]
fn a_rotation_after_a_completion_and_a_revocation() {
    holds(&[Rotate, Complete, Rotate, Revoke, Write], 40_000);
}

#[test]
fn a_completion_and_changes_of_the_plan() {
    holds(&[Rotate, Complete, Freeze, Release, Write], 30_000);
}

#[test]
fn two_rotations_a_cancellation_and_a_freeze() {
    holds(&[Rotate, Rotate, Cancel, Freeze, Write], 30_000);
}

/// More steps than any control needs.
const MOST_STEPS: usize = 16;

/// The checker breaks the promise, and shows a shortest way.
fn is_caught(weakness: Weakness, operations: &[Kind], promise: &'static str) {
    for depth in 2..=MOST_STEPS {
        let checker = world(weakness, operations).checker().target_max_depth(depth).spawn_bfs().join();
        if let Some(found) = checker.discovery(promise) {
            say(&format!("{weakness:?} breaks \"{promise}\":"));
            return found.into_actions().iter().for_each(|step| say(&format!("  {step:?}")));
        }
    }
    panic!("{weakness:?} does not break \"{promise}\"");
}

#[test]
fn control_changes_that_name_no_version_are_caught() {
    is_caught(Weakness::NoVersion, &[Rotate, Rotate], RECORD_AGREES);
    is_caught(Weakness::NoVersion, &[Rotate, Rotate, Rotate], ONE_OR_TWO);
    is_caught(Weakness::NoVersion, &[Rotate, Revoke], ONE_OR_TWO);
}

#[test]
fn control_a_change_of_plan_that_ignores_rotations_is_caught() {
    is_caught(Weakness::PlanIgnoresRotations, &[Rotate, Freeze], FROZEN_TOGETHER);
}

#[test]
fn control_gates_of_the_old_secret_that_stay_are_caught() {
    is_caught(Weakness::OldGatesStay, &[Rotate, Complete, Write], ANSWER_HOLDS);
}

/// The completion and the rotation crash, so nobody raises the gates of the secret that the key has forgotten.
#[test]
fn control_a_rotation_that_raises_the_gates_afterwards_is_caught() {
    is_caught(Weakness::RotationClosesAfterwards, &[Rotate, Complete, Rotate], NOTHING_FORGOTTEN);
    is_caught(Weakness::RotationClosesAfterwards, &[Rotate, Complete, Rotate, Revoke, Write], ANSWER_HOLDS);
}

#[test]
fn control_a_first_use_that_is_not_recorded_is_caught() {
    is_caught(Weakness::FirstUseUnrecorded, &[Rotate, Write], FIRST_USE_FIRST);
}
