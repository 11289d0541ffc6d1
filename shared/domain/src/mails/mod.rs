//! Mails to Company Administrators: which events they are about, and which of them a person wants.

mod batch;
mod hour;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use crate::{
    audit::{Action, HeldBy},
    identifiers::KeyId,
};

pub use batch::{Batch, Count, Group, Happening, NAMED, Told};
pub use hour::{ATTEMPT, Ended, HOUR, MailState, PATIENCE, REMEMBERED, Sending};

/// A kind of mail. An administrator chooses for each kind whether to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailKind {
    /// A key stops working soon, or has stopped: it expires, or the key policy holds it.
    Expiring,
    /// Somebody found a key where others can read it, or a request contained one where it is often logged.
    Leaked,
    /// A revoked key, or a secret that a rotation ended, is still being used.
    UsedAfterEnd,
    /// A key suspended as many accounts as it may in an hour.
    SuspensionLimit,
    /// Somebody made a key or a new secret.
    MadeOrRotated,
    /// Nobody uses a key or the new secret of a rotation.
    Unused,
}

impl MailKind {
    /// Every kind, in the order in which people see them.
    pub const ALL: [Self; 6] = [
        Self::Expiring,
        Self::Leaked,
        Self::UsedAfterEnd,
        Self::SuspensionLimit,
        Self::MadeOrRotated,
        Self::Unused,
    ];

    /// The kind as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Expiring => "expiring",
            Self::Leaked => "leaked",
            Self::UsedAfterEnd => "used-after-end",
            Self::SuspensionLimit => "suspension-limit",
            Self::MadeOrRotated => "made-or-rotated",
            Self::Unused => "unused",
        }
    }

    /// The kind with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Whether an administrator who has chosen nothing gets mails of this kind.
    #[must_use]
    pub const fn is_default(self) -> bool {
        match self {
            Self::Expiring
            | Self::Leaked
            | Self::UsedAfterEnd
            | Self::SuspensionLimit
            | Self::MadeOrRotated => true,
            Self::Unused => false,
        }
    }

    /// The actions of the events that such a mail is about, the most serious first.
    #[must_use]
    pub const fn actions(self) -> &'static [Action] {
        match self {
            Self::Expiring => &[Action::ExpireApiKey, Action::HoldApiKey, Action::AnnounceApiKeyExpiry],
            // A key that was revoked no longer works, whatever was said of it before.
            Self::Leaked => &[Action::RevokeLeakedApiKey, Action::ReportLeakedApiKey, Action::ExposeApiKey],
            Self::UsedAfterEnd => &[Action::UseRevokedApiKey],
            Self::SuspensionLimit => &[Action::ReachSuspensionLimit],
            Self::MadeOrRotated => &[Action::CreateApiKey, Action::RotateApiKey],
            Self::Unused => &[Action::ReportUnusedApiKeySecret, Action::ReportUnusedApiKey],
        }
    }

    /// The kind of mail about such an event, if there is one. `held_by` says what holds the key of a [`Action::HoldApiKey`].
    #[must_use]
    pub fn of(action: Action, held_by: Option<HeldBy>) -> Option<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.actions().contains(&action))?;
        // An administrator who holds a key knows it.
        (action != Action::HoldApiKey || held_by == Some(HeldBy::Policy)).then_some(kind)
    }

    /// Whether the person who caused such an event needs no mail about it.
    #[must_use]
    pub const fn spares_its_author(self) -> bool {
        matches!(self, Self::MadeOrRotated)
    }
}

/// What mails are about: at most one an hour about the same topic of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTopic {
    /// The kind of mail.
    pub kind: MailKind,
    /// The key, if it is about one.
    pub key: Option<KeyId>,
}

impl MailTopic {
    /// Reads a topic as it is stored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, key) = text.split_once('#')?;
        let key = if key == "-" { None } else { Some(KeyId::parse(key)?) };
        Some(Self { kind: MailKind::from_id(kind)?, key })
    }
}

/// `expiring#01KDXJ7Q9W3T5V8YB2C4E6G8HA`, or `expiring#-` without a key.
impl fmt::Display for MailTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.kind.id(), self.key.as_ref().map_or("-", KeyId::as_str))
    }
}

/// What an administrator has chosen. A kind that is absent is as it is by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailChoices(BTreeMap<MailKind, bool>);

impl MailChoices {
    /// Whether the person wants mails of this kind.
    #[must_use]
    pub fn want(&self, kind: MailKind) -> bool {
        self.chosen(kind).unwrap_or(kind.is_default())
    }

    /// What the person has chosen for this kind, if anything.
    #[must_use]
    pub fn chosen(&self, kind: MailKind) -> Option<bool> {
        self.0.get(&kind).copied()
    }
}

impl FromIterator<(MailKind, bool)> for MailChoices {
    fn from_iter<I: IntoIterator<Item = (MailKind, bool)>>(chosen: I) -> Self {
        Self(chosen.into_iter().collect())
    }
}

#[cfg(test)]
mod kinds {
    use super::*;

    #[test]
    fn an_event_has_at_most_one_kind() {
        for action in Action::ALL {
            let kinds = MailKind::ALL.into_iter().filter(|kind| kind.actions().contains(&action));
            let kinds: Vec<_> = kinds.collect();
            assert!(kinds.len() <= 1, "{action:?}");
            assert_eq!(MailKind::of(action, Some(HeldBy::Policy)), kinds.first().copied());
        }
        for kind in MailKind::ALL {
            assert_eq!(MailKind::from_id(kind.id()), Some(kind));
            for key in [None, KeyId::parse("01KDXJ7Q9W3T5V8YB2C4E6G8HA")] {
                let topic = MailTopic { kind, key };
                assert_eq!(MailTopic::parse(&topic.to_string()), Some(topic));
            }
        }
        assert_eq!(MailKind::of(Action::SuspendAccount, None), None);
    }

    #[test]
    fn only_a_hold_by_the_policy_is_told() {
        assert_eq!(MailKind::of(Action::HoldApiKey, Some(HeldBy::Policy)), Some(MailKind::Expiring));
        assert_eq!(MailKind::of(Action::HoldApiKey, Some(HeldBy::Administrator)), None);
        assert_eq!(MailKind::of(Action::HoldApiKey, None), None);
    }

    #[test]
    fn a_choice_replaces_the_default_of_its_kind_alone() {
        let choices = MailChoices::from_iter([(MailKind::Expiring, false), (MailKind::Unused, true)]);
        let wanted: Vec<_> = MailKind::ALL.into_iter().filter(|kind| choices.want(*kind)).collect();
        assert_eq!(
            wanted,
            [
                MailKind::Leaked,
                MailKind::UsedAfterEnd,
                MailKind::SuspensionLimit,
                MailKind::MadeOrRotated,
                MailKind::Unused
            ]
        );
    }
}
