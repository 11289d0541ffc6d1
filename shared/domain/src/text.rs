//! Rules for text that people write and other people read.

/// The maximum length of the name of a key or a company, in characters.
pub const NAME_LENGTH: usize = 100;
/// The maximum length of a note about a key, in characters.
pub const NOTE_LENGTH: usize = 500;
/// The maximum length of the name of a person, in characters.
pub const PERSON_NAME_LENGTH: usize = 256;

/// [`is_deceptive`] as a character class of a regular expression. All dialects of JSON Schema know `\uXXXX`, but they
/// differ about the meaning of `\s`.
macro_rules! deceptive {
    () => {
        r"\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069"
    };
}
pub(crate) use deceptive;

/// Unicode's white space, as a character class.
macro_rules! spaces {
    () => {
        r"\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
    };
}
pub(crate) use spaces;

/// [`is_invisible`] without the spaces, as a character class. JSON Schema has no `\uXXXX` for the last of them.
macro_rules! invisible {
    () => {
        "\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\u3164\\u2800\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\u{1BCA0}-\u{1BCA3}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}"
    };
}
pub(crate) use invisible;

/// [`breaks_lines`], as a character class.
macro_rules! line_breaking {
    () => {
        r"\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029"
    };
}

/// A name that a person wrote: trimmed, 1 to [`NAME_LENGTH`] characters, no control characters and no bidirectional
/// controls (which could make a name disguise the text next to it, Unicode TR 36).
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    fits(text, NAME_LENGTH)?;
    if text.chars().any(is_deceptive) {
        return Err("must not contain control or bidirectional formatting characters".into());
    }
    Ok(text.into())
}

/// A note that a person wrote, at most [`NOTE_LENGTH`] characters: trimmed, with line breaks, but no other control characters
/// and no bidirectional controls. `None` if it is empty.
pub fn note(text: &str) -> Result<Option<String>, String> {
    if text.chars().count() > NOTE_LENGTH {
        return Err(format!("must have at most {NOTE_LENGTH} characters"));
    }
    if text.chars().any(|c| !matches!(c, '\n' | '\r') && is_deceptive(c)) {
        return Err("must not contain control or bidirectional formatting characters".into());
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned))
}

/// The name of a person as a directory sends it: 1 to [`PERSON_NAME_LENGTH`] characters, trimmed, with tabs as spaces.
/// Direction marks are kept, because names in Hebrew and Arabic need them. Embeddings, overrides and isolates are
/// removed, because they could reorder the text next to the name (Unicode TR 36 §2.4). Line breaks and other control
/// characters are refused.
pub fn person_name(text: &str) -> Result<String, String> {
    let cleaned: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c == '\t' { ' ' } else { c })
        .collect();
    let cleaned = cleaned.trim();
    fits(cleaned, PERSON_NAME_LENGTH)?;
    if cleaned.chars().any(breaks_lines) {
        return Err("must not contain line breaks or other control characters".into());
    }
    Ok(cleaned.into())
}

fn fits(text: &str, length: usize) -> Result<(), String> {
    if text.chars().all(is_invisible) {
        return Err("must not be empty".into());
    }
    if text.chars().count() > length {
        return Err(format!("must have at most {length} characters"));
    }
    Ok(())
}

/// A regular expression for text that has no character of the first class, and at least one character that is neither a
/// space nor in the second class.
macro_rules! showing {
    ($refused:expr, $unshown:expr) => {
        concat!(
            "^[",
            spaces!(),
            "]*[^",
            $refused,
            "]*[^",
            $refused,
            spaces!(),
            $unshown,
            "][^",
            $refused,
            "]*[",
            spaces!(),
            "]*$"
        )
    };
}
pub(crate) use showing;

/// A regular expression for what [`name`] accepts, for `openapi.json`.
pub const NAME_PATTERN: &str = showing!(deceptive!(), invisible!());

/// A regular expression for what [`note`] accepts.
pub const NOTE_PATTERN: &str =
    r"^[^\u0000-\u0009\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]*$";

/// A regular expression for what [`person_name`] accepts.
pub const PERSON_NAME_PATTERN: &str = showing!(line_breaking!(), invisible!());

/// A regular expression for text of any length without deceptive characters.
pub const NOT_DECEPTIVE_PATTERN: &str = concat!("^[^", deceptive!(), "]*$");

/// A regular expression for text that isn't empty after trimming.
pub const NOT_BLANK_PATTERN: &str = concat!("[^", spaces!(), "]");

/// A regular expression for text that isn't empty after trimming and has no deceptive characters.
pub const LABEL_PATTERN: &str = showing!(deceptive!(), "");

/// Spaces, and characters that are invisible by themselves: Unicode's default ignorable code points, the blank of
/// Braille and the anchors of annotations.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{2800}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

/// Line breaks, and control characters except tabs.
fn breaks_lines(c: char) -> bool {
    c.is_control() && c != '\t' || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Control characters, line separators and the bidirectional controls of Unicode.
#[must_use]
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name("  Nightly offboarding ✔ "), Ok("Nightly offboarding ✔".into()));
        assert!(name(&"é".repeat(NAME_LENGTH)).is_ok());
        for bad in [
            "",
            "   ",
            "a\nb",
            "a\u{202E}b",
            "a\u{0}b",
            "a\u{2066}b",
            "\u{200B}\u{3164} \u{FEFF}",
            &"x".repeat(NAME_LENGTH + 1),
        ] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn notes() {
        assert_eq!(note(" For payroll.\r\nAsk Ada. "), Ok(Some("For payroll.\nAsk Ada.".into())));
        assert_eq!((note(""), note(" \n ")), (Ok(None), Ok(None)));
        assert!(note(&"é".repeat(NOTE_LENGTH)).is_ok());
        for bad in ["a\tb", "a\u{202E}b", "a\u{0}b", &"x".repeat(NOTE_LENGTH + 1)] {
            assert!(note(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_of_people_are_cleaned() {
        for (text, expected) in [
            (" Dana\u{200F} Cohen\u{200E}\t", "Dana\u{200F} Cohen\u{200E}"),
            ("Ada\tLovelace", "Ada Lovelace"),
            ("\u{202E}Ada\u{202C} \u{2066}L\u{2069}", "Ada L"),
        ] {
            assert_eq!(person_name(text).as_deref(), Ok(expected));
        }
        assert!(person_name(&"é".repeat(PERSON_NAME_LENGTH)).is_ok());
        let long = "x".repeat(PERSON_NAME_LENGTH + 1);
        for bad in ["", "\t", "a\nb", "a\u{0}b", "a\u{2028}b", "\u{200F}\u{202E}", &long] {
            assert!(person_name(bad).is_err(), "{bad:?}");
        }
    }
}
