//! Page tokens are opaque to the client. They contain the position and the filters, never the company.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// Writes a token.
///
/// # Panics
/// If the content has no JSON form.
#[must_use]
pub fn write<T: Serialize>(content: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(content).expect("page tokens are plain data"))
}

/// Reads a token that [`write`] could have written, character for character. The content still comes from a client. So
/// the reader also checks that each part is valid, and always takes the company from the caller.
pub fn read<T: Serialize + for<'de> Deserialize<'de>>(token: &str) -> Result<T, Problem> {
    let content: Option<T> =
        URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    content.filter(|content| write(content) == token).ok_or_else(refused)
}

/// The problem for a token that the service did not write.
#[must_use]
pub fn refused() -> Problem {
    Problem::invalid_field("nextToken", "must be the unchanged nextToken of an earlier response")
}
