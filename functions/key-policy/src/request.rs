//! The request to change the key policy.

use std::ops::RangeInclusive;

use domain::{
    key::LONGEST_LIFE_DAYS,
    leaks::LeakResponse,
    policy::{DEFAULT_GRACE_DAYS, GRACE_DAYS, KeyPolicy, UNUSED_DAYS},
};
use keys::NewPolicy;
use serde_json::Value;
use web::{
    Input, Problem,
    fields::{Fields, json, or_null, string, whole_number},
    key_fields::{scopes, suspensions_per_hour},
};

/// Reads the policy, and whether it is only to be tried. `null` is the same as absent, but for the limit of suspensions.
pub(crate) fn read(input: &Input) -> Result<(NewPolicy, bool), Problem> {
    let mut query = Fields::of_query(input)?;
    let is_trial = query.optional("dryRun", |value| match string(value)? {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".into()),
    });
    query.finish(Some(()))?;
    let mut fields = Fields::of_value(json(input)?)?;
    let must_expire = fields.optional("mustExpire", true_or_false);
    let longest =
        fields.optional("longestLifetimeDays", |value| days_or_null(value, &(1..=LONGEST_LIFE_DAYS)));
    let unused = fields.optional("unusedDays", |value| days_or_null(value, &UNUSED_DAYS));
    let offered = fields.optional("scopes", |value| or_null(value, scopes));
    let networks = fields.optional("networksRequired", true_or_false);
    let suspensions = fields.optional("suspensionsPerHour", |value| or_null(value, suspensions_per_hour));
    let leaked = fields.optional("leakedKeys", |value| {
        LeakResponse::from_id(string(value)?).ok_or_else(|| "must be revoke or alert".into())
    });
    let grace = fields.optional("graceDays", |value| days(value, &GRACE_DAYS));
    let policy = KeyPolicy {
        must_expire: must_expire.unwrap_or(false),
        longest_lifetime_days: longest.flatten(),
        unused_days: unused.flatten(),
        scopes: offered.flatten(),
        networks_required: networks.unwrap_or(false),
        suspensions_per_hour: suspensions.flatten(),
        leaked_keys: leaked.unwrap_or_default(),
        grace_days: grace.unwrap_or(DEFAULT_GRACE_DAYS),
    };
    let policy = NewPolicy {
        policy,
        keeps_suspension_limit: suspensions.is_none(),
        keeps_networks: networks.is_none(),
        keeps_leaked_keys: leaked.is_none(),
    };
    let policy = fields.finish(Some(policy))?;
    Ok((policy, is_trial.unwrap_or(false)))
}

fn true_or_false(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or("must be true or false".into())
}

fn days_or_null(value: &Value, range: &RangeInclusive<u16>) -> Result<Option<u16>, String> {
    or_null(value, |value| days(value, range))
}

fn days(value: &Value, range: &RangeInclusive<u16>) -> Result<u16, String> {
    let (least, most) = (*range.start(), *range.end());
    let days = whole_number(value, &(u32::from(least)..=u32::from(most)));
    let days = days.and_then(|days| u16::try_from(days).ok());
    days.ok_or_else(|| format!("must be a whole number of days from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_of_days() {
        assert_eq!(days_or_null(&Value::Null, &UNUSED_DAYS), Ok(None));
        assert_eq!(days_or_null(&json!(30), &UNUSED_DAYS), Ok(Some(30)));
        for wrong in [json!(29), json!(367), json!("30"), json!(30.5), json!(-30), json!(true)] {
            assert!(days(&wrong, &UNUSED_DAYS).is_err(), "{wrong}");
        }
        assert!(days(&Value::Null, &GRACE_DAYS).is_err());
    }
}
