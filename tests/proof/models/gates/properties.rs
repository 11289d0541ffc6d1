//! What holds in every state, and what has to happen in some so that this means something.

use stateright::Property;

use super::{
    model::Gates,
    state::{Kind, Progress, Request, Scope, State, Step, Violation},
};

/// After an answer of 200, no write commits that was verified before the change.
pub(super) const ANSWER_HOLDS: &str = "no write commits that was verified before an answered change";
/// The event of a revocation is the end of all writes.
pub(super) const REVOCATION_IS_THE_END: &str = "no write commits after the event of a revocation";
/// A request that the key always allowed is not refused.
pub(super) const NO_WRONG_REFUSAL: &str = "no request that was allowed at every moment is refused";
/// No gate falls.
pub(super) const GATES_RISE: &str = "gates only rise";
/// A refused revocation leaves nothing behind that refuses requests.
pub(super) const REFUSAL_LEAVES_NOTHING: &str = "a refused revocation is not in `ending`";

/// So a request that finds its gate closed always finds a newer generation.
pub(super) const GATES_FOLLOW: &str = "no gate is above the generation of the digest item";

/// The properties of a world. A situation is expected only where the world has what it takes.
pub(super) fn of(gates: &Gates) -> Vec<Property<Gates>> {
    let mut all = promises();
    all.push(Property::<Gates>::sometimes(
        "a write succeeds while an attempt before it is prepared",
        |_, state| {
            state.requests.iter().any(|request| {
                request.progress == Progress::Succeeded
                    && request.attempts.iter().any(|attempt| attempt.prepared)
            })
        },
    ));
    let has = |kind| gates.operations.contains(&kind);
    let repeats = |kind| gates.operations.iter().filter(|&&one| one == kind).count() > 1;
    if has(Kind::Revoke) {
        all.push(Property::<Gates>::sometimes("a write and a revocation succeed", |_, state| {
            state.digest.revoked && state.requests.iter().any(|one| one.progress == Progress::Succeeded)
        }));
        all.push(Property::<Gates>::sometimes(
            "a request is refused after it found its gate closed",
            |_, state| {
                let refused = |one: &Request| one.progress == Progress::Refused && !one.attempts.is_empty();
                state.requests.iter().any(refused)
            },
        ));
    }
    if has(Kind::Revoke) && gates.authority_changes > 0 {
        all.push(Property::<Gates>::sometimes("a write succeeds after a refused revocation", |_, state| {
            state.operations[0].step == Step::Refused && one_went_on(state)
        }));
    }
    if has(Kind::Narrow) && gates.requests.contains(&Scope::Remaining) {
        all.push(Property::<Gates>::sometimes("a narrowed key goes on under its new grant", |_, state| {
            state.digest.narrowed && one_went_on(state)
        }));
    }
    if has(Kind::Freeze) && has(Kind::Unfreeze) {
        all.push(Property::<Gates>::sometimes("a released key goes on", |_, state| {
            !state.digest.frozen && one_went_on(state)
        }));
    }
    if repeats(Kind::Revoke) {
        all.push(Property::<Gates>::sometimes(
            "a revocation is answered although another one stopped",
            |gates, state| is_answered_beside_another(gates, state, Kind::Revoke),
        ));
    }
    if repeats(Kind::Freeze) {
        all.push(Property::<Gates>::sometimes(
            "a freeze is answered although another one stopped",
            |gates, state| is_answered_beside_another(gates, state, Kind::Freeze),
        ));
    }
    if repeats(Kind::Narrow) {
        all.push(Property::<Gates>::sometimes(
            "a narrowing is answered although another one stopped",
            |gates, state| is_answered_beside_another(gates, state, Kind::Narrow),
        ));
    }
    all
}

fn promises() -> Vec<Property<Gates>> {
    vec![
        Property::<Gates>::always(ANSWER_HOLDS, |_, state| {
            !state.violations.contains(&Violation::CommitAfterAnswer)
        }),
        Property::<Gates>::always(REVOCATION_IS_THE_END, |_, state| {
            !state.violations.contains(&Violation::CommitAfterRevocation)
        }),
        Property::<Gates>::always(NO_WRONG_REFUSAL, |_, state| {
            !state.violations.contains(&Violation::WrongRefusal)
        }),
        Property::<Gates>::always(GATES_RISE, |_, state| !state.violations.contains(&Violation::GateFell)),
        Property::<Gates>::always(GATES_FOLLOW, |_, state| {
            state.gates.iter().all(|&from| from <= state.digest.generation)
        }),
        Property::<Gates>::always(REFUSAL_LEAVES_NOTHING, |_, state| {
            let mut operations = state.operations.iter().enumerate();
            operations.all(|(n, one)| one.step != Step::Refused || state.digest.ending & (1 << n) == 0)
        }),
    ]
}

/// A request succeeded after it had found its gate closed and had verified again.
fn one_went_on(state: &State) -> bool {
    let went_on = |request: &Request| request.generation > 0 && request.attempts.len() > 1;
    state.requests.iter().any(|request| request.progress == Progress::Succeeded && went_on(request))
}

/// An operation has not raised every gate, and another of the same kind was answered with 200.
fn is_answered_beside_another(gates: &Gates, state: &State, kind: Kind) -> bool {
    let any_at = |step| {
        let mut steps = gates.operations.iter().zip(&state.operations);
        steps.any(|(&one, operation)| one == kind && operation.step == step)
    };
    any_at(Step::RaiseGates) && any_at(Step::Done)
}
