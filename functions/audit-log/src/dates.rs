//! Times as collectors write them, in UTC if they have no zone.

use domain::time::Timestamp;

/// The accepted date formats, for the client.
pub(crate) const FORMS: &str = "must be a date, `2026-01-31`, a time in UTC, `2026-01-31 22:19:42`, or an RFC 3339 date-time, `2026-01-31T22:19:42.841Z` \
     (a + in it percent-encoded)";

/// Reads `yyyy-mm-dd`, optionally followed by `T` or a space and `HH:mm:ss`. Fractions and a zone are optional.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() == 10 {
        return Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
    }
    let (date, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix([' ', 'T', 't'])?;
    let zone = if time.ends_with(['Z', 'z']) || time.contains(['+', '-']) { "" } else { "Z" };
    Timestamp::parse_rfc3339(&format!("{date}T{}{zone}", time.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_date_format_is_read() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00.000Z"),
            (" 2026-01-31 ", "2026-01-31T00:00:00.000Z"),
            ("2026-01-31 22:19:42", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31T22:19:42", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31t22:19:42.8", "2026-01-31T22:19:42.800Z"),
            ("2026-01-31 22:19:42.841", "2026-01-31T22:19:42.841Z"),
            ("2026-01-31 22:19:42Z", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31T22:19:42Z", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31t22:19:42z", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31T22:19:42.841Z", "2026-01-31T22:19:42.841Z"),
            ("2026-01-31T22:19:42.841999Z", "2026-01-31T22:19:42.841Z"),
            ("2026-01-31T22:19:42.841999999999Z", "2026-01-31T22:19:42.841Z"),
            ("2026-01-31T23:19:42.8+01:00", "2026-01-31T22:19:42.800Z"),
            ("2026-01-31 14:19:42-08:00", "2026-01-31T22:19:42.000Z"),
        ] {
            assert_eq!(read(text).unwrap_or_else(|| panic!("{text}")).to_string(), expected);
        }
        for bad in [
            "",
            "today",
            "2026-1-31",
            "2026-02-30",
            "31-01-2026",
            "2026-01-31 22:19",
            "2026-01-31_22:19:42",
            "2026-01-31  22:19:42",
            "2026-01-31T22:19:42 Z",
            // A + that was not percent-encoded. The code doesn't guess the zone.
            "2026-01-31T23:19:42 01:00",
            "1769897982",
            "2026-01-31é",
            "éééééé",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
