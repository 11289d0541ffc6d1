//! `KeyUsage`: what a key was used for on a day. [`super::key_usage`] has its other items, and says why these writes have no
//! condition.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    day::Day,
    identifiers::KeyId,
    key::ApiKeyRecord,
    scope::Scope,
    uses::{DAYS, DayOfUses, LastUse, Use, Uses, days_until},
};
use tokio::time::Instant;

use super::{
    Tables,
    key_usage::{Adding, add_once},
};
use crate::{
    caller::CompanyAdministrator,
    error::TableError,
    item::{Attributes, Item, at, n, s},
    table::Table,
    uses::Report,
};

/// How long the uses of a day are kept after it began: two days longer than they are read.
const LIFETIME: Duration = Duration::from_hours(24 * (DAYS.unsigned_abs() + 2));
/// The window of the item with the day on which counting began.
const BEGINNING: &str = "uses#";

impl Tables {
    /// Adds what a key was used for on a day, once and before `end`.
    pub(crate) async fn add_uses(&self, report: Report, end: Instant) {
        let (mut add, mut set) = (Vec::new(), vec!["#expiry = :expiry".to_owned()]);
        let mut adding = self
            .client
            .update_item()
            .table_name(self.name(Table::KeyUsage))
            .set_key(Some(uses_key(report.key_id(), report.day())))
            .expression_attribute_names("#expiry", "expiry")
            .expression_attribute_values(":expiry", n(report.day().start().plus(LIFETIME).seconds()));
        for (number, (what, times)) in report.counts().iter().enumerate() {
            add.push(format!("#n{number} :n{number}"));
            adding = adding
                .expression_attribute_names(format!("#n{number}"), attribute(*what))
                .expression_attribute_values(format!(":n{number}"), n(times));
        }
        if let Some(last) = report.last() {
            set.push("#last = :last".into());
            adding = adding
                .expression_attribute_names("#last", "last")
                .expression_attribute_values(":last", last_attribute(last));
        }
        let expression = format!("ADD {} SET {}", add.join(", "), set.join(", "));
        match add_once(adding.update_expression(expression), end).await {
            Adding::NotAdded => report.not_added(),
            Adding::Added(_) | Adding::Unknown => {}
        }
    }

    /// Keeps the day on which counting began, unless the table has one. Returns whether it is certainly kept.
    pub(crate) async fn keep_beginning(&self, today: Day, end: Instant) -> bool {
        let keeping = self
            .client
            .update_item()
            .table_name(self.name(Table::KeyUsage))
            .set_key(Some(window(BEGINNING)))
            .update_expression("SET #began = if_not_exists(#began, :today)")
            .expression_attribute_names("#began", "began")
            .expression_attribute_values(":today", s(today));
        matches!(add_once(keeping, end).await, Adding::Added(_))
    }

    /// What a key of the company was used for until today, with one read. The items don't name a company: the key does, which
    /// was read with the administrator.
    pub async fn uses(
        &self,
        _admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        today: Day,
    ) -> Result<Uses, TableError> {
        let created = Day::of(key.created_at);
        // Instances' clocks differ.
        let days = days_until(today).take_while(|day| *day >= created.plus(-1));
        let mut keys: Vec<Item> = days.map(|day| uses_key(&key.key_id, day)).collect();
        keys.push(window(BEGINNING));
        let mut uses = Uses::default();
        for (_, item) in self.batch_get(vec![(Table::KeyUsage, keys)]).await? {
            match item.text("window")?.rsplit('#').next().and_then(Day::parse) {
                Some(day) => uses.days.push(day_from(day, &item)?),
                None => uses.counted_since = item.optional_parsed("began", Day::parse)?,
            }
        }
        uses.days.sort_by_key(|day| std::cmp::Reverse(day.day));
        Ok(uses)
    }
}

fn window(name: impl ToString) -> Item {
    Item::from([("window".into(), s(name))])
}

fn uses_key(key_id: &KeyId, day: Day) -> Item {
    window(format!("{BEGINNING}{key_id}#{day}"))
}

/// The attribute that counts this.
fn attribute(what: Use) -> String {
    match what {
        Use::Needed(scope) => format!("scope:{scope}"),
        Use::AnyScope => "anyScope".into(),
        Use::Refused(reason) => format!("refused:{}", reason.id()),
    }
}

fn last_attribute(last: &LastUse) -> aws_sdk_dynamodb::types::AttributeValue {
    crate::item::map_of([
        ("at", Some(at(last.at))),
        ("ip", last.ip.as_ref().map(s)),
        ("scope", last.scope.map(s)),
    ])
}

fn day_from(day: Day, item: &Item) -> Result<DayOfUses, TableError> {
    let mut counts = BTreeMap::new();
    for what in Use::all() {
        let count = item.get(&attribute(what)).and_then(|count| count.as_n().ok());
        // A count that was taken back may be below zero, if the one before was lost.
        let count =
            count.and_then(|count| count.parse::<i64>().ok()).and_then(|count| u64::try_from(count).ok());
        if let Some(count) = count.filter(|count| *count > 0) {
            counts.insert(what, count);
        }
    }
    let last = item.get("last").and_then(|last| last.as_m().ok()).map(last_from).transpose()?;
    Ok(DayOfUses { day, counts, last })
}

fn last_from(last: &Item) -> Result<LastUse, TableError> {
    let ip = last.optional("ip").and_then(|ip| ip.as_s().ok()).cloned();
    // A scope that only a later release knows is left out.
    let scope = last.optional("scope").and_then(|id| id.as_s().ok()).and_then(|id| Scope::from_id(id));
    Ok(LastUse { at: last.time("at")?, ip, scope })
}
