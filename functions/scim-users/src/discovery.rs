//! The service's description of itself (RFC 7643 §5 to §7, RFC 7644 §4). It lists exactly what is supported.

use serde_json::{Value, json};

use crate::{LARGEST_COUNT, syntax::USER};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const CONFIGURATION: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// A document that describes the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Configuration,
    ResourceTypes,
    UserType,
    Schemas,
    UserSchema,
}

impl Document {
    /// The document at a path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        Some(match path.split_once('/').unwrap_or((path, "")) {
            ("ServiceProviderConfig", "") => Self::Configuration,
            ("ResourceTypes", "") => Self::ResourceTypes,
            ("ResourceTypes", "User") => Self::UserType,
            ("Schemas", "") => Self::Schemas,
            ("Schemas", schema) if schema.eq_ignore_ascii_case(USER) => Self::UserSchema,
            _ => return None,
        })
    }

    /// The document of a service with this base URL.
    pub(crate) fn body(self, base: &str) -> Value {
        match self {
            Self::Configuration => configuration(base),
            Self::ResourceTypes => list(user_type(base)),
            Self::UserType => user_type(base),
            Self::Schemas => list(user_schema(base)),
            Self::UserSchema => user_schema(base),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it becomes a part of the list")]
fn list(only: Value) -> Value {
    json!({"schemas": [LIST], "totalResults": 1, "startIndex": 1, "itemsPerPage": 1, "Resources": [only]})
}

fn configuration(base: &str) -> Value {
    json!({
        "schemas": [CONFIGURATION],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": LARGEST_COUNT},
        "changePassword": {"supported": false},
        "sort": {"supported": false},
        "etag": {"supported": false},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "API key",
            "description": "An API key with the scope `scim`, sent as `Authorization: Bearer KEY` or `Authorization: \
                            apikey KEY`. A Company Administrator creates the key in the Company Dashboard.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    })
}

fn user_type(base: &str) -> Value {
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "An account of the company.",
        "schema": USER,
        "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/User")},
    })
}

/// How an attribute is described (RFC 7643 §7).
fn attribute(name: &str, kind: &str, description: &str) -> Value {
    json!({
        "name": name,
        "type": kind,
        "multiValued": false,
        "description": description,
        "required": false,
        "caseExact": false,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    })
}

fn with(mut attribute: Value, characteristics: &Value) -> Value {
    for (name, value) in characteristics.as_object().into_iter().flatten() {
        attribute[name] = value.clone();
    }
    attribute
}

/// `active` and `emails` are required in the sense that every user has them. A request that creates a user may omit
/// `active`, and may omit `emails` if `userName` is an address.
fn user_schema(base: &str) -> Value {
    let required = json!({"required": true});
    let read_only = json!({"mutability": "readOnly"});
    let name_parts = [
        attribute("formatted", "string", "The complete name. At most 256 characters."),
        attribute("familyName", "string", "The last name. At most 256 characters."),
        attribute("givenName", "string", "The first name. At most 256 characters."),
    ];
    let email_parts = [
        with(
            attribute("value", "string", "The address. Unique in the company, without regard to case."),
            &json!({"required": true, "uniqueness": "server"}),
        ),
        with(attribute("type", "string", "Always `work`."), &json!({"canonicalValues": ["work"]})),
        with(
            attribute("primary", "boolean", "Always true, because there is only one address."),
            &json!({"canonicalValues": ["true"]}),
        ),
    ];
    let role_parts = [
        with(attribute("value", "string", "`member` or `company_admin`."), &read_only),
        with(attribute("display", "string", "The role's name for people."), &read_only),
    ];
    json!({
        "schemas": [SCHEMA],
        "id": USER,
        "name": "User",
        "description": "An account of the company.",
        "attributes": [
            with(
                attribute("userName", "string", "The directory's name for the user. Unique in the company, without regard to case."),
                &json!({"required": true, "uniqueness": "server"}),
            ),
            with(attribute("name", "complex", "The names."), &json!({"subAttributes": name_parts})),
            attribute("displayName", "string", "The name to show. At most 256 characters."),
            with(
                attribute("emails", "complex", "The user's only address. If a request sends several, the primary one is stored, or the work address if none is primary. For a new user without either, the first one is stored. Optional if userName is an address."),
                &json!({"required": true, "multiValued": true, "subAttributes": email_parts}),
            ),
            with(attribute("active", "boolean", "False while the account is suspended. Default for a new user: true."), &required),
            with(
                attribute("roles", "complex", "The user's role in the company. No API key can change it."),
                &json!({"mutability": "readOnly", "multiValued": true, "subAttributes": role_parts}),
            ),
        ],
        "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{USER}")},
    })
}
