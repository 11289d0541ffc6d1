//! A directory's changes to an account. Everything is pure.

use super::{Account, AccountState, Changer, Names, Power, Role};
use crate::{
    identifiers::{Email, ExternalId, UserName},
    time::Timestamp,
};

/// How an edit changes an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// Keep the value.
    #[default]
    Keep,
    /// Set this value.
    Set(T),
    /// Remove the value.
    Remove,
    /// Remove the value, because a replacement omits it.
    Omitted,
}

impl<T: Clone + PartialEq> Edit<T> {
    /// Whether the edit would change an attribute that has this value.
    fn changes(&self, attribute: Option<&T>) -> bool {
        match self {
            // A replacement says nothing about omitted attributes.
            Self::Keep | Self::Omitted => false,
            Self::Set(value) => attribute != Some(value),
            Self::Remove => attribute.is_some(),
        }
    }

    fn apply(&self, attribute: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Set(value) => *attribute = Some(value.clone()),
            Self::Remove | Self::Omitted => *attribute = None,
        }
    }
}

/// A directory's changes to an account. An edit that suspends ignores the other changes that can't be made. Any other
/// edit is made completely or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountEdit {
    /// Suspends or unsuspends.
    pub state: Option<AccountState>,
    /// The new user name. If the old user name was the email address, the new one also becomes the email address,
    /// provided that it is an address and `email` is absent.
    pub user_name: Option<UserName>,
    /// The new email address.
    pub email: Option<Email>,
    /// The directory's own identifier.
    pub external_id: Edit<ExternalId>,
    /// The name to show.
    pub display: Edit<String>,
    /// The complete name, formatted.
    pub formatted: Edit<String>,
    /// The first name.
    pub given: Edit<String>,
    /// The last name.
    pub family: Edit<String>,
    /// The attributes that the directory named and the service ignores, by their SCIM names.
    pub left_alone: Vec<String>,
}

/// An attribute by which an account is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identifying {
    /// The user name.
    UserName,
    /// The email address.
    Email,
    /// The directory's identifier.
    ExternalId,
}

impl AccountEdit {
    /// Whether the directory says that the person has left. Then no other part of the edit may prevent the suspension.
    #[must_use]
    pub fn suspends(&self) -> bool {
        self.state == Some(AccountState::Suspended)
    }

    /// The same edit without the removals of omitted attributes.
    #[must_use]
    pub fn without_omissions(mut self) -> Self {
        for name in [&mut self.display, &mut self.formatted, &mut self.given, &mut self.family] {
            if *name == Edit::Omitted {
                *name = Edit::Keep;
            }
        }
        self
    }

    /// Removes an attribute from the edit, and records that it is left alone.
    pub fn leave_alone(&mut self, attribute: Identifying) {
        let name = match attribute {
            Identifying::UserName => {
                self.user_name = None;
                "userName"
            }
            Identifying::Email => {
                self.email = None;
                "emails"
            }
            Identifying::ExternalId => {
                self.external_id = Edit::Keep;
                "externalId"
            }
        };
        self.note_left_alone(name);
    }

    fn note_left_alone(&mut self, name: &str) {
        if !self.left_alone.iter().any(|noted| noted == name) {
            self.left_alone.push(name.into());
        }
    }
}

impl Account {
    /// The part of an edit that a caller with this power may make to this account. A key can't change the names of a
    /// Company Administrator, because they appear in the audit log. If the edit suspends an administrator, changes that
    /// would re-identify them are ignored. Otherwise they stay in the edit, and [`Account::after`] refuses it.
    #[must_use]
    pub fn permitted(&self, edit: &AccountEdit, power: Power) -> AccountEdit {
        let mut permitted = edit.clone();
        if power != Power::Key || self.role != Role::CompanyAdmin {
            return permitted;
        }
        let had = &self.names;
        for (edit, had, name) in [
            (&edit.display, &had.display, "displayName"),
            (&edit.formatted, &had.formatted, "name.formatted"),
            (&edit.given, &had.given, "name.givenName"),
            (&edit.family, &had.family, "name.familyName"),
        ] {
            if edit.changes(had.as_ref()) {
                permitted.note_left_alone(name);
            }
        }
        permitted.display = Edit::Keep;
        permitted.formatted = Edit::Keep;
        permitted.given = Edit::Keep;
        permitted.family = Edit::Keep;
        // A key can't change the case of their user name or address either.
        let is_same = |text: &str, had: &str| text.eq_ignore_ascii_case(had);
        permitted.user_name.take_if(|name| is_same(name.as_str(), self.user_name()));
        permitted.email.take_if(|email| is_same(email.as_str(), self.email.as_str()));
        if !edit.suspends() {
            return permitted;
        }
        if permitted.user_name.is_some() {
            permitted.leave_alone(Identifying::UserName);
        }
        if permitted.email.is_some() {
            permitted.leave_alone(Identifying::Email);
        }
        if self.external_id.is_some() && edit.external_id.changes(self.external_id.as_ref()) {
            permitted.leave_alone(Identifying::ExternalId);
        }
        permitted
    }

    /// Applies a directory's edit, also to a new account.
    pub fn apply(&mut self, edit: &AccountEdit, who: &Changer, now: Timestamp) {
        if let Some(state) = edit.state {
            self.set_state(state, who, now);
        }
        let user_name = edit.user_name.as_ref().map_or(self.user_name(), UserName::as_str).to_owned();
        match (&edit.email, &self.user_name) {
            (Some(email), _) => self.email = email.clone(),
            (None, None) => self.email = Email::parse_new(&user_name).unwrap_or_else(|| self.email.clone()),
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
