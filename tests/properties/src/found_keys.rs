//! The body of a finder's report: it is read completely or refused. Exactly the keys that its texts and its address contain are
//! found, each once.

use std::collections::BTreeSet;

use domain::{
    key::api_keys_in,
    leaks::{PLACES, clean_address},
};
use leaked_keys::{Report, report_in};
use serde_json::{Value, json};
use web::fields::Fields;

/// The maximum number of texts, and of different keys in them.
const MOST: usize = 20;

/// Panics if the property is violated.
pub fn check(text: &str) {
    // The input as a body.
    if let Ok(body) = serde_json::from_str::<Value>(text) {
        check_body(&body);
    }
    // The input as the text in which a key was found, because random input is rarely valid JSON.
    for body in [json!({"keys": [text]}), json!({"keys": [text, "x", text], "url": text})] {
        check_body(&body);
    }
    assert!(read(&json!({"keys": [text], text: text})).is_err() || text == "url");
}

fn read(body: &Value) -> Result<(Report, usize), web::Problem> {
    report_in(Fields::of_value_with_keys(body.clone())?)
}

fn check_body(body: &Value) {
    let sent: Option<Vec<&str>> =
        body["keys"].as_array().and_then(|texts| texts.iter().map(Value::as_str).collect());
    let url = body["url"].as_str();
    let Ok((report, received)) = read(body) else {
        let keys = digests(sent.iter().flatten().copied().chain(url)).len();
        let is_valid = sent.is_some_and(|sent| (1..=MOST).contains(&sent.len())) && keys <= MOST;
        let is_short = url.is_none_or(|url| url.chars().count() <= 2_000);
        let is_known =
            body.as_object().is_some_and(|body| body.keys().all(|name| name == "keys" || name == "url"));
        let is_text = body.get("url").is_none_or(Value::is_string);
        assert!(!(is_valid && is_short && is_known && is_text), "refused: {body}");
        return;
    };
    let sent = sent.expect("a list of texts");
    assert_eq!(received, sent.len());
    let texts: Vec<_> = sent.into_iter().chain(url).collect();
    check_report(&report, &texts);
    let place = url.and_then(clean_address);
    for key in &report.keys {
        assert_eq!(report.places.of(&key.digest()), place.as_slice());
    }
}

/// Checks that a report has exactly the keys of these texts, and no place that must not be shown.
pub(crate) fn check_report(report: &Report, texts: &[&str]) {
    let found: BTreeSet<String> = report.keys.iter().map(|key| key.digest().to_hex()).collect();
    assert_eq!(found.len(), report.keys.len(), "a key is there twice");
    assert_eq!(found, digests(texts.iter().copied()));
    for key in &report.keys {
        let places = report.places.of(&key.digest());
        assert!(places.len() <= PLACES);
        assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "a place is there twice");
        for place in places {
            super::found_address::check_clean(place);
        }
    }
}

fn digests<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    texts.flat_map(|text| api_keys_in(text.as_bytes())).map(|key| key.digest().to_hex()).collect()
}
