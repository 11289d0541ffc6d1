//! An audit event in the Open Cybersecurity Schema Framework (OCSF), which many SIEMs read without a parser of their own.
//!
//! Promises: Every event has a form, including one of a later release. The form has everything that the event has, and
//! nothing more about anybody. What OCSF has no place for is in `unmapped`, under the names of the audit log.
//!
//! `cargo xtask ocsf` compares the form of every action with the published classes.

mod classes;
mod parties;

use std::borrow::Cow;

use domain::{
    audit::{Action, Affected, RecordedEvent},
    identifiers::CompanyId,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    audit_wire::SERVICE_NAME,
    wire::{AuditEventView, KeyPolicyView},
};

pub use classes::{Class, Mapping, Severity, Status, mapping};

/// The version of OCSF: the first one in which Entity Management has an actor. The later versions of OCSF 1 accept the same
/// events.
pub const VERSION: &str = "1.4.0";
/// The name of the log in `metadata`.
const LOG: &str = "audit-log";
/// The service's identifier in `metadata`.
const PRODUCT: &str = "company-api-keys";

/// An audit event in OCSF.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OcsfEvent(Map<String, Value>);

impl OcsfEvent {
    /// An event of this company.
    ///
    /// # Panics
    /// If the event has no JSON form.
    #[must_use]
    pub fn new(event: RecordedEvent, company: &CompanyId) -> Self {
        Self(members(event, company))
    }

    /// Adds something that OCSF has no place for.
    #[must_use]
    pub fn with_unmapped(mut self, name: &str, value: Value) -> Self {
        let unmapped = self.0.entry("unmapped").or_insert_with(|| json!({}));
        unmapped[name] = value;
        self
    }
}

/// Describes what every event has. OCSF describes the rest, and `docs/ocsf.md` says what we write.
impl JsonSchema for OcsfEvent {
    fn schema_name() -> Cow<'static, str> {
        "OcsfEvent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (number, text) = (|| json!({"type": "integer", "minimum": 0}), || json!({"type": "string"}));
        let numbers = ["class_uid", "category_uid", "activity_id", "type_uid", "severity_id", "status_id"];
        let texts =
            ["class_name", "category_name", "activity_name", "type_name", "severity", "status", "message"];
        let mut properties = Map::new();
        properties.extend(numbers.map(|name| (name.to_owned(), number())));
        properties.extend(texts.map(|name| (name.to_owned(), text())));
        properties
            .insert("time".into(), json!({"type": "integer", "description": "Milliseconds since 1970."}));
        properties.insert("metadata".into(), json!({
            "type": "object",
            "required": ["version", "product", "uid", "tenant_uid", "log_name", "event_code", "original_time"],
            "properties": {
                "version": {"type": "string", "description": "The version of OCSF."},
                "uid": {"type": "string", "description": "The `id` of the audit event."},
                "tenant_uid": {"type": "string", "description": "The company's identifier."},
                "event_code": {"type": "string", "description": "The `action` of the audit event."},
            },
        }));
        properties.insert("unmapped".into(), json!({
            "type": "object", "description": "What OCSF has no place for, under the names of the audit log.",
        }));
        let optional = ["unmapped"];
        let required: Vec<_> =
            properties.keys().filter(|name| !optional.contains(&name.as_str())).cloned().collect();
        json_schema!({
            "type": "object",
            "description": format!("An audit event in OCSF {VERSION}. `docs/ocsf.md` lists the classes. There are more members, \
                according to the class."),
            "properties": properties,
            "required": required,
        })
    }
}

fn members(event: RecordedEvent, company: &CompanyId) -> Map<String, Value> {
    let mapping = Action::from_id(&event.action).map_or(classes::UNKNOWN, mapping);
    // An action of this release with a party of a later one has no class either.
    let own = own_members(mapping, &event, company.as_str());
    let mapping = if own.is_some() {
        mapping
    } else {
        Mapping { severity: mapping.severity, message: mapping.message, ..classes::UNKNOWN }
    };
    let own = own.unwrap_or_default();
    let mut members = common(mapping, &event, company);
    members.extend(own.members);
    let view = serde_json::to_value(AuditEventView::new(event, company)).expect("plain data");
    let Value::Object(mut unmapped) = view else { unreachable!("an event is an object") };
    for name in ["id", "action", "date"].iter().chain(&own.carried) {
        unmapped.remove(*name);
    }
    if !unmapped.is_empty() {
        members.insert("unmapped".into(), unmapped.into());
    }
    members
}

/// The members that every class has.
fn common(mapping: Mapping, event: &RecordedEvent, company: &CompanyId) -> Map<String, Value> {
    let Mapping { class, activity: (activity, activity_name), severity, status, message } = mapping;
    let (category, category_name) = class.category();
    let type_activity = if activity == classes::OTHER { "Other" } else { activity_name };
    let members = json!({
        "class_uid": class.uid(), "class_name": class.caption(),
        "category_uid": category, "category_name": category_name,
        "activity_id": activity, "activity_name": activity_name,
        "type_uid": class.uid() * 100 + activity, "type_name": format!("{}: {type_activity}", class.caption()),
        "severity_id": severity.uid(), "severity": severity.caption(),
        "status_id": status.uid(), "status": status.caption(),
        "time": event.at.millis(),
        "message": message,
        "metadata": {
            "version": VERSION,
            "product": {"uid": PRODUCT, "name": SERVICE_NAME},
            "uid": event.id, "tenant_uid": company.as_str(), "log_name": LOG, "event_code": event.action,
            "original_time": event.at.to_string(),
        },
    });
    let Value::Object(members) = members else { unreachable!("an object") };
    members
}

/// What a class has in addition, and the members of the audit event that this carries.
#[derive(Default)]
struct Own {
    members: Map<String, Value>,
    carried: Vec<&'static str>,
}

impl Own {
    /// Adds a member that carries one of the audit event.
    fn carry(&mut self, name: &str, value: Option<Value>, carried: &'static str) {
        if let Some(value) = value {
            self.members.insert(name.into(), value);
            self.carried.push(carried);
        }
    }
}

/// The members of the mapping's class. `None` if the event lacks what the class requires.
fn own_members(mapping: Mapping, event: &RecordedEvent, company: &str) -> Option<Own> {
    let (actor, endpoint) = (parties::actor(&event.actor), parties::endpoint(event.ip.as_deref()));
    let mut own = Own::default();
    match mapping.class {
        Class::BaseEvent => return Some(own),
        Class::DetectionFinding => {
            own.members.insert("finding_info".into(), json!({
                "uid": event.id, "title": mapping.message, "types": [event.action], "created_time": event.at.millis(),
            }));
            let resource = parties::resource(&event.affected)?;
            own.carry("resources", Some(json!([resource])), "affected");
            let mut evidence = Map::new();
            for (name, value, carried) in [("actor", actor, "actor"), ("src_endpoint", endpoint, "ip")] {
                if let Some(value) = value {
                    evidence.insert(name.into(), value);
                    own.carried.push(carried);
                }
            }
            if !evidence.is_empty() {
                own.members.insert("evidences".into(), json!([evidence]));
            }
            return Some(own);
        }
        Class::AccountChange => {
            own.carry("user", Some(parties::user(&event.affected)?), "affected");
            if let Some(emails) = &event.details.email_change {
                let after = parties::user_after(&event.affected, &emails.after)?;
                own.members.insert("user_result".into(), after);
            }
        }
        Class::Authentication => {
            own.carry("user", Some(parties::user(&event.affected)?), "affected");
            own.members.insert("service".into(), json!({"uid": PRODUCT, "name": SERVICE_NAME}));
            own.carry("count", event.details.times.map(Value::from), "times");
        }
        Class::EntityManagement => {
            let entity = parties::entity(&event.affected, company)?;
            own.carry("entity", Some(entity), "affected");
            if let (Some(policy), Affected::Company) = (&event.details.policy, &event.affected) {
                let policy = json!(KeyPolicyView::from(policy));
                own.carry("entity", Some(parties::policy_entity(company, &policy)), "policy");
            }
        }
    }
    own.carry("actor", actor, "actor");
    own.carry("src_endpoint", endpoint, "ip");
    Some(own)
}
