//! The identifiers of companies, accounts and keys: IDs, email addresses and user names.

use std::fmt;

use crate::{
    text::{deceptive, invisible, is_deceptive, is_invisible, showing, spaces},
    time::Timestamp,
    ulid,
};

/// Identifies a company: 1 to 64 of `0-9A-Za-z-_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CompanyId(String);

impl CompanyId {
    /// The identifier, if the text has its form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text).then(|| Self(text.into()))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether the text has the form of a company ID or an account ID.
fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Identifies an account in its company. Opaque and immutable. 1 to 64 of `0-9A-Za-z-_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// The identifier, if the text has its form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text).then(|| Self(text.into()))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An email address as it was entered. Compared by [`Email::folded`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The maximum length of an address, in bytes (RFC 5321 §4.5.3.1 allows 64 before and 255 after the `@`).
    pub const LENGTH: usize = 320;

    /// A regular expression for what [`Email::parse_new`] reads, except the length in bytes. It allows spaces around
    /// the address.
    pub const PATTERN: &str = concat!(
        "^[",
        spaces!(),
        "]*[^",
        deceptive!(),
        spaces!(),
        invisible!(),
        "]+@[^@",
        deceptive!(),
        spaces!(),
        invisible!(),
        "]+[",
        spaces!(),
        "]*$"
    );

    /// An address that an account may be given: one that [`Email::parse`] reads, without invisible characters.
    #[must_use]
    pub fn parse_new(text: &str) -> Option<Self> {
        Self::parse(text).filter(|_| !text.chars().any(is_invisible))
    }

    /// An address that an account may have: something before an `@` and something after it, without spaces or deceptive
    /// characters. Earlier releases accepted invisible characters, and such an account must still be found.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let fits = !local.is_empty() && !domain.is_empty() && text.len() <= Self::LENGTH;
        let clean = !text.chars().any(|c| c.is_whitespace() || is_deceptive(c));
        (fits && clean).then(|| Self(text.into()))
    }

    /// The address as it was entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which addresses are compared: ASCII letters in lower case, nothing else changed.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $name:ident, $length:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The maximum length in bytes.
            pub const LENGTH: usize = $length;

            /// Reads any text that isn't empty and has no deceptive characters and no spaces around it.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                is_label(text, Self::LENGTH).then(|| Self(text.into()))
            }

            /// The text as it was entered.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

labels! {
    /// A directory's name for an account (SCIM `userName`, RFC 7643 §4.1.1), often the email address. It is compared
    /// like an address. User names and addresses together are unique in the company, so each leads to one account.
    UserName, 320;
    /// A directory's own identifier of an account (SCIM `externalId`, RFC 7643 §3.1). It is unique in the company and
    /// compared exactly.
    ExternalId, 512;
}

impl UserName {
    /// A regular expression for the names that [`UserName::parse_new`] accepts. It allows spaces around the name, and it
    /// doesn't check the length in bytes.
    pub const PATTERN: &str = showing!(concat!(deceptive!(), invisible!()), "");

    /// A name that an account may be given: one that [`UserName::parse`] reads, without invisible characters except
    /// spaces.
    #[must_use]
    pub fn parse_new(text: &str) -> Option<Self> {
        Self::parse(text).filter(|_| !text.chars().any(|c| is_invisible(c) && !c.is_whitespace()))
    }

    /// The form by which names are compared: ASCII letters in lower case, nothing else changed.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_label(text: &str, length: usize) -> bool {
    (1..=length).contains(&text.len()) && text.trim() == text && !text.chars().any(is_deceptive)
}

/// The public identifier of a key: a ULID, so that keys sort by time of creation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The regular expression of a valid ID.
    pub const PATTERN: &str = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$";

    /// A new identifier for a key that is created at this time, with this randomness.
    #[must_use]
    pub fn new(now: Timestamp, random: u128) -> Self {
        Self(ulid::new(now, random))
    }

    /// The identifier, if the text is a ULID in its canonical form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        ulid::is_canonical(text).then(|| Self(text.into()))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A reference to an account in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRef {
    /// By its identifier.
    Id(AccountId),
    /// By its email address, or by its user name if that looks like an address.
    Email(Email),
    /// By its user name, or by its email address.
    UserName(UserName),
    /// By its external ID.
    ExternalId(ExternalId),
}

impl AccountRef {
    /// A regular expression for what [`AccountRef::parse`] reads, except lengths in bytes.
    pub const PATTERN: &str = concat!(
        "^([A-Za-z0-9_-]{1,64}|[^",
        deceptive!(),
        spaces!(),
        "]+@[^@",
        deceptive!(),
        spaces!(),
        "]+)$"
    );

    /// Reads an account ID, or an email address if the text has an `@`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains('@') {
            Email::parse(text).map(Self::Email)
        } else {
            AccountId::parse(text).map(Self::Id)
        }
    }

    /// The text that names the account, in the form that is compared.
    #[must_use]
    pub fn folded(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Email(email) => email.folded(),
            Self::UserName(name) => name.folded(),
            Self::ExternalId(id) => id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in
            ["a@b", "Ada.Lovelace+x@acme.example", "ünï@acme.example", "a/b@acme.example", "\"a@b\"@c"]
        {
            assert!(Email::parse(good).is_some(), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a b@c", "a\u{202E}@b", &format!("{}@b", "x".repeat(320))] {
            assert!(Email::parse(bad).is_none(), "{bad}");
        }
        for bad in [
            "a\u{200B}@b",
            "a\u{AD}b@c",
            "a@b\u{3164}",
            "a@b\u{E0061}",
            "a\u{2800}@b",
            "a\u{1D173}@b",
            "a\u{FFF9}@b",
        ] {
            assert!(Email::parse(bad).is_some() && Email::parse_new(bad).is_none(), "{bad:?}");
            assert!(UserName::parse(bad).is_some() && UserName::parse_new(bad).is_none(), "{bad:?}");
        }
        assert!(UserName::parse_new("Ada Lovelace").is_some());
        assert_eq!(Email::parse("ÜBER@Acme.Example").expect("an address").folded(), "Über@acme.example");
    }

    #[test]
    fn labels() {
        for good in ["a", "Ada Lovelace", "00u1-é", &"x".repeat(320)] {
            assert!(UserName::parse(good).is_some() && ExternalId::parse(good).is_some(), "{good}");
        }
        for bad in ["", " ", " a", "a ", "a\nb", "a\u{202E}b", &"x".repeat(513)] {
            assert!(UserName::parse(bad).is_none() && ExternalId::parse(bad).is_none(), "{bad}");
        }
    }
}
