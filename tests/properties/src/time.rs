//! Times: a time that is read, written in UTC and read again is the same.

use domain::time::Timestamp;

/// Panics if the property is violated.
pub fn check(text: &str) {
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        let written = time.to_string();
        assert!(written.len() == "2026-01-31T22:19:42.841Z".len() && written.ends_with('Z'), "{written}");
        assert_eq!(Timestamp::parse_rfc3339(&written), Some(time), "{written}");
        assert_eq!(Timestamp::from_millis(time.millis()), time);
    }
}
