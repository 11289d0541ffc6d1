//! The request to edit a key.

use domain::{key::KeyEdit, text, time::Timestamp};
use web::{
    Input, Problem,
    expiry::{check_expiry, date_time},
    fields::{Fields, or_null, string},
    key_fields::{networks, scopes, self_rotation, suspension_limit},
};

/// Reads the body. `null` removes what can be absent.
pub(crate) fn read(input: &Input, now: Timestamp) -> Result<KeyEdit, Problem> {
    let mut fields = Fields::of_body(input)?;
    let edit = KeyEdit {
        name: fields.optional("name", |value| text::name(string(value)?)),
        note: fields
            .optional("note", |value| or_null(value, |value| text::note(string(value)?)))
            .map(Option::flatten),
        expires_at: fields.optional("expiresAt", |value| {
            or_null(value, |value| {
                let at = date_time(string(value)?)?;
                check_expiry(at, now).map(|()| at)
            })
        }),
        self_rotation: fields.optional("selfRotation", |value| or_null(value, self_rotation)),
        scopes: fields.optional("scopes", scopes),
        networks: fields.optional("networks", |value| or_null(value, networks)),
        suspension_limit: fields.optional("suspensionLimit", suspension_limit),
    };
    let edit = fields.finish(Some(edit))?;
    if edit == KeyEdit::default() {
        return Err(Problem::invalid_field("body", "names nothing to change"));
    }
    Ok(edit)
}
