//! Reads fields about keys, which several operations take.

use domain::{
    identifiers::KeyId,
    key::{ApiKeyRecord, LONGEST_LIFE_DAYS, SelfRotation},
    scope::{Scope, Scopes},
};
use serde_json::Value;
use tracing::Span;

use crate::{call::Input, fields::whole_number, problem::Problem, problem_type::ProblemType};

/// The key that the path names, which was read with the administrator.
pub fn named_key(input: &Input, key: Option<ApiKeyRecord>) -> Result<ApiKeyRecord, Problem> {
    let Some(key_id) = KeyId::parse(input.path_parameter("keyId")) else {
        let detail = "must be the keyId of an API key, with 26 characters";
        return Err(Problem::invalid_field("keyId", detail));
    };
    Span::current().record("keyId", key_id.as_str());
    key.ok_or_else(|| Problem::of(ProblemType::NotFound))
}

/// Reads the scopes of a key, at least one.
pub fn scopes(value: &Value) -> Result<Scopes, String> {
    let offered = Scope::ALL.map(Scope::id).join(", ");
    let expected = || format!("must be a list of at least one of: {offered}");
    let ids = value.as_array().filter(|ids| !ids.is_empty()).ok_or_else(expected)?;
    let known = ids.iter().map(|id| id.as_str().and_then(Scope::from_id));
    known
        .collect::<Option<Scopes>>()
        .ok_or_else(|| format!("contains an unknown scope; the scopes are: {offered}"))
}

/// Reads whether a key may rotate itself, an object with `lifetimeDays`.
pub fn self_rotation(value: &Value) -> Result<SelfRotation, String> {
    let expected =
        || format!("must be an object with lifetimeDays, a whole number from 1 to {LONGEST_LIFE_DAYS}");
    let members = value.as_object().filter(|members| members.len() == 1).ok_or_else(expected)?;
    let days =
        members.get("lifetimeDays").and_then(|days| whole_number(days, &(1..=LONGEST_LIFE_DAYS.into())));
    let lifetime_days = days.and_then(|days| u16::try_from(days).ok()).ok_or_else(expected)?;
    Ok(SelfRotation { lifetime_days })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scope_lists() {
        assert_eq!(scopes(&json!(["deprovisioning", "deprovisioning"])), Ok([Scope::Deprovisioning].into()));
        for bad in [json!([]), json!("deprovisioning"), json!(["everything"]), json!([7]), json!(null)] {
            assert!(scopes(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn self_rotations() {
        let days = |value: Value| self_rotation(&value).map(|allowed| allowed.lifetime_days);
        assert_eq!(days(json!({"lifetimeDays": 1})), Ok(1));
        assert_eq!(days(json!({"lifetimeDays": 366})), Ok(366));
        for wrong in [json!({}), json!(90), json!(null), json!({"lifetimeDays": 90, "x": 1})] {
            assert!(days(wrong.clone()).is_err(), "{wrong}");
        }
        for wrong in [json!(0), json!(367), json!(1.5), json!("90"), json!(null), json!(-1)] {
            assert!(days(json!({"lifetimeDays": wrong})).is_err(), "{wrong}");
        }
    }
}
