//! Sentences of our words and of words from outside, which can't pass for ours.

use std::{fmt, net::IpAddr};

use domain::{key::Mask, text::is_deceptive, time::Timestamp};

/// The longest name that a mail shows, in characters. The rest is cut off.
const NAME_LENGTH: usize = 60;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Ours.
    Own(String),
    /// From outside, cleaned: one line, with no link and no control of the direction of writing.
    Outside(String),
    /// Ours, on one line.
    Whole(String),
}

impl Word {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Own(text) | Self::Outside(text) | Self::Whole(text) => text,
        }
    }

    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }

    pub(crate) fn is_outside(&self) -> bool {
        matches!(self, Self::Outside(_))
    }
}

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sentence(pub(crate) Vec<Word>);

impl Sentence {
    /// A sentence of our words and of these from outside, which replace each `{}` in turn.
    pub(crate) fn of(ours: &str, others: &[&Self]) -> Self {
        let mut others = others.iter();
        let mut words = Vec::new();
        for (place, part) in ours.split("{}").enumerate() {
            if place > 0 {
                words.extend(others.next().into_iter().flat_map(|other| other.0.iter().cloned()));
            }
            if !part.is_empty() {
                words.push(Word::Own(part.into()));
            }
        }
        Self(words)
    }

    pub(crate) fn own(text: impl Into<String>) -> Self {
        Self(vec![Word::Own(text.into())])
    }

    /// Text from outside.
    pub(crate) fn outside(text: &str) -> Self {
        Self(vec![Word::Outside(clean(text))])
    }

    /// Without markup. Text in scripts from right to left is isolated, so that it can't reorder what is around it.
    pub(crate) fn plain(&self) -> String {
        self.0.iter().fold(String::new(), |text, word| match word {
            Word::Outside(outside) if outside.chars().any(is_right_to_left) => {
                format!("{text}\u{2068}{outside}\u{2069}")
            }
            word => text + word.text(),
        })
    }
}

impl From<&str> for Sentence {
    fn from(ours: &str) -> Self {
        Self::own(ours)
    }
}

/// One line without control characters, at most [`NAME_LENGTH`] characters long. An invisible character that joins words keeps mail
/// programs from making links of it.
fn clean(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let visible: String = visible.filter(|c| !is_deceptive(*c)).collect();
    let visible = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = visible.chars().take(NAME_LENGTH).collect();
    if short.len() < visible.len() {
        short.truncate(short.trim_end().len());
        short.push('…');
    }
    let is_link = |pair: &[char]| matches!(pair, ['.' | '/' | '@' | ':', next] if !next.is_whitespace());
    let characters: Vec<_> = short.chars().collect();
    let mut safe = String::with_capacity(short.len());
    for (place, c) in characters.iter().enumerate() {
        safe.push(*c);
        if characters.get(place..place + 2).is_some_and(is_link) {
            safe.push('\u{2060}');
        }
    }
    safe
}

/// Characters of Hebrew, Arabic and the other scripts from right to left, by their blocks.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// `“Nightly offboarding” (K7fQ…mibC)`
pub(crate) fn key(name: Option<&str>, mask: Option<&Mask>) -> Sentence {
    let mask = mask.map(|mask| Sentence(vec![Word::Whole(mask.to_string())]));
    match (name, mask) {
        (Some(name), Some(mask)) => Sentence::of("“{}” ({})", &[&Sentence::outside(name), &mask]),
        (Some(name), None) => Sentence::of("“{}”", &[&Sentence::outside(name)]),
        (None, Some(mask)) => mask,
        (None, None) => "of your company".into(),
    }
}

/// ` from 203.0.113.7`, if it is an address.
pub(crate) fn from_address(ip: Option<&str>) -> String {
    let ip = ip.and_then(|ip| ip.parse::<IpAddr>().ok());
    ip.map(|ip| format!(" from the address {ip}")).unwrap_or_default()
}

/// A time in UTC as people write it, `27 November 2026 at 12:31 UTC`.
pub(crate) struct Readable(pub(crate) Timestamp);

/// The day of a time in UTC, `27 November 2026`.
pub(crate) struct ReadableDay(pub(crate) Timestamp);

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl fmt::Display for ReadableDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let mut parts = text.split('T').next().unwrap_or_default().split('-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let month = month
            .and_then(|month| month.parse::<usize>().ok())
            .and_then(|month| MONTHS.get(month.checked_sub(1)?));
        let day = day.map(|day| day.trim_start_matches('0'));
        match (year, month, day) {
            (Some(year), Some(month), Some(day)) => write!(f, "{day} {month} {year}"),
            _ => f.write_str(&text),
        }
    }
}

impl fmt::Display for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let time = text.split_once('T').and_then(|(_, time)| time.get(..5)).unwrap_or_default();
        write!(f, "{} at {time} UTC", ReadableDay(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable() {
        let at = Timestamp::parse_rfc3339("2026-02-04T09:05:59.999Z").expect("a time");
        assert_eq!(Readable(at).to_string(), "4 February 2026 at 09:05 UTC");
    }

    #[test]
    fn names_are_one_line_and_no_links() {
        let shown = |name: &str| Sentence::outside(name).plain();
        assert_eq!(shown("Nightly\r\nBcc: x"), "Nightly Bcc: x");
        assert_eq!(shown("a\u{202E}b\u{2066}c\u{0}"), "abc");
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
        assert_eq!(shown(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(
            shown("https://evil.example/a"),
            "https:\u{2060}/\u{2060}/\u{2060}evil.\u{2060}example/\u{2060}a"
        );
        assert_eq!(shown("Nightly offboarding. Daily"), "Nightly offboarding. Daily");
        assert_eq!(shown("\u{5D0}\u{5D1}"), "\u{2068}\u{5D0}\u{5D1}\u{2069}");
    }

    #[test]
    fn words_from_outside_are_never_patterns() {
        let name = Sentence::outside("{} and {}");
        let sentence = Sentence::of("The key {} of {}.", &[&name, &"us".into()]);
        assert_eq!(sentence.plain(), "The key {} and {} of us.");
    }
}
