//! `KeyUsage`: how many accounts a key suspended and deleted in an hour. [`super::key_usage`] has its other items.
//!
//! The transaction that changes the accounts raises the count, so the count is exact. All writers of a key share the item of
//! the hour, which bears about 75 transactions a second: more than a limit needs.

use std::time::Duration;

use domain::{
    identifiers::KeyId,
    key::ApiKeyRecord,
    suspensions::{Hour, KnownCounts, SuspensionCount},
    time::Timestamp,
};

use super::Tables;
use crate::{
    caller::{CompanyAdministrator, KeyHolder},
    error::TableError,
    item::{Attributes, Item, at, n, s},
    table::Table,
    write::{Guard, Write},
};

const WINDOW: &str = "suspensions#";
const COUNT: &str = "suspensions";
const COUNTING: &str = "ADD #suspensions :number SET #expiry = :expiry, #countedAt = :now";
/// How long a count is kept after its hour.
const LIFETIME: Duration = Duration::from_hours(48);

pub(crate) fn count_key(key_id: &KeyId, hour: Hour) -> Item {
    Item::from([("window".into(), s(format!("{WINDOW}{key_id}#{hour}")))])
}

fn update(key_id: &KeyId, hour: Hour, expression: &str) -> Write {
    Write::update(Guard::Suspensions, Table::KeyUsage, count_key(key_id, hour), expression)
        .value(":expiry", n(hour.start().plus(LIFETIME).seconds()))
}

/// The writes that count suspensions and deletions, unless that would pass the key's limit. None if it has no limit.
pub(crate) fn count_suspensions(holder: &KeyHolder, number: usize, now: Timestamp) -> Vec<Write> {
    let Some(limit) = holder.credential().suspensions_per_hour.filter(|_| number > 0) else {
        return Vec::new();
    };
    let room = i64::from(limit) - i64::try_from(number).unwrap_or(i64::MAX);
    // No count is below zero.
    let fits = if room < 0 {
        "#suspensions <= :room"
    } else {
        "(attribute_not_exists(#suspensions) OR #suspensions <= :room)"
    };
    let count = |hour| {
        update(&holder.credential().key_id, hour, COUNTING)
            .when(fits)
            .value(":number", n(number))
            .value(":now", at(now))
            .value(":room", n(room))
            .returning_refused_item()
    };
    Hour::counting(now).into_iter().map(count).collect()
}

/// The write that begins a count anew, if it is as read.
pub(crate) fn reset_suspensions(key_id: &KeyId, count: &SuspensionCount) -> Write {
    let expression = "SET #suspensions = :none, #expiry = :expiry ADD #releases :one";
    let write = update(key_id, count.hour, expression)
        .when("#suspensions = :seen")
        .value(":none", n(0))
        .value(":one", n(1))
        .value(":seen", n(count.number));
    match count.releases {
        0 => write.when("attribute_not_exists(#releases)"),
        releases => write.when("#releases = :releases").value(":releases", n(releases)),
    }
}

/// The count in an item, and its key, if it has one.
pub(crate) fn count_from(item: &Item) -> Result<Option<(KeyId, SuspensionCount)>, TableError> {
    let Some(number) = item.optional_number(COUNT)? else { return Ok(None) };
    let window = item.text("window")?.strip_prefix(WINDOW).and_then(|window| window.split_once('#'));
    let (key_id, hour) = window
        .and_then(|(key_id, hour)| KeyId::parse(key_id).zip(Hour::parse(hour)))
        .ok_or(TableError::Corrupt("window"))?;
    let releases = item.optional_number("releases")?.unwrap_or(0);
    let counted_at = item.optional_time("countedAt")?;
    Ok(Some((key_id, SuspensionCount { hour, number, releases, counted_at })))
}

/// Notes the count that an item has, which refused a write.
pub(crate) fn note_refused(known: &mut KnownCounts, item: &Item) {
    if let Ok(Some((_, count))) = count_from(item) {
        known.found(&count);
    }
}

impl Tables {
    /// The counts of these keys (at most 50 in two hours, or 100 in one), with one strongly consistent read, or none if there
    /// are no keys. The items don't name a company: the keys do, which were read with the administrator.
    pub async fn suspension_counts<'k>(
        &self,
        _admin: &CompanyAdministrator,
        keys: impl Iterator<Item = &'k ApiKeyRecord> + Send,
        hours: &[Hour],
    ) -> Result<Vec<(KeyId, SuspensionCount)>, TableError> {
        let wanted: Vec<Item> =
            keys.flat_map(|key| hours.iter().map(|hour| count_key(&key.key_id, *hour))).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.batch_get(vec![(Table::KeyUsage, wanted)]).await?;
        let counts = items.iter().map(|(_, item)| count_from(item));
        Ok(counts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}
