//! The steps of a request.

use super::{
    model::{Action, Gates, Weakness},
    state::{Attempt, Digest, GATES, Progress, Request, Scope, State, Violation},
};

impl Gates {
    /// What a request and its attempts can do next.
    pub(super) fn request_actions(&self, state: &State, number: usize, actions: &mut Vec<Action>) {
        let request = &state.requests[number];
        match request.progress {
            Progress::NotBegun | Progress::FoundClosed => actions.push(Action::Verify { request: number }),
            Progress::Verified | Progress::Waiting if request.attempts.len() < self.attempts => {
                actions.extend((0..GATES).map(|gate| Action::Send { request: number, gate }));
            }
            _ => {}
        }
        for (attempt, sent) in request.attempts.iter().enumerate() {
            if sent.prepared {
                actions.push(Action::Commit { request: number, attempt });
                actions.push(Action::Cancel { request: number, attempt });
            } else if sent.copies > 0 {
                actions.push(Action::Arrive { request: number, attempt });
            }
        }
    }

    /// The condition of a write about its gate.
    fn lets_through(&self, state: &State, attempt: Attempt) -> bool {
        let from = state.gates[usize::from(attempt.gate)];
        match self.weakness {
            // The number is the set of the closed generations, one bit each.
            Weakness::GatesPerGeneration => from & (1 << attempt.generation) == 0,
            _ => from <= attempt.generation,
        }
    }

    /// Whether a prepared transaction holds the gate. `generation` matters only where each has gates of its own.
    pub(super) fn is_locked(&self, state: &State, gate: u8, generation: u8) -> bool {
        state.requests.iter().flat_map(|request| &request.attempts).any(|attempt| {
            let same_item = self.weakness != Weakness::GatesPerGeneration || attempt.generation == generation;
            attempt.prepared && attempt.gate == gate && same_item
        })
    }

    fn allows(&self, digest: Digest, scope: Scope) -> bool {
        let ending = if self.weakness == Weakness::EndingIgnored { 0 } else { digest.ending };
        Digest { ending, ..digest }.allows(scope)
    }

    /// A consistent read of the digest item, for a new request or for one that found its gate closed.
    pub(super) fn verify(&self, state: &mut State, number: usize) {
        let digest = state.digest;
        let allowed = self.allows(digest, self.requests[number]);
        let request = &mut state.requests[number];
        let unchanged = request.progress == Progress::FoundClosed && request.generation == digest.generation;
        if allowed && !unchanged {
            request.progress = Progress::Verified;
            request.generation = digest.generation;
        } else {
            let wrong = request.progress == Progress::FoundClosed && !request.was_disallowed;
            request.end(if allowed { Progress::Unavailable } else { Progress::Refused });
            state.note(Violation::WrongRefusal, wrong);
        }
    }

    /// The database evaluates the condition of an attempt, and locks its gate if it holds.
    pub(super) fn arrive(&self, state: &mut State, number: usize, attempt_number: usize) {
        let attempt = state.requests[number].attempts[attempt_number];
        let locked = self.is_locked(state, attempt.gate, attempt.generation);
        let open = self.lets_through(state, attempt);
        let request = &mut state.requests[number];
        let waits = request.waits_for(attempt_number);
        request.attempts[attempt_number].copies -= 1;
        if locked || !open {
            if waits {
                request.progress = if locked { Progress::Verified } else { Progress::FoundClosed };
            }
            request.forget_if_gone(attempt_number);
        } else {
            request.attempts[attempt_number].prepared = true;
        }
    }

    pub(super) fn commit(state: &mut State, number: usize, attempt_number: usize) {
        let request = &mut state.requests[number];
        let waits = request.waits_for(attempt_number);
        // The other copies have the same token, so they have no effect.
        let attempt = std::mem::take(&mut request.attempts[attempt_number]);
        if waits {
            request.end(Progress::Succeeded);
        }
        state.note(Violation::CommitAfterAnswer, attempt.generation < state.promised);
        state.note(Violation::CommitAfterRevocation, state.digest.revoked);
    }

    pub(super) fn cancel(state: &mut State, number: usize, attempt_number: usize) {
        let request = &mut state.requests[number];
        if request.waits_for(attempt_number) {
            request.progress = Progress::Verified;
        }
        request.attempts[attempt_number].prepared = false;
        request.forget_if_gone(attempt_number);
    }
}

impl Request {
    /// An attempt that can have no more effect is as good as none.
    fn forget_if_gone(&mut self, attempt: usize) {
        let attempt = &mut self.attempts[attempt];
        if attempt.copies == 0 && !attempt.prepared {
            *attempt = Attempt::default();
        }
    }
}
