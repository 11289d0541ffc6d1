//! `KeyUsage`: what a key was used for on a day, and from which networks. [`super::key_usage`] has its other items, and says why
//! adding needs no condition. A write has one only if it adds networks, of which the item of a day has at most 64.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    day::Day,
    identifiers::KeyId,
    key::ApiKeyRecord,
    network::SeenNetwork,
    scope::Scope,
    suspensions::Hour,
    time::Timestamp,
    uses::{DAYS, DayOfUses, LastUse, Use, Uses, days_until},
};
use tokio::time::Instant;

use super::{
    Tables,
    key_usage::{Adding, add_once},
    suspension_counts::{count_from, count_key},
};
use crate::{
    caller::CompanyAdministrator,
    error::TableError,
    item::{Attributes, Item, at, n, s},
    table::Table,
    uses::{Placement, Report},
};

/// How long the uses of a day are kept after it began: two days longer than they are read.
const LIFETIME: Duration = Duration::from_hours(24 * (DAYS.unsigned_abs() + 2));
/// The window of the item with the day on which counting began.
const BEGINNING: &str = "uses#";
/// The set of the networks that have counts of their own.
const NETWORKS: &str = "networks";
/// The most writes of a report. The last one has no condition.
const WRITES: usize = 3;

impl Tables {
    /// Adds what a key was used for on a day, once and before `end`. A condition keeps the item from having too many networks. If
    /// it fails, nothing was added, and the next write adds the requests from some networks to the count of the others.
    pub(crate) async fn add_uses(&self, report: Report, end: Instant) {
        let networks = &report.counts().networks;
        let mut placement = Placement::of_all(networks);
        for attempt in 1..=WRITES {
            match add_once(self.adding_uses(&report, &placement), end).await {
                Adding::Added(_) | Adding::Unknown => return,
                Adding::NotAdded => break,
                Adding::Refused(item) => {
                    let kept = item.as_ref().map(kept_networks).unwrap_or_default();
                    placement = Placement::beside(&kept, networks, attempt + 1 == WRITES);
                }
            }
        }
        report.not_added();
    }

    fn adding_uses(&self, report: &Report, placement: &Placement) -> UpdateItemFluentBuilder {
        let (mut add, mut set) = (Vec::new(), vec!["#expiry = :expiry"]);
        let mut adding = self
            .client
            .update_item()
            .table_name(self.name(Table::KeyUsage))
            .set_key(Some(uses_key(report.key_id(), report.day())))
            .expression_attribute_names("#expiry", "expiry")
            .expression_attribute_values(":expiry", n(report.day().start().plus(LIFETIME).seconds()));
        let uses = report.counts().uses.iter().map(|(what, times)| (attribute(*what), times));
        let networks = placement.counts.iter().map(|(network, times)| (network_attribute(*network), times));
        for (number, (attribute, times)) in uses.chain(networks).enumerate() {
            add.push(format!("#n{number} :n{number}"));
            adding = adding
                .expression_attribute_names(format!("#n{number}"), attribute)
                .expression_attribute_values(format!(":n{number}"), n(times));
        }
        if !placement.new.is_empty() {
            add.push("#networks :networks".into());
            adding = when_there_is_room(adding, placement);
        }
        if let Some(last) = report.last() {
            set.push("#last = :last");
            adding = adding
                .expression_attribute_names("#last", "last")
                .expression_attribute_values(":last", last_attribute(last));
        }
        adding.update_expression(format!("ADD {} SET {}", add.join(", "), set.join(", ")))
    }

    /// Keeps the days on which counting of uses and of networks began, unless the table has them. Returns whether they are
    /// certainly kept.
    pub(crate) async fn keep_beginning(&self, today: Day, end: Instant) -> bool {
        let keeping = self
            .client
            .update_item()
            .table_name(self.name(Table::KeyUsage))
            .set_key(Some(window(BEGINNING)))
            .update_expression(
                "SET #began = if_not_exists(#began, :today), #networks = if_not_exists(#networks, :today)",
            )
            .expression_attribute_names("#began", "began")
            .expression_attribute_names("#networks", "networksBegan")
            .expression_attribute_values(":today", s(today));
        matches!(add_once(keeping, end).await, Adding::Added(_))
    }

    /// What a key of the company was used for on the last days until today, at most [`DAYS`], and what it suspended in this hour,
    /// with one read. The items don't name a company: the key does, which was read with the administrator.
    pub async fn uses(
        &self,
        _admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        now: Timestamp,
        days: i64,
    ) -> Result<Uses, TableError> {
        let today = Day::of(now);
        let created = Day::of(key.created_at);
        // Instances' clocks differ.
        let first = created.plus(-1).max(today.plus(1 - days));
        let days = days_until(today).take_while(|day| *day >= first);
        let mut keys: Vec<Item> = days.map(|day| uses_key(&key.key_id, day)).collect();
        keys.push(window(BEGINNING));
        keys.push(count_key(&key.key_id, Hour::of(now)));
        let mut uses = Uses::default();
        for (_, item) in self.batch_get(vec![(Table::KeyUsage, keys)]).await? {
            let day = item.text("window")?.rsplit('#').next().and_then(Day::parse);
            if let Some(day) = day {
                uses.days.push(day_from(day, &item)?);
            } else if let Some((_, count)) = count_from(&item)? {
                uses.suspensions = Some(count);
            } else {
                uses.counted_since = item.optional_parsed("began", Day::parse)?;
                uses.networks_counted_since = item.optional_parsed("networksBegan", Day::parse)?;
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

/// The attribute that counts requests from this network.
fn network_attribute(network: Option<SeenNetwork>) -> String {
    network.map_or_else(|| "network:other".into(), |network| format!("network:{network}"))
}

/// The networks that have counts of their own in an item.
fn kept_networks(item: &Item) -> BTreeSet<SeenNetwork> {
    let networks = item.get(NETWORKS).and_then(|networks| networks.as_ss().ok());
    networks.into_iter().flatten().filter_map(|network| SeenNetwork::parse(network)).collect()
}

/// Adds the new networks, on condition that the item has room for them or has all of them.
fn when_there_is_room(mut adding: UpdateItemFluentBuilder, placement: &Placement) -> UpdateItemFluentBuilder {
    let mut has_all = Vec::new();
    for (number, network) in placement.new.iter().enumerate() {
        has_all.push(format!("contains(#networks, :m{number})"));
        adding = adding.expression_attribute_values(format!(":m{number}"), s(network));
    }
    let has_all = has_all.join(" AND ");
    adding
        .condition_expression(format!(
            "attribute_not_exists(#networks) OR size(#networks) <= :room OR ({has_all})"
        ))
        .expression_attribute_names("#networks", NETWORKS)
        .expression_attribute_values(":room", n(placement.room()))
        .expression_attribute_values(
            ":networks",
            AttributeValue::Ss(placement.new.iter().map(ToString::to_string).collect()),
        )
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
}

fn last_attribute(last: &LastUse) -> AttributeValue {
    crate::item::map_of([
        ("at", Some(at(last.at))),
        ("ip", last.ip.as_ref().map(s)),
        ("scope", last.scope.map(s)),
    ])
}

fn day_from(day: Day, item: &Item) -> Result<DayOfUses, TableError> {
    let counts = |what: Use| Some((what, count(item, &attribute(what))?));
    let networks = kept_networks(item).into_iter().map(Some).chain([None]);
    let by_network =
        |network: Option<SeenNetwork>| Some((network, count(item, &network_attribute(network))?));
    let last = item.get("last").and_then(|last| last.as_m().ok()).map(last_from).transpose()?;
    Ok(DayOfUses {
        day,
        counts: Use::all().filter_map(counts).collect(),
        networks: networks.filter_map(by_network).collect(),
        last,
    })
}

/// A count. `None` if there were no requests. A count that was taken back may be below zero, if the one before was lost.
fn count(item: &Item, attribute: &str) -> Option<u64> {
    let count = item.get(attribute)?.as_n().ok()?.parse::<i64>().ok()?;
    u64::try_from(count).ok().filter(|count| *count > 0)
}

fn last_from(last: &Item) -> Result<LastUse, TableError> {
    let ip = last.optional("ip").and_then(|ip| ip.as_s().ok()).cloned();
    // A scope that only a later release knows is left out.
    let scope = last.optional("scope").and_then(|id| id.as_s().ok()).and_then(|id| Scope::from_id(id));
    Ok(LastUse { at: last.time("at")?, ip, scope })
}
