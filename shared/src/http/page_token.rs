//! Page tokens: opaque to the client; they hold where to go on and the filters, never the company.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::Problem;

/// Writes a token.
///
/// # Panics
/// If the content has no JSON form.
#[must_use]
pub fn write<T: Serialize>(content: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(content).expect("page tokens are plain data"))
}

/// Reads a token. Whatever is in it, it came from a client: the company always comes from the caller.
pub fn read<T: for<'de> Deserialize<'de>>(token: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(refused)
}

/// What is there isn't a token that we could have written.
#[must_use]
pub fn refused() -> Problem {
    Problem::invalid_field("nextToken", "must be a nextToken of an earlier response, unchanged")
}
