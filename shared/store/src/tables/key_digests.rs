//! `KeyDigests`: the items that verification reads.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identifiers::CompanyId,
    key::{ApiKeyRecord, Credential, Digest},
    time::Timestamp,
};
use tokio::time::Instant;

use super::Tables;
use crate::{
    caller::CompanyAdministrator,
    error::TableError,
    item::{Attributes, Item, at, n, s, scope_set},
    plain_write::Applied,
    table::Table,
    write::{Guard, Write},
};

/// The revocations in progress: a set, which `DynamoDB` removes together with its last element.
pub(crate) const ENDING: &str = "ending";
/// Withdraws an attempt to revoke a key. It goes into a set of its own, because a late copy of the write that began it
/// must not begin it again.
pub(crate) const WITHDRAW: &str = "DELETE #ending :attempt ADD #withdrawn :attempt";
/// That an attempt was not withdrawn.
pub(crate) const NOT_WITHDRAWN: &str = "NOT contains(#withdrawn, :attemptId)";

/// Begins the next generation of a key. The first one isn't stored.
const NEXT_GENERATION: &str = "#generation = if_not_exists(#generation, :zero) + :one, #generationAt = :now";

fn digest_key(digest: &Digest) -> Item {
    Item::from([("digest".into(), s(digest.to_hex()))])
}

fn update(digest: &Digest, expression: impl Into<String>) -> Write {
    Write::update(Guard::ApiKey, Table::KeyDigests, digest_key(digest), expression)
}

fn next_generation(digest: &Digest, and: &str, now: Timestamp) -> Write {
    update(digest, format!("SET {NEXT_GENERATION}{and}"))
        .value(":zero", n(0))
        .value(":one", n(1))
        .value(":now", at(now))
}

/// A key's generation, and when it began.
pub(crate) struct Generation {
    pub(crate) digest: Digest,
    pub(crate) number: u64,
    pub(crate) began: Option<Timestamp>,
}

impl Tables {
    /// Reads the item of the key with this digest, strongly consistent.
    pub(crate) async fn credential(&self, digest: &Digest) -> Result<Option<Credential>, TableError> {
        let Some(item) = self.get(Table::KeyDigests, digest_key(digest)).await? else { return Ok(None) };
        Ok(Some(Credential {
            company_id: item.company_id()?,
            key_id: item.key_id()?,
            name: item.text("name")?.into(),
            mask: item.mask()?,
            scopes: item.scopes()?,
            expires_at: item.optional_time("expiresAt")?,
            frozen: item.contains_key("frozen"),
            revoked: item.contains_key("revokedAt"),
            ending: item.contains_key(ENDING),
            generation: item.optional_number("generation")?.unwrap_or(0),
        }))
    }

    /// The generations of these keys (at most 100), in one strongly consistent read.
    pub(crate) async fn generations(&self, keys: &[ApiKeyRecord]) -> Result<Vec<Generation>, TableError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = keys.iter().map(|key| digest_key(&key.digest)).collect();
        let items = self.batch_get(vec![(Table::KeyDigests, wanted)]).await?;
        let generation = |(_, item): &(Table, Item)| {
            Ok(Generation {
                digest: item.digest()?,
                number: item.optional_number("generation")?.unwrap_or(0),
                began: item.optional_time("generationAt")?,
            })
        };
        items.iter().map(generation).collect()
    }

    /// Begins to end a key. From now on, every verification refuses it. Returns the generation that begins, or `None` if
    /// the key is revoked.
    ///
    /// It is a plain write to an item that no transaction of a key holder touches, so that a flood of requests with the
    /// key can't delay it. It has no condition on the administrator, who was just authenticated. If the revocation is
    /// then refused because of missing authority, [`Tables::stop_ending`] withdraws this attempt. The item contains the
    /// IDs of all attempts in progress, so that no attempt undoes another.
    pub async fn begin_ending(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        attempt: &str,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<Option<u64>, TableError> {
        let write = next_generation(&key.digest, " ADD #ending :attempt", now)
            .value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
            .when("#companyId = :company AND attribute_not_exists(#revokedAt)")
            .when(NOT_WITHDRAWN)
            .value(":attemptId", s(attempt))
            .value(":company", s(admin.company_id()));
        match write.apply(self, deadline).await? {
            Applied::Written(item) => item.number("generation").map(Some),
            Applied::Refused(_) => Ok(None),
        }
    }

    /// Withdraws this attempt, so that the key works again unless another attempt is in progress. Returns whether the key
    /// is revoked. A late copy of the attempt's transaction commits before this write or not at all.
    pub async fn stop_ending(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        attempt: &str,
        deadline: Instant,
    ) -> Result<bool, TableError> {
        let write = update(&key.digest, WITHDRAW)
            .value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
            .when("#companyId = :company")
            .value(":company", s(admin.company_id()));
        match write.apply(self, deadline).await? {
            Applied::Written(item) => Ok(item.contains_key("revokedAt")),
            Applied::Refused(_) => Err(TableError::Corrupt("companyId")),
        }
    }
}

/// The write that makes a key verifiable.
pub(crate) fn put_digest(company_id: &CompanyId, key: &ApiKeyRecord) -> Write {
    let mut item = digest_key(&key.digest);
    item.insert("companyId".into(), s(company_id));
    item.insert("keyId".into(), s(&key.key_id));
    item.insert("name".into(), s(&key.name));
    item.insert("mask".into(), s(&key.mask));
    item.insert("scopes".into(), scope_set(&key.scopes));
    if let Some(expiry) = key.expires_at {
        item.insert("expiresAt".into(), at(expiry));
    }
    Write::put(Guard::ApiKey, Table::KeyDigests, item).when("attribute_not_exists(#digest)")
}

/// The write that revokes a key permanently, if this attempt is still in progress. The item stays, so that a use of the
/// key can be distinguished from noise.
pub(crate) fn revoke_digest(digest: &Digest, attempt: &str, now: Timestamp) -> Write {
    update(digest, "SET #revokedAt = :now REMOVE #ending")
        .when("attribute_not_exists(#revokedAt) AND contains(#ending, :attempt)")
        .value(":attempt", s(attempt))
        .value(":now", at(now))
}

/// The write that freezes or releases a key. Freezing takes something away, so it begins a generation.
pub(crate) fn freeze_digest(digest: &Digest, freeze: bool, now: Timestamp) -> Write {
    let write = if freeze {
        next_generation(digest, ", #frozen = :now", now)
    } else {
        update(digest, "REMOVE #frozen")
    };
    write.when("attribute_exists(#digest) AND attribute_not_exists(#revokedAt)")
}
