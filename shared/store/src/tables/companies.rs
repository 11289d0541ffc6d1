//! `Companies`: plan, counters, and the map of active keys.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::Account,
    company::{ACTIVE_KEY_LIMIT, Company, ENDED_KEY_LIMIT, Plan, ROTATING_KEY_LIMIT},
    identifiers::KeyId,
    key::{ApiKeyRecord, SecondSecret},
    limits::Limits,
    policy::PolicyInForce,
    time::Timestamp,
};

use super::Tables;
use crate::{
    caller::Caller,
    error::TableError,
    item::{Attributes, Item, at, company_key, limits_attribute, n, s},
    table::Table,
    tables::key_policies::{in_force_attribute, in_force_from},
    write::{Guard, Write},
};

/// The expired keys whose expiry `key-watch` has still to tell, apart from those in the map of active keys.
const ENDED_KEYS: &str = "endedKeys";
/// What a company demands of its keys.
pub(crate) const POLICY: &str = "keyPolicy";
/// The number of changes of it.
pub(crate) const POLICY_VERSION: &str = "keyPolicyVersion";

impl Tables {
    /// The caller's company.
    pub async fn company<'c>(&self, caller: impl Into<Caller<'c>>) -> Result<Option<Company>, TableError> {
        self.get(Table::Companies, company_key(caller)).await?.as_ref().map(company_from).transpose()
    }
}

/// The write that creates a company with one account, its administrator.
pub(crate) fn put_company(key_of_company: Item, company: &Company) -> Write {
    let mut item = key_of_company;
    item.insert("name".into(), s(&company.name));
    item.insert("plan".into(), s(company.plan.id()));
    item.insert("activeAdministrators".into(), n(1));
    item.insert("accounts".into(), n(1));
    item.insert("activeKeys".into(), AttributeValue::M(Item::new()));
    item.insert("rotatingKeys".into(), AttributeValue::M(Item::new()));
    item.extend(company.policy.as_ref().map(|policy| (POLICY.into(), in_force_attribute(policy))));
    Write::put(Guard::Company, Table::Companies, item).when("attribute_not_exists(#companyId)")
}

/// The write that changes the plan, if the plan and the active keys are unchanged since the read. It raises the version of
/// the plan: a late copy of the write has no effect, even if the plan and the keys are the same again.
pub(crate) fn set_plan(key_of_company: Item, company: &Company, plan: Plan) -> Write {
    let expression = "SET #plan = :plan, #planVersion = :next";
    let write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#plan = :before")
        .value(":plan", s(plan.id()))
        .value(":next", n(company.plan_version + 1))
        .value(":before", s(company.plan.id()));
    let write = if_secrets_unchanged(write, company);
    match company.plan_version {
        0 => write.when("attribute_not_exists(#planVersion)"),
        version => write.when("#planVersion = :version").value(":version", n(version)),
    }
}

/// The write that changes the limits of requests, if the limits and the active keys are unchanged since the read. It raises
/// the version of the limits: a late copy of the write has no effect.
pub(crate) fn set_limits(key_of_company: Item, company: &Company, limits: &Limits) -> Write {
    let own = limits_attribute(limits);
    let more = if own.is_some() { ", #limits = :limits" } else { " REMOVE #limits" };
    let expression = format!("SET #limitsVersion = :next{more}");
    let mut write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .value(":next", n(company.limits_version + 1));
    write = if_secrets_unchanged(write, company);
    if let Some(own) = own {
        write = write.value(":limits", own);
    }
    if_limits_unchanged(write, company)
}

/// The same write, if no secret was added to the company's keys since the company was read. Every creation changes the map of
/// active keys, and every rotation the number of rotations.
fn if_secrets_unchanged(write: Write, company: &Company) -> Write {
    let write = write
        .when("#activeKeys = :keys")
        .value(":keys", AttributeValue::M(active_keys(&company.active_keys)));
    match company.rotations {
        0 => write.when("attribute_not_exists(#rotations)"),
        rotations => write.when("#rotations = :rotations").value(":rotations", n(rotations)),
    }
}

/// The same write, if the limits are unchanged since the read.
fn if_limits_unchanged(write: Write, company: &Company) -> Write {
    match company.limits_version {
        0 => write.when("attribute_not_exists(#limitsVersion)"),
        version => write.when("#limitsVersion = :limitsVersion").value(":limitsVersion", n(version)),
    }
}

/// The write that changes the key policy, if it and the company's secrets are unchanged since the read. It requires the
/// Enterprise plan. It raises the version of the policy: a late copy of the write has no effect.
pub(crate) fn set_policy(key_of_company: Item, company: &Company, policy: &PolicyInForce) -> Write {
    let expression = "SET #keyPolicy = :policy, #keyPolicyVersion = :next";
    let write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#plan = :enterprise")
        .value(":enterprise", s(Plan::Enterprise.id()))
        .value(":policy", in_force_attribute(policy))
        .value(":next", n(company.policy_version + 1));
    if_policy_unchanged(if_secrets_unchanged(write, company), company)
}

/// The check that the key policy is unchanged since the read.
pub(crate) fn check_policy(key_of_company: Item, company: &Company) -> Write {
    if_policy_unchanged(Write::check(Guard::Company, Table::Companies, key_of_company), company)
}

/// The same write, if the key policy is unchanged since the read.
fn if_policy_unchanged(write: Write, company: &Company) -> Write {
    match company.policy_version {
        0 => write.when("attribute_not_exists(#keyPolicyVersion)"),
        version => write.when("#keyPolicyVersion = :policyVersion").value(":policyVersion", n(version)),
    }
}

/// The write that notes that a key was released, which counts as a use for the rule about disuse of the policy that was read.
pub(crate) fn note_release(key_of_company: Item, company: &Company) -> Write {
    let note = Write::update(Guard::Company, Table::Companies, key_of_company, "ADD #rotations :one");
    if_policy_unchanged(note.when("attribute_exists(#companyId)").value(":one", n(1)), company)
}

/// The write that notes a change of an active key's expiry or scopes, under the policy that was read.
pub(crate) fn note_edit(key_of_company: Item, company: &Company, key: &ApiKeyRecord) -> Write {
    // An expiry may also be an earlier end of the old secret.
    let second = key.second.as_ref().filter(|second| !second.was_ended()).map(SecondSecret::ends_at);
    let reserved = company.rotating_keys.get(&key.key_id);
    let moved = second.filter(|ends_at| reserved.is_some_and(|before| before != ends_at));
    let more = if moved.is_some() { ", #rotatingKeys.#key = :endsAt" } else { "" };
    let expression = format!("SET #activeKeys.#key = :expiry{more} ADD #rotations :one");
    let mut write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("attribute_exists(#activeKeys.#key)")
        .value(":one", n(1))
        .value(":expiry", expiry_value(key.ends_at()))
        .name("#key", key.key_id.as_str());
    if let Some(ends_at) = moved {
        write = write.when("attribute_exists(#rotatingKeys.#key)").value(":endsAt", at(ends_at));
    }
    if_policy_unchanged(write, company)
}

/// The check that the company is on this plan.
pub(crate) fn check_plan(key_of_company: Item, plan: Plan) -> Write {
    Write::check(Guard::Plan, Table::Companies, key_of_company)
        .when("#plan = :required")
        .value(":required", s(plan.id()))
}

pub(crate) fn company_from(item: &Item) -> Result<Company, TableError> {
    let keys =
        item.optional("activeKeys").and_then(|v| v.as_m().ok()).ok_or(TableError::Corrupt("activeKeys"))?;
    let mut active_keys = BTreeMap::new();
    for (key_id, expiry) in keys {
        let key_id = KeyId::parse(key_id).ok_or(TableError::Corrupt("activeKeys"))?;
        let expiry = expiry.as_n().ok().and_then(|n| n.parse().ok()).map(Timestamp::from_millis);
        active_keys.insert(key_id, expiry);
    }
    let rotating = item.optional_map("rotatingKeys")?.into_iter().flatten().map(|(key_id, ends_at)| {
        let ends_at = ends_at.as_n().ok().and_then(|n| n.parse().ok()).map(Timestamp::from_millis);
        KeyId::parse(key_id).zip(ends_at).ok_or(TableError::Corrupt("rotatingKeys"))
    });
    let rotating_keys = rotating.collect::<Result<_, _>>()?;
    Ok(Company {
        id: item.company_id()?,
        name: item.text("name")?.into(),
        plan: item.known("plan", Plan::from_id, Plan::Team)?,
        plan_version: item.optional_number("planVersion")?.unwrap_or(0),
        limits: item.limits()?,
        limits_version: item.optional_number("limitsVersion")?.unwrap_or(0),
        active_administrators: item.number("activeAdministrators")?,
        active_keys,
        ended_keys: item.key_ids(ENDED_KEYS)?,
        rotating_keys,
        rotations: item.optional_number("rotations")?.unwrap_or(0),
        policy: item.optional_map(POLICY)?.map(in_force_from).transpose()?,
        policy_version: item.optional_number(POLICY_VERSION)?.unwrap_or(0),
    })
}

fn active_keys(keys: &BTreeMap<KeyId, Option<Timestamp>>) -> Item {
    keys.iter().map(|(key_id, expiry)| (key_id.to_string(), expiry_value(*expiry))).collect()
}

/// A key without expiry has NULL, which compares with no number.
fn expiry_value(expiry: Option<Timestamp>) -> AttributeValue {
    expiry.map_or(AttributeValue::Null(true), at)
}

/// The write that reserves a place for a key. It requires the Enterprise plan and a number of keys below the limit. It
/// removes these expired keys, which must still be in the map, because otherwise the count would be wrong. It remembers them
/// for `key-watch`. The limits of requests must be as read.
pub(crate) fn reserve_place(
    key_of_company: Item,
    company: &Company,
    key: &ApiKeyRecord,
    expired: &[KeyId],
) -> Write {
    let limit = ACTIVE_KEY_LIMIT + expired.len();
    let drops: Vec<String> = (0..expired.len()).map(|i| format!("#activeKeys.#expired{i}")).collect();
    let mut expression = "SET #activeKeys.#key = :expiry".to_owned();
    if !drops.is_empty() {
        expression = format!("{expression} REMOVE {}", drops.join(", "));
    }
    let room = ENDED_KEY_LIMIT.saturating_sub(company.ended_keys.len());
    let ended: Vec<_> = expired.iter().take(room).map(ToString::to_string).collect();
    if !ended.is_empty() {
        expression += " ADD #endedKeys :ended";
    }
    let mut write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#plan = :enterprise AND size(#activeKeys) < :limit")
        .value(":enterprise", s(Plan::Enterprise.id()))
        .value(":limit", n(limit))
        .value(":expiry", expiry_value(key.expires_at))
        .name("#key", key.key_id.as_str());
    if !ended.is_empty() {
        write = write.value(":ended", AttributeValue::Ss(ended));
    }
    // The key gets the limits that were read, and complies with the policy that was read.
    write = if_policy_unchanged(if_limits_unchanged(write, company), company);
    for (i, (key_id, path)) in expired.iter().zip(&drops).enumerate() {
        write =
            write.when(&format!("attribute_exists({path})")).name(&format!("#expired{i}"), key_id.as_str());
    }
    write
}

/// The write that forgets expired keys, once their expiry was told.
pub(crate) fn forget_ended(key_of_company: Item, told: &[KeyId]) -> Write {
    let told = told.iter().map(ToString::to_string).collect();
    Write::update(Guard::Company, Table::Companies, key_of_company, "DELETE #endedKeys :told")
        .when("attribute_exists(#companyId)")
        .value(":told", AttributeValue::Ss(told))
}

/// The write that releases a key's places.
pub(crate) fn release_place(key_of_company: Item, key: &ApiKeyRecord) -> Write {
    let expression = match key.second {
        None => "REMOVE #activeKeys.#key",
        // The map exists since the first rotation of any key.
        Some(_) => "REMOVE #activeKeys.#key, #rotatingKeys.#key",
    };
    Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("attribute_exists(#companyId)")
        .name("#key", key.key_id.as_str())
}

/// The write that reserves a place for the second secret of an active key. It requires the Enterprise plan and a number of
/// rotating keys below the limit. To make room, it removes those whose second secret has ended.
pub(crate) fn reserve_second(
    key_of_company: Item,
    company: &Company,
    key: &ApiKeyRecord,
    ends_at: Timestamp,
    now: Timestamp,
) -> Write {
    let mut ended = company.keys_with_ended_second(now);
    ended.retain(|other| *other != key.key_id);
    let drops: Vec<String> = (0..ended.len()).map(|i| format!("#rotatingKeys.#ended{i}")).collect();
    let mut expression = "SET #activeKeys.#key = :expiry".to_owned();
    let is_first = company.rotating_keys.is_empty();
    expression += if is_first { ", #rotatingKeys = :rotating" } else { ", #rotatingKeys.#key = :endsAt" };
    if !drops.is_empty() {
        expression = format!("{expression} REMOVE {}", drops.join(", "));
    }
    expression += " ADD #rotations :one";
    let mut write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#plan = :enterprise AND attribute_exists(#activeKeys.#key)")
        .value(":one", n(1))
        .value(":enterprise", s(Plan::Enterprise.id()))
        .value(":expiry", expiry_value(key.ends_at()))
        .name("#key", key.key_id.as_str());
    write = if is_first {
        let only = Item::from([(key.key_id.to_string(), at(ends_at))]);
        write
            .when("(attribute_not_exists(#rotatingKeys) OR #rotatingKeys = :none)")
            .value(":none", AttributeValue::M(Item::new()))
            .value(":rotating", AttributeValue::M(only))
    } else {
        let room = "(size(#rotatingKeys) < :limit OR attribute_exists(#rotatingKeys.#key))";
        write.when(room).value(":limit", n(ROTATING_KEY_LIMIT + ended.len())).value(":endsAt", at(ends_at))
    };
    for (i, key_id) in ended.iter().enumerate() {
        let is_unchanged = format!("#rotatingKeys.#ended{i} = :ended{i}");
        let ends_at = company.rotating_keys[key_id];
        write = write
            .when(&is_unchanged)
            .name(&format!("#ended{i}"), key_id.as_str())
            .value(&format!(":ended{i}"), at(ends_at));
    }
    // The new secret gets the limits that were read, and complies with the policy that was read.
    if_policy_unchanged(if_limits_unchanged(write, company), company)
}

/// The write that gives the place of a key's second secret to the old one, until its end. It requires the Enterprise plan, like
/// the use of the key that makes it old.
pub(crate) fn keep_old(key_of_company: Item, key: &ApiKeyRecord, ends_at: Timestamp) -> Write {
    let expression = "SET #activeKeys.#key = :expiry, #rotatingKeys.#key = :endsAt ADD #rotations :one";
    change_second(key_of_company, key, expression)
        .when("#plan = :enterprise")
        .value(":enterprise", s(Plan::Enterprise.id()))
        .value(":one", n(1))
        .value(":endsAt", at(ends_at))
}

/// The write that releases the place of a key's second secret.
pub(crate) fn release_second(key_of_company: Item, key: &ApiKeyRecord) -> Write {
    change_second(key_of_company, key, "SET #activeKeys.#key = :expiry REMOVE #rotatingKeys.#key")
}

fn change_second(key_of_company: Item, key: &ApiKeyRecord, expression: &str) -> Write {
    Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("attribute_exists(#activeKeys.#key) AND attribute_exists(#rotatingKeys.#key)")
        .value(":expiry", expiry_value(key.ends_at()))
        .name("#key", key.key_id.as_str())
}

/// The write that changes the number of active administrators, which never becomes zero.
pub(crate) fn count_administrators(key_of_company: Item, before: &Account, after: &Account) -> Option<Write> {
    let update = |expression| {
        Write::update(Guard::Company, Table::Companies, key_of_company, expression).value(":one", n(1))
    };
    match (before.is_active_administrator(), after.is_active_administrator()) {
        (true, false) => Some(
            update("SET #activeAdministrators = #activeAdministrators - :one")
                .when("#activeAdministrators > :one"),
        ),
        (false, true) => Some(
            update("SET #activeAdministrators = #activeAdministrators + :one")
                .when("attribute_exists(#companyId)"),
        ),
        _ => None,
    }
}

/// The write that counts the administrator among new accounts, or checks that the company exists. A key holder's company
/// exists, and no key creates an administrator.
pub(crate) fn count_new_administrator(caller: Caller<'_>, account: &Account) -> Option<Write> {
    let key = company_key(caller);
    let write = if account.is_active_administrator() {
        let expression = "SET #activeAdministrators = #activeAdministrators + :one";
        Write::update(Guard::Company, Table::Companies, key, expression).value(":one", n(1))
    } else if matches!(caller, Caller::KeyHolder(_)) {
        return None;
    } else {
        Write::check(Guard::Company, Table::Companies, key)
    };
    Some(write.when("attribute_exists(#companyId)"))
}

/// The write that no longer counts an administrator who is deleted. The number never becomes zero.
pub(crate) fn count_deleted_administrator(key_of_company: Item, account: &Account) -> Option<Write> {
    let expression = "SET #activeAdministrators = #activeAdministrators - :one";
    account.is_active_administrator().then(|| {
        Write::update(Guard::Company, Table::Companies, key_of_company, expression)
            .when("#activeAdministrators > :one")
            .value(":one", n(1))
    })
}
