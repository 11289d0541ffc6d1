//! `KeyGates`: which generations of a key may still write.
//!
//! A key has [`GATES`] gates. Each write of a key holder checks one of them, picked at random, and touches no other item
//! of the key. So the writes of a busy key rarely conflict. A gate's `from` is the least generation that it lets
//! through. It only rises. A gate without an item lets every generation through.

use std::time::Duration;

use domain::{
    key::{ApiKeyRecord, Digest, GATES},
    time::Timestamp,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::{
    Tables,
    key_digests::{Generation, next_generation},
};
use crate::{
    caller::{CompanyAdministrator, KeyHolder, Operator},
    error::TableError,
    item::{Item, n, s},
    table::Table,
    write::{Guard, Write},
};

/// How long a raised gate is kept. Nothing that verified an earlier generation is in progress for that long.
const LIFETIME: Duration = Duration::from_hours(48);
/// A generation that began longer ago than this needs no gates any more. No request lives that long.
const SETTLED: Duration = Duration::from_mins(20);
/// How many gates of several keys are raised at once. Each needs a connection.
const AT_ONCE: usize = 8;

fn gate_key(digest: &Digest, gate: u8) -> Item {
    Item::from([("gate".into(), s(format!("{}#{gate:x}", digest.to_hex())))])
}

/// The check that the key's generation may still write.
pub(crate) fn check_gate(holder: &KeyHolder) -> Write {
    Write::check(Guard::Authority, Table::KeyGates, gate_key(holder.digest(), holder.next_gate()))
        .when("(attribute_not_exists(#from) OR #from <= :generation)")
        .value(":generation", n(holder.credential().generation))
}

impl Tables {
    /// Raises every gate of a key to this generation, all at once. After that, no write of an earlier one commits.
    pub async fn raise_gates(
        &self,
        _admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        generation: u64,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), TableError> {
        let raising = (0..GATES).map(|gate| raise(&key.digest, gate, generation, now));
        self.raise_all(raising, usize::from(GATES), deadline).await
    }

    /// Raises the gates of these keys (at most 100) to the generations of the keys, as they are now.
    pub async fn settle_gates(
        &self,
        _operator: &Operator,
        keys: &[ApiKeyRecord],
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), TableError> {
        let generations = self.generations(keys).await?;
        let earliest = next_generation(0, now.minus(SETTLED));
        let is_recent = |generation: &&Generation| generation.number > earliest;
        let raising = generations.iter().filter(is_recent).flat_map(|generation| {
            (0..GATES).map(|gate| raise(&generation.digest, gate, generation.number, now))
        });
        self.raise_all(raising, AT_ONCE, deadline).await
    }

    async fn raise_all(
        &self,
        raising: impl Iterator<Item = Write>,
        at_once: usize,
        deadline: Instant,
    ) -> Result<(), TableError> {
        // If the condition fails, the gate is already there.
        let raised = raising.map(|write| async { write.apply(self, deadline).await.map(drop) });
        stream::iter(raised.collect::<Vec<_>>()).buffer_unordered(at_once).try_collect().await
    }
}

fn raise(digest: &Digest, gate: u8, generation: u64, now: Timestamp) -> Write {
    Write::update(
        Guard::ApiKey,
        Table::KeyGates,
        gate_key(digest, gate),
        "SET #from = :from, #expiry = :expiry",
    )
    .when("(attribute_not_exists(#from) OR #from < :from)")
    .value(":from", n(generation))
    .value(":expiry", n(now.plus(LIFETIME).seconds()))
}
