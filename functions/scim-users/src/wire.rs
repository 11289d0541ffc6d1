//! The shapes that are sent and received, except the user itself.

use std::borrow::Cow;

use domain::{
    identifiers::{Email, ExternalId, UserName},
    text,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{DEFAULT_COUNT, resource::User, syntax};

/// Some of the users (RFC 7644 §3.4.2).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScimListResponse")]
pub(crate) struct ListResponse {
    /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`.
    schemas: [&'static str; 1],
    /// The total number of users.
    total_results: usize,
    /// The position of the first user in this page, counted from 1.
    start_index: usize,
    /// The number of users in this page.
    items_per_page: usize,
    /// The users, in a stable order.
    #[serde(rename = "Resources")]
    resources: Vec<UserView>,
}

impl ListResponse {
    pub(crate) fn new(total: usize, start: usize, users: Vec<Value>) -> Self {
        Self {
            schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            total_results: total,
            start_index: start,
            items_per_page: users.len(),
            resources: users.into_iter().map(UserView).collect(),
        }
    }
}

/// A user, or the requested attributes of one.
#[derive(Debug, Serialize)]
pub(crate) struct UserView(Value);

impl JsonSchema for UserView {
    fn schema_name() -> Cow<'static, str> {
        "ScimUserView".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let whole = generator.subschema_for::<User>();
        json_schema!({"anyOf": [whole, {"type": "object", "required": ["schemas", "id"]}]})
    }
}

/// A user as a directory sends one.
pub(crate) struct UserRequest;

impl JsonSchema for UserRequest {
    fn schema_name() -> Cow<'static, str> {
        "ScimUserRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut user = attributes(generator, UserName::PATTERN, 0);
        user.insert("required".into(), json!(["userName"]));
        user.insert("description".into(), json!(NAMES_AND_OTHERS));
        user
    }
}

/// A user to create: with an email address, or a user name that is one.
pub(crate) struct NewUserRequest;

impl JsonSchema for NewUserRequest {
    fn schema_name() -> Cow<'static, str> {
        "ScimNewUserRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut addressed = attributes(generator, UserName::PATTERN, 1);
        let mut named = attributes(generator, Email::PATTERN, 0);
        addressed.insert("required".into(), json!(["userName", "emails"]));
        named.insert("required".into(), json!(["userName"]));
        json_schema!({"description": NAMES_AND_OTHERS, "anyOf": [addressed, named]})
    }
}

const NAMES_AND_OTHERS: &str = "Attribute names may be in any case. Attributes that this schema doesn't list are ignored. A \
                                value may be in a list, `[{\"value\": …}]`.";

/// The stored attributes. `userName` must match this pattern, and there must be at least this many addresses.
fn attributes(generator: &mut SchemaGenerator, user_name: &str, addresses: usize) -> Schema {
    let name = generator.subschema_for::<NameText>();
    let email = generator.subschema_for::<EmailRequest>();
    json_schema!({
        "type": "object",
        "properties": {
            "schemas": {"type": "array", "items": {"type": "string"}},
            "userName": {"type": "string", "minLength": 1, "maxLength": UserName::LENGTH, "pattern": user_name},
            "externalId": {"type": "string", "maxLength": ExternalId::LENGTH, "pattern": or_empty(text::LABEL_PATTERN)},
            "name": {"type": "object", "properties": {"formatted": name, "givenName": name, "familyName": name}},
            "displayName": name,
            "emails": {"type": "array", "minItems": addresses, "items": email},
            "active": {"type": "boolean"},
        },
    })
}

/// A name of a person.
struct NameText;

impl JsonSchema for NameText {
    fn schema_name() -> Cow<'static, str> {
        "ScimNameText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let pattern = or_empty(text::PERSON_NAME_PATTERN);
        json_schema!({"type": "string", "maxLength": text::PERSON_NAME_LENGTH, "pattern": pattern})
    }
}

/// An address as a directory sends one.
struct EmailRequest;

impl JsonSchema for EmailRequest {
    fn schema_name() -> Cow<'static, str> {
        "ScimEmailRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "required": ["value"], "properties": {
            "value": {"type": "string", "maxLength": Email::LENGTH, "pattern": Email::PATTERN},
            "type": {"type": "string"},
            "primary": {"type": "boolean"},
        }})
    }
}

/// An empty value removes the attribute.
fn or_empty(pattern: &str) -> String {
    format!("^$|{pattern}")
}

/// The operations of a PATCH.
pub(crate) struct PatchRequest;

impl JsonSchema for PatchRequest {
    fn schema_name() -> Cow<'static, str> {
        "ScimPatchRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let op = |pattern, names| json!({"type": "string", "pattern": pattern, "description": format!("{names}, in any case.")});
        let set = op("^([Aa][Dd][Dd]|[Rr][Ee][Pp][Ll][Aa][Cc][Ee])$", "`add` or `replace`");
        let remove = op("^[Rr][Ee][Mm][Oo][Vv][Ee]$", "`remove`");
        let path = json!({"type": "string", "minLength": 1, "maxLength": syntax::LENGTH, "description": "The attribute."});
        // // The value of an operation without a path.
        let members = attributes(generator, UserName::PATTERN, 0);
        json_schema!({
            "type": "object",
            "required": ["Operations"],
            "properties": {
                "schemas": {"type": "array", "items": {"type": "string"}},
                "Operations": {"type": "array", "minItems": 1, "items": {"anyOf": [
                    {
                        "type": "object",
                        "required": ["op", "path", "value"],
                        "properties": {"op": set, "path": path, "value": {"description": "Booleans may be strings."}},
                    },
                    {"type": "object", "required": ["op", "path"], "properties": {"op": remove, "path": path}},
                    {
                        "type": "object",
                        "required": ["op", "value"],
                        "properties": {"op": set, "path": path, "value": members},
                    },
                ]}},
            },
        })
    }
}

/// A search by POST (RFC 7644 §3.4.3).
pub(crate) struct SearchRequest;

impl JsonSchema for SearchRequest {
    fn schema_name() -> Cow<'static, str> {
        "ScimSearchRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = json!({"type": "array", "items": {"type": "string"}});
        json_schema!({
            "type": "object",
            "properties": {
                "schemas": names,
                "attributes": names,
                "excludedAttributes": names,
                "filter": filter(),
                "startIndex": number(1),
                "count": number(DEFAULT_COUNT),
            },
        })
    }
}

/// A filter. A regular expression can't describe its grammar.
pub(crate) fn filter() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": syntax::LENGTH})
}

/// `startIndex` or `count`. Values that are too small or too large are not refused, so only the size in bits limits
/// them.
pub(crate) fn number(default: usize) -> Value {
    json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX, "default": default})
}

/// A description of the service (RFC 7644 §4).
pub(crate) struct Description;

impl JsonSchema for Description {
    fn schema_name() -> Cow<'static, str> {
        "ScimDescription".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "required": ["schemas"]})
    }
}
