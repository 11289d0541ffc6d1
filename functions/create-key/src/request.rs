//! The request to create a key.

use std::time::Duration;

use domain::{
    scope::{Scope, Scopes},
    text,
    time::Timestamp,
};
use keys::{Idempotency, NewKey};
use serde_json::Value;
use store::CompanyAdministrator;
use web::{
    Input, Problem,
    fields::{Fields, string},
};

use crate::wire::NewKeyBody;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest time until an expiry: a leap year.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 366);

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
        if let Err(detail) = idempotency_key(input.header(IDEMPOTENCY_KEY)) {
            fields.wrong("Idempotency-Key", detail);
        }
        if let Some(detail) = expiry_error.as_ref().filter(|_| fields.has_errors()) {
            fields.wrong("expiresAt", detail.clone());
        }
        let body = fields.finish(name.zip(scopes).map(|(name, scopes)| Self { name, scopes, expires_at }))?;
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

fn date_time(text: &str) -> Result<Timestamp, String> {
    let expected = "must be an RFC 3339 date-time such as 2027-01-31T00:00:00Z";
    Timestamp::parse_rfc3339(text).ok_or_else(|| expected.into())
}

fn check_expiry(at: Timestamp, now: Timestamp) -> Result<(), String> {
    if at <= now {
        return Err("must be in the future".into());
    }
    if at > now.plus(LONGEST_LIFE) {
        return Err("must be at most 366 days ahead".into());
    }
    Ok(())
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
    fn expiries() {
        let now = Timestamp::parse_rfc3339("2026-01-31T00:00:00Z").expect("a time");
        let expiry = |text: &str, now| date_time(text).and_then(|at| check_expiry(at, now));
        assert!(expiry("2026-01-31T00:00:01Z", now).is_ok());
        assert!(expiry("2027-02-01T00:00:00Z", now).is_ok());
        for bad in ["2026-01-31T00:00:00Z", "2027-02-01T00:00:01Z", "tomorrow", "2027-01-31", ""] {
            assert!(expiry(bad, now).is_err(), "{bad}");
        }
    }
}
