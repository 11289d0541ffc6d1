//! OCSF's form of events, compared with the published classes. `cargo xtask ocsf` installs them and runs this.

use std::{
    collections::BTreeMap,
    env,
    path::Path,
    process::{Command, Stdio},
};

use harness::{all_audit_events, usual_audit_events};
use jsonschema::Validator;
use serde_json::{Value, json};
use web::ocsf::{Class, OcsfEvent, VERSION};

use super::company;

const CLASSES: [Class; 5] = [
    Class::BaseEvent,
    Class::DetectionFinding,
    Class::AccountChange,
    Class::Authentication,
    Class::EntityManagement,
];
/// Later versions that must accept the same events.
const LATER: [&str; 4] = ["1.5.0", "1.6.0", "1.7.0", "1.8.0"];

/// A published class.
struct Published {
    schema: Validator,
    /// The names of the numbers, by the attribute that has the name.
    names: Value,
}

impl Published {
    /// What is wrong with an event of this class.
    fn error(&self, event: &Value) -> Option<String> {
        if let Err(error) = self.schema.validate(event) {
            return Some(format!("{error} at {}", error.instance_path()));
        }
        let numbers = [
            ("activity_name", "activity_id"),
            ("category_name", "category_uid"),
            ("class_name", "class_uid"),
            ("severity", "severity_id"),
            ("status", "status_id"),
            ("type_name", "type_uid"),
        ];
        numbers.into_iter().find_map(|(name, number)| {
            // An activity without a number has a name of its own.
            let is_own = number == "activity_id" && event[number] == 99;
            let published = &self.names[name][event[number].to_string()];
            (!is_own && *published != event[name]).then(|| format!("{name} is {published}"))
        })
    }
}

/// The classes of a version, by their numbers.
fn published(version: &str) -> BTreeMap<u64, Published> {
    let python = env::var_os("PYTHON").expect("PYTHON is not set: use `cargo xtask ocsf`");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/audit_events/published_classes.py");
    let mut command = Command::new(python);
    command.arg(script).arg(version).args(CLASSES.map(|class| class.uid().to_string()));
    let output = command.stderr(Stdio::inherit()).output().expect("Python is installed");
    assert!(output.status.success(), "{version}: {}", output.status);
    let classes: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let classes = classes.into_iter().map(|(number, class)| {
        let schema = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&class["schema"])
            .expect("a schema");
        (number.parse().expect("a number"), Published { schema, names: class["names"].clone() })
    });
    classes.collect()
}

fn error(classes: &BTreeMap<u64, Published>, event: &Value) -> Option<String> {
    let class = event["class_uid"].as_u64().and_then(|number| classes.get(&number));
    class.map_or_else(|| Some("no class".to_owned()), |class| class.error(event))
}

#[test]
#[ignore = "needs the published classes: cargo xtask ocsf"]
fn ocsf_accepts_every_event() {
    let events: Vec<_> =
        all_audit_events().into_iter().map(|event| json!(OcsfEvent::new(event, &company()))).collect();
    for version in [VERSION].iter().chain(&LATER) {
        let classes = published(version);
        assert_eq!(classes.len(), CLASSES.len());
        for event in &events {
            // The log's form has one more member.
            let mut event = event.clone();
            event["metadata"]["version"] = (*version).into();
            event["unmapped"]["snapshotDate"] = event["metadata"]["original_time"].clone();
            if let Some(error) = error(&classes, &event) {
                panic!("OCSF {version}: {error}: {event}");
            }
        }
    }
}

/// The controls.
#[test]
#[ignore = "needs the published classes: cargo xtask ocsf"]
fn ocsf_refuses_wrong_events() {
    let classes = published(VERSION);
    for event in usual_audit_events() {
        let event = json!(OcsfEvent::new(event, &company()));
        assert_eq!(error(&classes, &event), None);
        for required in
            ["class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "time", "metadata"]
        {
            let mut wrong = event.clone();
            wrong.as_object_mut().expect("an object").remove(required);
            assert!(error(&classes, &wrong).is_some(), "without {required}: {wrong}");
        }
        for (pointer, value) in [
            ("/class_uid", json!(3005)),
            ("/category_uid", json!(6)),
            ("/category_name", json!("Application Activity")),
            ("/activity_id", json!(77)),
            ("/type_uid", json!(300_199_999)),
            ("/type_name", json!("API Activity: Create")),
            ("/severity_id", json!(9)),
            ("/severity", json!("Terrible")),
            ("/status_id", json!("1")),
            ("/status", json!("Done")),
            ("/time", json!("2026-01-31T22:19:42.841Z")),
            ("/metadata/product", json!("Company API Keys")),
            ("/metadata/product", json!({})),
            ("/metadata/company", json!("acme")),
            ("/mask", json!("K7fQ…mibC")),
        ] {
            let mut wrong = event.clone();
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            wrong.pointer_mut(parent).expect("a parent")[name] = value;
            assert!(error(&classes, &wrong).is_some(), "{pointer}: {wrong}");
        }
        for party in ["user", "entity", "finding_info"] {
            let mut wrong = event.clone();
            if wrong.as_object_mut().expect("an object").remove(party).is_some() {
                assert!(error(&classes, &wrong).is_some(), "without {party}: {wrong}");
            }
            let mut wrong = event.clone();
            if wrong.get(party).is_some() {
                wrong[party]["apiKey"] = "x".into();
                assert!(error(&classes, &wrong).is_some(), "{party}: {wrong}");
            }
        }
        for endpoint in [json!({"ip": "nowhere"}), json!({})] {
            let mut wrong = event.clone();
            let place =
                if wrong.get("evidences").is_some() { &mut wrong["evidences"][0] } else { &mut wrong };
            place["src_endpoint"] = endpoint;
            assert!(error(&classes, &wrong).is_some(), "{wrong}");
        }
    }
}
