//! The descriptions of a function's operations, for `openapi.json`.

use domain::identifiers::KeyId;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::problem_type::ProblemType;

/// The authentication that an operation requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// A person's access token.
    AccessToken,
    /// An API key.
    ApiKey,
    /// No authentication.
    Public,
}

/// A parameter in path, query or header.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// The parameter's name.
    pub name: &'static str,
    /// The meaning.
    pub description: &'static str,
    /// Its JSON Schema.
    pub schema: Value,
    /// Whether the parameter is required.
    pub required: bool,
}

/// The path parameter `keyId`.
#[must_use]
pub fn key_id() -> Parameter {
    Parameter {
        place: "path",
        name: "keyId",
        description: "The key's ID.",
        schema: json!({"type": "string", "pattern": KeyId::PATTERN}),
        required: true,
    }
}

/// An optional query parameter.
#[must_use]
pub fn query(name: &'static str, description: &'static str, schema: Value) -> Parameter {
    Parameter { place: "query", name, description, schema, required: false }
}

/// The query parameter `nextToken`. [`page_token`](crate::page_token) reads and writes its values.
#[must_use]
pub fn next_token() -> Parameter {
    query(
        "nextToken",
        "Position from an earlier page. It contains the filters. Filters sent with it are ignored.",
        json!({"type": "string"}),
    )
}

/// The schema of the size of a page, which [`fields::page_size`](crate::fields::page_size) reads.
#[must_use]
pub fn page_size_schema(default: usize, largest: usize) -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": largest, "default": default})
}

/// A JSON body, with its schema and an example.
#[derive(Clone, Debug)]
pub struct Content {
    /// Generates the schema. Absent if there is no body.
    pub schema: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// An example that matches the schema.
    pub example: Value,
    /// Whether a request may omit the body.
    pub optional: bool,
}

impl Content {
    /// A body of this type.
    #[must_use]
    pub fn of<T: JsonSchema>(example: Value) -> Self {
        Self { schema: Some(SchemaGenerator::subschema_for::<T>), example, optional: false }
    }

    /// The same body, which a request may omit.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// No body.
    #[must_use]
    pub fn nothing() -> Self {
        Self { schema: None, example: Value::Null, optional: false }
    }
}

/// A successful response.
#[derive(Clone, Debug)]
pub struct Success {
    /// The HTTP status.
    pub status: u16,
    /// The meaning.
    pub description: &'static str,
    /// The body.
    pub content: Content,
    /// The documented headers and their meaning.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The route as in `template.yaml`, for example `POST /admin/v1/api-keys`, or one of the routes that a route with
    /// `ANY` and `{proxy+}` covers.
    pub route: &'static str,
    /// A name for generated clients, `createApiKey`.
    pub id: &'static str,
    /// A summary of one line.
    pub summary: &'static str,
    /// What the operation does and promises.
    pub description: &'static str,
    /// The required authentication.
    pub security: Security,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its request body, if it has one.
    pub request: Option<Content>,
    /// Its successful responses.
    pub successes: Vec<Success>,
    /// Its problems, in addition to those that any operation can return.
    pub problems: Vec<ProblemType>,
}
