//! The shape of the log, and the description of the operations.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use shared::{
    audit::{Action, Actor, Affected, RecordedEvent},
    clock::Timestamp,
    company::CompanyId,
    http::ProblemType,
    openapi::{Content, Operation, Parameter, Security, Success},
    text,
};

use crate::{DEFAULT_RESULTS, LARGEST_RESULTS, page::ACTIONS};

/// Some of the company's events, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// The events.
    pub(crate) data: Vec<Event>,
    /// Where to go on; absent at the end of the range. With a filter a page may be short or empty and still have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl AuditLog {
    pub(crate) fn new() -> Self {
        Self { data: Vec::new(), next_token: None }
    }
}

/// Who did what to what, when, from where. Names and addresses are as they were then.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditEvent")]
pub(crate) struct Event {
    /// Identifies the event; later events have greater identifiers.
    id: String,
    /// What was done; `docs/audit-actions.md` explains each.
    #[schemars(with = "Action")]
    action: String,
    /// Who did it.
    actor: Who,
    /// To whom or what.
    affected: Who,
    /// When.
    date: Timestamp,
    /// The caller's address; absent for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
}

/// A person, a key, an operator or the company.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "AuditParty")]
struct Who {
    /// The account's or key's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The account's email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The name of a person who acted, of a key or of an operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// A key's first four and last four characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    /// The company's identifier.
    company: String,
    /// `account`, `api_key`, `operator` or `company`.
    #[schemars(extend("enum" = ["account", "api_key", "operator", "company"]))]
    r#type: &'static str,
}

impl Event {
    pub(crate) fn new(event: RecordedEvent, company: &CompanyId) -> Self {
        let company = company.to_string();
        let key = |id: String, name, mask: String, company| Who {
            id: Some(id),
            name: Some(name),
            mask: Some(mask),
            company,
            r#type: "api_key",
            ..Who::default()
        };
        let actor = match event.actor {
            Actor::Account { id, email, name } => Who {
                id: Some(id.to_string()),
                email: Some(email.to_string()),
                name: Some(name),
                company: company.clone(),
                r#type: "account",
                ..Who::default()
            },
            Actor::ApiKey { id, name, mask } => key(id.to_string(), name, mask.to_string(), company.clone()),
            Actor::Operator { name } => {
                Who { name: Some(name), company: company.clone(), r#type: "operator", ..Who::default() }
            }
        };
        let affected = match event.affected {
            Affected::Account { id, email, name } => Who {
                id: Some(id.to_string()),
                email: Some(email.to_string()),
                name,
                company,
                r#type: "account",
                ..Who::default()
            },
            Affected::ApiKey { id, name, mask } => key(id.to_string(), name, mask.to_string(), company),
            Affected::Company => {
                Who { id: Some(company.clone()), company, r#type: "company", ..Who::default() }
            }
        };
        Self { id: event.id, action: event.action, actor, affected, date: event.at, ip: event.ip }
    }

    /// How much of a response the event takes: Lambda has the body as a JSON string, quotes and backslashes escaped.
    pub(crate) fn bytes(&self) -> usize {
        let escaped = |byte: &u8| if matches!(byte, b'"' | b'\\') { 2 } else { 1 };
        serde_json::to_vec(self).map_or(0, |json| json.iter().map(escaped).sum::<usize>() + 1)
    }
}

fn query(name: &'static str, description: &'static str, schema: serde_json::Value) -> Parameter {
    Parameter { place: "query", name, description, schema, required: false }
}

fn parameters() -> Vec<Parameter> {
    let date = || {
        json!({
            "type": "string",
            "examples": ["2026-01-31", "2026-01-31 22:19:42", "2026-01-31T22:19:42.841Z"],
            "anyOf": [
                {"format": "date"},
                // Days that every month has: which month has more, a pattern can't say.
                {"pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"},
                {"format": "date-time"},
            ],
        })
    };
    let who =
        || json!({"type": "string", "minLength": 1, "maxLength": 320, "pattern": text::NOT_BLANK_PATTERN});
    let action = Action::ALL.map(Action::id).join("|");
    let actions = format!("^({action})(,({action})){{0,{}}}$", ACTIONS - 1);
    vec![
        query(
            "maxResults",
            "Most events in a page; a page ends earlier at 5 MB.",
            json!({"type": "integer", "minimum": 1, "maximum": LARGEST_RESULTS, "default": DEFAULT_RESULTS}),
        ),
        query(
            "filter[action]",
            "One to ten actions, separated by commas.",
            json!({"type": "string", "pattern": actions, "examples": ["SUSPEND_ACCOUNT,UNSUSPEND_ACCOUNT"]}),
        ),
        query(
            "filter[date][since]",
            "The first moment; without it the last seven days. At most 30 days.",
            date(),
        ),
        query(
            "filter[date][until]",
            "The first moment that is not in it any more; without it the present.",
            date(),
        ),
        query("filter[actor]", "Who did it: an account ID, a key ID or an email address.", who()),
        query("filter[involving]", "Who did it, or to whom or what it was done: the same.", who()),
        query(
            "nextToken",
            "Where an earlier page ended. It carries the filters; those sent beside it are ignored.",
            json!({"type": "string"}),
        ),
    ]
}

/// The function's operations.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let example = json!({"data": [{
        "id": "01KGBA0RVS9W3T5V8YB2C4E6G8",
        "action": "SUSPEND_ACCOUNT",
        "actor": {"id": "01KDXJ7Q9W3T5V8YB2C4E6G8HA", "name": "Nightly offboarding", "mask": "K7fQ…mibC", "company": "acme", "type": "api_key"},
        "affected": {"id": "grace", "email": "grace@acme.example", "company": "acme", "type": "account"},
        "date": "2026-01-31T22:19:42.841Z",
        "ip": "203.0.113.7",
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
            content: Content::of::<AuditLog>(example.clone()),
            headers: vec![],
        }],
        problems,
    };
    vec![
        operation(
            "GET /enterprise/v1/audit-log",
            "collectAuditEvents",
            "Read the audit log",
            "Who did what in the company, up to 15 seconds ago, so that nothing comes late. To collect continuously, ask \
             with `filter[date][since]` one millisecond after the newest `date` that you have, and follow `nextToken` until \
             there is none. Needs the scope `audit-log`.",
            Security::ApiKey,
            vec![ProblemType::InsufficientScope],
        ),
        operation(
            "GET /admin/v1/audit-log",
            "listAuditEvents",
            "List what happened",
            "Who did what in the company, up to the present.",
            Security::AccessToken,
            vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        ),
    ]
}
