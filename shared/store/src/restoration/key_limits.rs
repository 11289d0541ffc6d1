//! The networks and the suspension limit of a restored key.
//!
//! Both can be loosened as well as tightened, so of the edits only the last counts. What the key's item, the items of its
//! secrets and the log permit is combined, so that nothing is granted.

use domain::{
    key::{ApiKeyRecord, Digest},
    network::{AllowedNetworks, NetworkMode},
    policy::PolicyInForce,
    suspensions::{SuspensionLimit, is_lower},
};

use crate::{
    error::TableError,
    item::{Attributes, Item},
    tables::key_limits::{SUSPENSIONS_PER_HOUR, networks_from},
};

/// No list says which networks both of two lists admit.
#[derive(Debug)]
pub(super) struct NothingInCommon;

/// The networks that both permit. If at most one of them is enforced, that one, or else the first.
pub(super) fn common_networks(
    own: Option<AllowedNetworks>,
    other: Option<&AllowedNetworks>,
) -> Result<Option<AllowedNetworks>, NothingInCommon> {
    let Some(other) = other.filter(|other| other.is_enforced()) else { return Ok(own) };
    match own {
        Some(own) if own.is_enforced() => {
            let ranges = own.ranges.common(&other.ranges).ok_or(NothingInCommon)?;
            Ok(Some(AllowedNetworks { mode: NetworkMode::Enforce, ranges }))
        }
        _ => Ok(Some(other.clone())),
    }
}

/// The lower of two limits, in a company whose policy has this one. If they are equal, the first. One that follows the policy
/// is lower than none, because the policy may get one.
pub(super) fn lower(own: SuspensionLimit, other: SuspensionLimit, of_policy: Option<u16>) -> SuspensionLimit {
    let is_other = match (own, other) {
        (SuspensionLimit::Unlimited, _) => true,
        (_, SuspensionLimit::Unlimited) => false,
        _ => is_lower(own.applied(of_policy), other.applied(of_policy)),
    };
    if is_other { other } else { own }
}

/// What the items of a key's secrets permit: the networks of each, and the lowest suspension limit.
pub(super) struct OfSecrets {
    pub(super) networks: Vec<Option<AllowedNetworks>>,
    lowest: Option<u16>,
}

impl OfSecrets {
    /// What these items say. They must be of secrets that work: nobody changes the others.
    pub(super) fn read<'i>(items: impl Iterator<Item = &'i Item>) -> Result<Self, TableError> {
        let (mut networks, mut lowest) = (Vec::new(), None);
        for item in items.filter(|item| !item.contains_key("revokedAt")) {
            networks.push(networks_from(item)?);
            let number = item.optional_number::<u16>(SUSPENSIONS_PER_HOUR)?;
            lowest = [lowest, number].into_iter().flatten().min();
        }
        Ok(Self { networks, lowest })
    }

    /// The key's own limit that makes the lowest number of its secrets apply, if it doesn't.
    pub(super) fn limit(&self) -> Option<SuspensionLimit> {
        self.lowest.map(SuspensionLimit::PerHour)
    }
}

/// The number that applies to a key, and so to each of its secrets.
pub(super) fn applied(key: &ApiKeyRecord, policy: Option<&PolicyInForce>) -> Option<u16> {
    key.suspension_limit.applied(of_policy(policy))
}

pub(super) fn of_policy(policy: Option<&PolicyInForce>) -> Option<u16> {
    policy.and_then(|policy| policy.policy.suspensions_per_hour)
}

/// Whether an item is that of this secret.
pub(super) fn is_item_of(item: &Item, digest: &Digest) -> bool {
    item.digest().is_ok_and(|of| of == *digest)
}

#[cfg(test)]
mod tests {
    use SuspensionLimit::{PerHour, Policy, Unlimited};
    use domain::network::{Ranges, range};

    use super::*;

    fn list(mode: NetworkMode, texts: &[&str]) -> AllowedNetworks {
        let ranges = texts.iter().map(|text| range(text).expect("a range")).collect();
        AllowedNetworks { mode, ranges: Ranges::new(ranges).expect("ranges") }
    }

    #[test]
    fn networks_that_both_permit() {
        let enforced = |texts: &[&str]| Some(list(NetworkMode::Enforce, texts));
        let reported = |texts: &[&str]| Some(list(NetworkMode::Report, texts));
        let both = ["10.0.0.0/8", "2001:db8::/32"];
        let cases = [
            (None, None, None),
            (None, reported(&both), None),
            (reported(&["192.0.2.0/24"]), None, reported(&["192.0.2.0/24"])),
            (reported(&["192.0.2.0/24"]), reported(&both), reported(&["192.0.2.0/24"])),
            (reported(&["192.0.2.0/24"]), enforced(&both), enforced(&both)),
            (None, enforced(&both), enforced(&both)),
            (enforced(&both), None, enforced(&both)),
            (enforced(&both), reported(&["192.0.2.0/24"]), enforced(&both)),
            (enforced(&both), enforced(&["10.1.0.0/16", "192.0.2.1"]), enforced(&["10.1.0.0/16"])),
        ];
        for (own, other, expected) in cases {
            let common = common_networks(own.clone(), other.as_ref()).expect("something in common");
            assert_eq!(common, expected, "{own:?} {other:?}");
        }
        let apart = enforced(&["192.0.2.0/24"]);
        assert!(common_networks(enforced(&both), apart.as_ref()).is_err());
    }

    #[test]
    fn lower_limits() {
        let cases = [
            (Policy, Policy, Policy),
            (Unlimited, Unlimited, Unlimited),
            (Unlimited, PerHour(1_000), PerHour(1_000)),
            (PerHour(1_000), Unlimited, PerHour(1_000)),
            (Unlimited, Policy, Policy),
            (Policy, Unlimited, Policy),
            (PerHour(5), PerHour(6), PerHour(5)),
            (PerHour(6), PerHour(5), PerHour(5)),
        ];
        for (own, other, expected) in cases {
            for of_policy in [None, Some(50)] {
                assert_eq!(lower(own, other, of_policy), expected, "{own:?} {other:?} {of_policy:?}");
            }
        }
        for (own, other, with_50, without) in [
            (Policy, PerHour(49), PerHour(49), PerHour(49)),
            (Policy, PerHour(50), Policy, PerHour(50)),
            (PerHour(50), Policy, PerHour(50), PerHour(50)),
            (PerHour(51), Policy, Policy, PerHour(51)),
        ] {
            let lower = |of_policy| lower(own, other, of_policy);
            assert_eq!((lower(Some(50)), lower(None)), (with_50, without), "{own:?} {other:?}");
        }
    }
}
