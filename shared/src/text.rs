//! Rules for text that people write and other people read.

/// Most characters in the name of a key, an account or a company.
pub const NAME_LENGTH: usize = 100;

/// [`is_deceptive`], for a class of characters in a regular expression. JSON Schema's dialects agree on `\uXXXX`, not on
/// what `\s` is.
macro_rules! deceptive {
    () => {
        r"\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069"
    };
}
pub(crate) use deceptive;

/// Unicode's white space, likewise.
macro_rules! spaces {
    () => {
        r"\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
    };
}
pub(crate) use spaces;

/// A name as a person may write it: trimmed, 1 to [`NAME_LENGTH`] characters, no control characters and no
/// bidirectional controls (which would let a name disguise what stands beside it; Unicode TR 36).
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().all(is_invisible) {
        return Err("must not be empty".into());
    }
    if text.chars().count() > NAME_LENGTH {
        return Err(format!("must have at most {NAME_LENGTH} characters"));
    }
    if text.chars().any(is_deceptive) {
        return Err("must not contain control or bidirectional formatting characters".into());
    }
    Ok(text.into())
}

/// A regular expression for text that has no deceptive characters and shows something: neither a space nor one of these.
macro_rules! showing {
    ($($unshown:literal)?) => {
        concat!(
            "^[",
            spaces!(),
            "]*[^",
            deceptive!(),
            "]*[^",
            deceptive!(),
            spaces!(),
            $($unshown,)?
            "][^",
            deceptive!(),
            "]*[",
            spaces!(),
            "]*$"
        )
    };
}

/// What [`name`] takes, as a regular expression for `openapi.json`.
pub const NAME_PATTERN: &str = showing!(
    "\\u00AD\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200D\\u2060-\\u206F\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\u{E0000}-\u{E0FFF}"
);

/// Text of any length without deceptive characters, likewise.
pub const NOT_DECEPTIVE_PATTERN: &str = concat!("^[^", deceptive!(), "]*$");

/// What isn't empty without the spaces around it, likewise.
pub const NOT_BLANK_PATTERN: &str = concat!("[^", spaces!(), "]");

/// What isn't empty without the spaces around it and has no deceptive characters, likewise.
pub const LABEL_PATTERN: &str = showing!();

/// Spaces, and characters that show nothing by themselves (Unicode's default ignorable code points).
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
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
}
