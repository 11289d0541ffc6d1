//! `KeyGates`: which generations of a key may still write.
//!
//! A key has [`GATES`] gates. Each write of a key holder checks one of them, picked at random, and touches no other item
//! of the key. So the writes of a busy key rarely conflict. A gate's `from` is the least generation that it lets
//! through. It only rises. A gate without an item lets every generation through.

use std::time::Duration;

use domain::{
    key::{ApiKeyRecord, Digest, GATES, SecondSecret},
    time::Timestamp,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::{Tables, key_digests::next_generation};
use crate::{
    caller::{Caller, KeyHolder},
    error::TableError,
    item::{Item, n, s},
    table::Table,
    write::{Guard, Write},
};

/// How long a raised gate is kept. Nothing that verified an earlier generation is in progress for that long.
const LIFETIME: Duration = Duration::from_hours(48);
/// A generation that began longer ago than this needs no gates any more. No request lives that long.
const SETTLED: Duration = Duration::from_mins(20);
/// How many gates are raised at once: those of both secrets of a key. Each needs a connection.
const AT_ONCE: usize = 2 * GATES as usize;

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
    /// Raises every gate of a key's secrets, all at once, to this generation. The gates of an old secret that ended before are
    /// raised, too. After that, no write of an earlier generation commits.
    pub async fn raise_gates<'c>(
        &self,
        _caller: impl Into<Caller<'c>>,
        key: &ApiKeyRecord,
        generation: u64,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), TableError> {
        let ended = ended_secret(key, now);
        let raised = key.unended_digests().map(|digest| (digest, generation)).chain(ended);
        let raising = raised.flat_map(|(digest, from)| raise_each(digest, from, now));
        self.raise_all(raising, deadline).await
    }

    /// Raises the gates of the old secret that has ended, unless that is so long ago that nothing is in progress.
    pub async fn close_old_secret<'c>(
        &self,
        _caller: impl Into<Caller<'c>>,
        key: &ApiKeyRecord,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), TableError> {
        let Some((digest, generation)) = ended_secret(key, now) else { return Ok(()) };
        self.raise_all(raise_each(digest, generation, now), deadline).await
    }

    /// Raises the gates of these keys (at most 50) to the generations of their secrets, as they are now.
    pub async fn settle_gates<'c>(
        &self,
        _caller: impl Into<Caller<'c>>,
        keys: &[ApiKeyRecord],
        now: Timestamp,
        deadline: Instant,
    ) -> Result<(), TableError> {
        let generations = self.generations(keys.iter().flat_map(ApiKeyRecord::all_digests)).await?;
        let recent = generations.iter().filter(|generation| is_recent(generation.number, now));
        let raising = recent.flat_map(|generation| raise_each(&generation.digest, generation.number, now));
        let ended = keys.iter().filter_map(|key| ended_secret(key, now));
        let raising = raising.chain(ended.flat_map(|(digest, from)| raise_each(digest, from, now)));
        self.raise_all(raising, deadline).await
    }

    async fn raise_all(
        &self,
        raising: impl Iterator<Item = Write>,
        deadline: Instant,
    ) -> Result<(), TableError> {
        // If the condition fails, the gate is already there.
        let raised = raising.map(|write| async { write.apply(self, deadline).await.map(drop) });
        stream::iter(raised.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await
    }
}

/// An old secret that has recently ended, and the generation from which its gates are to let writes through. The end by an
/// administrator began one. If it ended with time, no later write has a generation that is lower than now.
fn ended_secret(key: &ApiKeyRecord, now: Timestamp) -> Option<(&Digest, u64)> {
    let Some(SecondSecret::Old(old)) = &key.second else { return None };
    let generation = match old.ended_in {
        Some(generation) => Some(generation).filter(|generation| is_recent(*generation, now)),
        None => (old.ends_at <= now && old.ends_at.plus(SETTLED) > now).then(|| next_generation(0, now)),
    };
    generation.map(|generation| (&old.digest, generation))
}

fn is_recent(generation: u64, now: Timestamp) -> bool {
    generation > next_generation(0, now.minus(SETTLED))
}

fn raise_each(digest: &Digest, generation: u64, now: Timestamp) -> impl Iterator<Item = Write> {
    (0..GATES).map(move |gate| raise(digest, gate, generation, now))
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
