//! Requests to rotate a key. Administrators and keys send the same body.

use domain::{
    key::{DEFAULT_OVERLAP_SECONDS, OVERLAP_SECONDS},
    time::Timestamp,
};
use keys::{SecretExpiry, SecretRequest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::{
    call::Input,
    expiry::{check_expiry, date_time},
    fields::{Fields, string, whole_number},
    openapi::Content,
    problem::Problem,
};

/// The new secret of an API key. All members are optional, and so is the body.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "NewApiKeySecret")]
pub struct NewSecretBody {
    /// When the new secret expires: in the future, at most 366 days ahead. `null` if it doesn't expire. If absent, the new secret
    /// lives as long as the current one was to live when it was made. If a key rotates itself, the new secret lives for
    /// `selfRotation.lifetimeDays` at most, which is then also the default, and `null` is refused.
    #[schemars(schema_with = "expiry_schema")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    expires_at: Option<SecretExpiry>,
    /// How long the old secret works after the first use of the new one, in seconds.
    #[schemars(schema_with = "overlap_schema")]
    #[serde(skip_serializing_if = "Option::is_none", default)]
    overlap_seconds: Option<u32>,
}

impl NewSecretBody {
    /// The description of the body.
    #[must_use]
    pub fn content() -> Content {
        Content::of::<Self>(json!({"overlapSeconds": 3_600})).optional()
    }

    /// Reads the body. An absent body asks for nothing in particular.
    pub fn read(input: &Input, now: Timestamp) -> Result<SecretRequest, Problem> {
        let mut fields = Fields::of_optional_body(input)?;
        let body = Self {
            expires_at: fields.optional("expiresAt", |value| expiry(value, now)),
            overlap_seconds: fields.optional("overlapSeconds", overlap),
        };
        let body = fields.finish(Some(body))?;
        Ok(SecretRequest {
            expiry: body.expires_at.unwrap_or(SecretExpiry::AsBefore),
            overlap_seconds: body.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECONDS),
        })
    }
}

fn expiry(value: &Value, now: Timestamp) -> Result<SecretExpiry, String> {
    if value.is_null() {
        return Ok(SecretExpiry::Never);
    }
    let at = date_time(string(value)?)?;
    check_expiry(at, now).map(|()| SecretExpiry::At(at))
}

fn overlap(value: &Value) -> Result<u32, String> {
    whole_number(value, &OVERLAP_SECONDS).ok_or_else(|| {
        let (shortest, longest) = (OVERLAP_SECONDS.start(), OVERLAP_SECONDS.end());
        format!("must be a whole number of seconds from {shortest} to {longest}")
    })
}

fn expiry_schema(generator: &mut SchemaGenerator) -> Schema {
    let time = generator.subschema_for::<Timestamp>();
    json_schema!({"oneOf": [time, {"type": "null"}]})
}

fn overlap_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "minimum": OVERLAP_SECONDS.start(),
        "maximum": OVERLAP_SECONDS.end(),
        "default": DEFAULT_OVERLAP_SECONDS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps() {
        assert_eq!((overlap(&json!(60)), overlap(&json!(604_800))), (Ok(60), Ok(604_800)));
        for wrong in [json!(59), json!(604_801), json!(-60), json!(60.5), json!("60"), json!(null)] {
            assert!(overlap(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn expiries() {
        let now = Timestamp::from_millis(0);
        assert_eq!(expiry(&Value::Null, now), Ok(SecretExpiry::Never));
        let at = "1970-01-02T00:00:00Z";
        assert_eq!(expiry(&json!(at), now).ok(), Timestamp::parse_rfc3339(at).map(SecretExpiry::At));
        for wrong in [json!("1969-12-31T00:00:00Z"), json!("1971-01-03T00:00:00Z"), json!(1), json!("")] {
            assert!(expiry(&wrong, now).is_err(), "{wrong}");
        }
    }
}
