//! `KeyDigests`: the items that verification reads.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identifiers::CompanyId,
    key::{ApiKeyRecord, Credential, Digest},
    limits::Limits,
    time::Timestamp,
};

use super::Tables;
use crate::{
    error::TableError,
    item::{Attributes, Item, LIMITS, at, limits_attribute, n, s, scope_set},
    table::Table,
    write::{Guard, Write},
};

/// The revocations in progress: a set, which `DynamoDB` removes together with its last element.
pub(crate) const ENDING: &str = "ending";

const NOT_REVOKED: &str = "attribute_exists(#digest) AND attribute_not_exists(#revokedAt)";

fn digest_key(digest: &Digest) -> Item {
    Item::from([("digest".into(), s(digest.to_hex()))])
}

fn update(digest: &Digest, expression: impl Into<String>) -> Write {
    Write::update(Guard::ApiKey, Table::KeyDigests, digest_key(digest), expression)
}

/// Begins a generation of a key that isn't revoked. The generation must be new, so a late copy of the write has no effect.
fn begin_generation(digest: &Digest, generation: u64, more: &str) -> Write {
    update(digest, format!("SET #generation = :generation{more}"))
        .when(NOT_REVOKED)
        .when("(attribute_not_exists(#generation) OR #generation < :generation)")
        .value(":generation", n(generation))
}

/// The generation that a change of a key begins now: the time in milliseconds, or one more than the generation before if
/// that is later.
#[must_use]
pub fn next_generation(before: u64, now: Timestamp) -> u64 {
    u64::try_from(now.millis()).unwrap_or(0).max(before + 1)
}

/// A key's generation.
pub(crate) struct Generation {
    pub(crate) digest: Digest,
    pub(crate) number: u64,
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
            generation: item.generation()?,
            limits: item.limits()?,
        }))
    }

    /// The generations of these keys (at most 100), in one strongly consistent read.
    pub(crate) async fn generations(&self, keys: &[ApiKeyRecord]) -> Result<Vec<Generation>, TableError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = keys.iter().map(|key| digest_key(&key.digest)).collect();
        let items = self.batch_get(vec![(Table::KeyDigests, wanted)]).await?;
        let generation =
            |(_, item): &(Table, Item)| Ok(Generation { digest: item.digest()?, number: item.generation()? });
        items.iter().map(generation).collect()
    }
}

/// The write that makes a key verifiable.
pub(crate) fn put_digest(company_id: &CompanyId, key: &ApiKeyRecord, limits: &Limits) -> Write {
    let mut item = digest_key(&key.digest);
    item.insert("companyId".into(), s(company_id));
    item.insert("keyId".into(), s(&key.key_id));
    item.insert("name".into(), s(&key.name));
    item.insert("mask".into(), s(&key.mask));
    item.insert("scopes".into(), scope_set(&key.scopes));
    if let Some(expiry) = key.expires_at {
        item.insert("expiresAt".into(), at(expiry));
    }
    item.extend(limits_attribute(limits).map(|own| (LIMITS.into(), own)));
    Write::put(Guard::ApiKey, Table::KeyDigests, item).when("attribute_not_exists(#digest)")
}

/// The write that begins to end a key, in an attempt to revoke it. From now on, every verification refuses the key.
pub(crate) fn end_digest(digest: &Digest, attempt: &str, generation: u64) -> Write {
    begin_generation(digest, generation, " ADD #ending :attempt")
        .value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
}

/// The write that withdraws an attempt, if the key isn't revoked. The key works again unless another attempt is in
/// progress.
pub(crate) fn stop_ending_digest(digest: &Digest, attempt: &str) -> Write {
    update(digest, "DELETE #ending :attempt")
        .when(NOT_REVOKED)
        .value(":attempt", AttributeValue::Ss(vec![attempt.into()]))
}

/// The write that revokes a key permanently, if this attempt is still in progress. The item stays, so that a use of the
/// key can be distinguished from noise.
pub(crate) fn revoke_digest(digest: &Digest, attempt: &str, now: Timestamp) -> Write {
    update(digest, "SET #revokedAt = :now REMOVE #ending")
        .when("attribute_not_exists(#revokedAt) AND contains(#ending, :attempt)")
        .value(":attempt", s(attempt))
        .value(":now", at(now))
}

/// The write that gives a key its company's limits.
pub(crate) fn limit_digest(digest: &Digest, limits: &Limits) -> Write {
    match limits_attribute(limits) {
        Some(own) => update(digest, "SET #limits = :limits").value(":limits", own),
        None => update(digest, "REMOVE #limits"),
    }
    .when(NOT_REVOKED)
}

/// The write that freezes a key. It takes something away, so it begins a generation after the one that was read.
pub(crate) fn freeze_digest(read: &Generation, now: Timestamp) -> Write {
    begin_generation(&read.digest, next_generation(read.number, now), ", #frozen = :now")
        .value(":now", at(now))
}

/// The write that releases a frozen key. A write from before the freeze stays refused by the gates.
pub(crate) fn release_digest(digest: &Digest) -> Write {
    update(digest, "REMOVE #frozen").when(NOT_REVOKED)
}
