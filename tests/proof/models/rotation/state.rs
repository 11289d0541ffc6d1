//! What the model knows at one moment.

/// The most secrets that a key ever has in a world.
pub(super) const SECRETS: usize = 4;

/// The second secret in the key's item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Second {
    /// It waits for its first use.
    New(usize),
    /// It was replaced. An administrator ended it in a generation, or it ends with time.
    Old(usize, Option<u8>),
}

impl Second {
    pub(super) fn secret(self) -> usize {
        match self {
            Self::New(secret) | Self::Old(secret, _) => secret,
        }
    }
}

/// The key's item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) version: u8,
    pub(super) current: usize,
    pub(super) second: Option<Second>,
    /// The revocations in progress, one bit for each operation.
    pub(super) ending: u8,
    pub(super) revoked: bool,
}

impl Key {
    /// The secrets that it has, except an old one that an administrator ended.
    pub(super) fn unended(self) -> impl Iterator<Item = usize> {
        let second = self.second.filter(|second| !matches!(second, Second::Old(_, Some(_))));
        std::iter::once(self.current).chain(second.map(Second::secret))
    }

    /// The secret that completing the rotation ends, or has ended.
    pub(super) fn completed(self) -> Option<usize> {
        self.second.map(|second| match second {
            Second::New(_) => self.current,
            Second::Old(old, _) => old,
        })
    }

    /// The old secret that an administrator ended, and its generation.
    pub(super) fn ended(self) -> Option<(usize, u8)> {
        match self.second {
            Some(Second::Old(secret, Some(generation))) => Some((secret, generation)),
            _ => None,
        }
    }
}

/// The company's item. Its maps of keys have one key at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Company {
    pub(super) frozen: bool,
    pub(super) plan_version: u8,
    /// Whether the key is not among the active ones any more.
    pub(super) released: bool,
    /// Whether the key is in the map of rotating keys.
    pub(super) has_second: bool,
    /// The number of rotations.
    pub(super) rotations: u8,
}

/// The digest item of a secret, and its gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "the service's item has an attribute for each")]
pub(super) struct Secret {
    pub(super) exists: bool,
    pub(super) unused: bool,
    /// It has an end in time,
    pub(super) replaced: bool,
    /// which has come.
    pub(super) timed_out: bool,
    /// An administrator ended it, or its key forgot it.
    pub(super) ended: bool,
    pub(super) frozen: bool,
    pub(super) ending: u8,
    pub(super) generation: u8,
    /// The least generation that its gate lets through.
    pub(super) gate: u8,
    /// The least generation whose writes may commit, as answers have promised.
    pub(super) promised: u8,
}

impl Secret {
    pub(super) fn lives(self) -> bool {
        self.exists && !self.ended && !self.timed_out
    }

    pub(super) fn admits(self) -> bool {
        self.lives() && !self.frozen && self.ending == 0
    }

    /// Begins a new generation.
    pub(super) fn begin_generation(&mut self) -> u8 {
        self.generation += 1;
        self.generation
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Rotate,
    Cancel,
    Complete,
    Revoke,
    Freeze,
    Release,
    /// A request with any secret that exists when it begins. The first use of a new secret is part of it.
    Write,
}

/// The next step of an operation. An operation that never takes it has crashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Step {
    #[default]
    Read,
    /// Raises gates, and then sends its transaction.
    RaiseFirst,
    Commit,
    /// Raises gates, and then answers.
    Raise,
    /// The last step of a revocation.
    Revoke,
    /// A request has verified its secret, which is new. It reads the key.
    ReadKey,
    UseFirst,
    Write,
    /// Answered with 200, or refused.
    End,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Operation {
    pub(super) step: Step,
    pub(super) sent: Sent,
    /// A copy of a transaction that was carried out is still on its way. What a change of the key or of the plan required
    /// once it was refused never holds again.
    pub(super) late: Option<Sent>,
}

/// What a transaction is based on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sent {
    /// What the operation read.
    pub(super) key: Key,
    pub(super) company: Company,
    /// The secret of a request, and the generation in which it was verified.
    pub(super) secret: usize,
    pub(super) generation: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) key: Key,
    pub(super) company: Company,
    pub(super) secrets: [Secret; SECRETS],
    pub(super) operations: Vec<Operation>,
    /// A write was committed after an answer that ended its secret or froze the key,
    pub(super) late_write: bool,
    /// or before the first use of its secret.
    pub(super) early_write: bool,
}

impl State {
    pub(super) fn living(&self) -> usize {
        self.secrets.iter().filter(|secret| secret.lives()).count()
    }
}
