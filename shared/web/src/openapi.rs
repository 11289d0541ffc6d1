//! How a function describes its operations, for `openapi.json`.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::problem::ProblemType;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// A person's access token.
    AccessToken,
    /// An API key.
    ApiKey,
    /// Nobody need say who they are.
    Nobody,
}

/// A parameter in path, query or header.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Its JSON Schema.
    pub schema: Value,
    /// Whether it must be there.
    pub required: bool,
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
        "Where an earlier page ended. It carries the filters; those sent beside it are ignored.",
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
    /// Writes the schema; nothing does where there is no body.
    pub schema: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// An example that fits it.
    pub example: Value,
}

impl Content {
    /// A body of this type.
    #[must_use]
    pub fn of<T: JsonSchema>(example: Value) -> Self {
        Self { schema: Some(SchemaGenerator::subschema_for::<T>), example }
    }

    /// No body at all.
    #[must_use]
    pub fn nothing() -> Self {
        Self { schema: None, example: Value::Null }
    }
}

/// A success.
#[derive(Clone, Debug)]
pub struct Success {
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub description: &'static str,
    /// The body.
    pub content: Content,
    /// Headers that tell something, and what.
    pub headers: Vec<(&'static str, &'static str)>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The route as `template.yaml` has it, `POST /admin/v1/api-keys`; or one of those behind a route with `ANY` and
    /// `{proxy+}`.
    pub route: &'static str,
    /// A name for generated clients, `createApiKey`.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What it does and promises.
    pub description: &'static str,
    /// Who may call it.
    pub security: Security,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its request body, if it has one.
    pub request: Option<Content>,
    /// Its successes.
    pub successes: Vec<Success>,
    /// Its refusals, beside those that any operation may answer.
    pub problems: Vec<ProblemType>,
}
