//! Who created, rotated or revoked a key.

use crate::{
    identifiers::{AccountId, Email},
    leaks::Reporter,
};

/// The person who created or revoked a key, as they were at the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account_id: AccountId,
    /// Its email address at the time.
    pub email: Email,
}

/// Who made a secret, or ended a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyActor {
    /// A Company Administrator.
    Person(Person),
    /// The key itself.
    Itself,
    /// Somebody who found the key and reported it.
    Reporter(Reporter),
}

impl KeyActor {
    /// The person, if it was one.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Itself | Self::Reporter(_) => None,
        }
    }

    /// Whether it was the key itself.
    #[must_use]
    pub fn is_itself(&self) -> bool {
        matches!(self, Self::Itself)
    }

    /// The reporter, if it was one.
    #[must_use]
    pub fn reporter(&self) -> Option<Reporter> {
        match self {
            Self::Reporter(reporter) => Some(*reporter),
            Self::Person(_) | Self::Itself => None,
        }
    }
}
