//! `ApiKeys`: what the dashboard lists.

use domain::{
    audit::AuditEvent,
    company::Company,
    identifiers::{CompanyId, KeyId},
    key::{ApiKeyRecord, Person},
    time::Timestamp,
};

use super::{
    CommitError, Guard, Table, TableError, Tables,
    companies::{give_room, take_room},
    company_key,
    idempotency_records::{IdempotencyRecord, claim},
    item::{Attributes, Item, at, person, s, scope_set},
    key_digests::{put_digest, revoke_digest},
    key_in_company,
    transaction::{Transaction, Write},
};
use crate::auth::{Caller, CompanyAdministrator, KeyHolder};

/// Some of a company's keys, newest first.
#[derive(Debug)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<ApiKeyRecord>,
    /// The last key that was read, if there are more behind it.
    pub next: Option<KeyId>,
}

impl Tables {
    /// Creates a key: its items, its place among the active keys, its event, and what a repetition needs.
    pub async fn create_key(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        expired: &[KeyId],
        idempotency: Option<&IdempotencyRecord>,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let item = item_from(admin.company_id(), key);
        let put = Write::put(Guard::ApiKey, Table::ApiKeys, item).when("attribute_not_exists(#keyId)");
        Transaction::of(self, admin, event.at)
            .and(take_room(company_key(admin), key, expired))
            .and(put)
            .and(put_digest(admin.company_id(), key))
            .and_all(idempotency.map(|record| claim(record, event.at)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Revokes a key for ever.
    pub async fn revoke_key(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        by: &Person,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let item_key = key_in_company(admin, "keyId", key.key_id.as_str());
        let expression = "SET #revokedAt = :now, #revokedBy = :by";
        let mark = Write::update(Guard::ApiKey, Table::ApiKeys, item_key, expression)
            .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
            .value(":now", at(event.at))
            .value(":by", person(by));
        Transaction::of(self, admin, event.at)
            .and(mark)
            .and(revoke_digest(&key.digest, event.at))
            .and(give_room(company_key(admin), &key.key_id))
            .and(self.append(event))
            .commit()
            .await
    }

    /// One of the company's keys.
    pub async fn key(
        &self,
        admin: &CompanyAdministrator,
        id: &KeyId,
    ) -> Result<Option<ApiKeyRecord>, TableError> {
        let key = key_in_company(admin, "keyId", id.as_str());
        self.get(Table::ApiKeys, key).await?.as_ref().map(record_from).transpose()
    }

    /// The keys that the company's item lists as active: one read, however many were revoked. Newest first.
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

    /// Up to `limit` keys of any state, newest first, from behind `after`.
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

    /// Notes that the key was used, unless that was noted since `earliest`. It carries no authority and decides nothing,
    /// so the caller drops any error.
    pub async fn note_use(
        &self,
        holder: &KeyHolder,
        now: Timestamp,
        earliest: Timestamp,
    ) -> Result<(), CommitError> {
        let key = key_in_company(holder, "keyId", holder.credential().key_id.as_str());
        let note = Write::update(Guard::ApiKey, Table::ApiKeys, key, "SET #lastUsedAt = :now")
            .when("attribute_exists(#keyId) AND attribute_not_exists(#revokedAt)")
            .when("(attribute_not_exists(#lastUsedAt) OR #lastUsedAt <= :earliest)")
            .value(":now", at(now))
            .value(":earliest", at(earliest));
        Transaction::without_authority(self, now).and(note).commit().await
    }
}

fn item_from(company_id: &CompanyId, key: &ApiKeyRecord) -> Item {
    let mut item = Item::from([
        ("companyId".into(), s(company_id)),
        ("keyId".into(), s(&key.key_id)),
        ("digest".into(), s(key.digest.to_hex())),
        ("name".into(), s(&key.name)),
        ("mask".into(), s(&key.mask)),
        ("scopes".into(), scope_set(&key.scopes)),
        ("createdBy".into(), person(&key.created_by)),
        ("createdAt".into(), at(key.created_at)),
    ]);
    if let Some(expiry) = key.expires_at {
        item.insert("expiresAt".into(), at(expiry));
    }
    item
}

fn record_from(item: &Item) -> Result<ApiKeyRecord, TableError> {
    let revoked = match (item.optional_time("revokedAt")?, item.optional_person("revokedBy")?) {
        (Some(at), Some(by)) => Some((at, by)),
        (None, None) => None,
        _ => return Err(TableError::Corrupt("revokedBy")),
    };
    Ok(ApiKeyRecord {
        key_id: item.key_id()?,
        digest: item.digest()?,
        name: item.text("name")?.into(),
        mask: item.mask()?,
        scopes: item.scopes()?,
        created_by: item.optional_person("createdBy")?.ok_or(TableError::Corrupt("createdBy"))?,
        created_at: item.time("createdAt")?,
        expires_at: item.optional_time("expiresAt")?,
        last_used_at: item.optional_time("lastUsedAt")?,
        revoked,
    })
}
