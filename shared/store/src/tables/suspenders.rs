//! The attributes of an account's item that say who wants the account to be suspended.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::{Account, AccountState, Changer, FormerSuspender, FormerSuspenders, Suspender, Suspenders},
    identifiers::{AccountId, KeyId},
    time::Timestamp,
};

use crate::item::{Attributes, Item, at, map_of, s};

/// The attribute with those who want an account to be suspended.
pub(super) const SUSPENDED_BY: &str = "suspendedBy";
/// The attribute with those who wanted it until a key unsuspended the account.
pub(super) const FORMER_SUSPENDERS: &str = "formerSuspenders";

/// Who wants the account to be suspended. Absent if nobody is known.
pub(super) fn suspended_by(account: &Account) -> Option<AttributeValue> {
    let known: Vec<_> = account.suspended_by.known().iter().map(|known| suspender(known, None)).collect();
    if known.is_empty() {
        return None;
    }
    let others = account.suspended_by.others().then_some(AttributeValue::Bool(true));
    let suspension = account.suspended_at.map(at);
    Some(map_of([("suspendedAt", suspension), ("known", Some(AttributeValue::L(known))), ("others", others)]))
}

/// Who wanted the account to be suspended until a key unsuspended it. Absent if no key did.
pub(super) fn former_suspenders(account: &Account) -> Option<AttributeValue> {
    let former = account.suspended_by.former()?;
    let known = former.known().iter().map(|known| suspender(&known.suspender, Some(known.until)));
    Some(map_of([
        ("keyId", Some(s(former.key()))),
        ("known", Some(AttributeValue::L(known.collect()))),
        ("othersUntil", former.others_until().map(at)),
    ]))
}

/// Suspenders that belong to an earlier suspension, because a release that doesn't know them or a restore began this one,
/// don't count. And a suspender of a kind that only a later release knows is one of the others.
pub(super) fn suspenders_from(
    item: &Item,
    state: AccountState,
    suspended_at: Option<Timestamp>,
) -> Suspenders {
    let former = former_suspenders_from(item);
    if state == AccountState::Active {
        return Suspenders::default().with_former(former);
    }
    let stored = item.optional_map(SUSPENDED_BY).ok().flatten();
    let current = stored.filter(|map| map.optional_time("suspendedAt").is_ok_and(|of| of == suspended_at));
    let list = known_in(current);
    let known: Vec<_> = list.iter().filter_map(|value| suspender_from(value.as_m().ok()?)).collect();
    let others = current.is_some_and(|map| map.optional("others").is_some()) || known.len() < list.len();
    Suspenders::of_suspension(known, others).with_former(former)
}

fn former_suspenders_from(item: &Item) -> Option<FormerSuspenders> {
    let map = item.optional_map(FORMER_SUSPENDERS).ok()??;
    let key = map.parsed("keyId", KeyId::parse).ok()?;
    let mut others_until = map.optional_time("othersUntil").ok()?;
    let mut known = Vec::new();
    for former in known_in(Some(map)).iter().filter_map(|value| value.as_m().ok()) {
        let until = former.time("until").ok()?;
        match suspender_from(former) {
            Some(suspender) => known.push(FormerSuspender { suspender, until }),
            None => others_until = others_until.max(Some(until)),
        }
    }
    Some(FormerSuspenders::of_key(key, known, others_until))
}

fn known_in(map: Option<&Item>) -> &[AttributeValue] {
    map.and_then(|map| map.optional("known")?.as_l().ok()).map_or(&[], Vec::as_slice)
}

fn suspender(suspender: &Suspender, until: Option<Timestamp>) -> AttributeValue {
    let Suspender { who, at: since, event_id } = suspender;
    let (kind, id) = match who {
        Changer::Key(id) => ("api_key", s(id)),
        Changer::Account(id) => ("account", s(id)),
        Changer::Operator(name) => ("operator", s(name)),
    };
    map_of([
        ("type", Some(s(kind))),
        ("id", Some(id)),
        ("at", Some(at(*since))),
        ("eventId", event_id.as_ref().map(s)),
        ("until", until.map(at)),
    ])
}

fn suspender_from(map: &Item) -> Option<Suspender> {
    let who = match map.text("type").ok()? {
        "api_key" => Changer::Key(map.parsed("id", KeyId::parse).ok()?),
        "account" => Changer::Account(map.parsed("id", AccountId::parse).ok()?),
        "operator" => Changer::Operator(map.text("id").ok()?.into()),
        _ => return None,
    };
    let event_id = map.text("eventId").ok().map(str::to_owned);
    Some(Suspender { who, at: map.time("at").ok()?, event_id })
}
