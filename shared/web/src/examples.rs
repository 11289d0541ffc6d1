//! Example values for the descriptions of several operations.

use serde_json::{Value, json};

/// The ID of the example key.
pub const KEY_ID: &str = "01KDXJ7Q9W3T5V8YB2C4E6G8HA";
/// The name of the example key.
pub const KEY_NAME: &str = "Nightly offboarding";
/// The first four characters of the example key.
pub const FIRST_FOUR: &str = "K7fQ";
/// The last four characters of the example key.
pub const LAST_FOUR: &str = "mibC";
/// The email address of the example member.
pub const MEMBER_EMAIL: &str = "grace@acme.example";
/// When the example key was created.
pub const CREATED_AT: &str = "2026-01-31T22:19:42.841Z";

/// The SHA-256 digest of the example key.
pub const EXAMPLE_DIGEST: &str = "879e956a4ab3c5437ee9c6c12cd85428d186f9c58cfaa2a0edb0b04bdc34c28e";

/// The mask of the example key.
#[must_use]
pub fn mask() -> String {
    format!("{FIRST_FOUR}…{LAST_FOUR}")
}

/// The mask of the example key before it was rotated.
pub const OLD_MASK: &str = "hT2w…9xQe";

/// The new secret of the example key, before its first use.
#[must_use]
pub fn new_secret() -> Value {
    json!({
        "mask": mask(),
        "createdAt": "2026-02-01T09:30:00.000Z",
        "createdBy": person(),
        "unusedUntil": "2026-03-03T09:30:00.000Z",
    })
}

/// The example key.
#[must_use]
pub fn api_key() -> Value {
    json!({
        "keyId": KEY_ID,
        "name": KEY_NAME,
        "mask": mask(),
        "scopes": ["deprovisioning"],
        "createdBy": person(),
        "createdAt": CREATED_AT,
    })
}

/// The administrator who created the example key.
#[must_use]
pub fn person() -> Value {
    json!({"accountId": "ada", "email": "ada@acme.example"})
}

/// The account of the example administrator.
#[must_use]
pub fn administrator() -> Value {
    with(with(with(person(), "name", "Ada"), "role", "company_admin"), "state", "active")
}

/// The account of the example member.
#[must_use]
pub fn member() -> Value {
    json!({
        "accountId": "grace", "email": MEMBER_EMAIL, "name": "Grace", "role": "member", "state": "active",
    })
}

/// The account of the example member while it is suspended.
#[must_use]
pub fn suspended_member() -> Value {
    with(with(member(), "state", "suspended"), "suspendedAt", "2026-02-01T03:00:00.102Z")
}

/// An example with one more field, or with another value of it.
#[must_use]
pub fn with(mut example: Value, field: &str, value: impl Into<Value>) -> Value {
    example[field] = value.into();
    example
}
