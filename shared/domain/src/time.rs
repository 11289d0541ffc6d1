//! Points in time.

use std::{borrow::Cow, fmt, time::Duration};

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z. Always one that RFC 3339 can write: from the year 0 to
/// the year 9999 in UTC. A time outside this range becomes the nearest one inside, so that writing a time never fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0000-01-01T00:00:00.000Z
    pub const EARLIEST: Self = Self(-62_167_219_200_000);
    /// 9999-12-31T23:59:59.999Z
    pub const LATEST: Self = Self(253_402_300_799_999);

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < Self::EARLIEST.0 {
            Self::EARLIEST
        } else if millis > Self::LATEST.0 {
            Self::LATEST
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down, as JWT claims and the TTL of `DynamoDB` count them.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time plus a duration.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time minus a duration.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Reads an RFC 3339 date-time. Returns `None` if it isn't one, or if it is before the year 0 or after the year
    /// 9999 in UTC.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        // The library accepts any character between date and time.
        text.as_bytes().get(10).filter(|separator| separator.eq_ignore_ascii_case(&b'T'))?;
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let millis = i64::try_from(parsed.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        (Self::EARLIEST.0..=Self::LATEST.0).contains(&millis).then_some(Self(millis))
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-01-31T22:19:42.841Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(|_| fmt::Error)?;
        let (year, month, day) = t.to_calendar_date();
        let (hour, minute, second, milli) = t.to_hms_milli();
        let month = u8::from(month);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339 in UTC with milliseconds.",
            "examples": ["2026-01-31T22:19:42.841Z"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc_3339() {
        let t = Timestamp::parse_rfc3339("2026-01-31T23:19:42.841+01:00").expect("a date-time");
        assert_eq!(t.to_string(), "2026-01-31T22:19:42.841Z");
        assert_eq!(t.seconds(), 1_769_897_982);
        for bad in [
            "",
            "2026-01-31",
            "2026-01-31 22:19:42",
            "2026-01-31 22:19:42Z",
            "2026-01-31_22:19:42Z",
            "2026-01-31\u{0}22:19:42Z",
            "2026-02-30T00:00:00Z",
            "1769897982",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_time_can_be_written_and_read_back() {
        let far = Duration::MAX;
        for (time, text) in [
            (Timestamp::from_millis(i64::MIN), "0000-01-01T00:00:00.000Z"),
            (Timestamp::from_millis(0).minus(far), "0000-01-01T00:00:00.000Z"),
            (Timestamp::from_millis(i64::MAX), "9999-12-31T23:59:59.999Z"),
            (Timestamp::from_millis(0).plus(far), "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(time.to_string(), text);
            assert_eq!(Timestamp::parse_rfc3339(text), Some(time));
        }
    }
}
