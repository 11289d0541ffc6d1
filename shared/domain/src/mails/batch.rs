//! The events that one mail is about.

use crate::{audit::Action, identifiers::AccountId};

/// How many events of an action a batch names. Further ones are only counted. Of a key that is used after its end, there are at
/// most 600 in an hour: one a minute for each of ten networks.
pub const NAMED: usize = 650;

/// An event about which people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// The event's identifier, a ULID.
    pub event_id: String,
    /// The action.
    pub action: Action,
    /// The person who caused it, if a person did.
    pub author: Option<AccountId>,
    /// What the mail says of it, in a form that only the mail's writer knows.
    pub data: String,
}

/// The events of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The action.
    pub action: Action,
    /// The first events that arrived, each with its author, at most [`NAMED`].
    pub named: Vec<(String, Option<AccountId>)>,
    /// How many more arrived. One that arrives twice is counted twice.
    pub more: u32,
    /// The latest event.
    pub latest: Happening,
    /// The latest event by anybody but the author of [`Group::latest`].
    pub other: Option<Happening>,
}

/// How many events there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// The number.
    pub number: usize,
    /// Whether there were more than that.
    pub is_more: bool,
}

/// What a person is told of the events of one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// The latest event.
    pub latest: &'a Happening,
    /// How many events there were.
    pub count: Count,
}

impl Group {
    fn of(happening: Happening) -> Self {
        let named = vec![(happening.event_id.clone(), happening.author.clone())];
        Self { action: happening.action, named, more: 0, latest: happening, other: None }
    }

    fn add(&mut self, happening: Happening) {
        if self.named.len() < NAMED {
            self.named.push((happening.event_id.clone(), happening.author.clone()));
        } else {
            self.more = self.more.saturating_add(1);
        }
        let is_by_same = happening.author == self.latest.author;
        if happening.event_id > self.latest.event_id {
            let before = std::mem::replace(&mut self.latest, happening);
            if !is_by_same {
                self.other = Some(before);
            }
        } else if !is_by_same && self.other.as_ref().is_none_or(|other| happening.event_id > other.event_id) {
            self.other = Some(happening);
        }
    }

    /// What a person is told who needs no mail about their own events.
    fn told_without(&self, person: &AccountId) -> Option<Told<'_>> {
        let is_own = |author: &Option<AccountId>| author.as_ref() == Some(person);
        let latest = [Some(&self.latest), self.other.as_ref()].into_iter().flatten();
        let latest = latest.into_iter().find(|latest| !is_own(&latest.author))?;
        let number = self.named.iter().filter(|(_, author)| !is_own(author)).count();
        Some(Told { latest, count: Count { number: number.max(1), is_more: self.more > 0 } })
    }

    fn told(&self) -> Told<'_> {
        Told { latest: &self.latest, count: Count { number: self.named.len(), is_more: self.more > 0 } }
    }
}

/// The events that one mail is about, by their actions, in the order in which they arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The events of each action.
    pub groups: Vec<Group>,
}

impl Batch {
    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The identifier that every copy of the mail has: that of the event that arrived first.
    #[must_use]
    pub fn id(&self) -> &str {
        self.event_ids().next().unwrap_or_default()
    }

    /// The identifiers of the events that it names.
    pub fn event_ids(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| group.named.iter().map(|(id, _)| id.as_str()))
    }

    pub(super) fn add(&mut self, happening: Happening) {
        match self.groups.iter_mut().find(|group| group.action == happening.action) {
            Some(group) => group.add(happening),
            None => self.groups.push(Group::of(happening)),
        }
    }

    /// What a person is told, the most serious of these actions first. Empty if they caused everything themselves and need no
    /// mail about that.
    #[must_use]
    pub fn told(&self, actions: &[Action], spared: Option<&AccountId>) -> Vec<Told<'_>> {
        let groups = actions.iter().filter_map(|action| self.groups.iter().find(|one| one.action == *action));
        groups
            .filter_map(|group| match spared {
                Some(person) => group.told_without(person),
                None => Some(group.told()),
            })
            .collect()
    }
}
