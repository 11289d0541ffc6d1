//! The protocol, as the steps that can follow each other in any order.

use stateright::{Model, Property};

use super::state::{Kind, Operation, SECRETS, Second, Secret, State, Step};

/// A design that is weaker than the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weakness {
    /// None: the protocol as it is.
    None,
    /// Changes of the key don't name the version that they read.
    NoVersion,
    /// A change of plan doesn't name the number of rotations.
    PlanIgnoresRotations,
    /// Completing a rotation doesn't raise the gates of the old secret.
    OldGatesStay,
    /// A rotation raises the gates of the old secret, which it forgets, after its transaction.
    RotationClosesAfterwards,
    /// A request with a new secret goes on without its first use.
    FirstUseUnrecorded,
}

/// A step of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Read(usize),
    Commit(usize),
    /// A late copy of the last transaction of an operation reaches the database.
    CommitAgain(usize),
    Raise(usize),
    Revoke(usize),
    /// A request begins with a secret.
    Verify(usize, usize),
    ReadKey(usize),
    UseFirst(usize),
    Write(usize),
    /// The time of an old secret comes.
    TimeOut(usize),
}

/// A small world: some operations on one key, all at the same time.
#[derive(Clone, Debug)]
pub(super) struct Rotation {
    pub(super) weakness: Weakness,
    pub(super) operations: Vec<Kind>,
}

impl Model for Rotation {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut secrets = [Secret::default(); SECRETS];
        secrets[0].exists = true;
        let operations = vec![Operation::default(); self.operations.len()];
        vec![State { secrets, operations, ..State::default() }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (number, operation) in state.operations.iter().enumerate() {
            match operation.step {
                Step::Read if self.operations[number] == Kind::Write => {
                    let existing = (0..SECRETS).filter(|one| state.secrets[*one].exists);
                    actions.extend(existing.map(|one| Action::Verify(number, one)));
                }
                Step::Read => actions.push(Action::Read(number)),
                Step::RaiseFirst | Step::Raise => actions.push(Action::Raise(number)),
                Step::Commit => actions.push(Action::Commit(number)),
                Step::Revoke => actions.push(Action::Revoke(number)),
                Step::ReadKey => actions.push(Action::ReadKey(number)),
                Step::UseFirst => actions.push(Action::UseFirst(number)),
                Step::Write => actions.push(Action::Write(number)),
                Step::End => {}
            }
            if operation.late.is_some() {
                actions.push(Action::CommitAgain(number));
            }
        }
        let may_time_out = |secret: &Secret| secret.replaced && secret.lives();
        let old = (0..SECRETS).filter(|one| may_time_out(&state.secrets[*one]));
        actions.extend(old.map(Action::TimeOut));
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Read(number) => self.read(&mut state, number),
            Action::Commit(number) => self.commit(&mut state, number),
            Action::CommitAgain(number) => {
                let sent = state.operations[number].late.take()?;
                if self.operations[number] == Kind::Write {
                    self.use_first(&mut state, sent);
                } else {
                    self.transact(&mut state, number, sent);
                }
            }
            Action::Raise(number) => self.raise(&mut state, number),
            Action::Revoke(number) => self.revoke(&mut state, number),
            Action::Verify(number, one) => self.verify(&mut state, number, one),
            Action::ReadKey(number) => {
                state.operations[number].sent.key = state.key;
                state.operations[number].step = Step::UseFirst;
            }
            Action::UseFirst(number) => {
                let sent = state.operations[number].sent;
                if self.use_first(&mut state, sent) {
                    state.operations[number].step = Step::Write;
                    state.operations[number].late = Some(sent);
                } else {
                    self.verify(&mut state, number, sent.secret);
                }
            }
            // It may arrive again at any time.
            Action::Write(number) => Self::write(&mut state, number),
            Action::TimeOut(one) => state.secrets[one].timed_out = true,
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = promises();
        let has = |kind| self.operations.contains(&kind);
        if has(Kind::Rotate) && has(Kind::Write) {
            all.push(Property::<Self>::sometimes("a new secret is used", |_, state| state.key.current > 0));
        }
        if has(Kind::Complete) {
            all.push(Property::<Self>::sometimes("a rotation is completed", |_, state| {
                state.key.ended().is_some_and(|(one, _)| state.secrets[one].promised > 0)
            }));
        }
        if has(Kind::Revoke) {
            all.push(Property::<Self>::sometimes("a key with two secrets is revoked", |_, state| {
                let second = state.key.second.map(Second::secret);
                state.key.revoked && second.is_some_and(|one| !state.secrets[one].timed_out)
            }));
        }
        all
    }
}

pub(super) const ONE_OR_TWO: &str = "a key has one or two secrets that work, and a revoked one has none";
pub(super) const RECORD_AGREES: &str = "the key's item names exactly the secrets that work";
pub(super) const FROZEN_TOGETHER: &str = "the secrets that work are frozen as the plan says";
pub(super) const ANSWER_HOLDS: &str = "no write commits after an answer that ended its secret or froze it";
pub(super) const FIRST_USE_FIRST: &str = "no write commits before the first use of its secret";
pub(super) const NOTHING_FORGOTTEN: &str =
    "a secret that was in use and was ended has its gates raised, or the key remembers it";

fn promises() -> Vec<Property<Rotation>> {
    vec![
        Property::<Rotation>::always(ONE_OR_TWO, |_, state| {
            let expected = if state.key.revoked { 0..=0 } else { 1..=2 };
            expected.contains(&state.living())
        }),
        Property::<Rotation>::always(RECORD_AGREES, |_, state| {
            let mut secrets = state.secrets.iter().enumerate().filter(|(_, secret)| secret.lives());
            secrets.all(|(one, secret)| match state.key.second {
                _ if one == state.key.current => !secret.unused && !secret.replaced,
                Some(Second::New(new)) => one == new && secret.unused,
                Some(Second::Old(old, None)) => one == old && secret.replaced,
                _ => false,
            })
        }),
        Property::<Rotation>::always(FROZEN_TOGETHER, |_, state| {
            let mut living = state.secrets.iter().filter(|secret| secret.lives());
            living.all(|secret| secret.frozen == state.company.frozen)
        }),
        Property::<Rotation>::always(ANSWER_HOLDS, |_, state| !state.late_write),
        Property::<Rotation>::always(FIRST_USE_FIRST, |_, state| !state.early_write),
        Property::<Rotation>::always(NOTHING_FORGOTTEN, |_, state| {
            let ended = state.secrets.iter().enumerate();
            let mut ended = ended.filter(|(_, secret)| secret.ended && !secret.unused && !secret.timed_out);
            // A revocation raises all gates before its last step.
            state.key.revoked
                || ended.all(|(one, secret)| {
                    secret.gate >= secret.generation || state.key.ended().is_some_and(|(old, _)| old == one)
                })
        }),
    ]
}
