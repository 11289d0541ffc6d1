//! The rules of `examples/leak-detection`, as the tools read them.

use std::fs;

use domain::key::EXAMPLE;
use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;

use crate::folder;

/// A rule, and how its tool applies it.
pub struct Rule {
    /// The tool's name, for messages.
    pub tool: &'static str,
    /// The tool looks at a text only if its lower-case form contains this. Empty if the tool has no such condition.
    pub keyword: String,
    expression: Regex,
    /// Whether the tool also finds a match that begins inside the end of the previous one.
    overlaps: bool,
    least_entropy: f64,
    required: Vec<Regex>,
    /// Whatever contains one of these isn't reported.
    excluded: Vec<Regex>,
}

/// The three rules.
pub fn rules() -> [Rule; 3] {
    [gitleaks(), trufflehog(), github()]
}

/// The text of a file with rules.
pub fn read(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An expression with the meaning that it has in RE2 and Hyperscan: on bytes, with ASCII classes.
fn expression(text: &str) -> Regex {
    RegexBuilder::new(text).unicode(false).build().unwrap_or_else(|error| panic!("{error}"))
}

fn expressions(list: &Value) -> Vec<Regex> {
    list.as_array().expect("a list").iter().map(|text| expression(text.as_str().expect("a text"))).collect()
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

/// <https://github.com/gitleaks/gitleaks#configuration>
fn gitleaks() -> Rule {
    let file: Value = toml::from_str(&read("gitleaks.toml")).expect("TOML");
    let [rule] = file["rules"].as_array().expect("rules").as_slice() else { panic!("one rule") };
    let [allowlist] = file["allowlists"].as_array().expect("allowlists").as_slice() else {
        panic!("one allowlist")
    };
    assert_eq!(rule["secretGroup"], 1);
    Rule {
        tool: "gitleaks",
        keyword: rule["keywords"][0].as_str().expect("a keyword").into(),
        expression: expression(text(rule, "regex")),
        overlaps: false,
        least_entropy: rule["entropy"].as_f64().expect("an entropy"),
        required: Vec::new(),
        excluded: expressions(&allowlist["regexes"]),
    }
}

/// <https://docs.trufflesecurity.com/custom-detectors>
fn trufflehog() -> Rule {
    let file: Value = serde_saphyr::from_str(&read("trufflehog.yaml")).expect("YAML");
    let [detector] = file["detectors"].as_array().expect("detectors").as_slice() else {
        panic!("one detector")
    };
    assert!(detector["verify"].is_null(), "a verifier would send keys to a server");
    Rule {
        tool: "TruffleHog",
        keyword: detector["keywords"][0].as_str().expect("a keyword").into(),
        expression: expression(text(&detector["regex"], "key")),
        overlaps: false,
        least_entropy: detector["entropy"].as_f64().expect("an entropy"),
        required: Vec::new(),
        excluded: expressions(&detector["exclude_regexes_match"]),
    }
}

/// The fields of GitHub's form for custom patterns:
/// <https://docs.github.com/en/code-security/reference/secret-security/custom-patterns>
pub struct CustomPattern {
    pub format: String,
    pub before: String,
    pub after: String,
    pub must_match: Vec<String>,
    pub must_not_match: Vec<String>,
}

impl CustomPattern {
    /// Reads `github-custom-pattern.txt`: a field a line.
    pub fn read() -> Self {
        let file = read("github-custom-pattern.txt");
        let fields = |name: &str| {
            let values = file.lines().filter_map(|line| line.strip_prefix(&format!("{name}: ")));
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        let field = |name: &str| {
            let [value] = <[String; 1]>::try_from(fields(name)).unwrap_or_else(|_| panic!("one {name}"));
            value
        };
        assert_eq!(field("Pattern name"), "Company API key");
        let pattern = Self {
            format: field("Secret format"),
            before: field("Before secret"),
            after: field("After secret"),
            must_match: fields("Secret must match"),
            must_not_match: fields("Secret must not match"),
        };
        let read = 4 + pattern.must_match.len() + pattern.must_not_match.len();
        assert_eq!(file.lines().count(), read, "a line is not a field");
        pattern
    }
}

fn github() -> Rule {
    let CustomPattern { format, before, after, must_match, must_not_match } = CustomPattern::read();
    let all = |texts: Vec<String>| texts.iter().map(|text| expression(text)).collect();
    Rule {
        tool: "GitHub",
        keyword: String::new(),
        expression: expression(&format!("(?:{before})({format})(?:{after})")),
        overlaps: true,
        least_entropy: 0.0,
        required: all(must_match),
        excluded: all(must_not_match),
    }
}

impl Rule {
    /// What the tool reports, without regard to the keyword.
    pub fn found<'a>(&self, text: &'a [u8]) -> Vec<&'a [u8]> {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(captures) = self.expression.captures_at(text, at) {
            let (whole, secret) = (captures.get_match(), captures.get(1).expect("a group"));
            at = if self.overlaps { secret.end() } else { whole.end() };
            let secret = secret.as_bytes();
            let is_reported = entropy(secret) > self.least_entropy
                && self.required.iter().all(|required| required.is_match(secret))
                && !self.excluded.iter().any(|excluded| excluded.is_match(secret));
            if is_reported {
                found.push(secret);
            }
        }
        found
    }

    /// Whether the expression itself matches, whatever else the tool demands.
    pub fn expression_matches(&self, text: &[u8]) -> bool {
        self.expression.is_match(text)
    }

    /// The least entropy that the tool reports.
    pub fn least_entropy(&self) -> f64 {
        self.least_entropy
    }
}

/// Shannon's entropy in bits a character, as gitleaks and `TruffleHog` compute it.
pub fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for &byte in text {
        counts[usize::from(byte)] += 1;
    }
    let length = f64::from(counts.iter().sum::<u32>());
    let parts = counts.into_iter().filter(|&count| count > 0).map(|count| f64::from(count) / length);
    -parts.map(|part| part * part.log2()).sum::<f64>()
}

#[test]
fn the_example_has_the_format_and_is_excluded() {
    for rule in rules() {
        assert!(rule.expression_matches(EXAMPLE.as_bytes()), "{}", rule.tool);
        for text in [EXAMPLE.to_owned(), format!("KEY=\"{EXAMPLE}\""), format!("a%3D{EXAMPLE}%26b")] {
            crate::finds_nothing(&rule, text.as_bytes(), &text);
        }
    }
}
