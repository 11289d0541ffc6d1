//! Which networks of a report get counts of their own. The item of a day has at most [`MOST_NETWORKS`].

use std::collections::BTreeSet;

use domain::network::{ByNetwork, MOST_NETWORKS, SeenNetwork};

/// The networks of a report as they are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// What to add to each count.
    pub(crate) counts: ByNetwork<i64>,
    /// The networks that the item may not have yet. Adding them is right only if it has all of them, or room for all.
    pub(crate) new: BTreeSet<SeenNetwork>,
}

impl Placement {
    /// Places every network by itself. That is right if the item has room.
    pub(crate) fn of_all(networks: &ByNetwork<i64>) -> Self {
        Self { counts: networks.clone(), new: networks.keys().copied().flatten().collect() }
    }

    /// Places the networks that the item has by themselves, and as many others as it has room for. If this is the last attempt,
    /// it places no others. The item never loses a network, so then nothing can refuse it.
    pub(crate) fn beside(kept: &BTreeSet<SeenNetwork>, networks: &ByNetwork<i64>, is_last: bool) -> Self {
        let room = if is_last { 0 } else { MOST_NETWORKS.saturating_sub(kept.len()) };
        let unkept = networks.keys().copied().flatten().filter(|network| !kept.contains(network));
        let new: BTreeSet<_> = unkept.take(room).collect();
        let mut counts = ByNetwork::new();
        for (network, times) in networks {
            let own = network.filter(|network| kept.contains(network) || new.contains(network));
            *counts.entry(own).or_default() += times;
        }
        Self { counts, new }
    }

    /// The most networks that the item may have before the new ones are added.
    pub(crate) fn room(&self) -> usize {
        MOST_NETWORKS.saturating_sub(self.new.len())
    }
}

#[cfg(test)]
mod tests {
    use domain::network::address;

    use super::*;

    fn network(n: usize) -> SeenNetwork {
        SeenNetwork::of(address(Some(&format!("10.0.{n}.1"))).expect("an address"))
    }

    fn networks(range: std::ops::Range<usize>) -> BTreeSet<SeenNetwork> {
        range.map(network).collect()
    }

    #[test]
    fn networks_are_placed_while_there_is_room() {
        let report: ByNetwork<i64> =
            [(None, 2)].into_iter().chain((0..5).map(|n| (Some(network(n)), 10))).collect();
        let all = Placement::of_all(&report);
        assert_eq!((&all.counts, all.new.len(), all.room()), (&report, 5, 59));
        let other = |kept: BTreeSet<_>, is_last| {
            let placement = Placement::beside(&kept, &report, is_last);
            assert!(kept.len() + placement.new.len() <= MOST_NETWORKS && placement.new.is_disjoint(&kept));
            assert_eq!(placement.counts.values().sum::<i64>(), 52);
            (placement.counts[&None], placement.new.len())
        };
        assert_eq!(other(networks(3..63), false), (2, 3));
        assert_eq!(other(networks(3..65), false), (12, 2));
        assert_eq!(other(networks(5..69), false), (52, 0));
        assert_eq!(other(networks(3..63), true), (32, 0));
        assert_eq!(other(networks(0..64), true), (2, 0));
    }
}
