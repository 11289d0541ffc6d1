//! Identities: people's sign-ins.

use std::fmt;

/// A person's sign-in: the issuer and the subject of their tokens. An email address never decides who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    issuer: String,
    subject: String,
}

impl Identity {
    /// Most sign-ins of an account: it is deleted with all of them in one transaction, which has 100 operations at most.
    pub const PER_ACCOUNT: usize = 20;

    /// Most characters of an issuer, and of a subject (`OpenID` Connect Core §2 allows 255 for the latter).
    pub const LENGTH: usize = 255;

    /// A sign-in; `None` if a part is empty or too long.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Option<Self> {
        let fits =
            |part: &str| (1..=Self::LENGTH).contains(&part.len()) && !part.chars().any(char::is_control);
        (fits(issuer) && fits(subject)).then(|| Self { issuer: issuer.into(), subject: subject.into() })
    }
}

/// The issuer's length stands before it, so that no two sign-ins read alike.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.issuer.len(), self.issuer, self.subject)
    }
}
