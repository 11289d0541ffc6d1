//! The request to create a key.

use domain::{
    key::LONGEST_LIFE_DAYS,
    scope::{Scope, Scopes},
    text,
    time::Timestamp,
};
use keys::{Idempotency, NewKey};
use serde_json::Value;
use store::CompanyAdministrator;
use web::{
    Input, Problem,
    expiry::{check_expiry, date_time},
    fields::{Fields, string, whole_number},
    wire::SelfRotationView,
};

use crate::wire::NewKeyBody;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

impl NewKeyBody {
    /// Reads the body. Returns an expiry outside the allowed range separately, because in a repeated request it is
    /// not an error.
    pub(crate) fn read(input: &Input, now: Timestamp) -> Result<(Self, Option<Problem>), Problem> {
        let mut fields = Fields::of_body(input)?;
        let mut expiry_error = None;
        let name = fields.required("name", |value| text::name(string(value)?));
        let scopes = fields.required("scopes", scopes);
        let expires_at = fields.optional("expiresAt", |value| {
            let at = date_time(string(value)?)?;
            expiry_error = check_expiry(at, now).err();
            Ok(at)
        });
        let self_rotation = fields.optional("selfRotation", self_rotation);
        if let Err(detail) = idempotency_key(input.header(IDEMPOTENCY_KEY)) {
            fields.wrong("Idempotency-Key", detail);
        }
        if let Some(detail) = expiry_error.as_ref().filter(|_| fields.has_errors()) {
            fields.wrong("expiresAt", detail.clone());
        }
        let read = name.zip(scopes);
        let body =
            fields.finish(read.map(|(name, scopes)| Self { name, scopes, expires_at, self_rotation }))?;
        Ok((body, expiry_error.map(|detail| Problem::invalid_field("expiresAt", detail))))
    }
}

fn scopes(value: &Value) -> Result<Scopes, String> {
    let offered = Scope::ALL.map(Scope::id).join(", ");
    let expected = || format!("must be a list of at least one of: {offered}");
    let ids = value.as_array().filter(|ids| !ids.is_empty()).ok_or_else(expected)?;
    let known = ids.iter().map(|id| id.as_str().and_then(Scope::from_id));
    known
        .collect::<Option<Scopes>>()
        .ok_or_else(|| format!("contains an unknown scope; the scopes are: {offered}"))
}

fn self_rotation(value: &Value) -> Result<SelfRotationView, String> {
    let expected =
        || format!("must be an object with lifetimeDays, a whole number from 1 to {LONGEST_LIFE_DAYS}");
    let members = value.as_object().filter(|members| members.len() == 1).ok_or_else(expected)?;
    let days =
        members.get("lifetimeDays").and_then(|days| whole_number(days, &(1..=LONGEST_LIFE_DAYS.into())));
    let lifetime_days = days.and_then(|days| u16::try_from(days).ok()).ok_or_else(expected)?;
    Ok(SelfRotationView { lifetime_days })
}

/// The value of the header `Idempotency-Key`, which [`NewKeyBody::read`] has checked.
pub(crate) fn idempotency(input: &Input, admin: &CompanyAdministrator, new: &NewKey) -> Option<Idempotency> {
    let header = idempotency_key(input.header(IDEMPOTENCY_KEY)).ok()??;
    Some(Idempotency::new(admin, header, new))
}

/// Reads the header `Idempotency-Key`, 1 to 255 visible ASCII characters. The error says what is expected.
pub fn idempotency_key(header: Option<&str>) -> Result<Option<&str>, &'static str> {
    let fits = |text: &str| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if header.is_none_or(fits) { Ok(header) } else { Err("must be 1 to 255 visible ASCII characters") }
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
