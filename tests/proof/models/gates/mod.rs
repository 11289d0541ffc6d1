//! The gates, checked exhaustively: every order of the steps of some requests and operations on one key.
//!
//! What holds:
//!
//! - After an answer of 200, no write commits that was verified before the change.
//! - No write commits after the event of a revocation.
//! - A request that the key allowed at every moment is not refused.
//! - Gates only rise, and none is above the generation of the digest item.
//! - A refused revocation leaves nothing behind that would refuse requests.
//!
//! A state of the model is the digest item, the gates, and where each request, each operation and each message is. A
//! step is one call that reaches the database, or one decision of a client. The checker visits every state that the
//! steps can reach. These are the bounds:
//!
//! | | bound |
//! | --- | --- |
//! | gates | 2 (the product has 16) |
//! | requests | 1 or 2 |
//! | attempts of a request | 2 or 3, each at any gate |
//! | copies of a transaction, also of those of a revocation | 1 or 2, at any time |
//! | operations at the same time | 2 or 3 |
//! | changes of the first administrator's authority | 0 to 2: it is lost, then given back |
//!
//! Freezing and releasing have no late copies in the model: a change of plan names the change before it, so a late copy
//! has no effect. Generations are counted here. In the service they are times that only grow.
//!
//! The model has no step for a crash or for a lost message. An operation that takes no more steps has crashed, and a
//! message that never arrives was lost. The checker looks at every state, so it covers both at every moment.

mod model;
mod operations;
mod properties;
mod requests;
mod state;

use stateright::{Checker, Model};

use model::{Gates, Weakness};
use properties::{ANSWER_HOLDS, GATES_RISE, REFUSAL_LEAVES_NOTHING, REVOCATION_IS_THE_END};
use state::{
    Kind::{Freeze, Narrow, Revoke, Unfreeze},
    Scope::{Remaining, Removed},
};

/// Shown if a test fails, and with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the number of states says how much was checked")]
fn say(what: &str) {
    println!("{what}");
}

/// Every promise holds in every state, and every expected situation occurs in one. The checker visits all states,
/// because it stops early only if every promise is broken. A model with fewer states than this has lost some steps.
fn holds(gates: &Gates, least_states: usize) {
    let checker = gates.clone().checker().spawn_bfs().join();
    let states = checker.unique_state_count();
    say(&format!("{gates:?}: {states} states"));
    checker.assert_properties();
    assert!(states >= least_states, "{states} states");
}

#[test]
fn two_revocations_of_which_one_loses_its_authority() {
    let gates = Gates::new(&[Revoke, Revoke], &[Remaining, Remaining]);
    holds(&Gates { authority_changes: 2, ..gates }, 220_000);
}

#[test]
fn two_revocations_and_a_request_with_late_copies() {
    let gates = Gates::new(&[Revoke, Revoke], &[Remaining]);
    holds(&Gates { copies: 2, authority_changes: 2, ..gates }, 90_000);
}

#[test]
fn three_revocations() {
    let gates = Gates::new(&[Revoke, Revoke, Revoke], &[Remaining]);
    holds(&Gates { authority_changes: 2, ..gates }, 90_000);
}

#[test]
fn two_revocations_and_a_freeze() {
    let gates = Gates::new(&[Revoke, Revoke, Freeze], &[Remaining]);
    holds(&Gates { authority_changes: 2, ..gates }, 150_000);
}

#[test]
fn a_revocation_a_freeze_and_an_unfreeze() {
    let gates = Gates::new(&[Revoke, Freeze, Unfreeze], &[Remaining]);
    holds(&Gates { copies: 2, authority_changes: 2, ..gates }, 240_000);
}

#[test]
fn two_freezes_and_an_unfreeze() {
    holds(&Gates::new(&[Freeze, Freeze, Unfreeze], &[Remaining, Remaining]), 500_000);
}

#[test]
fn a_revocation_and_two_narrowings() {
    let gates = Gates::new(&[Revoke, Narrow, Narrow], &[Remaining]);
    holds(&Gates { authority_changes: 2, ..gates }, 140_000);
}

#[test]
fn a_revocation_and_a_narrowing_that_ends_one_of_two_requests() {
    let gates = Gates::new(&[Revoke, Narrow], &[Remaining, Removed]);
    holds(&Gates { authority_changes: 2, ..gates }, 500_000);
}

#[test]
fn a_narrowing_a_freeze_and_an_unfreeze() {
    let gates = Gates::new(&[Narrow, Freeze, Unfreeze], &[Remaining]);
    holds(&Gates { attempts: 3, copies: 2, ..gates }, 300_000);
}

/// More steps than any control needs.
const MOST_STEPS: usize = 16;

/// The checker breaks the promise, and shows a shortest way. It searches one step deeper each time, because it replaces
/// what it found by what it finds later.
fn is_caught(weakness: Weakness, gates: Gates, promise: &'static str) {
    let gates = Gates { weakness, ..gates };
    for depth in 2..=MOST_STEPS {
        let checker = gates.clone().checker().target_max_depth(depth).spawn_bfs().join();
        if let Some(found) = checker.discovery(promise) {
            say(&format!("{weakness:?} breaks \"{promise}\":"));
            return found.into_actions().iter().for_each(|step| say(&format!("  {step:?}")));
        }
    }
    panic!("{weakness:?} does not break \"{promise}\"");
}

#[test]
fn control_gates_that_are_not_raised_are_caught() {
    let gates = || Gates::new(&[Revoke, Freeze], &[Remaining]);
    is_caught(Weakness::GatesNotRaised, gates(), ANSWER_HOLDS);
    is_caught(Weakness::GatesNotRaised, gates(), REVOCATION_IS_THE_END);
}

/// The first operation has crashed before it raised the gates.
#[test]
fn control_a_change_that_changes_nothing_and_answers_at_once_is_caught() {
    for kind in [Freeze, Narrow] {
        let gates = Gates::new(&[kind, kind], &[Removed]);
        is_caught(Weakness::UnchangedAnswersAtOnce, gates, ANSWER_HOLDS);
    }
}

/// The put passes a prepared write, which commits after the revocation. A late put also lowers a gate.
#[test]
fn control_gates_that_are_put_without_a_condition_are_caught() {
    let gates = || Gates::new(&[Freeze, Revoke], &[Remaining]);
    is_caught(Weakness::GatesPut, gates(), REVOCATION_IS_THE_END);
    is_caught(Weakness::GatesPut, gates(), GATES_RISE);
}

/// A write from before a narrowing has a gate that the revocation after it does not close.
#[test]
fn control_gates_of_their_own_for_each_generation_are_caught() {
    let gates = Gates::new(&[Narrow, Revoke], &[Remaining]);
    is_caught(Weakness::GatesPerGeneration, gates, REVOCATION_IS_THE_END);
}

/// The transaction that freezes does not return the generation, so another read has to.
#[test]
fn control_an_eventually_consistent_read_of_the_generation_is_caught() {
    let gates = Gates::new(&[Freeze], &[Remaining]);
    is_caught(Weakness::GenerationReadEventually, gates, ANSWER_HOLDS);
}

/// A request that verifies during the revocation has the new generation, so the gates let it through.
#[test]
fn control_a_verification_that_ignores_revocations_in_progress_is_caught() {
    let gates = Gates::new(&[Revoke], &[Remaining]);
    is_caught(Weakness::EndingIgnored, gates, REVOCATION_IS_THE_END);
}

/// The revocation was refused, a request verified under its generation, and the administrator got the authority back.
/// Then the late copy revokes. As long as the authority is lost, the condition on it refuses the copy.
#[test]
fn control_a_late_revocation_that_does_not_check_its_attempt_is_caught() {
    let gates = || Gates { copies: 2, ..Gates::new(&[Revoke], &[Remaining]) };
    let restored = Gates { authority_changes: 2, ..gates() };
    is_caught(Weakness::RevokesWithoutEnding, restored, REVOCATION_IS_THE_END);
}

/// The late copy brings back an attempt that was refused. The key stays unusable, and nobody repairs it.
#[test]
fn control_a_late_beginning_that_requires_no_new_generation_is_caught() {
    let gates = || Gates { copies: 2, ..Gates::new(&[Revoke], &[Remaining]) };
    let lost = Gates { authority_changes: 1, ..gates() };
    is_caught(Weakness::BeginsAnyGeneration, lost, REFUSAL_LEAVES_NOTHING);
    let restored = Gates { authority_changes: 2, ..gates() };
    is_caught(Weakness::BeginsAnyGeneration, restored, REVOCATION_IS_THE_END);
}
