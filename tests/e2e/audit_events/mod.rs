//! The forms of audit events: the schema of those on the event bus, OCSF, and rules for them.

mod ocsf;
mod published;
mod rules;
mod schema;

use std::{env, fs, path::Path};

use domain::identifiers::CompanyId;
use serde_json::Value;

/// The company of the events.
fn company() -> CompanyId {
    CompanyId::parse("acme").expect("an ID")
}

/// The texts and numbers in a value, each with its path.
fn leaves(value: &Value) -> Vec<(String, String)> {
    fn collect(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| collect(member, &format!("{path}.{name}"), found));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, path, found)),
            Value::String(text) => found.push((path.into(), text.clone())),
            Value::Null => {}
            other => found.push((path.into(), other.to_string())),
        }
    }
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found
}

/// Fails if a file of the documentation isn't this text. With `WRITE_EXAMPLES=1` in the environment it writes the file.
fn is_fresh(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").join(path);
    if env::var_os("WRITE_EXAMPLES").is_some() {
        fs::write(&file, text).expect("a writable file");
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        stored == text,
        "{path} is stale: run `WRITE_EXAMPLES=1 cargo test --package tests --test e2e audit_events`"
    );
}
