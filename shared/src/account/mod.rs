//! Accounts: the members of a company, and the rules by which they change.

mod change;

use std::{collections::BTreeSet, fmt};

use crate::{
    clock::Timestamp,
    company::{CompanyId, is_identifier},
    text::{deceptive, is_deceptive, spaces},
};
pub use change::{AccountChange, AccountEdit, After, ChangeRefused, Edit, Power};

/// Identifies an account in its company; opaque and immutable. 1 to 64 of `0-9A-Za-z-_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Most characters of an address (RFC 5321 §4.5.3.1 allows 64 before and 255 after the `@`).
    pub const LENGTH: usize = 320;

    /// A regular expression for what [`Email::parse`] reads, but for the length in bytes; spaces around it are allowed.
    pub const PATTERN: &str = concat!(
        "^[",
        spaces!(),
        "]*[^",
        deceptive!(),
        spaces!(),
        "]+@[^@",
        deceptive!(),
        spaces!(),
        "]+[",
        spaces!(),
        "]*$"
    );

    /// Something before an `@` and something after it, without spaces or deceptive characters.
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
            /// Most bytes.
            pub const LENGTH: usize = $length;

            /// Any text that isn't empty, without deceptive characters and without spaces around it.
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
    /// What a directory calls an account (SCIM `userName`, RFC 7643 §4.1.1); often the email address. Compared as
    /// addresses are, and unique in the company together with them: a name or an address leads to one account.
    UserName, 320;
    /// A directory's own identifier of an account (SCIM `externalId`, RFC 7643 §3.1); unique in the company, compared as
    /// it is.
    ExternalId, 512;
}

impl UserName {
    /// The form by which names are compared: ASCII letters in lower case, nothing else changed.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_label(text: &str, length: usize) -> bool {
    (1..=length).contains(&text.len()) && text.trim() == text && !text.chars().any(is_deceptive)
}

/// The names of a person. At least one of them is what people call them; without any it is the email address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The name as it is shown.
    pub display: Option<String>,
    /// The whole name, formatted.
    pub formatted: Option<String>,
    /// The first name.
    pub given: Option<String>,
    /// The last name.
    pub family: Option<String>,
}

impl Names {
    /// Nothing but a name to show.
    #[must_use]
    pub fn shown_as(name: String) -> Self {
        Self { display: Some(name), ..Self::default() }
    }
}

/// What an account may do in its company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing beyond the product itself.
    Member,
    /// Manages the company.
    CompanyAdmin,
}

impl Role {
    /// The role as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::CompanyAdmin => "company_admin",
        }
    }

    /// The role with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Member, Self::CompanyAdmin].into_iter().find(|role| role.id() == id)
    }
}

/// Whether an account works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// The account works.
    Active,
    /// The account can't sign in or act.
    Suspended,
}

impl AccountState {
    /// The state as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The state with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|state| state.id() == id)
    }
}

/// How a request names an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRef {
    /// By its identifier.
    Id(AccountId),
    /// By its email address, or by its user name where that looks like one.
    Email(Email),
    /// By its user name, or by its email address.
    UserName(UserName),
    /// By its directory's identifier.
    ExternalId(ExternalId),
}

impl AccountRef {
    /// A regular expression for what [`AccountRef::parse`] reads, but for lengths in bytes.
    pub const PATTERN: &str = concat!(
        "^([A-Za-z0-9_-]{1,64}|[^",
        deceptive!(),
        spaces!(),
        "]+@[^@",
        deceptive!(),
        spaces!(),
        "]+)$"
    );

    /// Reads an account ID, or an email address where there is an `@`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains('@') {
            Email::parse(text).map(Self::Email)
        } else {
            AccountId::parse(text).map(Self::Id)
        }
    }

    /// The text by which the account is named, as it is compared.
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

/// A member of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The company.
    pub company_id: CompanyId,
    /// Identifies the account.
    pub id: AccountId,
    /// Unique in the company.
    pub email: Email,
    /// What a directory calls the account, where that isn't the email address.
    pub user_name: Option<UserName>,
    /// A directory's own identifier.
    pub external_id: Option<ExternalId>,
    /// The person's names.
    pub names: Names,
    /// What they may do.
    pub role: Role,
    /// Whether they may do anything.
    pub state: AccountState,
    /// When they were suspended, if they are.
    pub suspended_at: Option<Timestamp>,
    /// Sessions that began earlier are void; in seconds, as `auth_time` is. Set by every suspension.
    pub sessions_not_before: Option<i64>,
    /// The sign-ins that are bound to the account, as they are stored.
    pub identities: Vec<String>,
    /// When the account was made; unknown of those from before this was noted.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub modified_at: Option<Timestamp>,
    /// Grows by one with every change: what was read is what is changed. It starts at [`crate::key::first_version`], so that
    /// an account that is deleted and created again under the same ID never has a version of the old one.
    pub version: u64,
}

impl Account {
    /// A new account, active.
    #[must_use]
    pub fn new(
        company_id: CompanyId,
        id: AccountId,
        email: Email,
        names: Names,
        role: Role,
        first_version: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            company_id,
            id,
            email,
            user_name: None,
            external_id: None,
            names,
            role,
            state: AccountState::Active,
            suspended_at: None,
            sessions_not_before: None,
            identities: Vec::new(),
            created_at: Some(now),
            modified_at: Some(now),
            version: first_version,
        }
    }

    /// What people call them: the name to show, the whole name, its parts, or the email address.
    #[must_use]
    pub fn name(&self) -> String {
        let Names { display, formatted, given, family } = &self.names;
        let parts: Vec<&str> = given.iter().chain(family).map(String::as_str).collect();
        let whole = display.clone().or_else(|| formatted.clone());
        whole.unwrap_or_else(|| if parts.is_empty() { self.email.to_string() } else { parts.join(" ") })
    }

    /// What a directory calls the account.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.user_name.as_ref().map_or(self.email.as_str(), UserName::as_str)
    }

    /// The names that lead to this account and to no other of its company, folded: address and user name.
    #[must_use]
    pub fn claims(&self) -> BTreeSet<String> {
        [self.email.folded(), self.user_name().to_ascii_lowercase()].into()
    }

    /// Whether the account is the one that is named so.
    #[must_use]
    pub fn is(&self, account: &AccountRef) -> bool {
        match account {
            AccountRef::Id(id) => self.id == *id,
            AccountRef::Email(email) => self.claims().contains(&email.folded()),
            AccountRef::UserName(name) => self.claims().contains(&name.folded()),
            AccountRef::ExternalId(id) => self.external_id.as_ref() == Some(id),
        }
    }

    /// Whether the account counts as an active Company Administrator.
    #[must_use]
    pub fn is_active_administrator(&self) -> bool {
        self.role == Role::CompanyAdmin && self.state == AccountState::Active
    }

    /// Whether a session that began at `auth_time` (seconds since the epoch) began late enough. One from before the account
    /// was created is that of a deleted account with the same ID.
    #[must_use]
    pub fn admits(&self, auth_time: i64) -> bool {
        self.sessions_not_before.is_none_or(|earliest| auth_time >= earliest)
            && self.created_at.is_none_or(|created| auth_time >= created.seconds())
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
