//! What reporters send.

use std::{collections::HashMap, fmt};

use domain::{
    key::{ApiKey, Digest, api_keys_in, contains_api_key},
    leaks::{PLACES, SENT_ADDRESS_LENGTH, clean_address},
};
use serde::Deserialize;
use serde_json::Value;
use web::{
    Problem,
    fields::{Fields, string},
};

/// The maximum number of texts, and of different keys in them, that a finder reports at once.
pub(crate) const KEYS: usize = 20;

/// The keys that somebody reports.
#[derive(Debug, Default)]
pub struct Report {
    /// Each different key once.
    pub keys: Vec<ApiKey>,
    /// Where they were found.
    pub places: Places,
}

impl Report {
    /// Adds the keys that a text contains, found at this place. Returns their digests.
    fn add(&mut self, text: &str, place: Option<&str>) -> Vec<Digest> {
        let mut digests = Vec::new();
        for key in api_keys_in(text.as_bytes()) {
            let digest = key.digest();
            if self.places.note(&digest, place) {
                self.keys.push(key);
            }
            digests.push(digest);
        }
        digests
    }
}

/// Where each key was found. It has digests and text from outside, so `Debug` shows nothing.
#[derive(Default)]
pub struct Places(HashMap<String, Vec<String>>);

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places(…)")
    }
}

impl Places {
    /// Where the key with this digest was found: at most [`PLACES`] addresses.
    #[must_use]
    pub fn of(&self, digest: &Digest) -> &[String] {
        self.0.get(&digest.to_hex()).map_or(&[], Vec::as_slice)
    }

    /// Notes a key and perhaps a place. Returns whether the key is new.
    fn note(&mut self, digest: &Digest, place: Option<&str>) -> bool {
        let before = self.0.len();
        let places = self.0.entry(digest.to_hex()).or_default();
        if let Some(place) = place
            && places.len() < PLACES
            && !places.iter().any(|known| known == place)
        {
            places.push(place.to_owned());
        }
        self.0.len() > before
    }
}

/// Reads a finder's report, and how many texts it has. A text may have more in it than a key, such as the line in which the key was
/// found.
pub fn report_in(mut fields: Fields) -> Result<(Report, usize), Problem> {
    let texts = fields.required("keys", texts);
    let url = fields.optional("url", address);
    // An address that can't be shown is left out: the keys matter more. It may contain one, too.
    let place = url.as_deref().and_then(clean_address);
    let mut report = Report::default();
    for text in texts.iter().flatten().chain(&url) {
        report.add(text, place.as_deref());
    }
    if report.keys.len() > KEYS {
        fields.wrong("keys", format!("must contain at most {KEYS} different API keys"));
    }
    let received = texts.as_ref().map(Vec::len);
    fields.finish(received.map(|received| (report, received)))
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    let texts: Option<Vec<String>> = value
        .as_array()
        .and_then(|texts| texts.iter().map(|text| text.as_str().map(str::to_owned)).collect());
    texts
        .filter(|texts| (1..=KEYS).contains(&texts.len()))
        .ok_or_else(|| format!("must be a list of 1 to {KEYS} strings, each with an API key"))
}

fn address(value: &Value) -> Result<String, String> {
    let text = string(value)?;
    if text.chars().count() > SENT_ADDRESS_LENGTH {
        return Err(format!("must have at most {SENT_ADDRESS_LENGTH} characters"));
    }
    Ok(text.to_owned())
}

/// A text that GitHub found.
#[derive(Debug)]
pub struct Match {
    /// The SHA-256 digest of the text.
    pub digest: Digest,
    /// GitHub's name for this kind of secret.
    pub kind: String,
    /// The digests of the keys in the text: usually one, which is the text itself.
    pub keys: Vec<Digest>,
}

/// One of GitHub's matches, as it is sent
/// (<https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partner-program>).
#[derive(Deserialize)]
struct SentMatch {
    token: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

/// Reads GitHub's report: an array of matches, in their order.
pub fn matches_in(body: &[u8]) -> Result<(Report, Vec<Match>), Problem> {
    let sent: Vec<SentMatch> = serde_json::from_slice(body)
        .map_err(|_| Problem::invalid_field("body", "must be a JSON array of matches, each with a token"))?;
    let mut report = Report::default();
    let matches = sent.into_iter().map(|SentMatch { token, kind, url }| {
        // The address matters only for a key.
        let url = url.filter(|_| contains_api_key(token.as_bytes()));
        let place = url.as_deref().and_then(clean_address);
        let keys = report.add(&token, place.as_deref());
        // No response contains a key.
        let kind = kind.filter(|kind| !contains_api_key(kind.as_bytes())).unwrap_or_default();
        Match { digest: Digest::of(token.as_bytes()), kind, keys }
    });
    let matches = matches.collect();
    Ok((report, matches))
}

#[cfg(test)]
mod tests {
    use domain::key::EXAMPLE;
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<(Report, usize), Problem> {
        report_in(Fields::of_value_with_keys(value)?)
    }

    #[test]
    fn keys_are_found_in_any_text() {
        let texts = json!([EXAMPLE, format!("  export KEY='{EXAMPLE}'\n"), "nothing", ""]);
        let (report, received) =
            read(json!({"keys": texts, "url": "https://example.com/a?b"})).expect("read");
        assert_eq!((report.keys.len(), received), (1, 4));
        let places = report.places.of(&report.keys[0].digest());
        assert_eq!(places, ["https://example.com/a"]);
        let in_address = json!({"keys": ["nothing"], "url": format!("https://example.com/?key={EXAMPLE}")});
        assert_eq!(read(in_address).expect("read").0.keys.len(), 1);
    }

    #[test]
    fn wrong_reports() {
        for wrong in [json!({}), json!({"keys": []}), json!({"keys": EXAMPLE}), json!({"keys": [1]})] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
        let many: Vec<_> = (0..=KEYS).map(|n| n.to_string()).collect();
        assert!(read(json!({"keys": many})).is_err());
        assert!(read(json!({"keys": ["a"], "url": 1})).is_err());
        assert!(read(json!({"keys": ["a"], "other": 1})).is_err());
        assert!(read(json!({"keys": ["a"], "url": "no address"})).is_ok());
    }

    #[test]
    fn matches_keep_their_order_and_each_key_its_places() {
        let found =
            |token: &str, url: &str| json!({"token": token, "type": "t", "url": url, "source": "content"});
        let mut sent: Vec<_> = (0..9).map(|n| found(EXAMPLE, &format!("https://example.com/{n}"))).collect();
        sent.push(found("other", ""));
        sent.push(json!({"token": EXAMPLE}));
        let (report, matches) = matches_in(json!(sent).to_string().as_bytes()).expect("read");
        assert_eq!((report.keys.len(), matches.len()), (1, 11));
        assert_eq!(report.places.of(&report.keys[0].digest()).len(), PLACES);
        let real: Vec<_> = matches.iter().map(|found| !found.keys.is_empty()).collect();
        assert_eq!(real, [[true; 9].as_slice(), &[false, true]].concat());
        assert_eq!(matches[0].digest, matches[0].keys[0]);
        for wrong in ["", "{}", "[1]", r#"[{"type":"t"}]"#, "[", "nonsense"] {
            assert!(matches_in(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
