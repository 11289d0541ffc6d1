//! The shape of the log, and the description of the operations.

use std::borrow::Cow;

use domain::{
    audit::{Action, Actor, Affected, Details, HeldBy, RecordedEvent, UnknownParty},
    identifiers::{AccountId, CompanyId, Email, KeyId},
    key::Mask,
    leaks::{Place, Reporter},
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
    wire::{KeyPolicyView, RequestLimits, SelfRotationView},
};

use crate::{
    DEFAULT_RESULTS, LARGEST_RESULTS,
    details::{Changes, GrantView, SecretView},
    query::ACTIONS,
};

/// Collectors read the log.
pub(crate) const COLLECT: &str = "GET /enterprise/v1/audit-log";
/// People read the log.
pub(crate) const LIST: &str = "GET /admin/v1/audit-log";

/// A page of the company's events, newest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditLog {
    /// The events.
    pub(crate) data: Vec<Event>,
    /// Position of the next page. Absent at the end of the range. With a filter, a page may be short or empty and still
    /// have a `nextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

impl AuditLog {
    pub(crate) fn new() -> Self {
        Self { data: Vec::new(), next_token: None }
    }
}

/// An audit event. Names and addresses are those at the time of the event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEvent")]
pub(crate) struct Event {
    /// Identifies the event. Later events have greater identifiers.
    id: String,
    /// What happened. `docs/audit-actions.md` describes each action.
    #[schemars(with = "Action")]
    action: String,
    /// Who did it.
    actor: Who,
    /// The account, key or company that was affected.
    affected: Who,
    /// When it happened.
    date: Timestamp,
    /// The caller's IP address. Absent for operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<String>,
    /// The changes of an `UPDATE_ACCOUNT` or an `UPDATE_API_KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes>,
    /// The attributes that the request named and the service ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_alone: Vec<String>,
    /// The number of uses of a revoked key, or of an ended secret, that the event stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    /// The company's limits of requests after a `CHANGE_LIMITS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<RequestLimits>,
    /// What a step of a rotation did with the key's secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<SecretView>,
    /// Present if the new key of a `CREATE_API_KEY` may rotate itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    self_rotation: Option<SelfRotationView>,
    /// What the key may do after an `UPDATE_API_KEY`. Also in a `CREATE_API_KEY` of a key with networks or a limit of
    /// suspensions of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    remains: Option<GrantView>,
    /// What holds the key of a `HOLD_API_KEY`, or held that of a `RELEASE_API_KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["administrator", "policy"]))]
    held_by: Option<&'static str>,
    /// The key policy after a `CHANGE_KEY_POLICY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<KeyPolicyView>,
    /// The limit that the key of a `REACH_SUSPENSION_LIMIT` reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspensions_per_hour: Option<u16>,
    /// The `UNDO_KEY_SUSPENSIONS` by which an account was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<String>,
    /// The time since when an `UNDO_KEY_SUSPENSIONS` takes the key's suspensions back.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// The secret that somebody found, of a `REVOKE_LEAKED_API_KEY` or a `REPORT_LEAKED_API_KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaked_mask: Option<String>,
    /// Where it was found: addresses of web pages, without query and fragment. A stranger may have chosen them, so show them as
    /// text and don't link to them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    found_at: Vec<String>,
    /// The part of the request that contained the key, of an `EXPOSE_API_KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["query", "path", "body", "cookie", "header"]))]
    place: Option<&'static str>,
    /// The time up to which the log was complete when it was read. The same on all pages of a response.
    snapshot_date: Timestamp,
}

/// A person, a key, an operator, the company, or somebody who found a key. `name` and `email` are always present, as in MURAL's log.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuditParty")]
struct Who {
    /// The account's or key's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The account's email address, or `null` if there is none.
    email: Option<String>,
    /// The name of a person, a key or an operator, or `null` if there is none.
    name: Option<String>,
    /// A key's first four and last four characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    /// The company's identifier.
    company: String,
    /// The kind of party.
    #[schemars(with = "Kind")]
    r#type: Cow<'static, str>,
}

/// The kinds that this release writes. An event of a later release may have another kind.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
enum Kind {
    User,
    ApiKey,
    Operator,
    Company,
    Finder,
    Github,
}

impl Kind {
    const fn id(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::ApiKey => "API_KEY",
            Self::Operator => "OPERATOR",
            Self::Company => "COMPANY",
            Self::Finder => "FINDER",
            Self::Github => "GITHUB",
        }
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
            Actor::Reporter(Reporter::Finder) => who(Kind::Finder.id().into()),
            Actor::Reporter(Reporter::GitHub) => {
                Who { name: Some("GitHub".into()), ..who(Kind::Github.id().into()) }
            }
            Actor::Unknown(party) => unknown(party),
        };
        let affected = match event.affected {
            Affected::Account { id, email, name } => user(id, email, name),
            Affected::ApiKey { id, name, mask } => key(id, name, mask),
            Affected::Company => Who { id: Some(company.to_string()), ..who(Kind::Company.id().into()) },
            Affected::Unknown(party) => unknown(party),
        };
        let Details {
            changed,
            email_change,
            left_alone,
            times,
            limits,
            secrets,
            self_rotation,
            remains,
            held_by,
            policy,
            suspensions_per_hour,
            undo,
            since,
            leaked,
            found_at,
            place,
        } = event.details;
        Self {
            id: event.id,
            action: event.action,
            actor,
            affected,
            date: event.at,
            ip: event.ip,
            changes: Changes::of(changed, email_change),
            left_alone,
            times,
            limits: limits.map(|limits| RequestLimits::from(&limits)),
            secret: secrets.map(SecretView::from),
            self_rotation: self_rotation.map(SelfRotationView::from),
            remains: remains.map(GrantView::from),
            held_by: held_by.map(HeldBy::id),
            policy: policy.as_ref().map(KeyPolicyView::from),
            suspensions_per_hour,
            undo,
            since,
            leaked_mask: leaked.map(|mask| mask.to_string()),
            found_at,
            place: place.map(Place::id),
            snapshot_date: snapshot,
        }
    }

    /// The event's share of a response. Lambda has the body as a JSON string, with quotes and backslashes escaped.
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
