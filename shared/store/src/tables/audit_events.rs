//! `AuditEvents`: who did what. The table is append-only.

use std::ops::RangeInclusive;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    audit::{
        Actor, Affected, AuditEvent, Details, EmailChange, HeldBy, KeyGrant, RecordedEvent, SecretChange,
        UnknownParty,
    },
    identifiers::{AccountId, Email, KeyId},
    key::Mask,
    leaks::{Place, Reporter},
    ulid::time_of_ulid,
};

use super::{
    Tables,
    key_limits::{
        NETWORKS, SUSPENSION_LIMIT, SUSPENSIONS_PER_HOUR, networks_attribute, networks_from,
        suspension_limit_attribute, suspension_limit_from,
    },
    key_policies::{policy_attribute, policy_from},
    key_secrets::{self_rotation_attribute, self_rotation_from},
};
use crate::{
    caller::Caller,
    error::TableError,
    item::{Attributes, Item, LIMITS, at, key_in_company, limits_attribute, map_of, n, s, scope_set},
    table::Table,
    write::{Guard, Write},
};

/// The type of the actor that is the service itself.
const SERVICE: &str = "service";
/// The detail with the secrets of a rotation.
const SECRETS: &str = "secrets";
/// The detail with what a key may do after a change.
const REMAINS: &str = "remains";
/// The detail with what holds a key.
const HELD_BY: &str = "heldBy";
/// The detail with the key policy.
const POLICY: &str = "keyPolicy";
/// The detail with the event of an undo.
const UNDO: &str = "undo";
/// The detail with the time since when an undo takes suspensions back.
const SINCE: &str = "since";

/// The detail with the secret that somebody found.
const LEAKED: &str = "leakedMask";
/// The detail with where it was found.
const FOUND_AT: &str = "foundAt";
/// The detail with the part of a request that contained a key.
const PLACE: &str = "place";
/// The detail with a number of days.
const DAYS: &str = "days";
/// The detail with a key's expiry.
const EXPIRES_AT: &str = "expiresAt";
/// The detail with the last use of an unused key.
const LAST_USED_AT: &str = "lastUsedAt";

/// A page of a company's events, newest first.
#[derive(Debug)]
pub struct EventPage {
    /// The events.
    pub events: Vec<RecordedEvent>,
    /// The last event that was read, if there are more.
    pub next: Option<String>,
}

impl Tables {
    /// The write that adds the event, part of the transaction that carries out the action.
    pub(crate) fn append(&self, event: &AuditEvent) -> Write {
        let expiry = event.at.plus(self.settings.audit_retention).seconds();
        let mut item = Item::from([
            ("companyId".into(), s(&event.company_id)),
            ("eventId".into(), s(&event.id)),
            ("action".into(), s(event.action.id())),
            ("actor".into(), AttributeValue::M(actor(&event.actor))),
            ("affected".into(), AttributeValue::M(affected(&event.affected))),
            ("requestId".into(), s(&event.origin.request_id)),
            ("expiry".into(), n(expiry)),
        ]);
        if let Some(ip) = &event.origin.ip {
            item.insert("ip".into(), s(ip));
        }
        if !event.details.is_empty() {
            item.insert("details".into(), AttributeValue::M(details(&event.details)));
        }
        Write::put(Guard::AuditEvent, Table::AuditEvents, item).when("attribute_not_exists(#eventId)")
    }

    /// Up to `limit` events with identifiers in this range, newest first, starting after `after`, which must also be in
    /// the range. Makes one strongly consistent read, which ends at 1 MB.
    pub async fn audit_events<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        ids: &RangeInclusive<String>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<EventPage, TableError> {
        let caller = caller.into();
        let request = self
            .client
            .query()
            .table_name(self.name(Table::AuditEvents))
            .key_condition_expression("#companyId = :company AND #eventId BETWEEN :first AND :last")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_names("#eventId", "eventId")
            .expression_attribute_values(":company", s(caller.company_id()))
            .expression_attribute_values(":first", s(ids.start()))
            .expression_attribute_values(":last", s(ids.end()))
            .set_exclusive_start_key(after.map(|id| key_in_company(caller, "eventId", id)))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let page = request.send().await?;
        let events = page.items().iter().map(event_from).collect::<Result<Vec<_>, _>>()?;
        let next = page.last_evaluated_key.map(|key| key.text("eventId").map(str::to_owned)).transpose()?;
        Ok(EventPage { events, next })
    }
}

fn actor(actor: &Actor) -> Item {
    let pairs = match actor {
        Actor::Account { id, email, name } => {
            vec![("type", s("account")), ("id", s(id)), ("email", s(email)), ("name", s(name))]
        }
        Actor::ApiKey { id, name, mask } => {
            vec![("type", s("api_key")), ("id", s(id)), ("name", s(name)), ("mask", s(mask))]
        }
        Actor::Operator { name } => vec![("type", s("operator")), ("name", s(name))],
        Actor::Reporter(reporter) => vec![("type", s(reporter))],
        Actor::Service => vec![("type", s(SERVICE))],
        Actor::Unknown(party) => unknown(party),
    };
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

fn affected(affected: &Affected) -> Item {
    let pairs = match affected {
        Affected::Account { id, email, name } => {
            let mut pairs = vec![("type", s("account")), ("id", s(id)), ("email", s(email))];
            pairs.extend(name.as_ref().map(|name| ("name", s(name))));
            pairs
        }
        Affected::ApiKey { id, name, mask } => {
            vec![("type", s("api_key")), ("id", s(id)), ("name", s(name)), ("mask", s(mask))]
        }
        Affected::Company => vec![("type", s("company"))],
        Affected::Unknown(party) => unknown(party),
    };
    pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

pub(crate) fn event_from(item: &Item) -> Result<RecordedEvent, TableError> {
    let part = |name: &'static str| {
        item.optional(name).and_then(|value| value.as_m().ok()).ok_or(TableError::Corrupt(name))
    };
    Ok(RecordedEvent {
        id: item.text("eventId")?.into(),
        action: item.text("action")?.into(),
        actor: actor_from(part("actor")?),
        affected: affected_from(part("affected")?),
        details: item.optional("details").and_then(|d| d.as_m().ok()).map(details_from).unwrap_or_default(),
        ip: item.optional("ip").and_then(|ip| ip.as_s().ok()).cloned(),
        at: item.parsed("eventId", time_of_ulid)?,
        expiry: item.number("expiry")?,
    })
}

/// No decision depends on the parties, so a kind of party that only a later release knows is shown with what can be
/// read.
fn actor_from(map: &Item) -> Actor {
    known_actor_from(map).unwrap_or_else(|| Actor::Unknown(unknown_from(map)))
}

fn known_actor_from(map: &Item) -> Option<Actor> {
    if let Some(reporter) = Reporter::from_id(map.text("type").ok()?) {
        return Some(Actor::Reporter(reporter));
    }
    if map.text("type").ok()? == SERVICE {
        return Some(Actor::Service);
    }
    let name = map.text("name").ok()?.into();
    Some(match map.text("type").ok()? {
        "account" => {
            let id = map.parsed("id", AccountId::parse).ok()?;
            Actor::Account { id, email: map.parsed("email", Email::parse).ok()?, name }
        }
        "api_key" => Actor::ApiKey { id: map.parsed("id", KeyId::parse).ok()?, name, mask: map.mask().ok()? },
        "operator" => Actor::Operator { name },
        _ => return None,
    })
}

fn affected_from(map: &Item) -> Affected {
    known_affected_from(map).unwrap_or_else(|| Affected::Unknown(unknown_from(map)))
}

fn known_affected_from(map: &Item) -> Option<Affected> {
    Some(match map.text("type").ok()? {
        "account" => Affected::Account {
            id: map.parsed("id", AccountId::parse).ok()?,
            email: map.parsed("email", Email::parse).ok()?,
            name: map.text("name").ok().map(str::to_owned),
        },
        "api_key" => Affected::ApiKey {
            id: map.parsed("id", KeyId::parse).ok()?,
            name: map.text("name").ok()?.into(),
            mask: map.mask().ok()?,
        },
        "company" => Affected::Company,
        _ => return None,
    })
}

fn unknown_from(map: &Item) -> UnknownParty {
    let text = |name| map.text(name).ok().map(str::to_owned);
    UnknownParty {
        kind: text("type").unwrap_or_default(),
        id: text("id"),
        email: text("email"),
        name: text("name"),
    }
}

fn unknown(party: &UnknownParty) -> Vec<(&'static str, AttributeValue)> {
    let UnknownParty { kind, id, email, name } = party;
    let named = [("id", id), ("email", email), ("name", name)];
    let named = named.into_iter().filter_map(|(attribute, value)| Some((attribute, s(value.as_ref()?))));
    [("type", s(kind))].into_iter().chain(named).collect()
}

fn details(details: &Details) -> Item {
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
    } = details;
    let mut map = Item::new();
    for (name, attributes) in [("changed", changed), ("leftAlone", left_alone), (FOUND_AT, found_at)] {
        if !attributes.is_empty() {
            map.insert(name.into(), AttributeValue::L(attributes.iter().map(s).collect()));
        }
    }
    if let Some(EmailChange { before, after }) = email_change {
        map.extend([("emailBefore".into(), s(before)), ("emailAfter".into(), s(after))]);
    }
    map.extend(times.map(|times| ("times".into(), n(times))));
    map.extend(limits.as_ref().and_then(limits_attribute).map(|numbers| (LIMITS.into(), numbers)));
    map.extend(self_rotation.map(self_rotation_attribute));
    map.extend(remains.as_ref().map(|grant| (REMAINS.into(), key_grant(grant))));
    map.extend(held_by.map(|by| (HELD_BY.into(), s(by.id()))));
    map.extend(policy.as_ref().map(|policy| (POLICY.into(), policy_attribute(policy))));
    map.extend(suspensions_per_hour.map(|number| (SUSPENSIONS_PER_HOUR.into(), n(number))));
    map.extend(secrets.as_ref().map(|change| (SECRETS.into(), secret_change(change))));
    map.extend(undo.as_ref().map(|event_id| (UNDO.into(), s(event_id))));
    map.extend(since.map(|since| (SINCE.into(), at(since))));
    map.extend(leaked.as_ref().map(|mask| (LEAKED.into(), s(mask))));
    map.extend(place.map(|place| (PLACE.into(), s(place.id()))));
    map.extend(days.map(|days| (DAYS.into(), n(days))));
    map.extend(expires_at.map(|expiry| (EXPIRES_AT.into(), at(expiry))));
    map.extend(last_used_at.map(|used| (LAST_USED_AT.into(), at(used))));
    map
}

fn key_grant(grant: &KeyGrant) -> AttributeValue {
    let KeyGrant { scopes, expires_at, self_rotation, networks, suspension_limit } = grant;
    let mut map = Item::from([("scopes".into(), scope_set(scopes))]);
    map.extend(expires_at.map(|expiry| ("expiresAt".into(), at(expiry))));
    map.extend(self_rotation.map(self_rotation_attribute));
    map.extend(networks.as_ref().map(|networks| (NETWORKS.into(), networks_attribute(networks))));
    let limit = suspension_limit_attribute(*suspension_limit);
    map.extend(limit.map(|limit| (SUSPENSION_LIMIT.into(), limit)));
    AttributeValue::M(map)
}

fn key_grant_from(map: &Item) -> Result<KeyGrant, TableError> {
    Ok(KeyGrant {
        scopes: map.scopes()?,
        expires_at: map.optional_time("expiresAt")?,
        self_rotation: self_rotation_from(map)?,
        networks: networks_from(map)?,
        suspension_limit: suspension_limit_from(map)?,
    })
}

fn secret_change(change: &SecretChange) -> AttributeValue {
    let SecretChange { mask, expires_at, overlap_seconds, ended } = change;
    map_of([
        ("mask", Some(s(mask))),
        ("expiresAt", expires_at.map(at)),
        ("overlapSeconds", overlap_seconds.map(n)),
        ("endedMask", ended.as_ref().map(|(mask, _)| s(mask))),
        ("endsAt", ended.as_ref().map(|(_, ends_at)| at(*ends_at))),
    ])
}

fn secret_change_from(map: &Item) -> Result<SecretChange, TableError> {
    let ended_mask = map.optional_parsed("endedMask", Mask::parse)?;
    Ok(SecretChange {
        mask: map.mask()?,
        expires_at: map.optional_time("expiresAt")?,
        overlap_seconds: map.optional_number("overlapSeconds")?,
        ended: ended_mask.zip(map.optional_time("endsAt")?),
    })
}

/// No decision depends on details, so details that can't be read, perhaps of a later release, are omitted.
fn details_from(map: &Item) -> Details {
    let list = |name| -> Vec<String> {
        let list = map.optional(name).and_then(|value| value.as_l().ok());
        list.into_iter().flatten().filter_map(|value| value.as_s().ok()).cloned().collect()
    };
    let email = |name| map.parsed(name, Email::parse).ok();
    Details {
        changed: list("changed"),
        email_change: email("emailBefore")
            .zip(email("emailAfter"))
            .map(|(before, after)| EmailChange { before, after }),
        left_alone: list("leftAlone"),
        times: map.optional_number("times").ok().flatten(),
        limits: map.limits().ok().filter(|limits| !limits.is_default()),
        self_rotation: self_rotation_from(map).ok().flatten(),
        remains: map.optional_map(REMAINS).ok().flatten().and_then(|map| key_grant_from(map).ok()),
        held_by: map.parsed(HELD_BY, HeldBy::from_id).ok(),
        policy: map.optional_map(POLICY).ok().flatten().and_then(|map| policy_from(map).ok()),
        suspensions_per_hour: map.optional_number(SUSPENSIONS_PER_HOUR).ok().flatten(),
        secrets: map.optional_map(SECRETS).ok().flatten().and_then(|map| secret_change_from(map).ok()),
        undo: map.text(UNDO).ok().map(str::to_owned),
        since: map.optional_time(SINCE).ok().flatten(),
        leaked: map.parsed(LEAKED, Mask::parse).ok(),
        found_at: list(FOUND_AT),
        place: map.parsed(PLACE, Place::from_id).ok(),
        days: map.optional_number(DAYS).ok().flatten(),
        expires_at: map.optional_time(EXPIRES_AT).ok().flatten(),
        last_used_at: map.optional_time(LAST_USED_AT).ok().flatten(),
    }
}
