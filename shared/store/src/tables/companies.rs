//! `Companies`: plan, counters, and the map of active keys.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::Account,
    company::{ACTIVE_KEY_LIMIT, Company, Plan},
    identifiers::KeyId,
    key::ApiKeyRecord,
    limits::Limits,
    time::Timestamp,
};

use super::Tables;
use crate::{
    caller::Caller,
    error::TableError,
    item::{Attributes, Item, at, company_key, limits_attribute, n, s},
    table::Table,
    write::{Guard, Write},
};

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
    Write::put(Guard::Company, Table::Companies, item).when("attribute_not_exists(#companyId)")
}

/// The write that changes the plan, if the plan and the active keys are unchanged since the read. It raises the version of
/// the plan: a late copy of the write has no effect, even if the plan and the keys are the same again.
pub(crate) fn set_plan(key_of_company: Item, company: &Company, plan: Plan) -> Write {
    let expression = "SET #plan = :plan, #planVersion = :next";
    let write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#plan = :before AND #activeKeys = :keys")
        .value(":plan", s(plan.id()))
        .value(":next", n(company.plan_version + 1))
        .value(":before", s(company.plan.id()))
        .value(":keys", AttributeValue::M(active_keys(&company.active_keys)));
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
        .when("#activeKeys = :keys")
        .value(":next", n(company.limits_version + 1))
        .value(":keys", AttributeValue::M(active_keys(&company.active_keys)));
    if let Some(own) = own {
        write = write.value(":limits", own);
    }
    if_limits_unchanged(write, company)
}

/// The same write, if the limits are unchanged since the read.
fn if_limits_unchanged(write: Write, company: &Company) -> Write {
    match company.limits_version {
        0 => write.when("attribute_not_exists(#limitsVersion)"),
        version => write.when("#limitsVersion = :limitsVersion").value(":limitsVersion", n(version)),
    }
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
    Ok(Company {
        id: item.company_id()?,
        name: item.text("name")?.into(),
        plan: item.known("plan", Plan::from_id, Plan::Team)?,
        plan_version: item.optional_number("planVersion")?.unwrap_or(0),
        limits: item.limits()?,
        limits_version: item.optional_number("limitsVersion")?.unwrap_or(0),
        active_administrators: item.number("activeAdministrators")?,
        active_keys,
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
/// removes these expired keys, which must still be in the map, because otherwise the count would be wrong. The limits of
/// requests must be as read.
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
    let mut write = Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#plan = :enterprise AND size(#activeKeys) < :limit")
        .value(":enterprise", s(Plan::Enterprise.id()))
        .value(":limit", n(limit))
        .value(":expiry", expiry_value(key.expires_at))
        .name("#key", key.key_id.as_str());
    // The key gets the limits that were read.
    write = if_limits_unchanged(write, company);
    for (i, (key_id, path)) in expired.iter().zip(&drops).enumerate() {
        write =
            write.when(&format!("attribute_exists({path})")).name(&format!("#expired{i}"), key_id.as_str());
    }
    write
}

/// The write that releases a key's place.
pub(crate) fn release_place(key_of_company: Item, key_id: &KeyId) -> Write {
    Write::update(Guard::Company, Table::Companies, key_of_company, "REMOVE #activeKeys.#key")
        .when("attribute_exists(#companyId)")
        .name("#key", key_id.as_str())
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
