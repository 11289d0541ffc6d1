//! How a function describes its operations, for `openapi.json`.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use crate::problem::ProblemType;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// A person's access token.
    AccessToken,
    /// An API key.
    ApiKey,
    /// No authentication.
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

/// A JSON body, with its schema and an example.
#[derive(Clone, Debug)]
pub struct Content {
    /// Generates the schema. Absent if there is no body.
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
    /// The documented headers and their meaning.
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
    /// Its problems, in addition to those that any operation can return.
    pub problems: Vec<ProblemType>,
}
