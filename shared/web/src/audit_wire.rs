//! An audit event, as the audit log and the event bus send it.

use std::borrow::Cow;

use domain::{
    audit::{Action, Actor, Affected, Details, HeldBy, RecordedEvent, UnknownParty},
    identifiers::{AccountId, CompanyId, Email, KeyId},
    key::Mask,
    leaks::{Place, Reporter},
    time::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    audit_details::{Changes, GrantView, SecretView},
    wire::{KeyPolicyView, RequestLimits, SelfRotationView},
};

/// The name of the service where it is the actor of an event.
pub(crate) const SERVICE_NAME: &str = "Company API Keys";

/// The name of GitHub where it is the actor of an event.
pub(crate) const GITHUB_NAME: &str = "GitHub";

/// An audit event. Names and addresses are those at the time of the event.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEvent")]
pub struct AuditEventView {
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
    /// Of an `ANNOUNCE_API_KEY_EXPIRY`: the key expires within this number of days, 30, 7 or 1. Of a `REPORT_UNUSED_API_KEY` or a
    /// `REPORT_UNUSED_API_KEY_SECRET`: nobody has used it for this number of days.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u16>,
    /// When the key of an `ANNOUNCE_API_KEY_EXPIRY` or an `EXPIRE_API_KEY` expires or expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// When the key of a `REPORT_UNUSED_API_KEY` was last used. Absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
}

/// A person, a key, an operator, the company, the service itself, or somebody who found a key. `name` and `email` are always present, as in MURAL's log.
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
    Service,
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
            Self::Service => "SERVICE",
        }
    }
}

impl AuditEventView {
    /// The event of this company as it is sent.
    #[must_use]
    pub fn new(event: RecordedEvent, company: &CompanyId) -> Self {
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
                Who { name: Some(GITHUB_NAME.into()), ..who(Kind::Github.id().into()) }
            }
            Actor::Service => Who { name: Some(SERVICE_NAME.into()), ..who(Kind::Service.id().into()) },
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
            days,
            expires_at,
            last_used_at,
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
            days,
            expires_at,
            last_used_at,
        }
    }
}
