//! The request to edit a key.

use domain::{key::KeyEdit, text, time::Timestamp};
use serde_json::Value;
use web::{
    Input, Problem,
    expiry::{check_expiry, date_time},
    fields::{Fields, string},
    key_fields::{scopes, self_rotation},
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
    };
    let edit = fields.finish(Some(edit))?;
    if edit == KeyEdit::default() {
        return Err(Problem::invalid_field("body", "names nothing to change"));
    }
    Ok(edit)
}

fn or_null<T>(value: &Value, read: impl FnOnce(&Value) -> Result<T, String>) -> Result<Option<T>, String> {
    if value.is_null() { Ok(None) } else { read(value).map(Some) }
}
