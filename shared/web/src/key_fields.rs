//! Reads fields about keys, which several operations take.

use domain::{
    identifiers::KeyId,
    key::{ApiKeyRecord, LONGEST_LIFE_DAYS, SelfRotation},
    network::{AllowedNetworks, MOST_RANGES, NetworkMode, Ranges, range},
    scope::{Scope, Scopes},
    suspensions::{SUSPENSIONS_PER_HOUR, SuspensionLimit},
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

/// Reads the networks from which a key may be used, an object with `mode` and `ranges`.
pub fn networks(value: &Value) -> Result<AllowedNetworks, String> {
    let expected = || "must be an object with mode, which is report or enforce, and ranges".to_owned();
    let members = value.as_object().filter(|members| members.len() == 2).ok_or_else(expected)?;
    let mode = members.get("mode").and_then(Value::as_str).and_then(NetworkMode::from_id);
    let ranges = members.get("ranges").ok_or_else(expected)?;
    Ok(AllowedNetworks { mode: mode.ok_or_else(expected)?, ranges: network_ranges(ranges)? })
}

/// Reads a list of 1 to [`MOST_RANGES`] networks.
pub fn network_ranges(value: &Value) -> Result<Ranges, String> {
    let expected = || format!("must have 1 to {MOST_RANGES} ranges, each a text such as 203.0.113.0/24");
    let texts = value.as_array().filter(|texts| texts.len() <= MOST_RANGES).ok_or_else(expected)?;
    let mut ranges = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        let read = range(text.as_str().ok_or_else(expected)?.trim());
        ranges.push(read.map_err(|refused| format!("range {}: {refused}", place + 1))?);
    }
    Ranges::new(ranges).ok_or_else(expected)
}

/// Reads a key's own limit of suspensions: a number, `policy`, `unlimited`, or `null` for none.
pub fn suspension_limit(value: &Value) -> Result<SuspensionLimit, String> {
    match value {
        Value::Null => Ok(SuspensionLimit::Unlimited),
        Value::String(name) if name == SuspensionLimit::POLICY => Ok(SuspensionLimit::Policy),
        Value::String(name) if name == SuspensionLimit::UNLIMITED => Ok(SuspensionLimit::Unlimited),
        number => suspensions_per_hour(number)
            .map(SuspensionLimit::PerHour)
            .map_err(|detail| format!("{detail}, or one of: policy, unlimited")),
    }
}

/// Reads a number of suspensions an hour.
pub fn suspensions_per_hour(value: &Value) -> Result<u16, String> {
    let (least, most) = (*SUSPENSIONS_PER_HOUR.start(), *SUSPENSIONS_PER_HOUR.end());
    let number = whole_number(value, &(u32::from(least)..=u32::from(most)));
    let number = number.and_then(|number| u16::try_from(number).ok());
    number.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
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
    fn lists_of_networks() {
        let read = |mode: &str, ranges: Value| networks(&json!({"mode": mode, "ranges": ranges}));
        let list = read("enforce", json!([" 203.0.113.0/24 ", "::ffff:203.0.113.0/120"])).expect("a list");
        assert_eq!((list.is_enforced(), list.ranges.to_string().as_str()), (true, "203.0.113.0/24"));
        let many = |count: u8| (0..count).map(|n| format!("192.0.2.{n}")).collect::<Vec<_>>();
        assert!(read("report", json!(many(20))).is_ok());
        for wrong in [json!(many(21)), json!([]), json!(null), json!([7]), json!("203.0.113.0/24")] {
            assert!(read("report", wrong.clone()).is_err_and(|detail| detail.contains("1 to 20")), "{wrong}");
        }
        let second = read("report", json!(["203.0.113.0/24", "203.0.113.1/24"]));
        assert!(
            second.is_err_and(|detail| detail.starts_with("range 2: ") && detail.ends_with("203.0.113.0/24"))
        );
        assert!(read("off", json!(["203.0.113.0/24"])).is_err());
        for wrong in [json!(null), json!({}), json!([]), json!({"mode": "report"})] {
            assert!(networks(&wrong).is_err(), "{wrong}");
        }
        let more = json!({"mode": "report", "ranges": ["203.0.113.0/24"], "x": 1});
        assert!(networks(&more).is_err());
    }

    #[test]
    fn suspension_limits() {
        assert_eq!(suspension_limit(&json!(null)), Ok(SuspensionLimit::Unlimited));
        assert_eq!(suspension_limit(&json!("unlimited")), Ok(SuspensionLimit::Unlimited));
        assert_eq!(suspension_limit(&json!("policy")), Ok(SuspensionLimit::Policy));
        assert_eq!(suspension_limit(&json!(1)), Ok(SuspensionLimit::PerHour(1)));
        assert_eq!(suspension_limit(&json!(1_000)), Ok(SuspensionLimit::PerHour(1_000)));
        for wrong in [json!(0), json!(1_001), json!(-1), json!(1.5), json!("100"), json!([]), json!(true)] {
            assert!(suspension_limit(&wrong).is_err(), "{wrong}");
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
