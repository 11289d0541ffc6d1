//! The networks that requests with a key came from, and what a list of networks would have refused.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    net::IpAddr,
    str::FromStr as _,
};

use ipnet::IpNet;

use super::allowed::Ranges;
use crate::day::Day;

/// The number of days, with today, for which networks are shown.
pub const SEEN_DAYS: i64 = 30;
/// The most networks that are kept for a key and a day, and that a response lists.
pub const MOST_NETWORKS: usize = 64;

/// What is kept of a request's address: the /24 network of IPv4, or the /48 network of IPv6, that contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeenNetwork(IpNet);

impl SeenNetwork {
    /// The network of this address. An IPv4-mapped address is an IPv4 address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { 24 } else { 48 };
        Self(IpNet::new(address, prefix).map_or_else(|_| address.into(), |network| network.trunc()))
    }

    /// Reads a network that was kept.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let network = IpNet::from_str(text).ok()?;
        Some(Self::of(network.addr())).filter(|seen| seen.0 == network)
    }
}

impl fmt::Display for SeenNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many requests came from each network. `None` stands for requests whose network isn't kept: their address can't be read,
/// or too many other networks are kept.
pub type ByNetwork<T> = BTreeMap<Option<SeenNetwork>, T>;

/// A network that requests with a key came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The network.
    pub network: SeenNetwork,
    /// The number of requests.
    pub requests: u64,
    /// The day of the last one.
    pub last_on: Day,
}

/// The networks that requests with a key came from on some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenNetworks {
    /// Each network, those with the most requests first.
    networks: Vec<Seen>,
    /// The number of requests whose network isn't kept.
    other: u64,
}

/// What a list would have done with the requests from a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrialOutcome {
    /// It would have refused all of them.
    Refused,
    /// It would have refused some of the addresses of the network. Nobody knows which of them the requests came from.
    Undecided,
    /// It would have admitted all of them.
    Admitted,
}

impl TrialOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Refused, Self::Undecided, Self::Admitted];

    /// The outcome in responses.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Undecided => "undecided",
            Self::Admitted => "admitted",
        }
    }
}

/// What a list of networks would have done with the requests with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The number of requests.
    pub requests: u64,
    /// How many it would have refused.
    pub refused: u64,
    /// Of how many nobody can tell.
    pub undecided: u64,
    /// At most [`MOST_NETWORKS`] networks: first those that it would have refused, then those of which nobody can tell. Among
    /// equals, the most requests come first.
    pub networks: Vec<(Seen, TrialOutcome)>,
}

impl SeenNetworks {
    /// Adds up these days.
    #[must_use]
    pub fn of<'a>(days: impl IntoIterator<Item = (Day, &'a ByNetwork<u64>)>) -> Self {
        let (mut networks, mut other) = (BTreeMap::<_, Seen>::new(), 0);
        for (day, counts) in days {
            for (network, requests) in counts {
                let Some(network) = *network else {
                    other += requests;
                    continue;
                };
                match networks.entry(network) {
                    Entry::Vacant(entry) => {
                        entry.insert(Seen { network, requests: *requests, last_on: day });
                    }
                    Entry::Occupied(mut entry) => {
                        let seen = entry.get_mut();
                        (seen.requests, seen.last_on) = (seen.requests + requests, seen.last_on.max(day));
                    }
                }
            }
        }
        let mut networks: Vec<_> = networks.into_values().collect();
        networks.sort_by_key(|seen| (Reverse(seen.requests), Reverse(seen.last_on), seen.network));
        Self { networks, other }
    }

    /// The number of requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.networks.iter().map(|seen| seen.requests).sum::<u64>() + self.other
    }

    /// The [`MOST_NETWORKS`] networks with the most requests.
    #[must_use]
    pub fn most(&self) -> &[Seen] {
        &self.networks[..self.networks.len().min(MOST_NETWORKS)]
    }

    /// The number of requests from other networks than [`SeenNetworks::most`].
    #[must_use]
    pub fn other_requests(&self) -> u64 {
        self.networks.iter().skip(MOST_NETWORKS).map(|seen| seen.requests).sum::<u64>() + self.other
    }

    /// What a list with these ranges would have done with the requests.
    #[must_use]
    pub fn trial(&self, ranges: &Ranges) -> Trial {
        // Ranges that are neighbors may contain a network together.
        let ranges = IpNet::aggregate(&ranges.iter().copied().collect());
        let outcome = |SeenNetwork(network): &SeenNetwork| {
            if ranges.iter().any(|range| range.contains(network)) {
                TrialOutcome::Admitted
            } else if ranges.iter().any(|range| network.contains(range)) {
                TrialOutcome::Undecided
            } else {
                TrialOutcome::Refused
            }
        };
        let mut networks: Vec<_> = self.networks.iter().map(|seen| (*seen, outcome(&seen.network))).collect();
        let sum = |outcome| {
            let with = networks.iter().filter(|(_, other)| *other == outcome);
            with.map(|(seen, _)| seen.requests).sum::<u64>()
        };
        let (refused, undecided) = (sum(TrialOutcome::Refused), sum(TrialOutcome::Undecided) + self.other);
        networks.sort_by_key(|(_, outcome)| *outcome);
        networks.truncate(MOST_NETWORKS);
        Trial { requests: self.requests(), refused, undecided, networks }
    }
}

#[cfg(test)]
mod tests;
