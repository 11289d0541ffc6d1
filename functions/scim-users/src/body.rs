//! Bodies as directories write them. An unreadable body would also refuse a suspension, so the code reads every body
//! whose meaning is clear.

use std::borrow::Cow;

use serde_json::Value;
use web::{Input, Problem, fields};

/// The replacement for an invalid character.
const REPLACEMENT: &str = r"\ufffd";

/// Reads the body as JSON. It accepts a byte order mark, ISO 8859-1 if the text isn't UTF-8 (as old shells send it),
/// lone surrogates, and numbers out of range. If a member occurs twice, the last one counts, unless one of them is
/// `false`. Then `false` counts.
pub(crate) fn json(input: &Input) -> Result<Value, Problem> {
    fields::json_of(readable(input.body()?).as_bytes(), fields::Duplicates::LastUnlessFalse)
}

fn readable(body: &[u8]) -> String {
    let text = match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        // Each byte of ISO 8859-1 is the character with that number.
        Err(_) => body.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
    };
    repaired(text.strip_prefix('\u{FEFF}').unwrap_or(&text))
}

/// Replaces what a JSON parser refuses: lone surrogates by a character, numbers out of range by 0.
fn repaired(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '"' => string(rest, &mut repaired),
            '-' | '0'..='9' => number(rest, &mut repaired),
            _ => {
                repaired.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    repaired
}

/// Copies a string and returns its length.
fn string(text: &str, repaired: &mut String) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut copied) = (1, 0);
    while at < bytes.len() && bytes[at] != b'"' {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(half) = surrogate(bytes, at) else {
            at += 2;
            continue;
        };
        let is_pair = (0xD800..0xDC00).contains(&half)
            && surrogate(bytes, at + 6).is_some_and(|low| (0xDC00..0xE000).contains(&low));
        if is_pair {
            at += 12;
        } else {
            repaired.push_str(&text[copied..at]);
            repaired.push_str(REPLACEMENT);
            at += 6;
            copied = at;
        }
    }
    let end = (at + 1).min(bytes.len());
    // An escape may end in the middle of a character.
    let end = (end..=bytes.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(bytes.len());
    repaired.push_str(&text[copied..end]);
    end
}

/// The surrogate that is escaped here.
fn surrogate(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok().filter(|half| (0xD800..0xE000).contains(half))
}

/// Copies a number and returns its length.
fn number(text: &str, repaired: &mut String) -> usize {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(text.len());
    let number = &text[..end];
    let is_out_of_range = number.parse::<f64>().is_ok_and(f64::is_infinite);
    repaired.push_str(if is_out_of_range { "0" } else { number });
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_with_a_clear_meaning_are_read() {
        for (body, expected) in [
            ("\u{FEFF}{}".as_bytes(), "{}"),
            (b"{\"a\": \"M\xFCller\"}", "{\"a\": \"M\u{FC}ller\"}"),
            (
                br#"{"a": "x\ud83d", "b": "\ud83d\ude00", "c": "\ude00\\ud83d"}"#,
                r#"{"a": "x\ufffd", "b": "\ud83d\ude00", "c": "\ufffd\\ud83d"}"#,
            ),
            (
                br#"{"a": [1e999, -1E999, 1.5e3, -2], "b": "1e999\"1e999"}"#,
                r#"{"a": [0, 0, 1.5e3, -2], "b": "1e999\"1e999"}"#,
            ),
        ] {
            let read = readable(body);
            assert_eq!(read, expected);
            assert!(serde_json::from_str::<Value>(&read).is_ok(), "{read}");
            // Incomplete and invalid texts are read to their end.
            for end in 0..body.len() {
                readable(&body[..end]);
                readable(&[&body[..end], "\u{E9}\\\u{E9}\\".as_bytes(), &body[end..]].concat());
            }
        }
    }

    #[test]
    fn invalid_json_is_not_changed() {
        for text in [
            "",
            "\"",
            "\"\\",
            "\"\\u",
            "\"\\ud8",
            "\"\\\u{E9}",
            "-",
            "1e",
            "\u{E9}",
            "{\"a\": nul",
            "\"x\\ud83",
        ] {
            assert_eq!(readable(text.as_bytes()), text);
        }
    }
}
