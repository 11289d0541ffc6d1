//! `Companies`: plan, counters, and the map of active keys.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    account::Account,
    audit::AuditEvent,
    company::{ACTIVE_KEY_LIMIT, Company, Plan},
    identifiers::{AccountId, CompanyId, KeyId},
    identity::Identity,
    key::ApiKeyRecord,
    time::Timestamp,
};

use super::{
    CommitError, Guard, Table, TableError, Tables,
    account_writes::put_account,
    accounts::account_from,
    company_key,
    identities::bind,
    item::{Attributes, Item, at, n, s},
    key_digests::freeze_digest,
    transaction::{Transaction, Write},
};
use crate::auth::{Caller, Operator};

impl Tables {
    /// A company and one of its accounts, in one strongly consistent read.
    pub(crate) async fn company_and_account(
        &self,
        company_id: &CompanyId,
        account_id: &AccountId,
    ) -> Result<(Option<Company>, Option<Account>), TableError> {
        let company = Item::from([("companyId".into(), s(company_id))]);
        let mut account = company.clone();
        account.insert("accountId".into(), s(account_id));
        let wanted = vec![(Table::Companies, vec![company]), (Table::Accounts, vec![account])];
        let (mut company, mut account) = (None, None);
        for (table, item) in self.batch_get(wanted).await? {
            if table == Table::Companies {
                company = Some(company_from(&item)?);
            } else {
                account = Some(account_from(&item)?);
            }
        }
        Ok((company, account))
    }

    /// The caller's company.
    pub async fn company<'c>(&self, caller: impl Into<Caller<'c>>) -> Result<Option<Company>, TableError> {
        self.get(Table::Companies, company_key(caller)).await?.as_ref().map(company_from).transpose()
    }

    /// Creates a company with its first administrator.
    pub async fn create_company(
        &self,
        operator: &Operator,
        company: &Company,
        administrator: &Account,
        identity: Option<&Identity>,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let mut item = company_key(operator);
        item.insert("name".into(), s(&company.name));
        item.insert("plan".into(), s(company.plan.id()));
        item.insert("activeAdministrators".into(), n(1));
        item.insert("accounts".into(), n(1));
        item.insert("activeKeys".into(), AttributeValue::M(Item::new()));
        let put = Write::put(Guard::Company, Table::Companies, item).when("attribute_not_exists(#companyId)");
        Transaction::of(self, operator, event.at)
            .and(put)
            .and_all(put_account(operator.into(), administrator, identity))
            .and_all(identity.map(|identity| bind(identity, administrator)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Changes the plan, and freezes or thaws the company's active keys with it: they are the keys that were read
    /// with the company, which the condition on the map of active keys holds still.
    pub async fn change_plan(
        &self,
        operator: &Operator,
        company: &Company,
        keys: &[ApiKeyRecord],
        plan: Plan,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let update =
            Write::update(Guard::Company, Table::Companies, company_key(operator), "SET #plan = :plan")
                .when("#plan = :before AND #activeKeys = :keys")
                .value(":plan", s(plan.id()))
                .value(":before", s(company.plan.id()))
                .value(":keys", AttributeValue::M(active_keys(&company.active_keys)));
        let freeze = plan != Plan::Enterprise;
        Transaction::of(self, operator, event.at)
            .and(update)
            .and_all(keys.iter().map(|key| freeze_digest(&key.digest, freeze, event.at)))
            .and(self.append(event))
            .commit()
            .await
    }
}

fn company_from(item: &Item) -> Result<Company, TableError> {
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
        plan: item.parsed("plan", Plan::from_id)?,
        active_administrators: item.number("activeAdministrators")?,
        accounts: item.number("accounts")?,
        active_keys,
    })
}

fn active_keys(keys: &BTreeMap<KeyId, Option<Timestamp>>) -> Item {
    keys.iter().map(|(key_id, expiry)| (key_id.to_string(), expiry_value(*expiry))).collect()
}

/// A key without expiry holds NULL, which compares with no number.
fn expiry_value(expiry: Option<Timestamp>) -> AttributeValue {
    expiry.map_or(AttributeValue::Null(true), at)
}

/// The write that makes room for a key and takes it: on the Enterprise plan, below the limit, dropping these
/// expired keys, which must still be there for the arithmetic to hold.
pub(super) fn take_room(key_of_company: Item, key: &ApiKeyRecord, expired: &[KeyId]) -> Write {
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
    for (i, (key_id, path)) in expired.iter().zip(&drops).enumerate() {
        write =
            write.when(&format!("attribute_exists({path})")).name(&format!("#expired{i}"), key_id.as_str());
    }
    write
}

/// The write that gives a key's room back.
pub(super) fn give_room(key_of_company: Item, key_id: &KeyId) -> Write {
    Write::update(Guard::Company, Table::Companies, key_of_company, "REMOVE #activeKeys.#key")
        .when("attribute_exists(#companyId)")
        .name("#key", key_id.as_str())
}

/// The write that follows a change of the number of active administrators, which never reaches zero.
pub(super) fn count_administrators(key_of_company: Item, before: &Account, after: &Account) -> Option<Write> {
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

/// The write that counts a new account.
pub(super) fn count_account(key_of_company: Item, account: &Account) -> Write {
    let administrators = i32::from(account.is_active_administrator());
    let expression =
        "SET #accounts = #accounts + :one, #activeAdministrators = #activeAdministrators + :administrators";
    Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("attribute_exists(#companyId)")
        .value(":one", n(1))
        .value(":administrators", n(administrators))
}

/// The write that follows the deletion of an account.
pub(super) fn count_deletion(key_of_company: Item, account: &Account) -> Write {
    let administrators = i32::from(account.is_active_administrator());
    let expression =
        "SET #accounts = #accounts - :one, #activeAdministrators = #activeAdministrators - :administrators";
    Write::update(Guard::Company, Table::Companies, key_of_company, expression)
        .when("#activeAdministrators > :administrators")
        .value(":one", n(1))
        .value(":administrators", n(administrators))
}
