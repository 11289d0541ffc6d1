//! `PublishedKeys`: the public keys of GitHub, as they were last fetched.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::time::Timestamp;
use tokio::time::Instant;

use super::Tables;
use crate::{
    error::TableError,
    item::{Attributes, Item, at, map_of, s},
    published_keys::{
        key::PublicKey,
        known::{INTERVAL, KnownKeys},
    },
    settings::OPERATION_TIMEOUT,
    table::Table,
    write::{Guard, Write},
};

/// The publisher. There is one.
const GITHUB: &str = "github";

fn publisher() -> Item {
    Item::from([("publisher".into(), s(GITHUB))])
}

fn set<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Write {
    let attributes = attributes.map(|(name, value)| (name, Some(value)));
    Write::set(Guard::PublishedKeys, Table::PublishedKeys, publisher(), attributes)
}

impl Tables {
    /// The stored keys. A key that can't be read is left out: the next fetch replaces it.
    pub(crate) async fn published_keys(&self) -> Result<KnownKeys, TableError> {
        let item = self.get(Table::PublishedKeys, publisher()).await?.unwrap_or_default();
        let listed = item.optional("keys").and_then(|keys| keys.as_l().ok()).into_iter().flatten();
        let keys = listed.filter_map(|key| {
            let key = key.as_m().ok()?;
            PublicKey::from_stored(key.text("identifier").ok()?, key.text("point").ok()?)
        });
        Ok(KnownKeys {
            keys: keys.collect(),
            fetched_at: item.optional_time("fetchedAt")?,
            attempted_at: item.optional_time("attemptedAt")?,
            failed_at: item.optional_time("failedAt")?,
        })
    }

    /// Claims the fetch of this minute. Returns whether no instance has claimed one in the last minute.
    pub(crate) async fn claim_fetch(&self, now: Timestamp) -> Result<bool, TableError> {
        let claim = set([("attemptedAt", at(now))])
            .when("(attribute_not_exists(#attemptedAt) OR #attemptedAt <= :before)")
            .value(":before", at(now.minus(INTERVAL)));
        claim.apply(self, Instant::now() + OPERATION_TIMEOUT).await
    }

    /// Stores the keys of the fetch that was claimed at this time, unless a later one was claimed meanwhile.
    pub(crate) async fn store_published_keys(
        &self,
        keys: &[PublicKey],
        claimed_at: Timestamp,
    ) -> Result<bool, TableError> {
        let keys = keys
            .iter()
            .map(|key| map_of([("identifier", Some(s(key.identifier()))), ("point", Some(s(key.point())))]));
        let keys = AttributeValue::L(keys.collect());
        self.end_fetch(set([("keys", keys), ("fetchedAt", at(claimed_at))]), claimed_at).await
    }

    /// Notes that the fetch that was claimed at this time has failed, so that no other instance waits for it.
    pub(crate) async fn note_failed_fetch(&self, claimed_at: Timestamp) -> Result<bool, TableError> {
        self.end_fetch(set([("failedAt", at(claimed_at))]), claimed_at).await
    }

    async fn end_fetch(&self, outcome: Write, claimed_at: Timestamp) -> Result<bool, TableError> {
        let outcome = outcome.when("#attemptedAt = :claimed").value(":claimed", at(claimed_at));
        outcome.apply(self, Instant::now() + OPERATION_TIMEOUT).await
    }
}
