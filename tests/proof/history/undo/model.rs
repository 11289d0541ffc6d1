//! One account: who wants it to be suspended.

use std::collections::BTreeMap;

use stateright::semantics::SequentialSpec;

/// A key or an administrator, by number.
pub(super) type Who = usize;

/// The keys are the first numbers.
pub(super) const KEYS: usize = 2;

/// Who wants the account to be suspended, and whether they said so since the time of the undo.
type Suspenders = BTreeMap<Who, bool>;

/// It is active if nobody wants it to be suspended.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    now: Suspenders,
    /// A key that unsuspended the account since the time of the undo, and who wanted the suspension then.
    former: Option<(Who, Suspenders)>,
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    Suspend(Who),
    Unsuspend(Who),
    /// Takes back what this key suspended since a time.
    Undo(Who),
    /// Reads the item, with the former suspenders or without.
    Look {
        former: bool,
    },
}

/// What the table has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) is_suspended: bool,
    pub(super) known: Vec<Who>,
    /// The key that unsuspended the account, and the former suspenders without the key's own suspensions.
    pub(super) former: Option<(Who, Vec<Who>)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ret {
    /// Whether the account is suspended now.
    State(bool),
    Item(Item),
}

impl Wanted {
    /// What these people and keys wanted before the time of the undo.
    pub(super) fn earlier(whom: impl IntoIterator<Item = Who>) -> Self {
        Self { now: whom.into_iter().map(|who| (who, false)).collect(), former: None }
    }

    fn unsuspend(&mut self, who: Who) {
        if self.now.is_empty() {
            return;
        }
        let ended = std::mem::take(&mut self.now);
        let former = self.former.take().filter(|(key, _)| *key == who);
        if who < KEYS {
            let (_, mut former) = former.unwrap_or((who, Suspenders::new()));
            add(&mut former, ended);
            // An undo of the key takes these back in any case.
            former.retain(|former, since| *former != who || !*since);
            self.former = Some((who, former));
        }
    }

    fn undo(&mut self, key: Who) {
        if self.now.get(&key) != Some(&true) {
            return;
        }
        self.now.remove(&key);
        if let Some((_, former)) = self.former.take_if(|(of, _)| *of == key) {
            add(&mut self.now, former);
        }
        if self.now.is_empty() {
            self.former = None;
        }
    }

    fn item(&self, with_former: bool) -> Item {
        let former = self.former.as_ref().filter(|_| with_former);
        Item {
            is_suspended: !self.now.is_empty(),
            known: self.now.keys().copied().collect(),
            former: former
                .map(|(key, former)| (*key, former.keys().copied().filter(|who| who != key).collect())),
        }
    }
}

/// The first time that they said so counts.
fn add(suspenders: &mut Suspenders, more: Suspenders) {
    for (who, since) in more {
        *suspenders.entry(who).or_insert(since) &= since;
    }
}

impl SequentialSpec for Wanted {
    type Op = Op;
    type Ret = Ret;

    fn invoke(&mut self, op: &Op) -> Ret {
        match op {
            Op::Suspend(who) => drop(self.now.entry(*who).or_insert(true)),
            Op::Unsuspend(who) => self.unsuspend(*who),
            Op::Undo(key) => self.undo(*key),
            Op::Look { former } => return Ret::Item(self.item(*former)),
        }
        Ret::State(!self.now.is_empty())
    }
}
