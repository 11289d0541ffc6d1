//! The shape of the log, and the description of the operations.

use std::borrow::Cow;

use domain::{audit::RecordedEvent, identifiers::CompanyId, text, time::Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    examples::{KEY_ID, KEY_NAME, MEMBER_EMAIL, mask},
    ocsf::OcsfEvent,
    openapi::{Content, Operation, Parameter, Security, Success, next_token, page_size_schema, query},
    wire::AuditEventView,
};

use crate::{
    DEFAULT_RESULTS, LARGEST_RESULTS,
    query::{ACTIONS, Format},
};

/// Collectors read the log.
pub(crate) const COLLECT: &str = "GET /enterprise/v1/audit-log";
/// People read the log.
pub(crate) const LIST: &str = "GET /admin/v1/audit-log";

/// A page of the company's events, newest first. All of them have the same form.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{E}Log")]
pub(crate) struct Log<E> {
    /// The events.
    pub(crate) data: Vec<E>,
    /// Position of the next page. Absent at the end of the range. With a filter, a page may be short or empty and still
    /// have a `nextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// A page in the form that the request asked for.
pub(crate) type AuditLog = Log<ShownEvent>;

impl AuditLog {
    pub(crate) fn new() -> Self {
        Self { data: Vec::new(), next_token: None }
    }
}

/// Describes the forms of a page.
struct LogForms;

impl JsonSchema for LogForms {
    fn schema_name() -> Cow<'static, str> {
        "AuditLog".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let forms =
            [generator.subschema_for::<Log<LoggedEvent>>(), generator.subschema_for::<Log<OcsfEvent>>()];
        json_schema!({
            "description": "A page of the company's events, in the form that `format` names.", "anyOf": forms,
        })
    }
}

/// An event in the form that the request asked for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ShownEvent {
    /// The log's own form.
    AuditEvent(Box<LoggedEvent>),
    /// OCSF.
    Ocsf(OcsfEvent),
}

impl ShownEvent {
    pub(crate) fn new(
        event: RecordedEvent,
        company: &CompanyId,
        snapshot: Timestamp,
        format: Format,
    ) -> Self {
        match format {
            Format::AuditEvent => {
                let event = AuditEventView::new(event, company);
                Self::AuditEvent(Box::new(LoggedEvent { event, snapshot_date: snapshot }))
            }
            Format::Ocsf => {
                let event = OcsfEvent::new(event, company);
                Self::Ocsf(event.with_unmapped("snapshotDate", json!(snapshot)))
            }
        }
    }

    /// The event's share of a response. Lambda has the body as a JSON string, with quotes and backslashes escaped.
    pub(crate) fn bytes(&self) -> usize {
        let escaped = |byte: &u8| if matches!(byte, b'"' | b'\\') { 2 } else { 1 };
        serde_json::to_vec(self).map_or(0, |json| json.iter().map(escaped).sum::<usize>() + 1)
    }
}

/// An event of the log, and how complete the log was when it was read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEvent")]
pub(crate) struct LoggedEvent {
    #[serde(flatten)]
    event: AuditEventView,
    /// The time up to which the log was complete when it was read. The same on all pages of a response.
    snapshot_date: Timestamp,
}

fn parameters() -> Vec<Parameter> {
    let date = || {
        json!({
            "type": "string",
            "examples": ["2026-01-31", "2026-01-31 22:19:42", "2026-01-31T22:19:42.841Z"],
            "anyOf": [
                {"format": "date"},
                // Only days that every month has, because a pattern can't express the lengths of months.
                {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[ Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?[Zz]?$"},
                {"format": "date-time"},
            ],
        })
    };
    let who =
        || json!({"type": "string", "minLength": 1, "maxLength": 320, "pattern": text::NOT_BLANK_PATTERN});
    let actions = format!("^[^,]*(,[^,]*){{0,{}}}$", ACTIONS - 1);
    vec![
        query(
            "maxResults",
            "Maximum number of events in a page. A page ends earlier at 5 MB. This parameter also applies with `nextToken`.",
            page_size_schema(DEFAULT_RESULTS, LARGEST_RESULTS),
        ),
        query(
            "format",
            "The form of the events: `audit-event`, or `ocsf` for OCSF (`docs/ocsf.md`). This parameter also applies with \
             `nextToken`. Without it, the next page has the form of the page before.",
            json!({"type": "string", "enum": Format::ALL.map(Format::id), "default": Format::default().id()}),
        ),
        query(
            "filter[action]",
            "Actions, separated by commas. Unknown actions match nothing.",
            json!({"type": "string", "pattern": actions, "examples": ["SUSPEND_ACCOUNT,UNSUSPEND_ACCOUNT"]}),
        ),
        query("filter[date][since]", "Inclusive start. Default: seven days before the end.", date()),
        query(
            "filter[date][until]",
            "Exclusive end. Default: now, or as far as the log is complete.",
            date(),
        ),
        query(
            "filter[actor]",
            "The actor: an account ID, an email address, or a key's ID, name or mask.",
            who(),
        ),
        query(
            "filter[involving]",
            "The actor or the affected party. Takes the same values as `filter[actor]`. An email address finds the \
             events that contain it, and the events of the account that has it now.",
            who(),
        ),
        next_token(),
    ]
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let example = json!({"data": [{
        "id": "01KGBA0RVS9W3T5V8YB2C4E6G8",
        "action": "SUSPEND_ACCOUNT",
        "actor": {"id": KEY_ID, "name": KEY_NAME, "email": null, "mask": mask(), "company": "acme", "type": "API_KEY"},
        "affected": {"id": "grace", "name": "Grace Hopper", "email": MEMBER_EMAIL, "company": "acme", "type": "USER"},
        "date": "2026-01-31T22:19:42.841Z",
        "ip": "203.0.113.7",
        "snapshotDate": "2026-01-31T22:20:00.000Z",
    }]});
    let operation = |route, id, summary, description, security, problems| Operation {
        route,
        id,
        summary,
        description,
        security,
        parameters: parameters(),
        request: None,
        successes: vec![Success {
            status: 200,
            description: "The events, newest first.",
            content: Content::of::<LogForms>(example.clone()),
            headers: vec![],
        }],
        problems,
    };
    vec![
        operation(
            COLLECT,
            "collectAuditEvents",
            "Read the audit log",
            "Lists who did what in the company. The response for a range is complete. Without `filter[date][until]`, \
             the log ends 8 seconds ago. If `filter[date][until]` is less than 8 seconds ago or up to 3 seconds \
             ahead, the response is delayed until 8 seconds after that time. If it is further ahead, the log ends at \
             `snapshotDate`. To collect continuously, request one window after the other: set `filter[date][since]` \
             to the last `filter[date][until]`, and follow `nextToken` until there is none. Empty and unknown \
             parameters are ignored. Requires the scope `audit-log`.",
            Security::ApiKey,
            vec![ProblemType::InsufficientScope],
        ),
        operation(
            LIST,
            "listAuditEvents",
            "List audit events",
            "Lists who did what in the company, up to the present.",
            Security::AccessToken,
            vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        ),
    ]
}
