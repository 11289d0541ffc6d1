//! PATCH (RFC 7644 §3.5.2) as the clients in use send it: several operations at once, `op` in any case, with a path and
//! without one.

use serde_json::{Map, Value};
use shared::http::{Input, Problem, ScimType, fields};

use crate::edit::{Edits, Op};

/// Reads the operations; later ones go over earlier ones.
pub(crate) fn read(input: &Input) -> Result<Edits, Problem> {
    let body = object(fields::json(input)?)?;
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
        match (member(operation, "path"), value) {
            (Some(Value::String(path)), value) if op == Op::Remove || value.is_some() => {
                edits.operation(op, path, value.unwrap_or(&Value::Null))?;
            }
            (Some(Value::String(_)), _) => {
                return Err(Problem::scim(ScimType::InvalidValue, "An operation lacks its value."));
            }
            (None | Some(Value::Null), _) if op == Op::Remove => {
                return Err(Problem::scim(ScimType::NoTarget, "To remove something, say its path."));
            }
            (None | Some(Value::Null), Some(Value::Object(members))) => edits.members(members)?,
            (None | Some(Value::Null), _) => {
                let detail = "Without a path the value must be an object of attributes.";
                return Err(Problem::scim(ScimType::InvalidValue, detail));
            }
            (Some(_), _) => {
                return Err(Problem::scim(ScimType::InvalidPath, "The path must be a string."));
            }
        }
    }
    Ok(edits)
}

/// A body that is an object.
pub(crate) fn object(body: Value) -> Result<Map<String, Value>, Problem> {
    match body {
        Value::Object(members) => Ok(members),
        _ => Err(syntax("The body must be a JSON object.")),
    }
}

/// A member, by its name in any case.
pub(crate) fn member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    members.iter().find(|(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn syntax(detail: &'static str) -> Problem {
    Problem::scim(ScimType::InvalidSyntax, detail)
}
