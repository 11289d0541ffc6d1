//! Days in UTC.

use std::{borrow::Cow, fmt};

use serde::{Serialize, Serializer};

use crate::time::Timestamp;

const MILLIS: i64 = 24 * 60 * 60 * 1_000;

/// A day in UTC, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of this time.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        Self(at.millis().div_euclid(MILLIS))
    }

    /// When the day begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(MILLIS))
    }

    /// The day that is this many days later, or earlier if the number is negative.
    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self::of(Self(self.0.saturating_add(days)).start())
    }

    /// Reads `2026-11-27`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_date = text.len() == 10 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
        let start = is_date.then(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))?;
        start.map(Self::of)
    }
}

/// `2026-11-27`
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.start().to_string().split('T').next().unwrap_or_default())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date",
            "description": "A day in UTC.",
            "examples": ["2026-11-27"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_and_read_back() {
        let noon = Timestamp::parse_rfc3339("2026-11-27T12:00:00Z").expect("a time");
        let day = Day::of(noon);
        assert_eq!(day.to_string(), "2026-11-27");
        assert_eq!(Day::parse("2026-11-27"), Some(day));
        assert_eq!(Day::of(day.start()), day);
        let last = Timestamp::from_millis(day.plus(1).start().millis() - 1);
        assert_eq!((Day::of(last), day.plus(-27).to_string()), (day, "2026-10-31".into()));
        for wrong in ["", "2026-11-31", "2026-11-2", "20261127", "2026-11-27T", "+2026-1-27"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_day_can_be_written() {
        for (day, text) in [
            (Day::of(Timestamp::LATEST).plus(1), "9999-12-31"),
            (Day(i64::MAX).plus(i64::MAX), "9999-12-31"),
            (Day::of(Timestamp::EARLIEST).plus(-1), "0000-01-01"),
            (Day::of(Timestamp::from_millis(-1)), "1969-12-31"),
        ] {
            assert_eq!(day.to_string(), text);
        }
    }
}
