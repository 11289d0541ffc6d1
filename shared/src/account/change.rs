//! The rules by which accounts change: pure, so that every door to a change keeps the same.

use super::{Account, AccountState, Email, ExternalId, Names, Role, UserName};
use crate::{audit::Action, clock::Timestamp};

/// A change to an account.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// Take away every access.
    Suspend,
    /// Give it back.
    Unsuspend,
    /// Give another role.
    SetRole(Role),
    /// Change what a directory says of the account.
    Edit(AccountEdit),
    /// Remove the account for ever.
    Delete,
}

/// What becomes of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
    /// It goes.
    Remove,
}

impl<T: Clone> Edit<T> {
    fn apply(&self, attribute: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Set(value) => *attribute = Some(value.clone()),
            Self::Remove => *attribute = None,
        }
    }
}

/// What a directory changes on an account: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountEdit {
    /// Suspends or unsuspends.
    pub state: Option<AccountState>,
    /// Another user name. An email address that was the same becomes the same again, if the name is an address and
    /// `email` says nothing else.
    pub user_name: Option<UserName>,
    /// Another email address.
    pub email: Option<Email>,
    /// The directory's own identifier.
    pub external_id: Edit<ExternalId>,
    /// The name to show.
    pub display: Edit<String>,
    /// The whole name, formatted.
    pub formatted: Edit<String>,
    /// The first name.
    pub given: Edit<String>,
    /// The last name.
    pub family: Edit<String>,
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
    /// A key may not bring back, delete or re-identify a Company Administrator.
    AdministratorProtected,
}

/// What a change leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The account as it was.
    Same,
    /// The account changed.
    Changed(Box<Account>),
    /// No account.
    Gone,
}

impl After {
    /// The account that there is, unless nothing changes.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Changed(account) => Some(account),
            Self::Same | Self::Gone => None,
        }
    }
}

impl Account {
    /// The account after the change.
    ///
    /// A suspension voids the sessions of the second in which it happens too: `auth_time` has whole seconds.
    pub fn after(
        &self,
        change: &AccountChange,
        power: Power,
        now: Timestamp,
    ) -> Result<After, ChangeRefused> {
        let mut after = self.clone();
        match change {
            AccountChange::Suspend => after.set_state(AccountState::Suspended, now),
            AccountChange::Unsuspend => after.set_state(AccountState::Active, now),
            AccountChange::SetRole(role) => after.role = *role,
            AccountChange::Edit(edit) => after.apply(edit, now),
            AccountChange::Delete => {}
        }
        let after = match change {
            AccountChange::Delete => After::Gone,
            _ if after == *self => After::Same,
            _ => {
                (after.version, after.modified_at) = (self.version + 1, Some(now));
                After::Changed(Box::new(after))
            }
        };
        let protected = power == Power::Key && self.role == Role::CompanyAdmin;
        if protected && self.is_raised_by(&after) {
            return Err(ChangeRefused::AdministratorProtected);
        }
        Ok(after)
    }

    /// Whether the change gives authority, or passes the account's authority on to whoever the account then stands
    /// for: what no key may do to a Company Administrator.
    #[must_use]
    pub fn is_raised_by(&self, after: &After) -> bool {
        match after {
            After::Same => false,
            After::Gone => true,
            After::Changed(after) => {
                let unsuspended =
                    self.state == AccountState::Suspended && after.state == AccountState::Active;
                let re_identified = (self.email.folded(), self.user_name().to_ascii_lowercase())
                    != (after.email.folded(), after.user_name().to_ascii_lowercase())
                    || self.external_id != after.external_id;
                unsuspended || re_identified || after.role != self.role
            }
        }
    }

    /// What the audit log says of the change; one event each.
    #[must_use]
    pub fn actions(&self, after: &After) -> Vec<Action> {
        let after = match after {
            After::Same => return Vec::new(),
            After::Gone => return vec![Action::DeleteAccount],
            After::Changed(after) => after,
        };
        let described = |account: &Self| {
            let Self { email, user_name, external_id, names, .. } = account.clone();
            (email, user_name, external_id, names)
        };
        let mut actions = Vec::new();
        if described(self) != described(after) {
            actions.push(Action::UpdateAccount);
        }
        if self.role != after.role {
            actions.push(Action::ChangeRole);
        }
        match (self.state, after.state) {
            (AccountState::Active, AccountState::Suspended) => actions.push(Action::SuspendAccount),
            (AccountState::Suspended, AccountState::Active) => actions.push(Action::UnsuspendAccount),
            _ => {}
        }
        actions
    }

    fn set_state(&mut self, state: AccountState, now: Timestamp) {
        if self.state == state {
            return;
        }
        self.state = state;
        match state {
            AccountState::Suspended => {
                self.suspended_at = Some(now);
                self.sessions_not_before = Some(now.seconds() + 1);
            }
            AccountState::Active => self.suspended_at = None,
        }
    }

    /// Applies what a directory says; for a new account too.
    pub fn apply(&mut self, edit: &AccountEdit, now: Timestamp) {
        if let Some(state) = edit.state {
            self.set_state(state, now);
        }
        let user_name = edit.user_name.as_ref().map_or(self.user_name(), UserName::as_str).to_owned();
        match (&edit.email, &self.user_name) {
            (Some(email), _) => self.email = email.clone(),
            (None, None) => self.email = Email::parse(&user_name).unwrap_or_else(|| self.email.clone()),
            (None, Some(_)) => {}
        }
        self.user_name = UserName::parse(&user_name).filter(|name| name.as_str() != self.email.as_str());
        edit.external_id.apply(&mut self.external_id);
        let Names { display, formatted, given, family } = &mut self.names;
        edit.display.apply(display);
        edit.formatted.apply(formatted);
        edit.given.apply(given);
        edit.family.apply(family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{account::AccountId, company::CompanyId};

    const NOW: Timestamp = Timestamp::from_millis(1_999);

    fn account(role: Role, state: AccountState) -> Account {
        let company_id = CompanyId::parse("acme").expect("an ID");
        let id = AccountId::parse("ada").expect("an ID");
        let names = Names::shown_as("Ada".into());
        let mut account = Account::new(
            company_id,
            id,
            email("ada@acme.example"),
            names,
            role,
            1,
            Timestamp::from_millis(0),
        );
        account.set_state(state, Timestamp::from_millis(0));
        account
    }

    fn email(text: &str) -> Email {
        Email::parse(text).expect("an address")
    }

    fn user_name(text: &str) -> UserName {
        UserName::parse(text).expect("a name")
    }

    fn edited(account: &Account, edit: AccountEdit) -> Account {
        let after = account.after(&AccountChange::Edit(edit), Power::Key, NOW).expect("allowed");
        after.account().unwrap_or(account).clone()
    }

    #[test]
    fn every_role_state_change_and_power() {
        use AccountChange::{Delete, Suspend, Unsuspend};
        use AccountState::{Active, Suspended};
        use Role::{CompanyAdmin, Member};
        let protected = Err(ChangeRefused::AdministratorProtected);
        for (role, state, change, power, expected) in [
            (Member, Active, Suspend, Power::Key, Ok(vec![Action::SuspendAccount])),
            (Member, Suspended, Suspend, Power::Key, Ok(vec![])),
            (Member, Suspended, Unsuspend, Power::Key, Ok(vec![Action::UnsuspendAccount])),
            (Member, Active, Unsuspend, Power::Key, Ok(vec![])),
            (Member, Active, Delete, Power::Key, Ok(vec![Action::DeleteAccount])),
            (CompanyAdmin, Active, Suspend, Power::Key, Ok(vec![Action::SuspendAccount])),
            (CompanyAdmin, Suspended, Unsuspend, Power::Key, protected.clone()),
            (CompanyAdmin, Active, Unsuspend, Power::Key, Ok(vec![])),
            (CompanyAdmin, Suspended, Unsuspend, Power::Administrator, Ok(vec![Action::UnsuspendAccount])),
            (CompanyAdmin, Suspended, Delete, Power::Key, protected),
        ] {
            let before = account(role, state);
            let actions = before.after(&change, power, NOW).map(|after| before.actions(&after));
            assert_eq!(actions, expected, "{role:?} {state:?} {change:?} {power:?}");
        }
        let before = account(Member, Active);
        let suspended = before.after(&Suspend, Power::Key, NOW).expect("allowed");
        let suspended = suspended.account().expect("changed");
        assert_eq!((suspended.sessions_not_before, suspended.version), (Some(2), 2));
    }

    #[test]
    fn a_key_changes_who_a_member_is_but_not_who_an_administrator_is() {
        let edits = [
            AccountEdit { user_name: Some(user_name("grace@acme.example")), ..AccountEdit::default() },
            AccountEdit { user_name: Some(user_name("ada")), ..AccountEdit::default() },
            AccountEdit { email: Some(email("grace@acme.example")), ..AccountEdit::default() },
            AccountEdit {
                external_id: Edit::Set(ExternalId::parse("7").expect("an ID")),
                ..AccountEdit::default()
            },
        ];
        for edit in edits {
            let change = AccountChange::Edit(edit);
            let member = account(Role::Member, AccountState::Active);
            let after = member.after(&change, Power::Key, NOW).expect("allowed");
            assert_eq!(member.actions(&after), [Action::UpdateAccount]);
            for state in [AccountState::Active, AccountState::Suspended] {
                let admin = account(Role::CompanyAdmin, state);
                let refused = admin.after(&change, Power::Key, NOW);
                assert_eq!(refused, Err(ChangeRefused::AdministratorProtected), "{change:?}");
            }
        }
        let admin = account(Role::CompanyAdmin, AccountState::Active);
        let same = AccountEdit {
            user_name: Some(user_name("ada@acme.example")),
            email: Some(email("ada@acme.example")),
            external_id: Edit::Remove,
            state: Some(AccountState::Active),
            ..AccountEdit::default()
        };
        let change = AccountChange::Edit(same.clone());
        assert_eq!(admin.after(&change, Power::Key, NOW), Ok(After::Same));
        let renamed = AccountEdit { display: Edit::Set("Countess".into()), ..same };
        assert_eq!(edited(&admin, renamed).name(), "Countess");
    }

    #[test]
    fn an_address_follows_the_user_name_it_was_the_same_as() {
        let ada = account(Role::Member, AccountState::Active);
        let renamed = edited(
            &ada,
            AccountEdit { user_name: Some(user_name("a@acme.example")), ..AccountEdit::default() },
        );
        assert_eq!((renamed.email.as_str(), renamed.user_name()), ("a@acme.example", "a@acme.example"));
        let login = edited(&ada, AccountEdit { user_name: Some(user_name("ada")), ..AccountEdit::default() });
        assert_eq!((login.email.as_str(), login.user_name()), ("ada@acme.example", "ada"));
        let moved = edited(
            &login,
            AccountEdit { user_name: Some(user_name("a@acme.example")), ..AccountEdit::default() },
        );
        assert_eq!((moved.email.as_str(), moved.user_name()), ("ada@acme.example", "a@acme.example"));
        let both =
            edited(&ada, AccountEdit { email: Some(email("b@acme.example")), ..AccountEdit::default() });
        assert_eq!((both.email.as_str(), both.user_name()), ("b@acme.example", "ada@acme.example"));
        assert_eq!(both.claims().len(), 2);
    }

    #[test]
    fn names_fall_back() {
        let mut ada = account(Role::Member, AccountState::Active);
        assert_eq!(ada.name(), "Ada");
        ada.names = Names { given: Some("Ada".into()), family: Some("Lovelace".into()), ..Names::default() };
        assert_eq!(ada.name(), "Ada Lovelace");
        ada.names.formatted = Some("Ada, Countess of Lovelace".into());
        assert_eq!(ada.name(), "Ada, Countess of Lovelace");
        ada.names = Names::default();
        assert_eq!(ada.name(), "ada@acme.example");
    }
}
