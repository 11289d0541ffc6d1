//! The rules for changes of accounts. They are pure, so that every API applies the same rules.

use thiserror::Error;

use super::{Account, AccountEdit, AccountState, Power, Role};
use crate::{
    audit::{Action, Details, EmailChange},
    time::Timestamp,
};

/// A change to an account.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// Suspend the account.
    Suspend,
    /// Unsuspend the account.
    Unsuspend,
    /// Change the role.
    SetRole(Role),
    /// Change the attributes that a directory manages.
    Edit(AccountEdit),
    /// Delete the account permanently.
    Delete,
}

/// The reason why a change is refused, whatever the state of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChangeRefused {
    /// A key may not unsuspend, delete or re-identify a Company Administrator.
    #[error("Company Administrators are protected from API keys")]
    AdministratorProtected,
}

/// The result of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The account is unchanged.
    Same,
    /// The account was changed.
    Changed(Box<Account>),
    /// The account was deleted.
    Deleted,
}

impl After {
    /// The account after the change, or nothing if it is unchanged.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Changed(account) => Some(account),
            Self::Same | Self::Deleted => None,
        }
    }
}

impl Account {
    /// The account after the change.
    ///
    /// A suspension also voids sessions that began in the same second, because `auth_time` has whole seconds.
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
            AccountChange::Delete => After::Deleted,
            _ if after == *self => After::Same,
            _ => {
                (after.version, after.modified_at) = (self.version + 1, Some(now));
                After::Changed(Box::new(after))
            }
        };
        let protected = power == Power::Key && self.role == Role::CompanyAdmin;
        if protected && self.grants_authority(&after) {
            return Err(ChangeRefused::AdministratorProtected);
        }
        Ok(after)
    }

    /// Whether the change grants authority, passes the account's authority on to another person, or gives the account
    /// another name in the audit log. No key may do this to a Company Administrator. A first external ID only tells a
    /// directory who the person is and passes nothing on.
    #[must_use]
    pub fn grants_authority(&self, after: &After) -> bool {
        match after {
            After::Same => false,
            After::Deleted => true,
            After::Changed(after) => {
                let unsuspended =
                    self.state == AccountState::Suspended && after.state == AccountState::Active;
                let re_identified = (self.email.folded(), self.user_name().to_ascii_lowercase())
                    != (after.email.folded(), after.user_name().to_ascii_lowercase())
                    || self.external_id.is_some() && self.external_id != after.external_id;
                unsuspended || re_identified || self.names != after.names || after.role != self.role
            }
        }
    }

    /// The actions of the change. Each becomes an event.
    #[must_use]
    pub fn actions(&self, after: &After) -> Vec<Action> {
        let after = match after {
            After::Same => return Vec::new(),
            After::Deleted => return vec![Action::DeleteAccount],
            After::Changed(after) => after,
        };
        let mut actions = Vec::new();
        if !self.changed_attributes(after).is_empty() {
            actions.push(Action::UpdateAccount);
        }
        if self.role != after.role {
            actions.push(Action::ChangeRole);
        }
        match (self.state, after.state) {
            (AccountState::Active, AccountState::Suspended) => actions.push(Action::SuspendAccount),
            (AccountState::Suspended, AccountState::Active) => actions.push(Action::UnsuspendAccount),
            (AccountState::Active, AccountState::Active)
            | (AccountState::Suspended, AccountState::Suspended) => {}
        }
        actions
    }

    /// The details of an event about the change, which ignored these attributes.
    #[must_use]
    pub fn details(&self, after: &After, action: Action, left_alone: &[String]) -> Details {
        let mut details = Details { left_alone: left_alone.to_vec(), ..Details::default() };
        if let (Action::UpdateAccount, After::Changed(after)) = (action, after) {
            details.changed = self.changed_attributes(after).into_iter().map(Into::into).collect();
            if self.email != after.email {
                let (before, after) = (self.email.clone(), after.email.clone());
                details.email_change = Some(EmailChange { before, after });
            }
        }
        details
    }

    /// The attributes that a directory manages and that differ, by their SCIM names.
    fn changed_attributes(&self, after: &Self) -> Vec<&'static str> {
        let (had, has) = (&self.names, &after.names);
        let attributes = [
            ("userName", self.user_name() != after.user_name()),
            ("emails", self.email != after.email),
            ("externalId", self.external_id != after.external_id),
            ("displayName", had.display != has.display),
            ("name.formatted", had.formatted != has.formatted),
            ("name.givenName", had.given != has.given),
            ("name.familyName", had.family != has.family),
        ];
        attributes.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
    }

    pub(super) fn set_state(&mut self, state: AccountState, now: Timestamp) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{Edit, Names},
        identifiers::{AccountId, CompanyId, Email, ExternalId, UserName},
    };

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
                let mut admin = account(Role::CompanyAdmin, state);
                admin.external_id = ExternalId::parse("6");
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
        let renamed = AccountChange::Edit(AccountEdit { display: Edit::Set("Countess".into()), ..same });
        assert_eq!(admin.after(&renamed, Power::Key, NOW), Err(ChangeRefused::AdministratorProtected));
        let linked = AccountEdit {
            external_id: Edit::Set(ExternalId::parse("7").expect("an ID")),
            ..AccountEdit::default()
        };
        assert_eq!(edited(&admin, linked).external_id, ExternalId::parse("7"));
    }

    #[test]
    fn an_administrator_is_suspended_and_what_re_identifies_them_is_left_alone() {
        let mut admin = account(Role::CompanyAdmin, AccountState::Active);
        let edit = AccountEdit {
            state: Some(AccountState::Suspended),
            user_name: Some(user_name("grace@acme.example")),
            email: Some(email("ADA@acme.example")),
            external_id: Edit::Set(ExternalId::parse("7").expect("an ID")),
            display: Edit::Set("Countess".into()),
            left_alone: vec!["title".into()],
            ..AccountEdit::default()
        };
        let permitted = admin.permitted(&edit, Power::Key);
        assert_eq!(permitted.left_alone, ["title", "displayName", "userName"]);
        let after = edited(&admin, permitted);
        assert_eq!((after.state, after.name()), (AccountState::Suspended, "Ada".into()));
        assert_eq!((after.email.as_str(), after.user_name()), ("ada@acme.example", "ada@acme.example"));
        assert_eq!(after.external_id, ExternalId::parse("7"));
        // Another external ID would re-identify them.
        admin.external_id = ExternalId::parse("6");
        let permitted = admin.permitted(&edit, Power::Key);
        assert_eq!(permitted.left_alone, ["title", "displayName", "userName", "externalId"]);
        assert_eq!(edited(&admin, permitted).external_id, ExternalId::parse("6"));
        // For members, and for callers with more rights, the edit stays complete.
        assert_eq!(account(Role::Member, AccountState::Active).permitted(&edit, Power::Key), edit);
        assert_eq!(admin.permitted(&edit, Power::Administrator), edit);
    }

    #[test]
    fn events_say_what_changed_and_what_was_left_alone() {
        let ada = account(Role::Member, AccountState::Active);
        let edit = AccountEdit {
            state: Some(AccountState::Suspended),
            user_name: Some(user_name("a@acme.example")),
            given: Edit::Set("Augusta".into()),
            ..AccountEdit::default()
        };
        let after = ada.after(&AccountChange::Edit(edit), Power::Key, NOW).expect("allowed");
        let left_alone = ["title".to_owned()];
        let updated = ada.details(&after, Action::UpdateAccount, &left_alone);
        assert_eq!(updated.changed, ["userName", "emails", "name.givenName"]);
        let email_change = EmailChange { before: email("ada@acme.example"), after: email("a@acme.example") };
        assert_eq!((updated.email_change, updated.left_alone), (Some(email_change), left_alone.to_vec()));
        let suspended = ada.details(&after, Action::SuspendAccount, &left_alone);
        assert_eq!(suspended, Details { left_alone: left_alone.to_vec(), ..Details::default() });
    }

    #[test]
    fn an_equal_email_address_follows_the_user_name() {
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
