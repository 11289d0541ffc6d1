//! SCIM filters and paths: every input gives a value or an error, and the value has a limited size.

use scim_users::syntax::{LENGTH, filter, path};

/// Panics if the property is violated.
pub fn check(text: &str) {
    if let Ok(comparisons) = filter(text) {
        assert!(text.len() <= LENGTH && !comparisons.is_empty() && comparisons.len() <= 32);
        for comparison in &comparisons {
            assert!(!comparison.attribute.name.is_empty());
            assert!(!comparison.value.is_object() && !comparison.value.is_array());
        }
        // A filter in parentheses, or repeated, has the same meaning.
        if text.len() < LENGTH / 3 && comparisons.len() < 8 {
            if let Ok(wrapped) = filter(&format!("({text})")) {
                assert_eq!(wrapped, comparisons);
            }
            let twice = filter(&format!("{text} and {text}")).expect("two of what can be read");
            assert_eq!(twice.len(), 2 * comparisons.len());
        }
    }
    if let Ok(path) = path(text) {
        assert!(
            !path.attribute.name.is_empty()
                && path.attribute.name == path.attribute.name.to_ascii_lowercase()
        );
    }
}
