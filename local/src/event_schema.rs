//! Builds `docs/events/audit-event.schema.json`, the JSON Schema of the events on the event bus, from their Rust types.
//!
//! The schema is open where a later release may add something: to members of objects, and to values of lists such as the
//! actions. So a consumer that checks events with the schema of today accepts those of later releases, and ignores what it
//! doesn't know. It is closed in the rest: types, required members, the forms of identifiers, masks and times, and the
//! constant attributes of a `CloudEvent`.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};
use web::cloud_event::{CloudEvent, DATA_SCHEMA};

use crate::openapi::drop_null;

/// Names the schema of whole events. That of their `data` is a part of it.
const ID: &str = "urn:company-api-keys:schema:cloud-event:1";

/// The schema that consumers use.
///
/// # Panics
/// If a type has no JSON form.
#[must_use]
pub fn document() -> Value {
    let mut schema = described();
    open(&mut schema);
    schema
}

/// The same schema, but closed everywhere: what this release can write. Tests compare its own events with this one.
///
/// # Panics
/// If a type has no JSON form.
#[must_use]
pub fn of_this_release() -> Value {
    let mut schema = described();
    close(&mut schema);
    schema
}

fn described() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = SchemaGenerator::new(settings).into_root_schema_for::<CloudEvent>();
    let mut schema = schema.to_value();
    drop_null(&mut schema);
    schema["$id"] = ID.into();
    schema["$defs"]["AuditEvent"]["$comment"] = format!("The schema {DATA_SCHEMA}.").into();
    schema
}

/// The values of a list of texts, as an `enum` or as described constants.
fn listed(schema: &Value) -> Option<Vec<&str>> {
    if let Some(values) = schema.get("enum") {
        return values.as_array()?.iter().map(Value::as_str).collect();
    }
    schema.get("oneOf")?.as_array()?.iter().map(|choice| choice.get("const")?.as_str()).collect()
}

/// Lets each list have other values of the same form.
fn open(schema: &mut Value) {
    if let Some(values) = listed(schema) {
        let is_upper = values.iter().all(|value| value.starts_with(|c: char| c.is_ascii_uppercase()));
        let form = if is_upper { "^[A-Z][A-Z0-9_]*$" } else { "^[a-z][a-z0-9:._-]*$" };
        let mut known = schema.take();
        let mut opened = json!({"type": "string"});
        if let Some(description) = known.as_object_mut().and_then(|known| known.remove("description")) {
            opened["description"] = description;
        }
        let other = json!({"description": "Of a later release.", "pattern": form});
        opened["anyOf"] = json!([known, other]);
        *schema = opened;
        return;
    }
    for_each_part(schema, open);
}

/// Forbids all members that the schema doesn't name.
fn close(schema: &mut Value) {
    if schema.get("properties").is_some() {
        schema["additionalProperties"] = false.into();
    }
    for_each_part(schema, close);
}

fn for_each_part(schema: &mut Value, change: fn(&mut Value)) {
    match schema {
        Value::Object(members) => members.values_mut().for_each(change),
        Value::Array(schemas) => schemas.iter_mut().for_each(change),
        _ => {}
    }
}
