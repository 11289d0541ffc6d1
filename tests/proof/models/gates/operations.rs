//! The steps of an administrator's or operator's operation.

use super::{
    model::{Action, Gates, Weakness},
    state::{GATES, Kind, State, Step, Violation},
};

impl Gates {
    /// What an operation and its messages can do next.
    pub(super) fn operation_actions(&self, state: &State, number: usize, actions: &mut Vec<Action>) {
        let operation = state.operations[number];
        match operation.step {
            Step::Begin => actions.push(Action::Begin { operation: number }),
            Step::ReadGeneration => actions.push(Action::ReadGeneration { operation: number }),
            Step::RaiseGates => actions.extend((0..GATES).filter_map(|gate| {
                let wanted = operation.unraised & (1 << gate) != 0;
                // While a transaction holds the gate the update is refused, and tried again.
                let passes = self.weakness == Weakness::GatesPut
                    || !self.is_locked(state, gate, operation.generation.saturating_sub(1));
                (wanted && passes).then_some(Action::Raise { operation: number, gate })
            })),
            Step::LeaveEnding => actions.push(Action::LeaveEnding { operation: number }),
            Step::AwaitTransaction | Step::Done | Step::Refused => {}
        }
        if operation.copies > 0 {
            actions.push(Action::Revoke { operation: number });
        }
        if operation.late_beginning && !state.digest.revoked {
            actions.push(Action::BeginAgain { operation: number });
        }
    }

    /// Whether the administrator behind the operation has the authority to revoke.
    fn has_authority(state: &State, operation: usize) -> bool {
        operation > 0 || state.authority_changes.is_multiple_of(2)
    }

    /// The first step of an operation: it reads the digest item and changes it.
    pub(super) fn begin(&self, state: &mut State, number: usize) {
        let digest = &mut state.digest;
        let operation = &mut state.operations[number];
        match self.operations[number] {
            // The gates were raised before the transaction that revoked it.
            Kind::Revoke if digest.revoked => state.answer_now(number),
            Kind::Revoke => {
                digest.ending |= 1 << number;
                operation.late_beginning = self.copies > 1;
                let generation = digest.next_generation();
                self.raise_gates(state, number, generation);
            }
            _ if digest.revoked => operation.step = Step::Refused,
            Kind::Unfreeze => {
                digest.frozen = false;
                operation.step = Step::Done;
            }
            kind => {
                let taken = if kind == Kind::Freeze { &mut digest.frozen } else { &mut digest.narrowed };
                let changes = !std::mem::replace(taken, true);
                if changes {
                    digest.next_generation();
                }
                if changes || self.weakness != Weakness::UnchangedAnswersAtOnce {
                    operation.step = Step::ReadGeneration;
                } else {
                    state.answer_now(number);
                }
            }
        }
    }

    /// `generation` is that of the digest item right now.
    pub(super) fn raise_gates(&self, state: &mut State, number: usize, generation: u8) {
        let operation = &mut state.operations[number];
        operation.step = Step::RaiseGates;
        operation.generation = generation;
        operation.unraised = if self.weakness == Weakness::GatesNotRaised { 0 } else { (1 << GATES) - 1 };
        self.go_on_once_raised(state, number);
    }

    fn go_on_once_raised(&self, state: &mut State, number: usize) {
        let operation = &mut state.operations[number];
        if operation.unraised > 0 {
            return;
        }
        if self.operations[number] == Kind::Revoke {
            operation.step = Step::AwaitTransaction;
            operation.copies = self.copies;
        } else {
            let generation = operation.generation;
            state.answer(number, generation);
        }
    }

    pub(super) fn raise(&self, state: &mut State, number: usize, gate: u8) {
        let operation = &mut state.operations[number];
        operation.unraised &= !(1 << gate);
        let behind = self.weakness == Weakness::GenerationReadEventually;
        let target = operation.generation - u8::from(behind);
        let from = &mut state.gates[usize::from(gate)];
        let raised = match self.weakness {
            Weakness::GatesPut => target,
            Weakness::GatesPerGeneration => *from | 1 << (target - 1),
            // A failed condition means that it is there already.
            _ => target.max(*from),
        };
        let before = std::mem::replace(from, raised);
        state.note(Violation::GateFell, raised < before);
        self.go_on_once_raised(state, number);
    }

    /// The transaction that revokes: its conditions, and what follows.
    pub(super) fn revoke(&self, state: &mut State, number: usize) {
        let authority = Self::has_authority(state, number);
        let digest = &mut state.digest;
        let operation = &mut state.operations[number];
        operation.copies -= 1;
        let in_ending = digest.ending & (1 << number) != 0 || self.weakness == Weakness::RevokesWithoutEnding;
        let awaited = operation.step == Step::AwaitTransaction;
        if authority && in_ending && !digest.revoked {
            digest.revoked = true;
            digest.ending = 0;
            operation.copies = 0;
            if awaited {
                state.answer_now(number);
            }
        } else if awaited && authority && digest.revoked {
            // Another revocation was first.
            state.answer_now(number);
        } else if awaited {
            operation.step = Step::LeaveEnding;
        }
    }

    /// A late try of the transaction that began a revocation, with a token of its own. Its generation is not new any more,
    /// so it has no effect.
    pub(super) fn begin_again(&self, state: &mut State, number: usize) {
        state.operations[number].late_beginning = false;
        if self.weakness == Weakness::BeginsAnyGeneration {
            state.digest.ending |= 1 << number;
            state.digest.next_generation();
        }
    }

    /// Withdraws an attempt. If a late copy of its transaction was first, the key is revoked.
    pub(super) fn leave_ending(state: &mut State, number: usize) {
        state.digest.ending &= !(1 << number);
        if state.digest.revoked {
            state.answer_now(number);
        } else {
            state.operations[number].step = Step::Refused;
        }
    }
}

impl State {
    /// Answers with 200 for everything up to the current generation.
    fn answer_now(&mut self, operation: usize) {
        self.answer(operation, self.digest.generation);
    }

    /// Answers with 200. Nothing that was verified before this generation may commit from now on.
    fn answer(&mut self, operation: usize, generation: u8) {
        self.promised = self.promised.max(generation);
        self.operations[operation].step = Step::Done;
        self.operations[operation].generation = 0;
    }
}
