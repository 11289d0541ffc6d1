//! The rules for changes of accounts. They are pure, so that every API applies the same rules.

use thiserror::Error;

use super::{Account, AccountEdit, AccountState, Changer, Power, Role};
use crate::{
    audit::{Action, Details, EmailChange},
    identifiers::KeyId,
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
    /// Take back that this key suspended the account at this time or later. If nobody else wants the account to be
    /// suspended, or did before the key unsuspended it since then, this unsuspends it.
    Undo {
        /// The key.
        key: KeyId,
        /// The inclusive start.
        since: Timestamp,
        /// The event of the undo.
        undo_id: String,
    },
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

    /// Notes the event of a suspension in the account, if the change suspended it.
    pub fn note_suspension(&mut self, event_id: &str) {
        if let Self::Changed(account) = self {
            account.suspended_by.note_event(event_id);
        }
    }
}

impl Account {
    /// The account after the change.
    ///
    /// A suspension also voids sessions that began in the same second, because `auth_time` has whole seconds. Whoever
    /// suspends a suspended account becomes one of its suspenders.
    pub fn after(
        &self,
        change: &AccountChange,
        who: &Changer,
        now: Timestamp,
    ) -> Result<After, ChangeRefused> {
        let mut after = self.clone();
        match change {
            AccountChange::Suspend => after.set_state(AccountState::Suspended, who, now),
            AccountChange::Unsuspend => after.set_state(AccountState::Active, who, now),
            AccountChange::SetRole(role) => after.role = *role,
            AccountChange::Edit(edit) => after.apply(edit, who, now),
            AccountChange::Undo { key, since, .. } => {
                after.suspended_by.withdraw(key, *since);
                if after.suspended_by.is_empty() {
                    after.set_state(AccountState::Active, who, now);
                }
            }
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
        let protected = who.power() == Power::Key && self.role == Role::CompanyAdmin;
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
            (AccountState::Suspended, AccountState::Suspended)
                if self.suspended_by.lost_one(&after.suspended_by) =>
            {
                actions.push(Action::WithdrawSuspension);
            }
            // Whoever suspends a suspended account becomes one of its suspenders, without an event.
            (AccountState::Active, AccountState::Active)
            | (AccountState::Suspended, AccountState::Suspended) => {}
        }
        actions
    }

    /// The details of an event about this change.
    #[must_use]
    pub fn details(&self, change: &AccountChange, after: &After, action: Action) -> Details {
        let mut details = Details::default();
        match change {
            AccountChange::Edit(edit) => details.left_alone.clone_from(&edit.left_alone),
            AccountChange::Undo { undo_id, .. } => details.undo = Some(undo_id.clone()),
            AccountChange::Suspend
            | AccountChange::Unsuspend
            | AccountChange::SetRole(_)
            | AccountChange::Delete => {}
        }
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

    pub(super) fn set_state(&mut self, state: AccountState, who: &Changer, now: Timestamp) {
        if self.state != state {
            self.state = state;
            match state {
                AccountState::Suspended => {
                    self.suspended_at = Some(now);
                    self.sessions_not_before = Some(now.seconds() + 1);
                }
                AccountState::Active => {
                    self.suspended_at = None;
                    self.suspended_by.end(who, now);
                }
            }
        }
        if state == AccountState::Suspended {
            self.suspended_by.join(who, now);
        }
    }
}

#[cfg(test)]
mod tests;
