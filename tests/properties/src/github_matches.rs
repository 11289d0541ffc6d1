//! The body of GitHub's report: it is read completely or refused, and the matches stay in their order.

use domain::key::{Digest, contains_api_key};
use leaked_keys::matches_in;
use serde_json::{Value, json};

use super::found_keys::check_report;

/// Panics if the property is violated.
pub fn check(text: &str) {
    // The input as a body.
    check_body(text);
    // The input as each part of a match, because random input is rarely valid JSON.
    let all = json!({"token": text, "type": text, "url": text, "source": text, "other": [text]});
    for body in [json!([all, {"token": "x"}, all]), json!([{"token": text}])] {
        assert!(matches_in(body.to_string().as_bytes()).is_ok(), "{body}");
        check_body(&body.to_string());
    }
    assert!(matches_in(json!([{"token": text}, {"type": text}]).to_string().as_bytes()).is_err());
}

fn check_body(body: &str) {
    let Ok((report, matches)) = matches_in(body.as_bytes()) else { return };
    let sent: Vec<Value> = serde_json::from_str(body).expect("what was read is JSON");
    assert_eq!(matches.len(), sent.len());
    let tokens: Vec<&str> = sent.iter().map(|sent| sent["token"].as_str().expect("a text")).collect();
    check_report(&report, &tokens);
    for ((found, sent), token) in matches.iter().zip(&sent).zip(&tokens) {
        assert_eq!(found.digest.to_hex(), Digest::of(token.as_bytes()).to_hex());
        let kind = sent["type"].as_str().filter(|kind| !contains_api_key(kind.as_bytes()));
        assert_eq!(found.kind, kind.unwrap_or_default());
        let is_known =
            |digest: &Digest| report.keys.iter().any(|key| key.digest().to_hex() == digest.to_hex());
        assert!(found.keys.iter().all(is_known));
    }
}
