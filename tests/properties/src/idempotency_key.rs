//! The header `Idempotency-Key`: what is accepted is what was sent, and may stand in a header again.

use create_key::idempotency_key;

/// Panics where it does not hold.
pub fn check(header: &str) {
    assert_eq!(idempotency_key(None), Ok(None));
    let visible = header.chars().all(|character| ('!'..='~').contains(&character));
    let fits = visible && !header.is_empty() && header.len() <= 255;
    assert_eq!(idempotency_key(Some(header)).is_ok(), fits);
    if let Ok(accepted) = idempotency_key(Some(header)) {
        assert_eq!(accepted, Some(header));
    }
}
