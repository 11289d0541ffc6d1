//! Accounts: the members of a company, and the rules by which they change.

mod change;
mod edit;
mod suspender;

use std::collections::BTreeSet;

use crate::{
    audit::Affected,
    identifiers::{AccountId, AccountRef, CompanyId, Email, ExternalId, UserName},
    time::Timestamp,
};

pub use change::{AccountChange, After, ChangeRefused};
pub use edit::{AccountEdit, Edit, Identifying};
pub use suspender::{Changer, FormerSuspender, FormerSuspenders, Suspender, Suspenders, UndoEffect};

/// The names of a person. If all are absent, the email address is shown instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The name to show.
    pub display: Option<String>,
    /// The complete name, formatted.
    pub formatted: Option<String>,
    /// The first name.
    pub given: Option<String>,
    /// The last name.
    pub family: Option<String>,
}

impl Names {
    /// The names of a person with only one known name: the name to show, and a first and a last name derived from it,
    /// because Okta requires both.
    #[must_use]
    pub fn shown_as(name: String) -> Self {
        let (given, family) = split_name(&name);
        Self { given: Some(given), family: Some(family), display: Some(name), formatted: None }
    }

    /// These names. If only the name to show is known, a first and a last name are derived from it.
    #[must_use]
    pub fn completed(&self) -> Self {
        match self {
            Self { display: Some(display), formatted: None, given: None, family: None } => {
                Self::shown_as(display.clone())
            }
            _ => self.clone(),
        }
    }
}

/// Splits a name into a first and a last name. A name of one word is both.
fn split_name(name: &str) -> (String, String) {
    let name = name.trim();
    let (given, family) = name.rsplit_once(char::is_whitespace).unwrap_or((name, name));
    (given.trim_end().into(), family.into())
}

/// What an account may do in its company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// No rights to manage the company.
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

/// The authority of the caller who makes the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// An API key: may suspend any account, but gives nobody more authority.
    Key,
    /// A person who administers the company, or an operator.
    Administrator,
}

/// The state of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// The account can sign in and act.
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

/// A member of a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The company.
    pub company_id: CompanyId,
    /// Identifies the account.
    pub id: AccountId,
    /// The email address. Unique in the company.
    pub email: Email,
    /// The directory's name for the account, if it isn't the email address.
    pub user_name: Option<UserName>,
    /// A directory's own identifier.
    pub external_id: Option<ExternalId>,
    /// The person's names.
    pub names: Names,
    /// The account's role.
    pub role: Role,
    /// The account's state.
    pub state: AccountState,
    /// When the account was suspended. Present only while it is.
    pub suspended_at: Option<Timestamp>,
    /// Who wants the account to be suspended.
    pub suspended_by: Suspenders,
    /// Sessions that began earlier are void. In seconds, like `auth_time`. Every suspension sets it.
    pub sessions_not_before: Option<i64>,
    /// The sign-ins that are bound to the account, in their stored form.
    pub identities: Vec<String>,
    /// When the account was created. Absent in accounts from before this was recorded.
    pub created_at: Option<Timestamp>,
    /// When the account last changed.
    pub modified_at: Option<Timestamp>,
    /// Grows by one with every change, so that a write applies only to the version that was read. It starts at
    /// [`first_version`], so that an account that is deleted and created again under the same ID never has a version of
    /// the old one.
    pub version: u64,
}

impl Account {
    /// A new active account.
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
            suspended_by: Suspenders::default(),
            sessions_not_before: None,
            identities: Vec::new(),
            created_at: Some(now),
            modified_at: Some(now),
            version: first_version,
        }
    }

    /// The name to show: the display name, the formatted name, its parts, or the email address.
    #[must_use]
    pub fn name(&self) -> String {
        let Names { display, formatted, given, family } = &self.names;
        let parts: Vec<&str> = given.iter().chain(family).map(String::as_str).collect();
        let whole = display.clone().or_else(|| formatted.clone());
        whole.unwrap_or_else(|| if parts.is_empty() { self.email.to_string() } else { parts.join(" ") })
    }

    /// The directory's name for the account.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.user_name.as_ref().map_or(self.email.as_str(), UserName::as_str)
    }

    /// The folded names that identify this account in its company: address and user name.
    #[must_use]
    pub fn claims(&self) -> BTreeSet<String> {
        [self.email.folded(), self.user_name().to_ascii_lowercase()].into()
    }

    /// Whether this name refers to the account.
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

    /// Whether a session that began at `auth_time` (seconds since the epoch) began late enough. A session from before
    /// the account was created belongs to a deleted account with the same ID.
    #[must_use]
    pub fn admits(&self, auth_time: i64) -> bool {
        self.sessions_not_before.is_none_or(|earliest| auth_time >= earliest)
            && self.created_at.is_none_or(|created| auth_time >= created.seconds())
    }
}

impl From<&Account> for Affected {
    fn from(account: &Account) -> Self {
        Self::Account { id: account.id.clone(), email: account.email.clone(), name: Some(account.name()) }
    }
}

/// The first version of an account that is created now: its time in milliseconds, and 20 bits of this randomness. No
/// version of an earlier account with the same ID is as high, unless the earlier account changed a million times in a
/// millisecond.
#[must_use]
pub fn first_version(now: Timestamp, random: u32) -> u64 {
    const RANDOM_BITS: u32 = 20;
    u64::try_from(now.millis()).unwrap_or(0) << RANDOM_BITS | u64::from(random >> (u32::BITS - RANDOM_BITS))
}
