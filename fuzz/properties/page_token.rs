//! Page tokens: whatever a client sends is a refusal or a value, and what was written is read back.

use shared::http::page_token::{read, write};

/// What tokens are made of: numbers, texts, lists. No fractions, whose text may be another's.
type Content = (i64, Option<String>, Vec<String>);

/// Panics where it does not hold.
pub(crate) fn check(token: &str) {
    if let Ok(content) = read::<Content>(token) {
        let again: Content = read(&write(&content)).unwrap_or_else(|_| panic!("{content:?}"));
        assert_eq!(again, content);
    }
}
