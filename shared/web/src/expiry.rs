//! Reads when a secret is to expire.

use std::time::Duration;

use domain::{key::LONGEST_LIFE_DAYS, time::Timestamp};

/// The longest time until an expiry: a leap year.
const LONGEST_LIFE: Duration = Duration::from_hours(24 * LONGEST_LIFE_DAYS as u64);

/// Reads an RFC 3339 date-time.
pub fn date_time(text: &str) -> Result<Timestamp, String> {
    let expected = "must be an RFC 3339 date-time such as 2027-01-31T00:00:00Z";
    Timestamp::parse_rfc3339(text).ok_or_else(|| expected.into())
}

/// Checks that an expiry is in the future, and at most a year ahead.
pub fn check_expiry(at: Timestamp, now: Timestamp) -> Result<(), String> {
    if at <= now {
        return Err("must be in the future".into());
    }
    if at > now.plus(LONGEST_LIFE) {
        return Err("must be at most 366 days ahead".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries() {
        let now = Timestamp::parse_rfc3339("2026-01-31T00:00:00Z").expect("a time");
        let expiry = |text: &str, now| date_time(text).and_then(|at| check_expiry(at, now));
        assert!(expiry("2026-01-31T00:00:01Z", now).is_ok());
        assert!(expiry("2027-02-01T00:00:00Z", now).is_ok());
        for bad in ["2026-01-31T00:00:00Z", "2027-02-01T00:00:01Z", "tomorrow", "2027-01-31", ""] {
            assert!(expiry(bad, now).is_err(), "{bad}");
        }
    }
}
