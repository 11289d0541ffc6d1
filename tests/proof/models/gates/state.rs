//! What the model knows at one moment.

/// The gates of a secret. The product has 16. Two are enough to find one closed and another still open.
pub(super) const GATES: u8 = 2;

/// The scope that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// A narrowing leaves this one.
    Remaining,
    /// A narrowing removes this one.
    Removed,
}

/// The digest item of a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Digest {
    /// Grows with each change that takes something away.
    pub(super) generation: u8,
    pub(super) narrowed: bool,
    pub(super) frozen: bool,
    pub(super) revoked: bool,
    /// The revocations in progress, one bit for each operation.
    pub(super) ending: u8,
}

impl Digest {
    /// Whether a verification admits a request that needs this scope.
    pub(super) fn allows(self, scope: Scope) -> bool {
        let in_grant = scope == Scope::Remaining || !self.narrowed;
        in_grant && !self.frozen && !self.revoked && self.ending == 0
    }

    /// Begins a new generation and returns it.
    pub(super) fn next_generation(&mut self) -> u8 {
        self.generation += 1;
        self.generation
    }
}

/// One attempt of a request to write: a transaction with a client token of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Attempt {
    /// The copies that are still on their way. The SDK repeats a call with the same token.
    pub(super) copies: u8,
    /// The condition held and the gate is locked. It will commit or be canceled.
    pub(super) prepared: bool,
    pub(super) gate: u8,
    pub(super) generation: u8,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Progress {
    #[default]
    NotBegun,
    /// It may send its next attempt.
    Verified,
    /// It waits for the response to its last attempt.
    Waiting,
    /// It found its gate closed.
    FoundClosed,
    Succeeded,
    /// The key doesn't allow it.
    Refused,
    /// Its gate was closed, but the generation is the one that it has (503).
    Unavailable,
}

/// A write with the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) progress: Progress,
    /// The generation that was read by the last verification.
    pub(super) generation: u8,
    /// The attempts sent so far.
    pub(super) attempts: Vec<Attempt>,
    /// At some moment since it began, the key did not allow it.
    pub(super) was_disallowed: bool,
}

impl Request {
    /// Whether it has begun and has no response yet.
    pub(super) fn runs(&self) -> bool {
        matches!(self.progress, Progress::Verified | Progress::Waiting | Progress::FoundClosed)
    }

    /// Whether it waits for this attempt. The response to an earlier one is ignored.
    pub(super) fn waits_for(&self, attempt: usize) -> bool {
        self.progress == Progress::Waiting && attempt + 1 == self.attempts.len()
    }

    /// It has its response. From now on it does not matter whether it was disallowed, so forgetting it saves states.
    pub(super) fn end(&mut self, progress: Progress) {
        self.progress = progress;
        self.was_disallowed = false;
    }
}

/// What somebody wants to do to the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// By an administrator, who can lose the authority for it.
    Revoke,
    /// A plan change that holds the key.
    Freeze,
    /// A plan change that releases it.
    Unfreeze,
    /// Removes [`Scope::Removed`].
    Narrow,
}

/// The next step of an operation. An operation that never takes it has crashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Step {
    #[default]
    Begin,
    ReadGeneration,
    RaiseGates,
    /// The transaction that revokes is on its way.
    AwaitTransaction,
    /// The authority was lost. The attempt has to leave `ending`.
    LeaveEnding,
    /// Answered with 200.
    Done,
    /// Answered with a refusal.
    Refused,
}

/// An operation of an administrator or operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Operation {
    pub(super) step: Step,
    /// The generation that the digest item had at its last step there. It raises the gates to it.
    pub(super) generation: u8,
    /// The gates that it still has to raise, one bit each.
    pub(super) unraised: u8,
    /// The copies of its revoking transaction that are still on their way.
    pub(super) copies: u8,
    /// A copy of the transaction that began its revocation is still on its way.
    pub(super) late_beginning: bool,
}

/// What must never happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Violation {
    CommitAfterAnswer,
    CommitAfterRevocation,
    WrongRefusal,
    GateFell,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) digest: Digest,
    /// How often the first administrator's authority has changed: it is lost after an odd number of changes.
    pub(super) authority_changes: u8,
    /// `from` of each gate.
    pub(super) gates: [u8; GATES as usize],
    pub(super) requests: Vec<Request>,
    pub(super) operations: Vec<Operation>,
    /// The highest generation that an answer of 200 has promised: no write that was verified before it commits.
    pub(super) promised: u8,
    pub(super) violations: Vec<Violation>,
}

impl State {
    /// Notes a violation. A second one of the same kind adds nothing.
    pub(super) fn note(&mut self, violation: Violation, happened: bool) {
        if happened && !self.violations.contains(&violation) {
            self.violations.push(violation);
        }
    }
}
