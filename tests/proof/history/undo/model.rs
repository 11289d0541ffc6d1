//! One account: who wants it to be suspended.

use std::collections::BTreeMap;

use stateright::semantics::SequentialSpec;

/// A key or an administrator, by number.
pub(super) type Who = usize;

/// Who wants the account to be suspended, and whether they said so since the time of the undo. It is active if nobody does.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted(pub(super) BTreeMap<Who, bool>);

#[derive(Clone, Debug)]
pub(super) enum Op {
    Suspend(Who),
    Unsuspend,
    /// Takes back what this key suspended since a time.
    Undo(Who),
    /// Reads the item.
    Look,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ret {
    /// Whether the account is suspended now.
    State(bool),
    /// The same, and who is recorded.
    Item(bool, Vec<Who>),
}

impl SequentialSpec for Wanted {
    type Op = Op;
    type Ret = Ret;

    fn invoke(&mut self, op: &Op) -> Ret {
        match op {
            Op::Suspend(who) => drop(self.0.entry(*who).or_insert(true)),
            Op::Unsuspend => self.0.clear(),
            Op::Undo(key) => {
                if self.0.get(key) == Some(&true) {
                    self.0.remove(key);
                }
            }
            Op::Look => return Ret::Item(!self.0.is_empty(), self.0.keys().copied().collect()),
        }
        Ret::State(!self.0.is_empty())
    }
}
