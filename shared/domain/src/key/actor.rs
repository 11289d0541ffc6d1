//! Who created, rotated or revoked a key.

use crate::identifiers::{AccountId, Email};

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
}

impl KeyActor {
    /// The person, unless it was the key itself.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Itself => None,
        }
    }

    /// Whether it was the key itself.
    #[must_use]
    pub fn is_itself(&self) -> bool {
        matches!(self, Self::Itself)
    }
}
