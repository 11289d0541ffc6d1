//! The networks that keys are used from: `KeyUsage` counts them on each day, and administrators see them, and what a list of
//! networks would have refused.

mod concurrent;
mod counted;
mod failing;
mod trial;

use std::collections::BTreeMap;

use harness::{Key, World};
use serde_json::Value;
use store::{Service, write_notices};

use crate::uses::{Request, answered, request};

/// The most networks that are kept for a key and a day.
const MOST: usize = 64;

/// Makes a request from this address, and waits until it is counted.
async fn seen_from(instance: &Service, key: &Key, address: &str) {
    assert_eq!(request(instance, key, Request::Account, Some(address)).await, 200);
}

/// Makes a request from each of these addresses. Their counts are added at once.
async fn seen_at_once(instance: &Service, key: &Key, addresses: impl Iterator<Item = String>) {
    for address in addresses {
        assert_eq!(answered(instance, key, Request::Account, Some(&address)).await, 200);
    }
    write_notices(instance).await;
}

/// An address of its own network for each number.
fn address(number: usize) -> String {
    format!("10.{}.{}.7", number / 256, number % 256)
}

/// What the table has for the last day: the networks of the set, and the counts.
async fn kept(world: &World, key: &Key) -> (Vec<String>, BTreeMap<String, i64>) {
    let days = world.uses(key).await;
    let Some(item) = days.last() else { return (Vec::new(), BTreeMap::new()) };
    let networks = item["networks"].as_array().into_iter().flatten();
    let networks = networks.map(|network| network.as_str().expect("a network").to_owned());
    let counts = item.as_object().expect("an item").iter().filter_map(|(name, count)| {
        Some((name.strip_prefix("network:")?.to_owned(), count.as_i64().expect("a count")))
    });
    (networks.collect(), counts.collect())
}

/// Checks that the item has at most 64 networks, each with a count and nothing else, and that every request is counted once.
/// Returns how many are counted among the others.
async fn check_kept(world: &World, key: &Key, requests: i64) -> i64 {
    let (mut networks, mut counts) = kept(world, key).await;
    networks.sort();
    assert!(networks.len() <= MOST, "{} networks", networks.len());
    assert_eq!(counts.values().sum::<i64>(), requests);
    let other = counts.remove("other").unwrap_or(0);
    assert_eq!(counts.into_keys().collect::<Vec<_>>(), networks);
    other
}

/// What the administrator sees: each network with its requests and its last day, and the number of others.
fn seen(details: &Value) -> (Vec<(&str, i64, &str)>, Option<i64>) {
    let networks = details["seen"]["networks"].as_array().expect("networks").iter().map(|network| {
        let text = |member: &str| network[member].as_str().expect("a text");
        (text("network"), network["requests"].as_i64().expect("a number"), text("lastSeenOn"))
    });
    (networks.collect(), details["seen"]["otherRequests"].as_i64())
}
