//! Who wants an account to be suspended.
//!
//! A suspension can have several causes: a directory says that a person has left, and a stolen key suspends everybody.
//! The account keeps each of them, so that taking back one leaves the others: the account stays suspended as long as
//! somebody else wants it to be.

mod former;

use super::Power;
use crate::{
    identifiers::{AccountId, KeyId},
    time::Timestamp,
};

pub use former::{FormerSuspender, FormerSuspenders};

/// Who changes an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changer {
    /// A machine, with any secret of this key.
    Key(KeyId),
    /// A Company Administrator.
    Account(AccountId),
    /// One of the people who run the service, by the name that they gave.
    Operator(String),
}

impl Changer {
    /// The authority to change accounts.
    #[must_use]
    pub const fn power(&self) -> Power {
        match self {
            Self::Key(_) => Power::Key,
            Self::Account(_) | Self::Operator(_) => Power::Administrator,
        }
    }
}

/// Somebody who suspended the account, or said that it is to stay suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspender {
    /// Who.
    pub who: Changer,
    /// When they first said so during this suspension.
    pub at: Timestamp,
    /// The event of the suspension. Absent if the account was suspended already.
    pub event_id: Option<String>,
}

/// What an undo of a key's suspensions does with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoEffect {
    /// Nothing: the key doesn't want it to be suspended, or said so earlier.
    Nothing,
    /// It unsuspends the account, because nobody else wants it to be suspended.
    Unsuspends,
    /// It takes the key's suspension back, but somebody else wants the account to be suspended.
    StaysSuspended,
}

/// Everybody who wants a suspended account to be suspended. While the account is active, there is nobody but the former ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspenders {
    known: Vec<Suspender>,
    /// Whether there are more than the known ones. Nobody can take their suspension back but by unsuspending.
    others: bool,
    /// Those who wanted it until a key unsuspended the account. An undo of that key makes them suspenders again.
    former: Option<FormerSuspenders>,
}

impl Suspenders {
    /// The maximum number of known suspenders.
    pub const MOST: usize = 8;

    /// These suspenders, as they were stored for a suspended account. If there are none, the suspension is from before they
    /// were recorded. Then others want it.
    #[must_use]
    pub fn of_suspension(mut known: Vec<Suspender>, others: bool) -> Self {
        let are_more = known.len() > Self::MOST;
        known.truncate(Self::MOST);
        let others = others || are_more || known.is_empty();
        Self { known, others, former: None }
    }

    /// These suspenders, and the former ones.
    #[must_use]
    pub fn with_former(self, former: Option<FormerSuspenders>) -> Self {
        Self { former, ..self }
    }

    /// The former suspenders, if a key unsuspended the account.
    #[must_use]
    pub fn former(&self) -> Option<&FormerSuspenders> {
        self.former.as_ref()
    }

    /// The known suspenders, in the order in which they came.
    #[must_use]
    pub fn known(&self) -> &[Suspender] {
        &self.known
    }

    /// Whether there are more.
    #[must_use]
    pub fn others(&self) -> bool {
        self.others
    }

    /// Whether nobody wants the account to be suspended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && !self.others
    }

    /// What an undo of this key's suspensions since this time would do.
    #[must_use]
    pub fn undo(&self, key: &KeyId, since: Timestamp) -> UndoEffect {
        let after = self.after_undo(key, since);
        match (after == *self, after.is_empty()) {
            (true, _) => UndoEffect::Nothing,
            (false, true) => UndoEffect::Unsuspends,
            (false, false) => UndoEffect::StaysSuspended,
        }
    }

    /// Who would still want the account to be suspended after an undo of this key's suspensions since this time.
    #[must_use]
    pub fn after_undo(&self, key: &KeyId, since: Timestamp) -> Self {
        let mut after = self.clone();
        after.withdraw(key, since);
        after
    }

    /// Adds who says that the account is to be suspended. Whoever said so already counts from the first time.
    pub(super) fn join(&mut self, who: &Changer, at: Timestamp) {
        if self.known.iter().any(|suspender| suspender.who == *who) {
            return;
        }
        if self.known.len() == Self::MOST {
            self.others = true;
        } else {
            self.known.push(Suspender { who: who.clone(), at, event_id: None });
        }
    }

    /// Takes back that this key wants the suspension since this time or later. If the key also unsuspended the account since
    /// then, those who wanted the suspension before want it again.
    pub(super) fn withdraw(&mut self, key: &KeyId, since: Timestamp) {
        let before = self.known.len();
        self.known.retain(|suspender| !is_of_key_since(suspender, key, since));
        if self.known.len() == before {
            return;
        }
        if let Some(former) = self.former.as_mut().filter(|former| former.key() == key) {
            let (standing, others) = former.take_standing(since);
            self.others |= others;
            self.former.take_if(|former| former.is_empty());
            for suspender in standing {
                self.restore(suspender);
            }
        }
    }

    /// Adds a former suspender. The first time that they said so counts.
    fn restore(&mut self, former: Suspender) {
        match self.known.iter().position(|suspender| suspender.who == former.who) {
            Some(place) if self.known[place].at <= former.at => return,
            Some(place) => self.known[place] = former,
            None if self.known.len() == Self::MOST => self.others = true,
            None => self.known.push(former),
        }
        self.known.sort_by_key(|suspender| suspender.at);
    }

    /// Ends the suspension. If a key does this, an undo of the key can need to know who wanted the suspension.
    pub(super) fn end(&mut self, who: &Changer, now: Timestamp) {
        let ended = std::mem::take(self);
        let Changer::Key(key) = who else { return };
        let of_key = |former: &FormerSuspenders| former.key() == key;
        let mut former = ended.former.clone().filter(of_key);
        former.get_or_insert_with(|| FormerSuspenders::of_key(key.clone(), Vec::new(), None)).add(ended, now);
        self.former = former;
    }

    /// Whether one of these suspensions isn't among the later ones.
    pub(super) fn lost_one(&self, later: &Self) -> bool {
        let remains = |suspender: &Suspender| {
            later.known.iter().any(|later| later.who == suspender.who && later.at == suspender.at)
        };
        !self.known.iter().all(remains)
    }

    /// Notes the event of a suspension that has just begun.
    pub fn note_event(&mut self, event_id: &str) {
        if let [first] = &mut self.known[..] {
            first.event_id = Some(event_id.to_owned());
        }
    }
}

fn is_of_key_since(suspender: &Suspender, key: &KeyId, since: Timestamp) -> bool {
    matches!(&suspender.who, Changer::Key(id) if id == key) && suspender.at >= since
}

#[cfg(test)]
mod tests;
