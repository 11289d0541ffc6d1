//! Compares every response with `openapi.json`.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::Validator;
use local::openapi;
use serde_json::{Value, json};

use crate::Answer;

struct Described {
    method: String,
    path: Vec<String>,
    /// By status and media type.
    bodies: HashMap<(u16, String), Validator>,
    /// Statuses without a body.
    empty: Vec<u16>,
}

static OPERATIONS: LazyLock<Vec<Described>> = LazyLock::new(|| {
    let document = openapi::document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let (mut bodies, mut empty) = (HashMap::new(), Vec::new());
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let contents = response["content"].as_object().expect("content");
                if contents.is_empty() {
                    empty.push(status.parse().expect("a status"));
                }
                for (media_type, content) in contents {
                    let schema = json!({"allOf": [content["schema"]], "components": document["components"]});
                    let validator = jsonschema::validator_for(&schema).expect("a schema");
                    bodies.insert((status.parse().expect("a status"), media_type.clone()), validator);
                }
            }
            let path = path.split('/').map(str::to_owned).collect();
            operations.push(Described { method: method.to_uppercase(), path, bodies, empty });
        }
    }
    operations
});

/// Checks a response, if the document describes the operation.
///
/// # Panics
/// If the document doesn't describe the response's status, media type or body.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    // A slash at the end of a path doesn't matter.
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let matches = |described: &&Described| {
        described.method == method
            && described.path.len() == segments.len()
            && described.path.iter().zip(&segments).all(|(pattern, segment)| {
                pattern == segment || (pattern.starts_with('{') && !segment.is_empty())
            })
    };
    // Only `local` checks hosts and origins. These refusals don't exist on AWS.
    let Some(operation) = OPERATIONS.iter().find(matches).filter(|_| answer.status != 421) else { return };
    let media_type = answer.header("content-type").to_owned();
    if media_type.is_empty() && answer.text.is_empty() && operation.empty.contains(&answer.status) {
        return;
    }
    let described = operation.bodies.get(&(answer.status, media_type.clone()));
    let validator = described.unwrap_or_else(|| {
        panic!("{method} {path}: {} {media_type} is not described: {}", answer.status, answer.text)
    });
    let body: Value = answer.json();
    if let Err(error) = validator.validate(&body) {
        panic!("{method} {path}: {} is not as described: {error}: {body}", answer.status);
    }
}
