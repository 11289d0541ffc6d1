//! Accounts: the members of a company, and the rules by which they change.

use std::fmt;

use crate::{
    clock::Timestamp,
    company::{CompanyId, is_identifier},
    text::is_deceptive,
};

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
    /// By its email address.
    Email(Email),
}

impl AccountRef {
    /// Reads an account ID, or an email address where there is an `@`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains('@') {
            Email::parse(text).map(Self::Email)
        } else {
            AccountId::parse(text).map(Self::Id)
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
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may do anything.
    pub state: AccountState,
    /// When they were suspended, if they are.
    pub suspended_at: Option<Timestamp>,
    /// Sessions that began earlier are void; in seconds, as `auth_time` is. Set by every suspension.
    pub sessions_not_before: Option<i64>,
    /// Counts the changes: what was read is what is changed.
    pub version: u64,
}

/// A change to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Take away every access.
    Suspend,
    /// Give it back.
    Unsuspend,
    /// Give another role.
    SetRole(Role),
}

/// On what authority a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// An API key: may suspend anybody, raises nobody.
    Key,
    /// A person who administers the company, or an operator.
    Administrator,
}

/// Why a change is refused whatever the state of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRefused {
    /// A key may not bring back a Company Administrator.
    AdministratorProtected,
}

impl Account {
    /// Whether the account counts as an active Company Administrator.
    #[must_use]
    pub fn is_active_administrator(&self) -> bool {
        self.role == Role::CompanyAdmin && self.state == AccountState::Active
    }

    /// Whether a session that began at `auth_time` (seconds since the epoch) began late enough.
    #[must_use]
    pub fn admits(&self, auth_time: i64) -> bool {
        self.sessions_not_before.is_none_or(|earliest| auth_time >= earliest)
    }

    /// The account after the change, or `None` where nothing changes.
    ///
    /// A suspension voids the sessions of the second in which it happens too: `auth_time` has whole seconds.
    pub fn after(
        &self,
        change: AccountChange,
        power: Power,
        now: Timestamp,
    ) -> Result<Option<Self>, ChangeRefused> {
        let mut after = self.clone();
        match change {
            AccountChange::Suspend if self.state == AccountState::Active => {
                after.state = AccountState::Suspended;
                after.suspended_at = Some(now);
                after.sessions_not_before = Some(now.seconds() + 1);
            }
            AccountChange::Unsuspend if self.state == AccountState::Suspended => {
                if power == Power::Key && self.role == Role::CompanyAdmin {
                    return Err(ChangeRefused::AdministratorProtected);
                }
                after.state = AccountState::Active;
                after.suspended_at = None;
            }
            AccountChange::SetRole(role) => after.role = role,
            AccountChange::Suspend | AccountChange::Unsuspend => {}
        }
        if after == *self {
            return Ok(None);
        }
        after.version += 1;
        Ok(Some(after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: Role, state: AccountState) -> Account {
        Account {
            company_id: CompanyId::parse("acme").expect("an ID"),
            id: AccountId::parse("ada").expect("an ID"),
            email: Email::parse("ada@acme.example").expect("an address"),
            name: "Ada".into(),
            role,
            state,
            suspended_at: None,
            sessions_not_before: None,
            version: 3,
        }
    }

    #[test]
    fn every_role_state_change_and_power() {
        use AccountChange::{Suspend, Unsuspend};
        use AccountState::{Active, Suspended};
        use Role::{CompanyAdmin, Member};
        let now = Timestamp::from_millis(1_999);
        for (role, state, change, power, expected) in [
            (Member, Active, Suspend, Power::Key, Ok(Some(Suspended))),
            (Member, Suspended, Suspend, Power::Key, Ok(None)),
            (Member, Suspended, Unsuspend, Power::Key, Ok(Some(Active))),
            (Member, Active, Unsuspend, Power::Key, Ok(None)),
            (CompanyAdmin, Active, Suspend, Power::Key, Ok(Some(Suspended))),
            (CompanyAdmin, Suspended, Unsuspend, Power::Key, Err(ChangeRefused::AdministratorProtected)),
            (CompanyAdmin, Active, Unsuspend, Power::Key, Ok(None)),
            (CompanyAdmin, Suspended, Unsuspend, Power::Administrator, Ok(Some(Active))),
        ] {
            let after = account(role, state).after(change, power, now);
            assert_eq!(
                after.map(|a| a.map(|a| a.state)),
                expected,
                "{role:?} {state:?} {change:?} {power:?}"
            );
        }
        let suspended =
            account(Member, Active).after(Suspend, Power::Key, now).expect("allowed").expect("changed");
        assert_eq!((suspended.sessions_not_before, suspended.version), (Some(2), 4));
    }

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
}
