//! The request to create a key.

use domain::{text, time::Timestamp};
use keys::{Idempotency, NewKey};
use store::CompanyAdministrator;
use web::{
    Input, Problem,
    expiry::{check_expiry, date_time},
    fields::{Fields, or_null, string},
    key_fields::{networks, scopes, self_rotation, suspension_limit},
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
        let note = fields.optional("note", |value| text::note(string(value)?)).flatten();
        let scopes = fields.required("scopes", scopes);
        let expires_at = fields.optional("expiresAt", |value| {
            let at = date_time(string(value)?)?;
            expiry_error = check_expiry(at, now).err();
            Ok(at)
        });
        let self_rotation = fields.optional("selfRotation", self_rotation);
        let networks = fields.optional("networks", |value| or_null(value, networks)).flatten();
        let suspension_limit = fields.optional("suspensionLimit", suspension_limit);
        if let Err(detail) = idempotency_key(input.header(IDEMPOTENCY_KEY)) {
            fields.wrong("Idempotency-Key", detail);
        }
        if let Some(detail) = expiry_error.as_ref().filter(|_| fields.has_errors()) {
            fields.wrong("expiresAt", detail.clone());
        }
        let read = name.zip(scopes);
        let body = fields.finish(read.map(|(name, scopes)| Self {
            name,
            note,
            scopes,
            expires_at,
            self_rotation,
            networks,
            suspension_limit,
        }))?;
        Ok((body, expiry_error.map(|detail| Problem::invalid_field("expiresAt", detail))))
    }
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
