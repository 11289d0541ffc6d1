//! What limits a key, in its item, in the items of its secrets and in events: its networks, and how many accounts it may
//! suspend.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    key::ApiKeyRecord,
    network::{AllowedNetworks, NetworkMode, Ranges, range},
    suspensions::SuspensionLimit,
};

use crate::{
    error::TableError,
    item::{Attributes, Item, map_of, n, s},
};

/// The networks from which a key may be used.
pub(crate) const NETWORKS: &str = "networks";
/// How many accounts a secret of the key may suspend and delete in an hour.
pub(crate) const SUSPENSIONS_PER_HOUR: &str = "suspensionsPerHour";
/// The key's own limit of suspensions. Absent if the policy's applies.
pub(crate) const SUSPENSION_LIMIT: &str = "suspensionLimit";

pub(crate) fn networks_attribute(networks: &AllowedNetworks) -> AttributeValue {
    let ranges = networks.ranges.iter().map(ToString::to_string).collect();
    map_of([("mode", Some(s(networks.mode.id()))), ("ranges", Some(AttributeValue::Ss(ranges)))])
}

/// The networks in an item. A mode that only a later release knows is enforced.
pub(crate) fn networks_from(item: &Item) -> Result<Option<AllowedNetworks>, TableError> {
    let Some(map) = item.optional_map(NETWORKS)? else { return Ok(None) };
    let texts = map.optional("ranges").and_then(|v| v.as_ss().ok()).ok_or(TableError::Corrupt(NETWORKS))?;
    let ranges = texts.iter().map(|text| range(text)).collect::<Result<Vec<_>, _>>();
    let ranges = ranges.ok().and_then(Ranges::new).ok_or(TableError::Corrupt(NETWORKS))?;
    Ok(Some(AllowedNetworks { mode: map.known("mode", NetworkMode::from_id, NetworkMode::Enforce)?, ranges }))
}

pub(crate) fn suspension_limit_attribute(limit: SuspensionLimit) -> Option<AttributeValue> {
    match limit {
        SuspensionLimit::Policy => None,
        SuspensionLimit::Unlimited => Some(s(SuspensionLimit::UNLIMITED)),
        SuspensionLimit::PerHour(number) => Some(n(number)),
    }
}

pub(crate) fn suspension_limit_from(item: &Item) -> Result<SuspensionLimit, TableError> {
    match item.get(SUSPENSION_LIMIT) {
        None => Ok(SuspensionLimit::Policy),
        Some(AttributeValue::S(text)) if text == SuspensionLimit::UNLIMITED => Ok(SuspensionLimit::Unlimited),
        Some(AttributeValue::N(number)) => {
            number.parse().map(SuspensionLimit::PerHour).map_err(|_| TableError::Corrupt(SUSPENSION_LIMIT))
        }
        Some(_) => Err(TableError::Corrupt(SUSPENSION_LIMIT)),
    }
}

/// The attributes in a key's item.
pub(crate) fn limits_of(key: &ApiKeyRecord) -> [(&'static str, Option<AttributeValue>); 2] {
    [
        (NETWORKS, key.networks.as_ref().map(networks_attribute)),
        (SUSPENSION_LIMIT, suspension_limit_attribute(key.suspension_limit)),
    ]
}
