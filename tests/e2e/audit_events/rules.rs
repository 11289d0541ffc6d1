//! The examples of rules for the event bus.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use domain::audit::Action;
use serde_json::Value;
use web::{
    cloud_event::{SOURCE_PREFIX, TYPE_PREFIX},
    ocsf::{Severity, mapping},
};

/// What `EventBridge` calls the source of our events.
fn source() -> &'static str {
    TYPE_PREFIX.trim_end_matches('.')
}

fn templates() -> Vec<(PathBuf, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/event-rules");
    let files = fs::read_dir(folder).expect("the examples").map(|file| file.expect("a file").path());
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("text");
        (path, serde_saphyr::from_str(&text).expect("YAML"))
    };
    files.map(read).collect()
}

fn resources(template: &Value, kind: &str) -> Vec<Value> {
    let resources = template["Resources"].as_object().expect("resources").values();
    resources.filter(|resource| resource["Type"] == kind).cloned().collect()
}

#[test]
fn every_rule_is_about_our_events() {
    let mut rules = 0;
    for (path, template) in templates() {
        for rule in resources(&template, "AWS::Events::Rule") {
            rules += 1;
            let pattern = &rule["Properties"]["EventPattern"];
            assert_eq!(pattern["source"], serde_json::json!([source()]), "{}", path.display());
            for action in pattern["detail-type"].as_array().into_iter().flatten() {
                let id = action.as_str().expect("an action");
                assert!(Action::from_id(id).is_some(), "{} {id}", path.display());
            }
        }
        for policy in resources(&template, "AWS::Events::EventBusPolicy") {
            let condition = &policy["Properties"]["Statement"]["Condition"]["StringEquals"];
            assert_eq!(condition["events:source"], source(), "{}", path.display());
        }
        if let Some(default) = template["Parameters"]["Source"]["Default"].as_str() {
            assert_eq!(default, format!("{SOURCE_PREFIX}*"), "{}", path.display());
        }
    }
    assert_eq!(rules, 4);
}

/// The events that deserve an alert are the same in the rule, in OCSF's severities and in docs/siem.md.
#[test]
fn the_alerts_are_the_severe_events() {
    let is_severe = |action: &Action| matches!(mapping(*action).severity, Severity::Medium | Severity::High);
    let severe: BTreeSet<_> = Action::ALL.into_iter().filter(is_severe).map(Action::id).collect();
    let (_, template) =
        templates().into_iter().find(|(path, _)| path.ends_with("queue.yaml")).expect("the example");
    let rule = resources(&template, "AWS::Events::Rule").remove(0);
    let named = rule["Properties"]["EventPattern"]["detail-type"].as_array().expect("actions");
    let named: BTreeSet<_> = named.iter().filter_map(Value::as_str).collect();
    assert_eq!(named, severe);
    let text = include_str!("../../../docs/siem.md");
    let (_, section) = text.split_once("## Events that deserve an alert").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<_> = rows.filter(|name| Action::from_id(name).is_some()).collect();
    assert_eq!(listed, severe);
}

/// Each template may be linted only if the list in `cargo xtask test` has it.
#[test]
fn every_template_is_linted() {
    let list = include_str!("../../../xtask/src/test.rs");
    for (path, _) in templates() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(list.contains(&format!("\"examples/event-rules/{name}\"")), "{name}");
    }
}
