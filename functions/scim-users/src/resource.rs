//! Users in the format of SCIM (RFC 7643 §4.1).

use domain::{
    account::{Account, AccountState, Names, Role},
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use web::Input;

use crate::syntax::{self, USER};

/// A user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScimUser")]
#[expect(clippy::struct_field_names, reason = "the names of RFC 7643")]
pub(crate) struct User {
    /// `urn:ietf:params:scim:schemas:core:2.0:User`.
    schemas: [&'static str; 1],
    /// The account ID. Never changes.
    id: String,
    /// The directory's own identifier. Unique in the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The directory's name for the user. Unique in the company, without regard to case.
    user_name: String,
    /// The names.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    /// The name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// The user's one email address.
    emails: [EmailAddress; 1],
    /// `false` while the account is suspended.
    active: bool,
    /// The user's role in the company. Read only.
    roles: [RoleName; 1],
    /// The user's type, times and URL.
    meta: Meta,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScimName")]
#[expect(clippy::struct_field_names, reason = "the names of RFC 7643")]
struct Name {
    /// The complete name.
    #[serde(skip_serializing_if = "Option::is_none")]
    formatted: Option<String>,
    /// The last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    /// The first name.
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
}

impl Name {
    /// The known names. For an account that an operator created before first and last names were stored, and that no
    /// directory knows yet, they are derived from the name to show.
    fn of(account: &Account) -> Option<Self> {
        let of_an_operator = account.external_id.is_none() && account.user_name.is_none();
        let names = if of_an_operator { account.names.completed() } else { account.names.clone() };
        let Names { formatted, given: given_name, family: family_name, .. } = names;
        let known = formatted.is_some() || given_name.is_some() || family_name.is_some();
        known.then_some(Self { formatted, family_name, given_name })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScimEmail")]
struct EmailAddress {
    /// The address. Unique in the company, without regard to case.
    value: String,
    /// `work`.
    r#type: &'static str,
    /// `true`.
    primary: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ScimRole")]
struct RoleName {
    /// `member` or `company_admin`.
    value: &'static str,
    /// The role's name for people.
    display: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScimMeta")]
struct Meta {
    /// `User`.
    resource_type: &'static str,
    /// When the account was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Timestamp>,
    /// When the account last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<Timestamp>,
    /// The user's URL.
    location: String,
}

/// How users are shown: the base of their URLs, and which attributes (RFC 7644 §3.9).
pub(crate) struct View {
    base: String,
    only: Vec<(String, Option<String>)>,
    without: Vec<(String, Option<String>)>,
}

/// Attributes that are always returned (`returned: always`).
const ALWAYS: [&str; 2] = ["schemas", "id"];

impl View {
    /// The view that the query parameters select.
    pub(crate) fn of_query(input: &Input, base: String) -> Self {
        let names = |name| input.query_parameter(name).unwrap_or_default().split(',').collect::<Vec<_>>();
        Self::new(base, &names("attributes"), &names("excludedAttributes"))
    }

    /// Only these attributes, or all except those. Unknown names are ignored.
    pub(crate) fn new(base: String, only: &[&str], without: &[&str]) -> Self {
        let read = |names: &[&str]| {
            let paths = names.iter().filter_map(|name| syntax::path(name.trim()).ok());
            let ours = paths.filter(|path| path.attribute.extension.is_none());
            ours.map(|path| (path.attribute.name, path.attribute.part)).collect()
        };
        Self { base, only: read(only), without: read(without) }
    }

    /// The URL of a user.
    pub(crate) fn location(&self, account: &Account) -> String {
        format!("{}/Users/{}", self.base, account.id)
    }

    /// The requested attributes of a user.
    pub(crate) fn user(&self, account: &Account) -> Value {
        self.chosen(&self.whole(account))
    }

    /// The same, but only with what the Deprovisioning API shows of an account.
    pub(crate) fn user_for_deprovisioning(&self, account: &Account) -> Value {
        let mut user = self.whole(account);
        user.external_id = None;
        user.user_name = account.email.to_string();
        user.name = None;
        user.display_name = Some(account.name());
        (user.meta.created, user.meta.last_modified) = (None, None);
        self.chosen(&user)
    }

    fn whole(&self, account: &Account) -> User {
        let names = &account.names;
        User {
            schemas: [USER],
            id: account.id.to_string(),
            external_id: account.external_id.as_ref().map(ToString::to_string),
            user_name: account.user_name().into(),
            name: Name::of(account),
            display_name: names.display.clone(),
            emails: [EmailAddress { value: account.email.to_string(), r#type: "work", primary: true }],
            active: account.state == AccountState::Active,
            roles: [RoleName {
                value: account.role.id(),
                display: match account.role {
                    Role::Member => "Member",
                    Role::CompanyAdmin => "Company Administrator",
                },
            }],
            meta: Meta {
                resource_type: "User",
                created: account.created_at,
                last_modified: account.modified_at,
                location: self.location(account),
            },
        }
    }

    /// # Panics
    /// If a user has no JSON form.
    fn chosen(&self, user: &User) -> Value {
        let mut user = serde_json::to_value(user).expect("users are plain data");
        if let Value::Object(members) = &mut user {
            self.choose(members);
        }
        user
    }

    fn choose(&self, members: &mut Map<String, Value>) {
        let names = |list: &[(String, Option<String>)], name: &str| -> (bool, Vec<String>) {
            let named: Vec<_> = list.iter().filter(|(listed, _)| listed.eq_ignore_ascii_case(name)).collect();
            let whole = named.iter().any(|(_, part)| part.is_none());
            (whole, named.into_iter().filter_map(|(_, part)| part.clone()).collect())
        };
        members.retain(|name, value| {
            if ALWAYS.contains(&name.as_str()) {
                return true;
            }
            if !self.only.is_empty() {
                let (whole, parts) = names(&self.only, name);
                if !whole {
                    retain_parts(value, |part| parts.iter().any(|listed| part.eq_ignore_ascii_case(listed)));
                }
                return whole || !parts.is_empty() && value.as_object().is_none_or(|parts| !parts.is_empty());
            }
            let (whole, parts) = names(&self.without, name);
            retain_parts(value, |part| !parts.iter().any(|listed| part.eq_ignore_ascii_case(listed)));
            !whole
        });
    }
}

fn retain_parts(value: &mut Value, keep: impl Fn(&str) -> bool + Copy) {
    match value {
        Value::Object(parts) => parts.retain(|part, _| keep(part)),
        Value::Array(values) => values.iter_mut().for_each(|value| retain_parts(value, keep)),
        _ => {}
    }
}
