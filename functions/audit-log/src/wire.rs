//! The shape of the log, and the description of the operations.

use std::borrow::Cow;

use domain::{
    audit::{Action, Actor, Affected, Details, Readdressed, RecordedEvent, UnknownParty},
    identifiers::{AccountId, CompanyId, Email, KeyId},
    key::Mask,
    text,
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use web::{
    ProblemType,
    examples::{KEY_ID, KEY_NAME, MEMBER_EMAIL, mask},
    openapi::{Content, Operation, Parameter, Security, Success, next_token, page_size_schema, query},
};

use crate::{DEFAULT_RESULTS, LARGEST_RESULTS, query::ACTIONS};

/// Collectors read the log.
pub(crate) const COLLECT: &str = "GET /enterprise/v1/audit-log";
/// People read the log.
pub(crate) const LIST: &str = "GET /admin/v1/audit-log";

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
#[serde(rename_all = "camelCase")]
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
    /// What `UPDATE_ACCOUNT` changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
    /// The attributes that the request named and that were left as they were.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_alone: Vec<String>,
    /// How many uses of a revoked key the event stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    /// Until when the log was complete when it was read; the same in every event of an answer and of its further pages.
    snapshot_date: Timestamp,
}

/// A person, a key, an operator or the company. `name` and `email` are always there, as in MURAL's log.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditParty")]
struct Who {
    /// The account's or key's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The account's email address; `null` where there is none.
    email: Option<String>,
    /// The name of a person, of a key or of an operator; `null` where there is none.
    name: Option<String>,
    /// A key's first four and last four characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    /// The company's identifier.
    company: String,
    /// What it is.
    #[schemars(with = "Kind")]
    r#type: Cow<'static, str>,
}

/// The kinds that this release writes; an event of a later release may name another.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
enum Kind {
    User,
    ApiKey,
    Operator,
    Company,
}

impl Kind {
    const fn id(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::ApiKey => "API_KEY",
            Self::Operator => "OPERATOR",
            Self::Company => "COMPANY",
        }
    }
}

/// What changed about an account.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditChanges")]
struct Changes {
    /// The attributes, by the names that SCIM has for them.
    attributes: Vec<String>,
    /// The email address before, where it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_before: Option<String>,
    /// The email address after, where it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_after: Option<String>,
}

impl Changes {
    fn of(attributes: Vec<String>, readdressed: Option<Readdressed>) -> Option<Self> {
        if attributes.is_empty() && readdressed.is_none() {
            return None;
        }
        let (before, after) = readdressed.map(|emails| (emails.before, emails.after)).unzip();
        let [email_before, email_after] = [before, after].map(|email| email.map(|email| email.to_string()));
        Some(Self { attributes, email_before, email_after })
    }
}

impl Event {
    pub(crate) fn new(event: RecordedEvent, company: &CompanyId, snapshot: Timestamp) -> Self {
        let who = |kind| Who {
            id: None,
            email: None,
            name: None,
            mask: None,
            company: company.to_string(),
            r#type: kind,
        };
        let user = |id: AccountId, email: Email, name| Who {
            id: Some(id.to_string()),
            email: Some(email.to_string()),
            name,
            ..who(Kind::User.id().into())
        };
        let key = |id: KeyId, name, mask: Mask| Who {
            id: Some(id.to_string()),
            name: Some(name),
            mask: Some(mask.to_string()),
            ..who(Kind::ApiKey.id().into())
        };
        let unknown = |party: UnknownParty| Who {
            id: party.id,
            email: party.email,
            name: party.name,
            ..who(party.kind.to_ascii_uppercase().into())
        };
        let actor = match event.actor {
            Actor::Account { id, email, name } => user(id, email, Some(name)),
            Actor::ApiKey { id, name, mask } => key(id, name, mask),
            Actor::Operator { name } => Who { name: Some(name), ..who(Kind::Operator.id().into()) },
            Actor::Unknown(party) => unknown(party),
        };
        let affected = match event.affected {
            Affected::Account { id, email, name } => user(id, email, name),
            Affected::ApiKey { id, name, mask } => key(id, name, mask),
            Affected::Company => Who { id: Some(company.to_string()), ..who(Kind::Company.id().into()) },
            Affected::Unknown(party) => unknown(party),
        };
        let Details { changed, readdressed, left_alone, times } = event.details;
        Self {
            id: event.id,
            action: event.action,
            actor,
            affected,
            date: event.at,
            ip: event.ip,
            changes: Changes::of(changed, readdressed),
            left_alone,
            times,
            snapshot_date: snapshot,
        }
    }

    /// How much of a response the event takes: Lambda has the body as a JSON string, quotes and backslashes escaped.
    pub(crate) fn bytes(&self) -> usize {
        let escaped = |byte: &u8| if matches!(byte, b'"' | b'\\') { 2 } else { 1 };
        serde_json::to_vec(self).map_or(0, |json| json.iter().map(escaped).sum::<usize>() + 1)
    }
}

fn parameters() -> Vec<Parameter> {
    let date = || {
        json!({
            "type": "string",
            "examples": ["2026-01-31", "2026-01-31 22:19:42", "2026-01-31T22:19:42.841Z"],
            "anyOf": [
                {"format": "date"},
                // Days that every month has: which month has more, a pattern can't say.
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
            "Most events in a page; a page ends earlier at 5 MB. Beside `nextToken` it counts too.",
            page_size_schema(DEFAULT_RESULTS, LARGEST_RESULTS),
        ),
        query(
            "filter[action]",
            "Actions, separated by commas. What is no action matches nothing.",
            json!({"type": "string", "pattern": actions, "examples": ["SUSPEND_ACCOUNT,UNSUSPEND_ACCOUNT"]}),
        ),
        query("filter[date][since]", "The first moment; without it seven days before the end.", date()),
        query(
            "filter[date][until]",
            "Exclusive end. Default: now, or as far as the log is complete.",
            date(),
        ),
        query(
            "filter[actor]",
            "Who did it: an account ID, an email address, or a key's ID, name or mask.",
            who(),
        ),
        query(
            "filter[involving]",
            "Who did it, or to whom or what it was done: the same. An email address finds the events that carry it, as \
             they were then, and those of the account that has it now.",
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
            content: Content::of::<AuditLog>(example.clone()),
            headers: vec![],
        }],
        problems,
    };
    vec![
        operation(
            COLLECT,
            "collectAuditEvents",
            "Read the audit log",
            "Who did what in the company. The answer for a range is complete: without `filter[date][until]` the log ends \
             8 seconds ago; where it is in the present (to 3 seconds ahead) the answer comes once those 8 seconds \
             have passed. To collect continuously, ask for one window after the other, with `filter[date][since]` as the last \
             `filter[date][until]`, and follow `nextToken` until there is none. Where `filter[date][until]` is further ahead, the \
             log ends at `snapshotDate`. Parameters that are empty or unknown are ignored. Needs the scope `audit-log`.",
            Security::ApiKey,
            vec![ProblemType::InsufficientScope],
        ),
        operation(
            LIST,
            "listAuditEvents",
            "List what happened",
            "Who did what in the company, up to the present.",
            Security::AccessToken,
            vec![ProblemType::NotCompanyAdministrator, ProblemType::AccountSuspended],
        ),
    ]
}
