//! API keys, and the search for them in text: a key that is read is written back the same, and only keys are found.

use domain::key::{ApiKey, LENGTH, Mask, contains_api_key};

/// Panics if the property is violated.
pub fn check(text: &str) {
    if let Ok(key) = ApiKey::parse(text) {
        assert_eq!(key.expose(), text);
        assert!(text.len() == LENGTH && text.is_ascii());
        assert!(contains_api_key(format!("<{text}>").as_bytes()));
        let mask = key.mask();
        assert_eq!(Mask::new(&text[..4], &text[LENGTH - 4..]), Some(mask));
    }
    let windows = text.as_bytes().windows(LENGTH);
    let any = windows.filter_map(|window| std::str::from_utf8(window).ok()).any(|w| ApiKey::parse(w).is_ok());
    assert_eq!(contains_api_key(text.as_bytes()), any);
}
