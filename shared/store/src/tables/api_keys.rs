//! `ApiKeys`: the keys as the dashboard lists them.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    company::Company,
    identifiers::{CompanyId, KeyId},
    key::{ApiKeyRecord, Hold, KeyActor},
    leaks::Reporter,
    limits::Limit,
    time::Timestamp,
    ulid::time_of_ulid,
};

use super::{
    Tables,
    companies::company_from,
    key_digests::ENDING,
    key_limits::{limits_of, networks_from, suspension_limit_from},
    key_secrets::{
        VERSION, leaked_from, second_from, secrets_of, self_rotation_attribute, self_rotation_from,
    },
};
use crate::{
    caller::{Caller, CompanyAdministrator, KeyHolder},
    error::TableError,
    item::{Attributes, Item, at, company_key, key_in_company, n, person, s, scope_set},
    table::Table,
    write::{Guard, Write},
};

/// Whether the key has revoked itself.
pub(crate) const REVOKED_BY_KEY: &str = "revokedByKey";

/// Who found and reported the key, if it was revoked for that.
pub(crate) const REVOKED_BY_REPORTER: &str = "revokedByReporter";

/// When the current secret was last used. A first use and a completion begin anew.
const SECRET_USED_AT: &str = "secretUsedAt";

/// A page of a company's keys, newest first.
#[derive(Debug)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<ApiKeyRecord>,
    /// The last key that was read, if there are more.
    pub next: Option<KeyId>,
}

impl Tables {
    /// One of the company's keys.
    pub async fn key(
        &self,
        admin: &CompanyAdministrator,
        id: &KeyId,
    ) -> Result<Option<ApiKeyRecord>, TableError> {
        let key = key_in_company(admin, "keyId", id.as_str());
        self.get(Table::ApiKeys, key).await?.as_ref().map(record_from).transpose()
    }

    /// The key of a key holder, with all its secrets.
    pub async fn own_key(&self, holder: &KeyHolder) -> Result<Option<ApiKeyRecord>, TableError> {
        let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
        self.get(Table::ApiKeys, key).await?.as_ref().map(record_from).transpose()
    }

    /// The key of a key holder and its company, in one strongly consistent read.
    pub async fn own_key_and_company(
        &self,
        holder: &KeyHolder,
    ) -> Result<Option<(ApiKeyRecord, Company)>, TableError> {
        let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
        let wanted = vec![(Table::ApiKeys, vec![key]), (Table::Companies, vec![company_key(holder)])];
        let (mut key, mut company) = (None, None);
        for (table, item) in self.batch_get(wanted).await? {
            match table {
                Table::ApiKeys => key = Some(record_from(&item)?),
                _ => company = Some(company_from(&item)?),
            }
        }
        Ok(key.zip(company))
    }

    /// The keys that the company's item lists as active, newest first. Makes one read, no matter how many keys were
    /// revoked.
    pub async fn active_keys<'c>(
        &self,
        caller: impl Into<Caller<'c>>,
        company: &Company,
    ) -> Result<Vec<ApiKeyRecord>, TableError> {
        let caller = caller.into();
        let keys: Vec<Item> =
            company.active_keys.keys().map(|id| key_in_company(caller, "keyId", id.as_str())).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(vec![(Table::ApiKeys, keys)]).await?;
        let mut keys = items.iter().map(|(_, item)| record_from(item)).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|a, b| b.key_id.cmp(&a.key_id));
        Ok(keys)
    }

    /// Up to `limit` keys of any state, newest first, starting after `after`.
    pub async fn keys(
        &self,
        admin: &CompanyAdministrator,
        after: Option<&KeyId>,
        limit: i32,
    ) -> Result<KeyPage, TableError> {
        let request = self
            .client
            .query()
            .table_name(self.name(Table::ApiKeys))
            .key_condition_expression("#companyId = :company")
            .expression_attribute_names("#companyId", "companyId")
            .expression_attribute_values(":company", s(admin.company_id()))
            .set_exclusive_start_key(after.map(|id| key_in_company(admin, "keyId", id.as_str())))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(limit);
        let page = request.send().await?;
        let keys = page.items().iter().map(record_from).collect::<Result<Vec<_>, _>>()?;
        let next = page.last_evaluated_key.map(|key| key.key_id()).transpose()?;
        Ok(KeyPage { keys, next })
    }
}

/// The write that adds a new key to the list.
pub(crate) fn put_key(company_id: &CompanyId, key: &ApiKeyRecord) -> Write {
    let item = item_from(company_id, key);
    Write::put(Guard::ApiKey, Table::ApiKeys, item).when("attribute_not_exists(#keyId)")
}

/// The write that marks a key with an attempt to revoke it, if its secrets are as read. So administrators can see an attempt
/// that was broken off, and no secret is added meanwhile.
pub(crate) fn mark_ending(caller: Caller<'_>, key: &ApiKeyRecord, attempt: &str) -> Write {
    if_unchanged(mark(caller, key, "ADD #ending :attempt", attempt), key)
}

/// The write that removes the mark of an attempt.
pub(crate) fn unmark_ending(caller: Caller<'_>, key: &ApiKeyRecord, attempt: &str) -> Write {
    mark(caller, key, "DELETE #ending :attempt", attempt)
}

fn mark(caller: Caller<'_>, key: &ApiKeyRecord, expression: &str, attempt: &str) -> Write {
    update(caller, key, expression).value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
}

/// The write that records when and by whom a key was revoked.
pub(crate) fn mark_revoked(caller: Caller<'_>, key: &ApiKeyRecord, by: &KeyActor, now: Timestamp) -> Write {
    let who = match revoker_attribute(by) {
        Some((name, _)) => format!(", #{name} = :who"),
        None => String::new(),
    };
    let expression = format!("SET #revokedAt = :now, #revokedBy = :by{who} REMOVE #ending");
    // Releases before rotation can't read a revoked key without a person.
    let person = person(by.person().unwrap_or(&key.created_by));
    let write = update(caller, key, &expression).value(":now", at(now)).value(":by", person);
    match revoker_attribute(by) {
        Some((_, value)) => write.value(":who", value),
        None => write,
    }
}

/// What says that it was not a person who revoked a key.
pub(crate) fn revoker_attribute(by: &KeyActor) -> Option<(&'static str, AttributeValue)> {
    match by {
        KeyActor::Person(_) => None,
        KeyActor::Itself => Some((REVOKED_BY_KEY, AttributeValue::Bool(true))),
        KeyActor::Reporter(reporter) => Some((REVOKED_BY_REPORTER, s(reporter))),
    }
}

/// The write that changes a key, if it is as read and no revocation is in progress.
pub(crate) fn change_key(caller: Caller<'_>, before: &ApiKeyRecord, after: &ApiKeyRecord) -> Write {
    let (old, mut new) = (attributes_of(before), attributes_of(after));
    let mut changes = vec![(VERSION, Some(n(before.version + 1)))];
    changes.extend(old.keys().filter(|name| !new.contains_key(*name)).map(|name| (name.as_str(), None)));
    new.retain(|name, value| old.get(name) != Some(value));
    changes.extend(new.iter().map(|(name, value)| (name.as_str(), Some(value.clone()))));
    let item_key = key_in_company(caller, "keyId", before.key_id.as_str());
    let write = Write::set(Guard::ApiKey, Table::ApiKeys, item_key, changes)
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
        .when("attribute_not_exists(#ending)");
    if_unchanged(write, before)
}

fn update(caller: Caller<'_>, key: &ApiKeyRecord, expression: &str) -> Write {
    let item_key = key_in_company(caller, "keyId", key.key_id.as_str());
    Write::update(Guard::ApiKey, Table::ApiKeys, item_key, expression)
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
}

fn if_unchanged(write: Write, key: &ApiKeyRecord) -> Write {
    match key.version {
        0 => write.when("attribute_not_exists(#secretsVersion)"),
        version => write.when("#secretsVersion = :version").value(":version", n(version)),
    }
}

/// The check that a key is as it was read and wasn't revoked, and that nobody used it since, if that matters.
pub(crate) fn check_unchanged(caller: Caller<'_>, key: &ApiKeyRecord, is_unused: bool) -> Write {
    let item_key = key_in_company(caller, "keyId", key.key_id.as_str());
    let check = Write::check(Guard::ApiKey, Table::ApiKeys, item_key)
        .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)");
    let check = if_unchanged(check, key);
    match key.last_used_at.filter(|_| is_unused) {
        Some(last) => check.when("#lastUsedAt = :lastUsedAt").value(":lastUsedAt", at(last)),
        None if is_unused => check.when("attribute_not_exists(#lastUsedAt)"),
        None => check,
    }
}

fn item_from(company_id: &CompanyId, key: &ApiKeyRecord) -> Item {
    let mut item = attributes_of(key);
    item.extend([
        ("companyId".into(), s(company_id)),
        ("keyId".into(), s(&key.key_id)),
        ("createdBy".into(), person(&key.created_by)),
        ("createdAt".into(), at(key.created_at)),
    ]);
    item
}

/// The attributes that changes of a key write or remove, except for the version.
pub(crate) fn attributes_of(key: &ApiKeyRecord) -> Item {
    let mut item = secrets_of(key);
    let attributes = [
        ("name", Some(s(&key.name))),
        ("scopes", Some(scope_set(&key.scopes))),
        ("note", key.note.as_ref().map(s)),
        ("heldAt", key.hold.as_ref().map(|hold| at(hold.since))),
        ("heldBy", key.hold.as_ref().map(|hold| person(&hold.by))),
        ("releasedAt", key.released_at.map(at)),
        (SECRET_USED_AT, key.secret_used_at.map(at)),
    ];
    let attributes = attributes.into_iter().chain(limits_of(key));
    item.extend(attributes.filter_map(|(name, value)| Some((name.into(), value?))));
    item.extend(key.self_rotation.map(self_rotation_attribute));
    item
}

fn hold_from(item: &Item) -> Result<Option<Hold>, TableError> {
    match (item.optional_time("heldAt")?, item.optional_person("heldBy")?) {
        (Some(since), Some(by)) => Ok(Some(Hold { since, by })),
        (None, None) => Ok(None),
        _ => Err(TableError::Corrupt("heldBy")),
    }
}

/// When the first of the attempts to revoke the key began that have not ended.
fn first_attempt(item: &Item) -> Option<Timestamp> {
    let attempts = item.get(ENDING)?.as_ss().ok()?;
    attempts.iter().filter_map(|attempt| time_of_ulid(attempt)).min()
}

/// The limit that refused the key's requests, if this release knows it.
fn limit_from(item: &Item) -> Option<Limit> {
    item.parsed("limitedBy", Limit::from_id).ok()
}

pub(crate) fn record_from(item: &Item) -> Result<ApiKeyRecord, TableError> {
    let revoked = match (item.optional_time("revokedAt")?, item.optional_person("revokedBy")?) {
        (Some(at), Some(_)) if item.contains_key(REVOKED_BY_KEY) => Some((at, KeyActor::Itself)),
        (Some(at), Some(_)) if item.contains_key(REVOKED_BY_REPORTER) => {
            Some((at, KeyActor::Reporter(item.parsed(REVOKED_BY_REPORTER, Reporter::from_id)?)))
        }
        (Some(at), Some(by)) => Some((at, KeyActor::Person(by))),
        (None, None) => None,
        _ => return Err(TableError::Corrupt("revokedBy")),
    };
    let created_at = item.time("createdAt")?;
    Ok(ApiKeyRecord {
        key_id: item.key_id()?,
        digest: item.digest()?,
        name: item.text("name")?.into(),
        note: item.text("note").ok().map(str::to_owned),
        mask: item.mask()?,
        scopes: item.scopes()?,
        created_by: item.optional_person("createdBy")?.ok_or(TableError::Corrupt("createdBy"))?,
        created_at,
        secret_created_at: item.optional_time("secretCreatedAt")?.unwrap_or(created_at),
        expires_at: item.optional_time("expiresAt")?,
        second: second_from(item)?,
        rotated_at: item.optional_time("rotatedAt")?,
        self_rotation: self_rotation_from(item)?,
        networks: networks_from(item)?,
        suspension_limit: suspension_limit_from(item)?,
        hold: hold_from(item)?,
        released_at: item.optional_time("releasedAt")?,
        version: item.optional_number(VERSION)?.unwrap_or(0),
        last_used_at: item.optional_time("lastUsedAt")?,
        secret_used_at: item.optional_time(SECRET_USED_AT)?,
        limited: item.optional_time("limitedAt")?.map(|at| (at, limit_from(item))),
        leaked: leaked_from(item)?,
        revocation_began: if revoked.is_none() { first_attempt(item) } else { None },
        revoked,
    })
}
