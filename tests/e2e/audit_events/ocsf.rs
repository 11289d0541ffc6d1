//! OCSF's form of events: it has everything that the event has, and nothing more.

use std::collections::BTreeSet;

use domain::{
    audit::{Action, Actor, Affected},
    leaks::Reporter,
};
use harness::{all_audit_events, usual_audit_events};
use serde_json::{Value, json};
use web::{
    ocsf::{Class, OcsfEvent, VERSION, mapping},
    wire::AuditEventView,
};

use super::{company, is_fresh, leaves};

/// Members that have texts of our own or of OCSF.
const CONSTANT: [&str; 16] = [
    ".activity_name",
    ".category_name",
    ".class_name",
    ".message",
    ".metadata.log_name",
    ".metadata.product",
    ".metadata.version",
    ".severity",
    ".status",
    ".type_name",
    ".finding_info.title",
    ".service",
    ".app_name",
    ".type",
    ".entity.name",
    ".entity.policy.name",
];

#[test]
fn nothing_of_an_event_is_lost() {
    for event in all_audit_events() {
        let sent = json!(AuditEventView::new(event.clone(), &company()));
        let ocsf = json!(OcsfEvent::new(event, &company()));
        let found: BTreeSet<_> = leaves(&ocsf).into_iter().map(|(_, text)| text).collect();
        for (path, text) in leaves(&sent) {
            // OCSF has kinds of its own, see below.
            let is_kind = [".actor.type", ".affected.type"].contains(&path.as_str());
            assert!(is_kind || found.contains(&text), "{path} {text}: {ocsf}");
        }
    }
}

#[test]
fn nothing_is_added_to_an_event() {
    for event in all_audit_events() {
        let time = event.at.millis().to_string();
        let sent: BTreeSet<_> = leaves(&json!(AuditEventView::new(event.clone(), &company())))
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        let ocsf = OcsfEvent::new(event, &company());
        for (path, text) in leaves(&json!(ocsf)) {
            let is_number = path.ends_with("_id") || path.ends_with("uid") && text.parse::<u32>().is_ok();
            let is_constant =
                CONSTANT.iter().any(|part| path.ends_with(part) || path.contains(&format!("{part}.")));
            assert!(is_number || is_constant || sent.contains(&text) || text == time, "{path} {text}");
        }
    }
}

/// Every kind of party has a place of its own, or stays as it is in `unmapped`.
#[test]
fn every_party_can_be_told_from_the_others() {
    for event in all_audit_events() {
        let (actor, affected, class) = (event.actor.clone(), event.affected.clone(), event.action.clone());
        let ocsf = json!(OcsfEvent::new(event, &company()));
        let evidence = &ocsf["evidences"][0]["actor"];
        let shown = if evidence.is_null() { &ocsf["actor"] } else { evidence };
        let unmapped = &ocsf["unmapped"]["actor"]["type"];
        let is_base = ocsf["class_uid"] == Class::BaseEvent.uid();
        match actor {
            _ if is_base => assert!(unmapped.is_string(), "{ocsf}"),
            Actor::Account { .. } => assert_eq!(shown["user"]["type"], "User", "{ocsf}"),
            Actor::ApiKey { .. } => assert_eq!(shown["user"]["type"], "API Key", "{ocsf}"),
            Actor::Operator { .. } => assert_eq!(shown["user"]["type"], "Operator", "{ocsf}"),
            Actor::Service => assert_eq!(shown["app_name"], "Company API Keys", "{ocsf}"),
            Actor::Reporter(Reporter::GitHub) => assert_eq!(shown["app_name"], "GitHub", "{ocsf}"),
            Actor::Reporter(Reporter::Finder) => assert_eq!(unmapped, "FINDER", "{ocsf}"),
            Actor::Unknown(_) => assert!(unmapped.is_string(), "{ocsf}"),
        }
        let party = [&ocsf["user"], &ocsf["entity"], &ocsf["resources"][0]];
        let kind = party.into_iter().find(|party| !party.is_null()).map(|party| &party["type"]);
        match affected {
            _ if is_base => assert!(ocsf["unmapped"]["affected"]["type"].is_string(), "{ocsf}"),
            Affected::Account { .. } => assert_eq!(kind.expect("a party"), "User", "{ocsf}"),
            Affected::ApiKey { .. } => assert_eq!(kind.expect("a party"), "API Key", "{class} {ocsf}"),
            Affected::Company => {
                assert!(
                    ["Organization", "Policy"].contains(&kind.and_then(Value::as_str).expect("a party")),
                    "{ocsf}"
                );
            }
            Affected::Unknown(_) => panic!("an unknown party is in no class: {ocsf}"),
        }
    }
}

/// What the service writes has a class that says more than "something happened".
#[test]
fn every_action_has_a_class_of_its_own() {
    for (action, event) in Action::ALL.into_iter().zip(usual_audit_events()) {
        let ocsf = json!(OcsfEvent::new(event.clone(), &company()));
        assert_eq!(ocsf["class_uid"], mapping(action).class.uid(), "{action:?}");
        assert_ne!(ocsf["class_uid"], Class::BaseEvent.uid(), "{action:?}");
        assert_eq!(ocsf["metadata"]["event_code"], action.id());
        assert_eq!(ocsf["metadata"]["uid"], event.id);
        assert_eq!(ocsf["time"], event.at.millis());
    }
}

/// The table of the documentation, between its first row and the next empty line.
#[test]
fn the_documentation_has_the_table() {
    let text = include_str!("../../../docs/ocsf.md");
    let head = "| `action` | class | activity | severity | status |\n| --- | --- | --- | --- | --- |\n";
    let (_, table) = text.split_once(head).expect("the table");
    let (table, _) = table.split_once("\n\n").expect("the end of the table");
    let rows = Action::ALL.map(|action| {
        let mapped = mapping(action);
        let (uid, class) = (mapped.class.uid(), mapped.class.caption());
        let (number, activity) = mapped.activity;
        let (severity, status) = (mapped.severity.caption(), mapped.status.caption());
        format!("| `{}` | {class} ({uid}) | {activity} ({number}) | {severity} | {status} |", action.id())
    });
    assert_eq!(table, rows.join("\n"), "docs/ocsf.md has another table:\n{}", rows.join("\n"));
    assert!(text.contains(&format!("OCSF {VERSION}")), "docs/ocsf.md lacks the version");
}

#[test]
fn the_examples_are_fresh() {
    let events = usual_audit_events().into_iter().map(|event| json!(OcsfEvent::new(event, &company())));
    let lines: Vec<_> = events.map(|event| format!("{event}\n")).collect();
    is_fresh("docs/events/examples.ocsf.ndjson", &lines.concat());
}
