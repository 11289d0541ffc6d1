//! `IdempotencyRecords`: key creations that a client may repeat within 24 hours.

use std::time::Duration;

use domain::{identifiers::KeyId, key::Digest, time::Timestamp};

use super::Tables;
use crate::{
    caller::CompanyAdministrator,
    error::TableError,
    item::{Attributes, Item, n, s},
    table::Table,
    write::{Guard, Write},
};

/// How long a creation may be repeated with its `Idempotency-Key`.
const LIFETIME: Duration = Duration::from_hours(24);

/// The record of a creation, for its repetition.
#[derive(Clone, Debug)]
pub struct IdempotencyRecord {
    /// Digest of the caller and the `Idempotency-Key`. So two callers never share a record, and the content of the
    /// header is not stored.
    pub record_id: Digest,
    /// Digest of the request.
    pub fingerprint: Digest,
    /// The key that was created.
    pub key_id: KeyId,
}

fn record_key(record_id: &Digest) -> Item {
    Item::from([("recordId".into(), s(record_id.to_hex()))])
}

impl Tables {
    /// The record of an earlier creation, if there is one that hasn't expired.
    pub async fn idempotency_record(
        &self,
        _admin: &CompanyAdministrator,
        record_id: &Digest,
        now: Timestamp,
    ) -> Result<Option<IdempotencyRecord>, TableError> {
        let Some(item) = self.get(Table::IdempotencyRecords, record_key(record_id)).await? else {
            return Ok(None);
        };
        if item.number::<i64>("expiry")? <= now.seconds() {
            return Ok(None);
        }
        let fingerprint = item.parsed("fingerprint", Digest::from_hex)?;
        Ok(Some(IdempotencyRecord { record_id: record_id.clone(), fingerprint, key_id: item.key_id()? }))
    }
}

/// The write that claims an `Idempotency-Key`.
pub(crate) fn claim(record: &IdempotencyRecord, now: Timestamp) -> Write {
    let mut item = record_key(&record.record_id);
    item.insert("fingerprint".into(), s(record.fingerprint.to_hex()));
    item.insert("keyId".into(), s(&record.key_id));
    item.insert("expiry".into(), n(now.plus(LIFETIME).seconds()));
    Write::put(Guard::Idempotency, Table::IdempotencyRecords, item)
        .when("(attribute_not_exists(#recordId) OR #expiry <= :now)")
        .value(":now", n(now.seconds()))
}
