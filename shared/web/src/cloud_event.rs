//! An audit event as the event bus gets it: a `CloudEvent` 1.0 in the structured form
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>).

use domain::{
    audit::{Affected, RecordedEvent},
    identifiers::{CompanyId, KeyId},
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::wire::AuditEventView;

/// The version of the specification of `CloudEvents`.
const SPEC_VERSION: &str = "1.0";
/// What every event's `type` begins with. Its action follows.
pub const TYPE_PREFIX: &str = "company-api-keys.";
/// What every event's `source` begins with. Its company follows.
pub const SOURCE_PREFIX: &str = "urn:company-api-keys:company:";
/// Names the schema of `data`.
pub const DATA_SCHEMA: &str = "urn:company-api-keys:schema:audit-event:1";
/// The type of `data`.
const DATA_TYPE: &str = "application/json";

/// An audit event as a `CloudEvent`. `source` and `id` together identify it: a repeat has the same ones.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub struct CloudEvent {
    /// The version of the specification of `CloudEvents`.
    #[schemars(extend("const" = SPEC_VERSION))]
    pub specversion: &'static str,
    /// Identifies the event. Later events of a company have greater identifiers.
    #[schemars(extend("pattern" = KeyId::PATTERN))]
    pub id: String,
    /// The company whose log contains the event.
    #[schemars(extend("pattern" = "^urn:company-api-keys:company:[0-9A-Za-z_-]{1,64}$"))]
    pub source: String,
    /// The action.
    #[schemars(extend("pattern" = "^company-api-keys\\.[A-Z][A-Z0-9_]*$"))]
    pub r#type: String,
    /// When it happened.
    pub time: Timestamp,
    /// What was affected: `api-key/ID` or `account/ID`. Absent if it was the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = "^(api-key|account)/[0-9A-Za-z_-]{1,64}$"))]
    pub subject: Option<String>,
    /// The type of `data`.
    #[schemars(extend("const" = DATA_TYPE))]
    pub datacontenttype: &'static str,
    /// Names the schema of `data`.
    #[schemars(extend("const" = DATA_SCHEMA))]
    pub dataschema: &'static str,
    /// The event as the audit log shows it.
    pub data: AuditEventView,
}

/// The event of this company's log as a `CloudEvent`.
#[must_use]
pub fn cloud_event(event: RecordedEvent, company: &CompanyId) -> CloudEvent {
    CloudEvent {
        specversion: SPEC_VERSION,
        id: event.id.clone(),
        source: format!("{SOURCE_PREFIX}{company}"),
        r#type: format!("{TYPE_PREFIX}{}", event.action),
        time: event.at,
        subject: subject(&event.affected),
        datacontenttype: DATA_TYPE,
        dataschema: DATA_SCHEMA,
        data: AuditEventView::new(event, company),
    }
}

/// A kind that only a later release knows has no subject here, because nobody could rely on its form.
fn subject(affected: &Affected) -> Option<String> {
    match affected {
        Affected::ApiKey { id, .. } => Some(format!("api-key/{id}")),
        Affected::Account { id, .. } => Some(format!("account/{id}")),
        Affected::Company | Affected::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        audit::{Action, Actor, Details},
        identifiers::AccountId,
    };
    use serde_json::json;

    use super::*;

    fn recorded(affected: Affected) -> RecordedEvent {
        RecordedEvent {
            id: "01JZZZZZZZZZZZZZZZZZZZZZZZ".into(),
            action: Action::SuspendAccount.id().into(),
            actor: Actor::Service,
            affected,
            details: Details::default(),
            ip: None,
            at: Timestamp::from_millis(1_769_897_982_841),
            expiry: 0,
        }
    }

    #[test]
    fn an_event_has_the_attributes_of_a_cloud_event() {
        let acme = CompanyId::parse("acme").expect("an ID");
        let email = domain::identifiers::Email::parse("ada@acme.example").expect("an address");
        let id = AccountId::parse("member-1").expect("an ID");
        let event = cloud_event(recorded(Affected::Account { id, email, name: None }), &acme);
        let event = serde_json::to_value(event).expect("plain data");
        let mut attributes = event.clone();
        attributes.as_object_mut().expect("an object").remove("data");
        assert_eq!(
            attributes,
            json!({
                "specversion": "1.0",
                "id": "01JZZZZZZZZZZZZZZZZZZZZZZZ",
                "source": "urn:company-api-keys:company:acme",
                "type": "company-api-keys.SUSPEND_ACCOUNT",
                "time": "2026-01-31T22:19:42.841Z",
                "subject": "account/member-1",
                "datacontenttype": "application/json",
                "dataschema": "urn:company-api-keys:schema:audit-event:1",
            })
        );
        assert_eq!(event["data"]["action"], "SUSPEND_ACCOUNT");
        assert_eq!(event["data"]["id"], event["id"]);
    }

    #[test]
    fn an_event_about_the_company_has_no_subject() {
        let acme = CompanyId::parse("acme").expect("an ID");
        let event =
            serde_json::to_value(cloud_event(recorded(Affected::Company), &acme)).expect("plain data");
        assert!(event.get("subject").is_none(), "{event}");
    }
}
