//! `KeyUsage`: how many accounts a key suspended and deleted in an hour. [`super::key_usage`] has its other items.
//!
//! The transaction that changes the accounts raises the count, so the count is exact. All writers of a key share the item of
//! the hour, which bears about 75 transactions a second: more than a limit needs.

use std::time::Duration;

use domain::{
    identifiers::KeyId,
    suspensions::{Hour, KnownCounts},
    time::Timestamp,
};

use crate::{
    caller::KeyHolder,
    error::TableError,
    item::{Attributes, Item, n, s},
    table::Table,
    write::{Guard, Write},
};

const WINDOW: &str = "suspensions#";
const COUNT: &str = "suspensions";
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
        update(&holder.credential().key_id, hour, "ADD #suspensions :number SET #expiry = :expiry")
            .when(fits)
            .value(":number", n(number))
            .value(":room", n(room))
            .returning_refused_item()
    };
    Hour::counting(now).into_iter().map(count).collect()
}

/// The writes that begin the counts anew.
pub(crate) fn reset_suspensions(key_id: &KeyId, now: Timestamp) -> Vec<Write> {
    let reset =
        |hour| update(key_id, hour, "SET #suspensions = :none, #expiry = :expiry").value(":none", n(0));
    Hour::counting(now).into_iter().map(reset).collect()
}

/// Notes the count that an item has, which refused a write.
pub(crate) fn note_refused(known: &mut KnownCounts, item: &Item) {
    let hour = item.text("window").ok().and_then(|window| window.rsplit('#').next()).and_then(Hour::parse);
    if let (Some(hour), Ok(count)) = (hour, item.number(COUNT)) {
        known.found(hour, count);
    }
}

/// How many accounts a key suspended and deleted in the hour of this item, if it is such an item.
pub(crate) fn count_from(item: &Item) -> Result<Option<u16>, TableError> {
    item.optional_number(COUNT)
}
