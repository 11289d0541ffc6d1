//! The rules that find leaked API keys (docs/leaks.md): what they match and what they don't.
//!
//! The expressions are read from the files in `examples/leak-detection`. The crate `regex` runs them: its syntax is that
//! of RE2, which gitleaks and `TruffleHog` use. `cargo xtask leak-rules` repeats this with the tools themselves.

mod rules;
mod texts;
mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use domain::key::{ApiKey, contains_api_key};

use crate::{
    rules::{Rule, entropy, rules},
    texts::{KINDS, altered, keys, near_misses, random, surrounded},
};

const KEYS: usize = 1_000;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").into()
}

/// The folder with the rules.
fn folder() -> PathBuf {
    root().join("examples/leak-detection")
}

/// Runs a test of each rule, at the same time.
fn for_each_rule(test: impl Fn(&Rule) + Sync) {
    let (rules, test) = (rules(), &test);
    thread::scope(|scope| {
        for rule in &rules {
            scope.spawn(move || test(rule));
        }
    });
}

/// Fails if the rule finds something in this text.
fn finds_nothing(rule: &Rule, text: &[u8], place: &str) {
    if let Some(found) = rule.found(text).first() {
        panic!("{} finds {} in {place}", rule.tool, String::from_utf8_lossy(found));
    }
}

#[test]
fn every_rule_finds_every_key_in_every_surrounding() {
    let keys = keys(KEYS);
    for_each_rule(|rule| {
        for key in &keys {
            let texts = surrounded(key.expose());
            let all = texts.join("\n");
            if rule.found(all.as_bytes()) != vec![key.expose().as_bytes(); texts.len()] {
                let missed = |text: &&String| rule.found(text.as_bytes()) != [key.expose().as_bytes()];
                panic!("{} misses {:#?}", rule.tool, texts.iter().filter(missed).collect::<Vec<_>>());
            }
            assert!(key.expose().to_ascii_lowercase().contains(&rule.keyword), "{}: keyword", rule.tool);
        }
    });
}

#[test]
fn neighbors_are_both_found() {
    let keys = keys(2);
    let [first, second] = [keys[0].expose(), keys[1].expose()];
    for_each_rule(|rule| {
        for separator in [",", " ", "\n", "\r\n", ":", "\"", "%2C", "\\n"] {
            let text = format!("{first}{separator}{second}");
            let found = rule.found(text.as_bytes());
            assert_eq!(found, [first.as_bytes(), second.as_bytes()], "{}: {separator:?}", rule.tool);
        }
    });
}

/// A regular expression can't compute a checksum, so it also finds keys with a typing error. Only the service and
/// `check_keys.py` see that they are none.
#[test]
fn a_changed_character_is_found_by_the_rules_and_refused_by_the_checksum() {
    let (keys, mut random) = (keys(KEYS), random(2));
    let texts: Vec<Vec<String>> =
        keys.iter().map(|key| altered(key.expose(), &mut random).collect()).collect();
    for text in texts.iter().flatten() {
        assert!(ApiKey::parse(text).is_err(), "{text}");
    }
    for_each_rule(|rule| {
        for texts in &texts {
            let all = texts.join("\n");
            assert_eq!(
                rule.found(all.as_bytes()),
                texts.iter().map(String::as_bytes).collect::<Vec<_>>(),
                "{}",
                rule.tool
            );
        }
    });
}

#[test]
fn no_rule_finds_what_is_almost_a_key() {
    let (rules, keys, mut random) = (rules(), keys(20), random(3));
    for key in keys {
        let texts = near_misses(key.expose(), &mut random);
        assert_eq!(texts.len(), 50 + 56 + 57 + 10);
        for text in texts {
            for rule in &rules {
                for text in [text.clone(), format!("KEY=\"{text}\"")] {
                    finds_nothing(rule, text.as_bytes(), &text);
                }
            }
        }
    }
}

/// 50 MB: what is found there by mistake would be found in every large repository.
#[test]
fn no_rule_finds_anything_in_fifty_megabytes_without_keys() {
    const PIECES: u64 = 9;
    const PIECE: usize = 1_000_000;
    thread::scope(|scope| {
        for kind in &KINDS {
            scope.spawn(move || {
                let rules = rules();
                for number in 0..PIECES {
                    let text = kind.text(number, PIECE);
                    for rule in &rules {
                        finds_nothing(rule, &text, kind.name);
                    }
                }
            });
        }
    });
}

#[test]
fn no_rule_finds_anything_in_the_documents_and_in_placeholders() {
    let mut files = vec![root().join("README.md"), root().join("openapi.json")];
    files.extend(
        fs::read_dir(root().join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path()),
    );
    // It shows an event with a well-formed key that isn't the example.
    files.retain(|path| path.is_file() && !path.ends_with("adding-an-api.md"));
    let documents: Vec<_> = files.iter().map(|path| fs::read(path).expect("a file")).collect();
    assert!(documents.iter().any(|text| contains_api_key(text)), "no document shows the example");
    let placeholders = [
        ("x", "x"),
        ("X", "X"),
        ("0", "0"),
        ("abc", "def"),
        ("FIRST", "LAST"),
        ("your", "key"),
        ("1a", "2b"),
    ];
    let placeholders = placeholders.map(|(first, last)| {
        format!("{}_cak1_{}", &first.repeat(22)[..22], &last.repeat(28)[..28]).into_bytes()
    });
    let rules = rules();
    for text in documents.iter().chain(&placeholders) {
        for rule in &rules {
            finds_nothing(rule, text, "the documents or placeholders");
        }
    }
}

/// The condition on the entropy must not hide a key: random keys are far above it.
#[test]
fn the_entropy_of_keys_is_far_above_what_the_rules_demand() {
    let lowest = keys(20_000).iter().map(|key| entropy(key.expose().as_bytes())).fold(f64::MAX, f64::min);
    for rule in rules() {
        assert!(lowest > rule.least_entropy() + 0.4, "{}: {lowest}", rule.tool);
    }
}
