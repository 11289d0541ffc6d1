//! The protocol, as the steps that can follow each other in any order.

use stateright::{Model, Property};

use super::{
    properties,
    state::{Attempt, Kind, Operation, Progress, Request, Scope, State},
};

/// A design that is weaker than the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weakness {
    /// None: the protocol as it is.
    None,
    /// The gates stay as they are.
    GatesNotRaised,
    /// A change that finds nothing to change does not raise the gates.
    UnchangedAnswersAtOnce,
    /// The gates are put, without a condition. A put passes a prepared transaction.
    GatesPut,
    /// Each generation has gates of its own. A change closes those of the generation that it replaced.
    GatesPerGeneration,
    /// A change reads its generation without a consistent read, and gets the one before.
    GenerationReadEventually,
    /// Verification does not look at `ending`.
    EndingIgnored,
    /// The transaction that revokes does not check that `ending` has its attempt.
    RevokesWithoutEnding,
    /// The transaction that begins a revocation does not require that its generation is new.
    BeginsAnyGeneration,
}

/// A step of anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A request reads the digest item.
    Verify {
        request: usize,
    },
    /// A request sends its next attempt, perhaps because the last one got no response in time.
    Send {
        request: usize,
        gate: u8,
    },
    /// A copy of an attempt reaches the database.
    Arrive {
        request: usize,
        attempt: usize,
    },
    Commit {
        request: usize,
        attempt: usize,
    },
    /// Another item of the transaction is in conflict.
    Cancel {
        request: usize,
        attempt: usize,
    },
    /// An operation changes the digest item, if it has to.
    Begin {
        operation: usize,
    },
    /// A late copy of the transaction that began a revocation reaches the database.
    BeginAgain {
        operation: usize,
    },
    ReadGeneration {
        operation: usize,
    },
    Raise {
        operation: usize,
        gate: u8,
    },
    /// A copy of the transaction that revokes reaches the database.
    Revoke {
        operation: usize,
    },
    LeaveEnding {
        operation: usize,
    },
    /// The first administrator loses the authority, or gets it back.
    ChangeAuthority,
}

/// A small world: some requests and some operations, all at the same time.
#[derive(Clone, Debug)]
pub(super) struct Gates {
    pub(super) weakness: Weakness,
    /// The scope that each request needs.
    pub(super) requests: Vec<Scope>,
    /// The attempts that a request makes at most.
    pub(super) attempts: usize,
    /// The copies of each transaction that may reach the database.
    pub(super) copies: u8,
    pub(super) operations: Vec<Kind>,
    /// How often the authority of the administrator behind the first operation changes at most: it is lost, then
    /// given back.
    pub(super) authority_changes: u8,
}

impl Gates {
    /// The protocol with these operations, and with requests that need these scopes.
    pub(super) fn new(operations: &[Kind], requests: &[Scope]) -> Self {
        Self {
            weakness: Weakness::None,
            requests: requests.to_vec(),
            attempts: 2,
            copies: 1,
            operations: operations.to_vec(),
            authority_changes: 0,
        }
    }
}

impl Model for Gates {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            requests: vec![Request::default(); self.requests.len()],
            operations: vec![Operation::default(); self.operations.len()],
            ..State::default()
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for number in 0..state.requests.len() {
            self.request_actions(state, number, actions);
        }
        for number in 0..state.operations.len() {
            self.operation_actions(state, number, actions);
        }
        if state.authority_changes < self.authority_changes {
            actions.push(Action::ChangeAuthority);
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Verify { request } => self.verify(&mut state, request),
            Action::Send { request, gate } => {
                let request = &mut state.requests[request];
                let generation = request.generation;
                request.attempts.push(Attempt { copies: self.copies, prepared: false, gate, generation });
                request.progress = Progress::Waiting;
            }
            Action::Arrive { request, attempt } => self.arrive(&mut state, request, attempt),
            Action::Commit { request, attempt } => Self::commit(&mut state, request, attempt),
            Action::Cancel { request, attempt } => Self::cancel(&mut state, request, attempt),
            Action::Begin { operation } => self.begin(&mut state, operation),
            Action::BeginAgain { operation } => self.begin_again(&mut state, operation),
            Action::ReadGeneration { operation } => {
                let generation = state.digest.generation;
                self.raise_gates(&mut state, operation, generation);
            }
            Action::Raise { operation, gate } => self.raise(&mut state, operation, gate),
            Action::Revoke { operation } => self.revoke(&mut state, operation),
            Action::LeaveEnding { operation } => Self::leave_ending(&mut state, operation),
            Action::ChangeAuthority => state.authority_changes += 1,
        }
        for (request, &scope) in state.requests.iter_mut().zip(&self.requests) {
            request.was_disallowed |= request.runs() && !state.digest.allows(scope);
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::of(self)
    }
}
