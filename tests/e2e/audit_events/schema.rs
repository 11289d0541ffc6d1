//! Events on the event bus: `CloudEvents` 1.0 whose data fits `docs/events/audit-event.schema.json`.

use std::collections::BTreeSet;

use domain::{audit::Action, identifiers::CompanyId, time::Timestamp};
use harness::{all_audit_events, usual_audit_events};
use jsonschema::Validator;
use local::event_schema;
use serde_json::{Value, json};
use web::cloud_event::cloud_event;

use super::{company, is_fresh};

const STORED: &str = include_str!("../../../docs/events/audit-event.schema.json");

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::meta::validate(schema).expect("a schema of this draft");
    jsonschema::draft202012::options().should_validate_formats(true).build(schema).expect("a schema")
}

/// The stored schema, which consumers have.
fn stored() -> Validator {
    validator(&serde_json::from_str(STORED).expect("JSON"))
}

fn usual() -> Vec<Value> {
    let events = usual_audit_events().into_iter();
    events.map(|event| json!(cloud_event(event, &company()))).collect()
}

fn all() -> Vec<Value> {
    let events = all_audit_events().into_iter();
    events.map(|event| json!(cloud_event(event, &company()))).collect()
}

fn fits(schema: &Validator, event: &Value) {
    if let Err(error) = schema.validate(event) {
        panic!("{error} at {}: {event}", error.instance_path());
    }
}

#[test]
fn the_schema_is_fresh() {
    let stored: Value = serde_json::from_str(STORED).expect("JSON");
    assert!(
        stored == event_schema::document(),
        "docs/events/audit-event.schema.json is stale: run `cargo xtask openapi`"
    );
}

#[test]
fn the_examples_are_fresh() {
    let lines: Vec<_> = usual().iter().map(|event| format!("{event}\n")).collect();
    is_fresh("docs/events/examples.ndjson", &lines.concat());
}

#[test]
fn every_event_fits_the_schema() {
    let schema = stored();
    let mut actions = BTreeSet::new();
    for event in all() {
        fits(&schema, &event);
        actions.insert(event["data"]["action"].as_str().expect("an action").to_owned());
    }
    assert!(Action::ALL.iter().all(|action| actions.contains(action.id())));
    assert_eq!(actions.len(), Action::ALL.len() + 1, "an action of a later release too");
}

/// The schema names every member and every value that this release writes, so a consumer finds them all in it.
#[test]
fn the_schema_names_everything_that_is_written() {
    let schema = validator(&event_schema::of_this_release());
    let (known, later): (Vec<_>, Vec<_>) = all().into_iter().partition(|event| {
        let kinds = [&event["data"]["actor"]["type"], &event["data"]["affected"]["type"]];
        Action::from_id(event["data"]["action"].as_str().expect("an action")).is_some()
            && kinds.iter().all(|kind| !["DEVICE", "COMET"].contains(&kind.as_str().expect("a kind")))
    });
    for event in &known {
        fits(&schema, event);
    }
    // The control: it names nothing else.
    assert!(known.len() > 1_000 && later.len() > 1_000);
    for event in later {
        assert!(!schema.is_valid(&event), "{event}");
    }
    for mut event in usual() {
        event["data"]["color"] = "red".into();
        assert!(!schema.is_valid(&event), "{event}");
    }
}

/// A consumer that has the schema of today gets events of later releases.
#[test]
fn the_schema_is_open_for_additions() {
    let schema = stored();
    for (pointer, value) in [
        ("/data/color", json!("red")),
        ("/data/actor/device", json!({"id": "d-1"})),
        ("/data/action", json!("PAINT_API_KEY")),
        ("/data/actor/type", json!("DEVICE")),
        ("/data/place", json!("trailer")),
        ("/data/remains/scopes", json!(["paint:read"])),
        ("/extension", json!("x")),
    ] {
        let mut event = usual().remove(0);
        set(&mut event, pointer, Some(value));
        fits(&schema, &event);
    }
}

/// The controls: events that aren't as described.
#[test]
fn a_wrong_event_does_not_fit_the_schema() {
    let schema = stored();
    for (pointer, value) in [
        ("/specversion", Some(json!("0.3"))),
        ("/specversion", None),
        ("/id", Some(json!(""))),
        ("/id", Some(json!("7"))),
        ("/id", None),
        ("/source", Some(json!("acme"))),
        ("/source", None),
        ("/type", Some(json!("CREATE_API_KEY"))),
        ("/type", None),
        ("/time", Some(json!("yesterday"))),
        ("/time", Some(json!(1_769_897_982))),
        ("/subject", Some(json!("somebody"))),
        ("/subject", Some(json!(null))),
        ("/datacontenttype", Some(json!("text/plain"))),
        ("/dataschema", Some(json!("urn:other"))),
        ("/data", None),
        ("/data", Some(json!("{}"))),
        ("/data/id", None),
        ("/data/action", None),
        ("/data/action", Some(json!("create api key"))),
        ("/data/actor", None),
        ("/data/actor/type", Some(json!("user"))),
        ("/data/actor/company", None),
        ("/data/affected", Some(json!("key"))),
        ("/data/date", Some(json!("2026-01-31"))),
        ("/data/times", Some(json!(-1))),
        ("/data/ip", Some(json!(null))),
        ("/data/remains/scopes", Some(json!("scim"))),
        ("/data/remains/suspensionLimit", None),
        ("/data/foundAt", Some(json!({}))),
    ] {
        let mut event = usual().remove(0);
        fits(&schema, &event);
        set(&mut event, pointer, value.clone());
        assert!(!schema.is_valid(&event), "{pointer} {value:?}");
    }
}

/// Sets or removes a member.
fn set(event: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = event.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    match value {
        Some(value) => parent.insert(name.into(), value),
        None => Some(parent.remove(name).expect("a member")),
    };
}

/// The rules of the specification of `CloudEvents` 1.0 (section "Context Attributes").
#[test]
fn every_event_is_a_cloud_event() {
    for event in all() {
        let attributes = event.as_object().expect("an object");
        for (name, value) in attributes.iter().filter(|(name, _)| *name != "data") {
            assert!(name.len() <= 20, "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{name}");
            assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{name}: {value}");
        }
        for required in ["id", "source", "specversion", "type"] {
            assert!(attributes.contains_key(required), "{required}");
        }
        assert_eq!(event["specversion"], "1.0");
        let time = Timestamp::parse_rfc3339(event["time"].as_str().expect("a time")).expect("RFC 3339");
        assert_eq!(json!(time), event["data"]["date"]);
        // Source and ID identify the event: the company and its event's ID.
        assert_eq!(event["id"], event["data"]["id"]);
        assert_eq!(event["source"], "urn:company-api-keys:company:acme");
        let action = event["data"]["action"].as_str().expect("an action");
        assert_eq!(event["type"], format!("company-api-keys.{action}"));
    }
}

/// The same event gets the same source and ID again. Other companies' events have other sources.
#[test]
fn source_and_id_identify_an_event() {
    let other = CompanyId::parse("globex").expect("an ID");
    let mut identities = BTreeSet::new();
    for event in usual_audit_events() {
        let identity = |event: Value| (event["source"].to_string(), event["id"].to_string());
        let [first, again, elsewhere] = [company(), company(), other.clone()]
            .map(|company| identity(json!(cloud_event(event.clone(), &company))));
        assert_eq!(first, again);
        assert_ne!(first, elsewhere);
        identities.extend([first, elsewhere]);
    }
    assert_eq!(identities.len(), 2 * Action::ALL.len());
}

/// The example of the documentation, in the envelope of `EventBridge`.
#[test]
fn the_documentation_shows_an_event() {
    let text = include_str!("../../../docs/events.md");
    let (_, example) = text.split_once("```json\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let envelope: Value = serde_json::from_str(example).expect("JSON");
    fits(&validator(&event_schema::of_this_release()), &envelope["detail"]);
    assert_eq!(envelope["detail-type"], envelope["detail"]["data"]["action"]);
    assert_eq!(envelope["detail"]["id"], envelope["detail"]["data"]["id"]);
}
