//! The address of a page on which a key was found: strangers choose it, and administrators see only what is harmless of it.

use domain::{
    key::{EXAMPLE, contains_api_key},
    leaks::{ADDRESS_LENGTH, clean_address},
};

/// Panics if the property is violated.
pub fn check(text: &str) {
    if let Some(address) = clean_address(text) {
        check_clean(&address);
        // What is cut off has no effect.
        let plain = text.trim();
        if !plain.contains(['?', '#']) {
            for more in ["?key=1", "#part", "?a#b"] {
                assert_eq!(clean_address(&format!("{plain}{more}")), Some(address.clone()), "{more}");
            }
        }
    }
    // A key is never shown, wherever it is.
    for hidden in [
        format!("https://example.com/{text}/{EXAMPLE}"),
        format!("https://example.com/{EXAMPLE}{text}"),
        format!("{text}{EXAMPLE}"),
        format!("https://{EXAMPLE}{text}"),
        format!("https://example.com/{}", EXAMPLE.replace('_', "%5f")),
    ] {
        let _ = clean_address(&hidden).inspect(|address| check_clean(address));
    }
}

/// Checks an address as administrators see it.
pub(crate) fn check_clean(address: &str) {
    assert!(address.chars().count() <= ADDRESS_LENGTH, "{address}");
    let (whole, is_cut) = match address.strip_suffix('…') {
        Some(whole) => (whole, true),
        None => (address, false),
    };
    assert!(whole.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\\\"'<>`".contains(&byte)), "{address}");
    assert!(!contains_api_key(whole.replace("%5f", "_").replace("%5F", "_").as_bytes()), "{address}");
    let rest = whole.strip_prefix("https://").or_else(|| whole.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).expect("a scheme and a host");
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
    assert!(!host.is_empty() && host.bytes().all(is_part), "{address}");
    // It is again an address, and the same one.
    if !is_cut {
        assert_eq!(clean_address(address).as_deref(), Some(address));
    }
}
