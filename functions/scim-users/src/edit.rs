//! From what a directory says of a user to a change of the account.
//!
//! Attributes that we don't keep are passed over, as RFC 7644 §3.3 lets a service do: the directories in use send titles,
//! addresses and extensions whatever the schema says. What we do keep must be right.

use serde_json::{Map, Value};
use shared::{
    account::{AccountEdit, AccountState, Edit, Email, ExternalId, UserName},
    http::{Problem, ScimType},
    text,
};

use crate::syntax::{self, Attribute, Comparison, USER};

/// What an operation does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// For attributes with one value the same as to replace it.
    Add,
    Remove,
    Replace,
}

/// Attributes of RFC 7643 §4.1 and §3.1 that are accepted and not kept.
const PASSED_OVER: [&str; 15] = [
    "addresses",
    "entitlements",
    "ims",
    "locale",
    "nickname",
    "password",
    "phonenumbers",
    "photos",
    "preferredlanguage",
    "profileurl",
    "schemas",
    "timezone",
    "title",
    "usertype",
    "x509certificates",
];
/// Attributes that only the service says.
const READ_ONLY: [&str; 4] = ["groups", "id", "meta", "roles"];

/// A change being put together.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    edit: AccountEdit,
    beyond_active: bool,
}

impl Edits {
    /// A change that begins with a user of whom nothing was said: names that aren't said again go.
    pub(crate) fn without_names() -> Self {
        let edit = AccountEdit {
            display: Edit::Remove,
            formatted: Edit::Remove,
            given: Edit::Remove,
            family: Edit::Remove,
            ..AccountEdit::default()
        };
        Self { edit, beyond_active: true }
    }

    /// Whether anything but `active` was mentioned.
    pub(crate) fn reach_beyond_active(&self) -> bool {
        self.beyond_active
    }

    pub(crate) fn into_edit(self) -> AccountEdit {
        self.edit
    }

    /// A whole user, or the value of an operation without a path. Names of members may be paths of their own.
    pub(crate) fn members(&mut self, members: &Map<String, Value>) -> Result<(), Problem> {
        let mut seen = Vec::with_capacity(members.len());
        for name in members.keys() {
            let name = name.to_ascii_lowercase();
            if seen.contains(&name) {
                return Err(Problem::scim(ScimType::InvalidSyntax, "An attribute is there twice."));
            }
            seen.push(name);
        }
        for (name, value) in members {
            if name.eq_ignore_ascii_case(USER) {
                if let Value::Object(members) = value {
                    self.members(members)?;
                }
                continue;
            }
            // A name that is no path belongs to an attribute that we don't know.
            let Ok(path) = syntax::path(name) else {
                self.beyond_active = true;
                continue;
            };
            let known =
                path.attribute.extension.is_none() && !READ_ONLY.contains(&path.attribute.name.as_str());
            if known {
                self.set(&path.attribute, &path.selection, Op::Replace, value, false)?;
            } else {
                self.beyond_active = true;
            }
        }
        Ok(())
    }

    /// One operation of a PATCH that has a path.
    pub(crate) fn operation(&mut self, op: Op, path: &str, value: &Value) -> Result<(), Problem> {
        let path = syntax::path(path).map_err(|unreadable| {
            Problem::scim(ScimType::InvalidPath, format!("The path can't be read: {}.", unreadable.0))
        })?;
        let name = path.attribute.name.as_str();
        if path.attribute.extension.is_some() {
            self.beyond_active = true;
            return Ok(());
        }
        if READ_ONLY.contains(&name) {
            return Err(Problem::scim(ScimType::Mutability, "This attribute can only be read."));
        }
        self.set(&path.attribute, &path.selection, op, value, true)
    }

    fn set(
        &mut self,
        attribute: &Attribute,
        selection: &[Comparison],
        op: Op,
        value: &Value,
        strict: bool,
    ) -> Result<(), Problem> {
        let part = attribute.part.as_deref();
        let removed = op == Op::Remove || value.is_null();
        self.beyond_active |= attribute.name != "active" && attribute.name != "schemas";
        if !selection.is_empty() && attribute.name != "emails" {
            return if PASSED_OVER.contains(&attribute.name.as_str()) || !strict {
                Ok(())
            } else {
                Err(Problem::scim(ScimType::InvalidPath, "Only from emails can be selected."))
            };
        }
        match (attribute.name.as_str(), part) {
            ("active", None) if removed => return required("active", strict),
            ("active", None) => {
                let active = boolean(value).ok_or_else(|| invalid("active", "must be true or false"))?;
                self.edit.state = Some(if active { AccountState::Active } else { AccountState::Suspended });
            }
            ("username", None) if removed => return required("userName", strict),
            ("username", None) => {
                let name = value.as_str().map(str::trim).and_then(UserName::parse);
                let detail = format!(
                    "must be a string of 1 to {} bytes without control or bidirectional formatting characters",
                    UserName::LENGTH
                );
                self.edit.user_name = Some(name.ok_or_else(|| invalid("userName", &detail))?);
            }
            ("externalid", None) if removed || value == "" => self.edit.external_id = Edit::Remove,
            ("externalid", None) => {
                let id = value.as_str().map(str::trim).and_then(ExternalId::parse);
                let detail = format!(
                    "must be a string of 1 to {} bytes without control or bidirectional formatting characters",
                    ExternalId::LENGTH
                );
                self.edit.external_id = Edit::Set(id.ok_or_else(|| invalid("externalId", &detail))?);
            }
            ("displayname", None) => self.edit.display = name("displayName", value, removed)?,
            ("name", None) if removed => self.remove_names(),
            ("name", None) => {
                let Value::Object(parts) = value else {
                    return Err(invalid("name", "must be an object"));
                };
                for (part, value) in parts {
                    self.name_part(&part.to_ascii_lowercase(), value, false, false)?;
                }
            }
            ("name", Some(part)) => self.name_part(part, value, removed, strict)?,
            ("emails", part) => self.emails(part, selection, op, value, strict)?,
            (name, _) if PASSED_OVER.contains(&name) || !strict => {}
            _ => {
                let detail = "There is no such attribute; Schemas lists those that there are.";
                return Err(Problem::scim(ScimType::InvalidPath, detail));
            }
        }
        Ok(())
    }

    fn remove_names(&mut self) {
        self.edit.formatted = Edit::Remove;
        self.edit.given = Edit::Remove;
        self.edit.family = Edit::Remove;
    }

    fn name_part(&mut self, part: &str, value: &Value, removed: bool, strict: bool) -> Result<(), Problem> {
        match part {
            "formatted" => self.edit.formatted = name("name.formatted", value, removed)?,
            "givenname" => self.edit.given = name("name.givenName", value, removed)?,
            "familyname" => self.edit.family = name("name.familyName", value, removed)?,
            "middlename" | "honorificprefix" | "honorificsuffix" => {}
            _ if strict => {
                let detail = "name has the parts formatted, givenName and familyName.";
                return Err(Problem::scim(ScimType::InvalidPath, detail));
            }
            _ => {}
        }
        Ok(())
    }

    /// One address is kept, the work address; what is said of others is passed over.
    fn emails(
        &mut self,
        part: Option<&str>,
        selection: &[Comparison],
        op: Op,
        value: &Value,
        strict: bool,
    ) -> Result<(), Problem> {
        for comparison in selection {
            let selected = match (comparison.attribute.name.as_str(), &comparison.value) {
                ("type", Value::String(kind)) => kind.eq_ignore_ascii_case("work"),
                ("primary", value) => boolean(value).unwrap_or(false),
                _ => {
                    let detail = "From emails can be selected by type and by primary.";
                    return Err(Problem::scim(ScimType::InvalidPath, detail));
                }
            };
            if !selected {
                return Ok(());
            }
        }
        let address = match (part, value) {
            (Some("value") | None, _) if op == Op::Remove || strict && is_nothing(value) => {
                return required("emails", true);
            }
            (Some("type" | "primary" | "display"), _) => return Ok(()),
            (Some("value") | None, Value::String(address)) => Some(address.as_str()),
            (None, Value::Object(_)) => address_of(value),
            (None, Value::Array(addresses)) => {
                let is_primary = |address: &&Value| address.get("primary").and_then(boolean) == Some(true);
                let is_work = |address: &&Value| {
                    address["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
                };
                let chosen = addresses.iter().find(is_primary).or_else(|| addresses.iter().find(is_work));
                chosen.or_else(|| addresses.first()).and_then(address_of)
            }
            (None, _) => None,
            (Some(_), _) => return Err(Problem::scim(ScimType::InvalidPath, "emails has no such part.")),
        };
        if address.is_none() && is_nothing(value) {
            return Ok(());
        }
        let email = address.map(str::trim).and_then(Email::parse);
        let detail = format!("must have an email address of at most {} bytes as its value", Email::LENGTH);
        self.edit.email = Some(email.ok_or_else(|| invalid("emails", &detail))?);
        Ok(())
    }
}

/// What every user has can't be removed; said to be null in a whole user, it stays as it is.
fn required(attribute: &str, strict: bool) -> Result<(), Problem> {
    if !strict {
        return Ok(());
    }
    let detail = format!("{attribute} can't be removed: every user has it.");
    Err(Problem::scim(ScimType::Mutability, detail))
}

fn invalid(attribute: &str, detail: &str) -> Problem {
    Problem::scim(ScimType::InvalidValue, format!("{attribute} {detail}."))
}

/// Null, an empty list, an empty string: a value that isn't there (RFC 7643 §2.5).
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty)
}

fn address_of(email: &Value) -> Option<&str> {
    email.get("value").unwrap_or(email).as_str()
}

/// Directories send booleans as strings too, `"False"`.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn name(attribute: &str, value: &Value, removed: bool) -> Result<Edit<String>, Problem> {
    if removed || is_nothing(value) {
        return Ok(Edit::Remove);
    }
    let text = value.as_str().ok_or_else(|| invalid(attribute, "must be a string"))?;
    text::name(text).map(Edit::Set).map_err(|detail| invalid(attribute, &detail))
}
