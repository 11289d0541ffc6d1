//! A company's key policy in its item, in the items of its secrets, and in events.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    bound::Bound,
    key::{Disuse, SecretHolds},
    leaks::LeakResponse,
    policy::{DEFAULT_GRACE_DAYS, KeyPolicy, PolicyInForce, Verdict},
    scope::Scope,
    time::Timestamp,
};

use super::key_limits::SUSPENSIONS_PER_HOUR;
use crate::{
    error::TableError,
    item::{Attributes, Item, at, map_of, n, person, s, scope_set},
};

/// Since when an administrator holds the key.
pub(crate) const HELD: &str = "held";
/// From when the policy holds a secret because of its life.
pub(crate) const HELD_FROM: &str = "heldFrom";
/// From when the policy holds a secret because of its key's scopes or networks.
pub(crate) const DENIED_FROM: &str = "deniedFrom";
/// The days without use after which a secret is held.
pub(crate) const UNUSED: &str = "unused";
/// The first use of the last day on which a secret was used, while it can be held for disuse.
pub(crate) const USED_ON: &str = "usedOn";

/// What happens to a key that GitHub reports. Stored unless it is revoked.
const LEAKED_KEYS: &str = "leakedKeys";

/// The policy as an administrator sets it.
pub(crate) fn policy_attribute(policy: &KeyPolicy) -> AttributeValue {
    let KeyPolicy {
        must_expire,
        longest_lifetime_days,
        unused_days,
        scopes,
        networks_required,
        suspensions_per_hour,
        leaked_keys,
        grace_days,
    } = policy;
    map_of([
        ("mustExpire", must_expire.then_some(AttributeValue::Bool(true))),
        ("longestLifetimeDays", longest_lifetime_days.map(n)),
        ("unusedDays", unused_days.map(n)),
        ("scopes", scopes.as_ref().filter(|scopes| !scopes.is_empty()).map(scope_set)),
        ("networksRequired", networks_required.then_some(AttributeValue::Bool(true))),
        (SUSPENSIONS_PER_HOUR, suspensions_per_hour.map(n)),
        (LEAKED_KEYS, (*leaked_keys != LeakResponse::default()).then(|| s(leaked_keys.id()))),
        ("graceDays", Some(n(grace_days))),
    ])
}

pub(crate) fn policy_from(map: &Item) -> Result<KeyPolicy, TableError> {
    Ok(KeyPolicy {
        must_expire: map.contains_key("mustExpire"),
        longest_lifetime_days: map.optional_number("longestLifetimeDays")?,
        unused_days: map.optional_number("unusedDays")?,
        scopes: map.contains_key("scopes").then(|| map.scopes()).transpose()?,
        networks_required: map.contains_key("networksRequired"),
        suspensions_per_hour: map.optional_number(SUSPENSIONS_PER_HOUR)?,
        // A later release may know more responses.
        leaked_keys: map
            .optional_parsed(LEAKED_KEYS, LeakResponse::from_id)
            .ok()
            .flatten()
            .unwrap_or_default(),
        grace_days: map.optional_number("graceDays")?.unwrap_or(DEFAULT_GRACE_DAYS),
    })
}

/// The policy with the times from which its rules apply.
pub(crate) fn in_force_attribute(policy: &PolicyInForce) -> AttributeValue {
    let denied = policy.denied.iter().map(|(scope, from)| (scope.id().into(), at(*from))).collect();
    map_of([
        ("policy", Some(policy_attribute(&policy.policy))),
        ("expiryFrom", policy.expiry_from.map(at)),
        ("lifetime", Some(bound_attribute(&policy.lifetime))),
        ("unused", Some(bound_attribute(&policy.unused))),
        ("denied", Some(AttributeValue::M(denied))),
        ("changedAt", Some(at(policy.changed_at))),
        ("networksFrom", policy.networks_from.map(at)),
        ("changedBy", policy.changed_by.as_ref().map(person)),
    ])
}

pub(crate) fn in_force_from(map: &Item) -> Result<PolicyInForce, TableError> {
    let policy = map.optional_map("policy")?.ok_or(TableError::Corrupt("policy"))?;
    let mut denied = BTreeMap::new();
    for (id, from) in map.optional_map("denied")?.into_iter().flatten() {
        // A later release may know more scopes.
        if let Some(scope) = Scope::from_id(id) {
            denied.insert(scope, time_from(from).ok_or(TableError::Corrupt("denied"))?);
        }
    }
    Ok(PolicyInForce {
        policy: policy_from(policy)?,
        expiry_from: map.optional_time("expiryFrom")?,
        lifetime: bound_from(map.optional_map("lifetime")?)?,
        unused: bound_from(map.optional_map("unused")?)?,
        denied,
        changed_at: map.time("changedAt")?,
        networks_from: map.optional_time("networksFrom")?,
        changed_by: map.optional_person("changedBy")?,
    })
}

/// What the item of a secret says about holds.
pub(crate) fn holds_from(item: &Item) -> Result<SecretHolds, TableError> {
    let days = bound_from(item.optional_map(UNUSED)?)?;
    let last_used = item.optional_time(USED_ON)?;
    Ok(SecretHolds {
        by_administrator: item.contains_key(HELD),
        policy_from: [item.optional_time(HELD_FROM)?, item.optional_time(DENIED_FROM)?]
            .into_iter()
            .flatten()
            .min(),
        disuse: last_used.filter(|_| !days.is_empty()).map(|last_used| Disuse { days, last_used }),
    })
}

/// What the item of a new secret says about the policy.
pub(crate) fn verdict_attributes(verdict: &Verdict<'_>) -> impl Iterator<Item = (String, AttributeValue)> {
    let Verdict { held_from, denied_from, disuse, .. } = verdict;
    let attributes = [
        (HELD_FROM, held_from.map(at)),
        (DENIED_FROM, denied_from.map(at)),
        (UNUSED, disuse.as_ref().map(|disuse| bound_attribute(&disuse.days))),
        (USED_ON, disuse.as_ref().map(|disuse| at(disuse.last_used))),
    ];
    attributes.into_iter().filter_map(|(name, value)| Some((name.into(), value?)))
}

pub(crate) fn bound_attribute(bound: &Bound) -> AttributeValue {
    AttributeValue::M(bound.numbers().map(|(days, from)| (days.to_string(), at(from))).collect())
}

fn bound_from(map: Option<&Item>) -> Result<Bound, TableError> {
    let number = |(days, from): (&String, &AttributeValue)| {
        days.parse().ok().zip(time_from(from)).ok_or(TableError::Corrupt("days"))
    };
    Ok(Bound::of(map.into_iter().flatten().map(number).collect::<Result<Vec<_>, _>>()?))
}

fn time_from(value: &AttributeValue) -> Option<Timestamp> {
    value.as_n().ok()?.parse().ok().map(Timestamp::from_millis)
}
