//! Points in time as the Enterprise API takes them, in UTC where they say nothing else.

use shared::clock::Timestamp;

/// What a date must be, for the client.
pub(crate) const FORMS: &str = "must be a date, `2026-01-31`, a time in UTC, `2026-01-31 22:19:42`, or an RFC 3339 date-time, `2026-01-31T22:19:42.841Z` \
     (a + in it percent-encoded)";

/// Reads `yyyy-mm-dd`, `yyyy-mm-dd HH:mm:ss`, or RFC 3339 with or without fractions.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    match (text.len(), text.as_bytes().get(10)) {
        (10, _) => Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")),
        (19, Some(b' ')) => Timestamp::parse_rfc3339(&format!("{}Z", text.replacen(' ', "T", 1))),
        _ => Timestamp::parse_rfc3339(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00.000Z"),
            ("2026-01-31 22:19:42", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31T22:19:42Z", "2026-01-31T22:19:42.000Z"),
            ("2026-01-31T22:19:42.841Z", "2026-01-31T22:19:42.841Z"),
            ("2026-01-31T22:19:42.841999Z", "2026-01-31T22:19:42.841Z"),
            ("2026-01-31T23:19:42.8+01:00", "2026-01-31T22:19:42.800Z"),
        ] {
            assert_eq!(read(text).expect("a date").to_string(), expected);
        }
        for bad in [
            "",
            "today",
            "2026-1-31",
            "2026-02-30",
            "31-01-2026",
            "2026-01-31T22:19:42",
            "2026-01-31 22:19",
            "2026-01-31 22:19:42Z",
            "2026-01-31T23:19:42 01:00",
            "1769897982",
            "2026-01-31é",
            "éééééé",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
