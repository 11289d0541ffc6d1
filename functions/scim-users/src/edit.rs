//! Turns a directory's request for a user into a change of the account.
//!
//! Directories send all differences in one request, and a person who has left must lose access, whatever else the
//! request contains. So the code collects changes that can't be made instead of refusing the first one. If the request
//! suspends, these changes are ignored. Otherwise the first of them refuses the request. Attributes that we don't store
//! are ignored, as RFC 7644 §3.3 allows.

use std::collections::HashSet;

use domain::{
    account::{AccountEdit, AccountState, Edit},
    identifiers::{ExternalId, UserName},
    text,
};
use serde_json::{Map, Value};
use web::{Problem, ScimType};

use crate::{
    emails::{self, AddressChange},
    syntax::{self, Attribute, Path, Selection, USER},
};

/// What a PATCH operation does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// For attributes with one value, the same as a replacement.
    Add,
    Remove,
    Replace,
}

/// The attributes of RFC 7643 §3.1 and §4.1 as they are written, whether we store them or not.
const NAMES: [&str; 25] = [
    "active",
    "addresses",
    "displayName",
    "emails",
    "entitlements",
    "externalId",
    "groups",
    "id",
    "ims",
    "locale",
    "meta",
    "name",
    "nickName",
    "password",
    "phoneNumbers",
    "photos",
    "preferredLanguage",
    "profileUrl",
    "roles",
    "schemas",
    "timezone",
    "title",
    "userName",
    "userType",
    "x509Certificates",
];
/// The parts of `name` as they are written.
const NAME_PARTS: [&str; 6] =
    ["familyName", "formatted", "givenName", "honorificPrefix", "honorificSuffix", "middleName"];
/// Attributes that clients send with every user and that request no change.
const ENVELOPE: [&str; 3] = ["schemas", "id", "meta"];
/// The maximum number of attributes that are recorded by name.
const NOTED: usize = 20;
/// The maximum length of an attribute's name that is recorded.
const NOTED_LENGTH: usize = 128;
/// The text that is recorded for an attribute without a readable name.
const UNNAMED: &str = "(another attribute)";

/// Collects a change.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    edit: AccountEdit,
    /// Whether an account is being created, which has no address yet.
    creates: bool,
    /// Every attribute that the request named, except `active`.
    named: Vec<String>,
    /// Those of them that we don't store or can't change as requested.
    left_alone: Vec<String>,
    /// The reason why the first attribute that can't be changed can't be.
    refused: Option<Problem>,
}

impl Edits {
    /// A change that replaces a user: omitted names are removed.
    pub(crate) fn without_names() -> Self {
        let edit = AccountEdit {
            display: Edit::Omitted,
            formatted: Edit::Omitted,
            given: Edit::Omitted,
            family: Edit::Omitted,
            ..AccountEdit::default()
        };
        Self { edit, ..Self::default() }
    }

    /// A new user.
    pub(crate) fn of_new_user() -> Self {
        Self { creates: true, ..Self::default() }
    }

    /// Returns the change. If it suspends, changes that can't be made are left out. Otherwise one such change refuses
    /// the whole.
    pub(crate) fn finish(mut self) -> Result<AccountEdit, Problem> {
        if self.edit.suspends() && !self.creates {
            self.edit.left_alone = self.left_alone;
            return Ok(self.edit);
        }
        self.refused.map_or(Ok(self.edit), Err)
    }

    /// Returns the change of `active`, for a caller who may change nothing else. If `active` is `false`, the rest is
    /// ignored.
    pub(crate) fn only_active(self) -> Result<AccountEdit, Problem> {
        let edit = AccountEdit { state: self.edit.state, ..AccountEdit::default() };
        match self.refused {
            _ if edit.suspends() => Ok(AccountEdit { left_alone: self.named, ..edit }),
            Some(problem) if self.named.is_empty() => Err(problem),
            None if self.named.is_empty() && edit.state.is_some() => Ok(edit),
            _ => Err(Problem::insufficient_scope(domain::scope::Scope::Scim)
                .with_detail("A key with the scope `deprovisioning` may only change `active`.")),
        }
    }

    /// Reads a complete user, or the value of an operation without a path. Names of members may be paths. Members have
    /// no order: if `active` occurs more than once, `false` counts.
    pub(crate) fn members(&mut self, op: Op, members: &Map<String, Value>) {
        let before = self.edit.state.take();
        let mut suspends = false;
        let mut seen = HashSet::with_capacity(members.len());
        for (name, value) in members {
            self.member(op, name, value);
            suspends |= self.edit.suspends();
            if !seen.insert(name.to_ascii_lowercase()) {
                let problem = Problem::scim(ScimType::InvalidSyntax, "An attribute occurs twice.");
                self.cannot_take(syntax::path(name).ok().as_ref(), problem);
            }
        }
        self.edit.state = if suspends { Some(AccountState::Suspended) } else { self.edit.state.or(before) };
    }

    fn member(&mut self, op: Op, name: &str, value: &Value) {
        match (name.eq_ignore_ascii_case(USER), value, syntax::path(name)) {
            (true, Value::Object(members), _) => self.members(op, members),
            // Every user has these. A complete user without them keeps them unchanged.
            (false, Value::Null, Ok(path))
                if ["active", "username"].contains(&path.attribute.name.as_str()) => {}
            (false, _, Ok(path)) => self.set(op, &path, value),
            // A name that is not a path belongs to an unknown attribute.
            _ => self.ignore(UNNAMED),
        }
    }

    /// Changes an attribute, or records why it can't be changed.
    pub(crate) fn set(&mut self, op: Op, path: &Path, value: &Value) {
        if let Err(problem) = self.try_set(op, path, value) {
            self.keep_names(&path.attribute);
            self.cannot_take(Some(path), problem);
        }
    }

    /// A name that was sent but can't be stored was not omitted, so the account keeps its name.
    fn keep_names(&mut self, attribute: &Attribute) {
        let AccountEdit { display, formatted, given, family, .. } = &mut self.edit;
        let said = match (attribute.name.as_str(), attribute.part.as_deref()) {
            ("displayname", _) => vec![display],
            ("name", None) => vec![formatted, given, family],
            ("name", Some("formatted")) => vec![formatted],
            ("name", Some("givenname")) => vec![given],
            ("name", Some("familyname")) => vec![family],
            _ => vec![],
        };
        for name in said {
            if *name == Edit::Omitted {
                *name = Edit::Keep;
            }
        }
    }

    /// Records an attribute, or an operation without a path, that can't be changed as requested.
    pub(crate) fn cannot_take(&mut self, path: Option<&Path>, problem: Problem) {
        let name = path.map_or_else(|| UNNAMED.into(), |path| name_of(&path.attribute));
        if name != "active" {
            self.ignore(&name);
        }
        self.refused.get_or_insert(problem);
    }

    fn ignore(&mut self, name: &str) {
        if !ENVELOPE.contains(&name) {
            note(&mut self.named, name);
            note(&mut self.left_alone, name);
        }
    }

    fn try_set(&mut self, op: Op, path: &Path, value: &Value) -> Result<(), Problem> {
        let Path { attribute, selection } = path;
        if attribute.extension.is_some() {
            self.ignore(&name_of(attribute));
            return Ok(());
        }
        let value = if attribute.name == "emails" { value } else { single(value) };
        let removed = op == Op::Remove || value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        match (attribute.name.as_str(), attribute.part.as_deref()) {
            ("active", None | Some("value")) if removed => return Err(required("active")),
            ("active", None | Some("value")) => {
                let active = boolean(value).ok_or_else(|| invalid("active", "must be true or false"))?;
                self.edit.state = Some(if active { AccountState::Active } else { AccountState::Suspended });
                return Ok(());
            }
            ("username", None) if removed => return Err(required("userName")),
            ("username", None) => {
                let name = value.as_str().map(str::trim).and_then(UserName::parse_new);
                let detail = format!(
                    "must be a string of 1 to {} bytes without control, invisible or bidirectional formatting characters",
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
            ("name", None) if removed => {
                self.edit.formatted = Edit::Remove;
                self.edit.given = Edit::Remove;
                self.edit.family = Edit::Remove;
            }
            ("name", None) => {
                let parts = value.as_object().ok_or_else(|| invalid("name", "must be an object"))?;
                for (part, value) in parts {
                    let part = Some(part.to_ascii_lowercase());
                    let attribute = Attribute { part, ..attribute.clone() };
                    self.set(op, &Path { attribute, selection: Selection::All(Vec::new()) }, value);
                }
                return Ok(());
            }
            ("name", Some("formatted")) => self.edit.formatted = name("name.formatted", value, removed)?,
            ("name", Some("givenname")) => self.edit.given = name("name.givenName", value, removed)?,
            ("name", Some("familyname")) => self.edit.family = name("name.familyName", value, removed)?,
            ("emails", part) => match emails::read(op, part, selection, value, self.creates) {
                AddressChange::Unchanged => {}
                AddressChange::Address(email) => self.edit.email = Some(email),
                AddressChange::Refused(problem) => return Err(problem),
            },
            _ => {
                self.ignore(&name_of(attribute));
                return Ok(());
            }
        }
        note(&mut self.named, &name_of(attribute));
        Ok(())
    }
}

/// An attribute's name as the schema writes it. An unknown name is returned in lower case.
fn name_of(attribute: &Attribute) -> String {
    let written = |names: &[&'static str], folded: &str| {
        let known = names.iter().find(|name| name.eq_ignore_ascii_case(folded));
        known.map_or_else(|| folded.to_owned(), |name| (*name).to_owned())
    };
    let Attribute { extension, name, part } = attribute;
    let name = match (extension, part.as_deref()) {
        (Some(schema), _) => format!("{schema}:{name}"),
        (None, Some(part)) if name == "name" => format!("name.{}", written(&NAME_PARTS, part)),
        (None, _) => written(&NAMES, name),
    };
    if name.len() <= NOTED_LENGTH { name } else { UNNAMED.into() }
}

fn note(names: &mut Vec<String>, name: &str) {
    let name = if names.len() < NOTED { name } else { UNNAMED };
    if !names.iter().any(|noted| noted == name) {
        names.push(name.into());
    }
}

/// The value of an attribute with one value, even if a client sends it in a list: `[{"value": "Ada"}]`.
fn single(value: &Value) -> &Value {
    let Some([Value::Object(only)]) = value.as_array().map(Vec::as_slice) else { return value };
    crate::patch::member(only, "value").unwrap_or(value)
}

/// The problem for removing an attribute that every user has.
pub(crate) fn required(attribute: &str) -> Problem {
    Problem::scim(ScimType::Mutability, format!("{attribute} can't be removed, because every user has it."))
}

pub(crate) fn invalid(attribute: &str, detail: &str) -> Problem {
    Problem::scim(ScimType::InvalidValue, format!("{attribute} {detail}."))
}

/// Directories also send booleans as strings, `"False"`.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn name(attribute: &str, value: &Value, removed: bool) -> Result<Edit<String>, Problem> {
    if removed || value == "" {
        return Ok(Edit::Remove);
    }
    let text = value.as_str().ok_or_else(|| invalid(attribute, "must be a string"))?;
    text::person_name(text).map(Edit::Set).map_err(|detail| invalid(attribute, &detail))
}
