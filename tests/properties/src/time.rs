//! Times: what is read is written back, in UTC, and read as the same again.

use domain::time::Timestamp;

/// Panics where it does not hold.
pub fn check(text: &str) {
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        let written = time.to_string();
        assert!(written.len() == "2026-01-31T22:19:42.841Z".len() && written.ends_with('Z'), "{written}");
        assert_eq!(Timestamp::parse_rfc3339(&written), Some(time), "{written}");
        assert_eq!(Timestamp::from_millis(time.millis()), time);
    }
}
