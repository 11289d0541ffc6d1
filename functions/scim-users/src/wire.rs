//! The shapes that are sent and received beside the user itself.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use crate::resource::User;

/// Some of the users (RFC 7644 §3.4.2).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ScimListResponse")]
pub(crate) struct ListResponse {
    /// `urn:ietf:params:scim:api:messages:2.0:ListResponse`.
    schemas: [&'static str; 1],
    /// How many there are in all.
    total_results: usize,
    /// The first of these, counted from 1.
    start_index: usize,
    /// How many these are.
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

/// A user, or those of its attributes that were asked for.
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

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let name = json!({"type": "string", "maxLength": 100});
        let email = json!({"type": "object", "properties": {
            "value": {"type": "string", "maxLength": 320},
            "type": {"type": "string"},
            "primary": {"type": "boolean"},
        }});
        json_schema!({
            "type": "object",
            "required": ["userName"],
            "description": "Names of attributes in any case. Attributes of RFC 7643 and extensions that aren't listed are passed over.",
            "properties": {
                "schemas": {"type": "array", "items": {"type": "string"}},
                "userName": {"type": "string", "minLength": 1, "maxLength": 320},
                "externalId": {"type": "string", "maxLength": 512},
                "name": {"type": "object", "properties": {"formatted": name, "givenName": name, "familyName": name}},
                "displayName": name,
                "emails": {"type": "array", "items": email},
                "active": {"type": "boolean"},
            },
        })
    }
}

/// The operations of a PATCH.
pub(crate) struct PatchRequest;

impl JsonSchema for PatchRequest {
    fn schema_name() -> Cow<'static, str> {
        "ScimPatchRequest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "required": ["Operations"],
            "properties": {
                "schemas": {"type": "array", "items": {"type": "string"}},
                "Operations": {"type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "required": ["op"],
                    "properties": {
                        "op": {"type": "string", "description": "add, remove or replace, in any case."},
                        "path": {"type": "string", "description": "The attribute; without one, value is an object of attributes."},
                        "value": {"description": "Booleans may be strings."},
                    },
                }},
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
                "filter": {"type": "string"},
                "startIndex": {"type": "integer"},
                "count": {"type": "integer"},
            },
        })
    }
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
