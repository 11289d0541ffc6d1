//! The header `Idempotency-Key`: an accepted value is the value that was sent, and is again a valid header.

use create_key::idempotency_key;

/// Panics if the property is violated.
pub fn check(header: &str) {
    assert_eq!(idempotency_key(None), Ok(None));
    let visible = header.chars().all(|character| ('!'..='~').contains(&character));
    let fits = visible && !header.is_empty() && header.len() <= 255;
    assert_eq!(idempotency_key(Some(header)).is_ok(), fits);
    if let Ok(accepted) = idempotency_key(Some(header)) {
        assert_eq!(accepted, Some(header));
    }
}
