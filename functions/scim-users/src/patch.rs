//! PATCH (RFC 7644 §3.5.2) as real clients send it: several operations at once, `op` in any case, with or without a
//! path.

use serde_json::{Map, Value};
use web::{Input, Problem, ScimType};

use crate::{
    body,
    edit::{Edits, Op},
    syntax,
};

/// Reads the operations. Later ones override earlier ones. Only a malformed PATCH is refused here. Changes that can't
/// be made are collected.
pub(crate) fn read(input: &Input) -> Result<Edits, Problem> {
    let body = object(body::json(input)?)?;
    let Some(Value::Array(operations)) = member(&body, "Operations") else {
        return Err(syntax("Operations must be a list of operations."));
    };
    if operations.is_empty() {
        return Err(syntax("Operations must not be empty."));
    }
    let mut edits = Edits::default();
    for operation in operations {
        let Value::Object(operation) = operation else {
            return Err(syntax("Each operation must be an object."));
        };
        let op = member(operation, "op").and_then(Value::as_str).unwrap_or_default();
        let op = match op.to_ascii_lowercase().as_str() {
            "add" => Op::Add,
            "remove" => Op::Remove,
            "replace" => Op::Replace,
            _ => return Err(syntax("op must be add, remove or replace.")),
        };
        let value = member(operation, "value");
        let path = match member(operation, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.trim().is_empty() => None,
            // The user schema as a path means the complete user.
            Some(Value::String(path)) if path.trim().eq_ignore_ascii_case(syntax::USER) => None,
            Some(Value::String(path)) => Some(syntax::path(path).map_err(|unreadable| {
                let detail = format!("The path can't be read: {}.", unreadable.0);
                Problem::scim(ScimType::InvalidPath, detail)
            })?),
            Some(_) => return Err(Problem::scim(ScimType::InvalidPath, "The path must be a string.")),
        };
        match (&path, value) {
            (Some(path), Some(value)) => edits.set(op, path, value),
            (Some(path), None) if op == Op::Remove => edits.set(op, path, &Value::Null),
            (Some(_), None) => {
                let problem = Problem::scim(ScimType::InvalidValue, "An operation has no value.");
                edits.cannot_take(path.as_ref(), problem);
            }
            (None, _) if op == Op::Remove => {
                let problem = Problem::scim(ScimType::NoTarget, "A remove operation must have a path.");
                edits.cannot_take(None, problem);
            }
            (None, Some(Value::Object(members))) => edits.members(op, members),
            (None, _) => {
                let detail = "Without a path, the value must be an object of attributes.";
                edits.cannot_take(None, Problem::scim(ScimType::InvalidValue, detail));
            }
        }
    }
    Ok(edits)
}

/// The members of a body, which must be an object.
pub(crate) fn object(body: Value) -> Result<Map<String, Value>, Problem> {
    match body {
        Value::Object(members) => Ok(members),
        _ => Err(syntax("The body must be a JSON object.")),
    }
}

/// Removes a member, by its name in any case.
pub(crate) fn member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn syntax(detail: &'static str) -> Problem {
    Problem::scim(ScimType::InvalidSyntax, detail)
}
