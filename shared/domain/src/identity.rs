//! Identities: the sign-ins of people.

use std::fmt;

/// A person's sign-in: the issuer and the subject of their tokens. An email address never identifies a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    issuer: String,
    subject: String,
}

impl Identity {
    /// The maximum number of sign-ins of an account. One transaction of at most 100 operations deletes the account with
    /// all of them.
    pub const PER_ACCOUNT: usize = 20;

    /// The maximum length of an issuer and of a subject, in characters (`OpenID` Connect Core §2 allows 255 for the
    /// latter).
    pub const LENGTH: usize = 255;

    /// A sign-in, or `None` if a part is empty or too long.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Option<Self> {
        let fits =
            |part: &str| (1..=Self::LENGTH).contains(&part.len()) && !part.chars().any(char::is_control);
        (fits(issuer) && fits(subject)).then(|| Self { issuer: issuer.into(), subject: subject.into() })
    }
}

/// The issuer's length comes first, so that two different sign-ins never give the same text.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.issuer.len(), self.issuer, self.subject)
    }
}
