//! Audit events of every kind, as the table gives them.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    audit::{
        Action, Actor, Affected, Details, EmailChange, HeldBy, KeyGrant, RecordedEvent, SecretChange,
        UnknownParty,
    },
    identifiers::{AccountId, Email, KeyId},
    key::{Mask, SelfRotation},
    leaks::{Place, Reporter},
    limits::{Limit, Limits},
    network::{AllowedNetworks, NetworkMode, Ranges, range},
    policy::KeyPolicy,
    scope::Scope,
    suspensions::SuspensionLimit,
    time::Timestamp,
    ulid::ulids_of,
};

const AT: Timestamp = Timestamp::from_millis(1_769_897_982_841);
/// Where a stranger says that a key was.
const FOUND_AT: &str = "https://code.example/scripts/offboarding.sh";

fn time(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("a time")
}

fn mask(text: &str) -> Mask {
    Mask::parse(text).expect("a mask")
}

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn key_id() -> KeyId {
    KeyId::parse("01KDXJ7Q9W3T5V8YB2C4E6G8HA").expect("an ID")
}

fn administrator() -> Actor {
    let id = AccountId::parse("ada").expect("an ID");
    Actor::Account { id, email: email("ada@acme.example"), name: "Ada Lovelace".into() }
}

fn key_actor() -> Actor {
    Actor::ApiKey { id: key_id(), name: "Nightly offboarding".into(), mask: mask("K7fQ…mibC") }
}

fn operator() -> Actor {
    Actor::Operator { name: "Olga".into() }
}

fn key() -> Affected {
    Affected::ApiKey { id: key_id(), name: "Nightly offboarding".into(), mask: mask("K7fQ…mibC") }
}

fn member() -> Affected {
    let id = AccountId::parse("grace").expect("an ID");
    Affected::Account { id, email: email("grace@acme.example"), name: Some("Grace Hopper".into()) }
}

fn unknown_party() -> UnknownParty {
    UnknownParty {
        kind: "device".into(),
        id: Some("d-1".into()),
        email: Some("device@acme.example".into()),
        name: Some("Device".into()),
    }
}

/// Every kind of actor.
fn actors() -> Vec<Actor> {
    // An address that OCSF has no place for, and a kind that tells nothing else.
    let elsewhere = Actor::Account {
        id: AccountId::parse("zoe").expect("an ID"),
        email: email("zoë@intranet"),
        name: "Zoë".into(),
    };
    vec![
        administrator(),
        elsewhere,
        key_actor(),
        operator(),
        Actor::Reporter(Reporter::Finder),
        Actor::Reporter(Reporter::GitHub),
        Actor::Service,
        Actor::Unknown(unknown_party()),
        Actor::Unknown(UnknownParty { kind: "comet".into(), ..UnknownParty::default() }),
    ]
}

/// Every kind of affected party.
fn affected() -> Vec<Affected> {
    let nameless = Affected::Account {
        id: AccountId::parse("grace").expect("an ID"),
        email: email("grace@acme.example"),
        name: None,
    };
    vec![key(), member(), nameless, Affected::Company, Affected::Unknown(unknown_party())]
}

fn secret() -> SecretChange {
    SecretChange {
        mask: mask("N3wS…ecrT"),
        expires_at: Some(time("2026-05-01T00:00:00Z")),
        overlap_seconds: Some(86_400),
        ended: Some((mask("hT2w…9xQe"), time("2026-02-01T22:19:42Z"))),
    }
}

fn grant() -> KeyGrant {
    let ranges = Ranges::new(vec![range("192.0.2.0/24").expect("a range")]).expect("ranges");
    KeyGrant {
        scopes: BTreeSet::from(Scope::ALL),
        expires_at: Some(time("2026-05-01T00:00:00Z")),
        self_rotation: Some(SelfRotation { lifetime_days: 90 }),
        networks: Some(AllowedNetworks { mode: NetworkMode::Enforce, ranges }),
        suspension_limit: SuspensionLimit::PerHour(50),
    }
}

fn policy() -> KeyPolicy {
    KeyPolicy {
        must_expire: true,
        longest_lifetime_days: Some(90),
        unused_days: Some(60),
        scopes: Some(BTreeSet::from([Scope::Scim])),
        networks_required: true,
        suspensions_per_hour: Some(100),
        ..KeyPolicy::default()
    }
}

fn limits() -> Limits {
    Limits::default()
        .with(Limit::Key, Some(10))
        .with(Limit::AuditLog, Some(20))
        .with(Limit::Company, Some(30))
}

/// All details at once. A new one must be added here, or this doesn't compile.
fn all_details() -> Details {
    Details {
        changed: vec!["emails".into(), "name.givenName".into()],
        email_change: Some(EmailChange {
            before: email("grace@acme.example"),
            after: email("hopper@acme.example"),
        }),
        left_alone: vec!["title".into()],
        times: Some(7),
        limits: Some(limits()),
        secrets: Some(secret()),
        self_rotation: Some(SelfRotation { lifetime_days: 30 }),
        remains: Some(grant()),
        held_by: Some(HeldBy::Policy),
        policy: Some(policy()),
        suspensions_per_hour: Some(100),
        undo: Some("01KGBA0RVS9W3T5V8YB2C4E6G7".into()),
        since: Some(time("2026-01-30T00:00:00Z")),
        leaked: Some(mask("L3ak…edXy")),
        found_at: vec![FOUND_AT.into()],
        place: Some(Place::Query),
        days: Some(30),
        expires_at: Some(time("2026-03-02T00:00:00Z")),
        last_used_at: Some(time("2025-10-01T00:00:00Z")),
    }
}

fn recorded(action: &str, actor: Actor, affected: Affected, details: Details) -> RecordedEvent {
    let [id, _] = ulids_of(AT);
    let ip = match actor {
        Actor::Operator { .. } | Actor::Service | Actor::Reporter(Reporter::GitHub) => None,
        _ => Some("203.0.113.7".into()),
    };
    RecordedEvent { id, action: action.into(), actor, affected, details, ip, at: AT, expiry: 0 }
}

/// An event of each action, as the service writes it, in the order of [`Action::ALL`]. Each has its own ID.
#[must_use]
pub fn usual_audit_events() -> Vec<RecordedEvent> {
    let mut events: Vec<_> = Action::ALL.map(usual).into();
    for (number, event) in (0..).zip(&mut events) {
        event.at = AT.plus(Duration::from_millis(number));
        event.id.clone_from(&ulids_of(event.at)[0]);
    }
    events
}

fn usual(action: Action) -> RecordedEvent {
    let none = Details::default;
    let all = all_details();
    let (actor, affected, details) = match action {
        Action::CreateApiKey => {
            let self_rotation = all.self_rotation;
            (administrator(), key(), Details { self_rotation, remains: all.remains, ..none() })
        }
        Action::RevokeApiKey | Action::ReleaseSuspensionLimit => (administrator(), key(), none()),
        Action::RevokeLeakedApiKey => {
            let (leaked, found_at) = (all.leaked, all.found_at);
            (Actor::Reporter(Reporter::Finder), key(), Details { leaked, found_at, ..none() })
        }
        Action::ReportLeakedApiKey => {
            let (leaked, found_at) = (all.leaked, all.found_at);
            (Actor::Reporter(Reporter::GitHub), key(), Details { leaked, found_at, ..none() })
        }
        Action::ExposeApiKey => (key_actor(), key(), Details { place: all.place, ..none() }),
        Action::RotateApiKey => (administrator(), key(), secret().into()),
        Action::UseNewApiKeySecret => (key_actor(), key(), secret().into()),
        Action::CompleteApiKeyRotation | Action::CancelApiKeyRotation => {
            (administrator(), key(), secret().into())
        }
        Action::UpdateApiKey => {
            let (changed, remains) = (vec!["scopes".into()], all.remains);
            (administrator(), key(), Details { changed, remains, ..none() })
        }
        Action::HoldApiKey => (key_actor(), key(), Details { held_by: Some(HeldBy::Policy), ..none() }),
        Action::ReleaseApiKey => {
            (administrator(), key(), Details { held_by: Some(HeldBy::Administrator), ..none() })
        }
        Action::ChangeKeyPolicy => {
            (administrator(), Affected::Company, Details { policy: all.policy, ..none() })
        }
        Action::UseRevokedApiKey => (key_actor(), key(), Details { times: all.times, ..none() }),
        Action::RefuseApiKeyNetwork => (key_actor(), key(), none()),
        Action::ReachSuspensionLimit => {
            let suspensions_per_hour = all.suspensions_per_hour;
            (key_actor(), key(), Details { suspensions_per_hour, ..none() })
        }
        Action::SuspendAccount | Action::UnsuspendAccount | Action::DeleteAccount => {
            (key_actor(), member(), none())
        }
        Action::CreateCompany | Action::ChangePlan => (operator(), Affected::Company, none()),
        Action::ChangeLimits => (operator(), Affected::Company, Details { limits: all.limits, ..none() }),
        Action::CreateAccount | Action::ChangeRole | Action::AddIdentity => (operator(), member(), none()),
        Action::UpdateAccount => {
            let Details { changed, email_change, left_alone, .. } = all;
            (key_actor(), member(), Details { changed, email_change, left_alone, ..none() })
        }
        Action::UndoKeySuspensions => (administrator(), key(), Details { since: all.since, ..none() }),
        Action::WithdrawSuspension => (administrator(), member(), Details { undo: all.undo, ..none() }),
        Action::AnnounceApiKeyExpiry => {
            let (days, expires_at) = (all.days, all.expires_at);
            (Actor::Service, key(), Details { days, expires_at, ..none() })
        }
        Action::ExpireApiKey => (Actor::Service, key(), Details { expires_at: all.expires_at, ..none() }),
        Action::ReportUnusedApiKey => {
            let (days, last_used_at) = (Some(90), all.last_used_at);
            (Actor::Service, key(), Details { days, last_used_at, ..none() })
        }
        Action::ReportUnusedApiKeySecret => {
            let secrets = Some(SecretChange { overlap_seconds: None, expires_at: None, ..secret() });
            (Actor::Service, key(), Details { days: Some(7), secrets, ..none() })
        }
    };
    recorded(action.id(), actor, affected, details)
}

/// Every action of this release and one of a later one, with every kind of actor and of affected party, without details and
/// with all of them.
#[must_use]
pub fn all_audit_events() -> Vec<RecordedEvent> {
    let mut events = usual_audit_events();
    for action in Action::ALL.map(Action::id).into_iter().chain(["PAINT_API_KEY"]) {
        for actor in actors() {
            for affected in affected() {
                for details in [Details::default(), all_details()] {
                    events.push(recorded(action, actor.clone(), affected.clone(), details));
                }
            }
        }
    }
    events
}
