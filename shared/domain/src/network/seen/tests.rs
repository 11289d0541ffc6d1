use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    network::{MOST_RANGES, range},
    time::Timestamp,
};

fn day(number: i64) -> Day {
    Day::of(Timestamp::from_millis(0)).plus(number)
}

fn network(address: &str) -> SeenNetwork {
    SeenNetwork::of(address.parse().expect("an address"))
}

fn ranges(texts: &[&str]) -> Ranges {
    Ranges::new(texts.iter().map(|text| range(text).expect("a range")).collect()).expect("ranges")
}

fn seen(counts: &[(&str, u64)], other: u64) -> SeenNetworks {
    let mut day_counts: ByNetwork<u64> =
        counts.iter().map(|(address, requests)| (Some(network(address)), *requests)).collect();
    day_counts.insert(None, other);
    SeenNetworks::of([(day(0), &day_counts)])
}

/// The outcomes by network, and the numbers of refused and undecided requests.
fn outcomes(seen: &SeenNetworks, texts: &[&str]) -> (Vec<(String, &'static str)>, u64, u64) {
    let trial = seen.trial(&ranges(texts));
    assert_eq!(trial.requests, seen.requests());
    let networks =
        trial.networks.iter().map(|(seen, outcome)| (seen.network.to_string(), outcome.id())).collect();
    (networks, trial.refused, trial.undecided)
}

#[test]
fn what_is_kept_of_an_address() {
    for (address, kept) in [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.255", "203.0.113.0/24"),
        ("2001:db8:1:ffff::1", "2001:db8:1::/48"),
        ("::203.0.113.7", "::/48"),
        ("0.0.0.0", "0.0.0.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("ffff:ffff:ffff:ffff::", "ffff:ffff:ffff::/48"),
    ] {
        assert_eq!(network(address).to_string(), kept);
        assert_eq!(SeenNetwork::parse(kept), Some(network(address)));
    }
    for other in
        ["", "203.0.113.0", "203.0.113.0/25", "203.0.113.1/24", "2001:db8::/47", "::ffff:1.2.3.0/120"]
    {
        assert_eq!(SeenNetwork::parse(other), None, "{other}");
    }
}

#[test]
fn days_are_added_up() {
    let [a, b] = ["203.0.113.1", "2001:db8::1"].map(|address| Some(network(address)));
    let days = [
        (day(2), ByNetwork::from([(a, 3), (None, 1)])),
        (day(1), ByNetwork::from([(a, 2), (b, 6), (None, 1)])),
    ];
    let seen = SeenNetworks::of(days.iter().map(|(day, counts)| (*day, counts)));
    let most: Vec<_> =
        seen.most().iter().map(|seen| (Some(seen.network), seen.requests, seen.last_on)).collect();
    assert_eq!(most, [(b, 6, day(1)), (a, 5, day(2))]);
    assert_eq!((seen.requests(), seen.other_requests()), (13, 2));
}

#[test]
fn the_networks_with_the_most_requests_are_shown() {
    let addresses: Vec<_> = (0..70).map(|n| format!("10.0.{n}.1")).collect();
    let counts: Vec<_> = addresses.iter().map(String::as_str).zip(1..).collect();
    let seen = seen(&counts, 1_000);
    assert_eq!(seen.most().len(), MOST_NETWORKS);
    assert_eq!(seen.most()[0].network, network("10.0.69.1"));
    // The networks with 1 to 6 requests are not shown, but still tried.
    assert_eq!((seen.requests(), seen.other_requests()), (1_000 + 70 * 71 / 2, 1_000 + 21));
    let trial = seen.trial(&ranges(&["10.0.2.0/23", "10.0.64.0/18"]));
    assert_eq!(trial.undecided, 1_000);
    assert_eq!(trial.refused, 70 * 71 / 2 - 3 - 4 - (65 + 66 + 67 + 68 + 69 + 70));
    let listed = |outcome| trial.networks.iter().filter(|(_, other)| *other == outcome).count();
    assert_eq!([TrialOutcome::Refused, TrialOutcome::Admitted].map(listed), [62, 2]);
}

#[test]
fn what_a_list_would_have_done() {
    let seen = seen(&[("203.0.113.7", 5), ("198.51.100.1", 3), ("2001:db8:1::1", 2)], 1);
    let v4 = |outcome| ("203.0.113.0/24".to_owned(), outcome);
    let other = |outcome| ("198.51.100.0/24".to_owned(), outcome);
    let v6 = |outcome| ("2001:db8:1::/48".to_owned(), outcome);
    for (texts, expected) in [
        (vec!["203.0.113.0/24"], (vec![other("refused"), v6("refused"), v4("admitted")], 5, 1)),
        (vec!["203.0.113.0/25"], (vec![other("refused"), v6("refused"), v4("undecided")], 5, 6)),
        (vec!["203.0.113.7"], (vec![other("refused"), v6("refused"), v4("undecided")], 5, 6)),
        // Two halves are a whole.
        (
            vec!["203.0.113.0/25", "203.0.113.128/26", "203.0.113.192/26"],
            (vec![other("refused"), v6("refused"), v4("admitted")], 5, 1),
        ),
        (
            vec!["203.0.113.0/24", "203.0.113.9/32", "203.0.0.0/16"],
            (vec![other("refused"), v6("refused"), v4("admitted")], 5, 1),
        ),
        (vec!["0.0.0.0/0"], (vec![v6("refused"), v4("admitted"), other("admitted")], 2, 1)),
        (vec!["::ffff:0:0/96"], (vec![v6("refused"), v4("admitted"), other("admitted")], 2, 1)),
        (vec!["::/0"], (vec![v4("refused"), other("refused"), v6("admitted")], 8, 1)),
        (vec!["::/0", "0.0.0.0/0"], (vec![v4("admitted"), other("admitted"), v6("admitted")], 0, 1)),
        (vec!["2001:db8:1::9/128"], (vec![v4("refused"), other("refused"), v6("undecided")], 8, 3)),
        (vec!["2001:db8:1:8000::/49"], (vec![v4("refused"), other("refused"), v6("undecided")], 8, 3)),
        (vec!["192.0.2.0/24"], (vec![v4("refused"), other("refused"), v6("refused")], 10, 1)),
    ] {
        assert_eq!(outcomes(&seen, &texts), expected, "{texts:?}");
    }
}

/// The bits of an address, with IPv4 addresses in the block of the mapped ones.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// A range of addresses, written another way: the family, the fixed bits and how many they are.
#[derive(Clone, Copy, Debug)]
struct Block {
    is_v4: bool,
    first: u128,
    length: u32,
}

impl Block {
    fn of(text: &str) -> Self {
        let (address, length) = text.split_once('/').expect("a prefix length");
        let (address, length) =
            (address.parse::<IpAddr>().expect("an address"), length.parse().expect("a number"));
        let length = if address.is_ipv4() { 96 + length } else { length };
        Self { is_v4: address.is_ipv4(), first: bits(address), length }
    }

    fn last(self) -> u128 {
        self.first | u128::MAX.checked_shr(self.length).unwrap_or(0)
    }

    fn has(self, is_v4: bool, address: u128) -> bool {
        self.is_v4 == is_v4 && (0..self.length).all(|bit| (self.first ^ address) >> (127 - bit) & 1 == 0)
    }
}

/// Tries each address of the network at which the answer may change: an answer only changes where a range begins or ends.
fn outcome_by_samples(network: Block, list: &[Block]) -> TrialOutcome {
    let edges = list.iter().filter(|range| range.is_v4 == network.is_v4).flat_map(|range| {
        let (before, after) = (range.first.checked_sub(1), range.last().checked_add(1));
        [Some(range.first), Some(range.last()), before, after].into_iter().flatten()
    });
    let samples = edges.chain([network.first, network.last()]).filter(|at| network.has(network.is_v4, *at));
    let admits = |at: u128| list.iter().any(|range| range.has(network.is_v4, at));
    let answers: BTreeSet<bool> = samples.map(admits).collect();
    match answers.into_iter().collect::<Vec<_>>()[..] {
        [true] => TrialOutcome::Admitted,
        [false] => TrialOutcome::Refused,
        _ => TrialOutcome::Undecided,
    }
}

/// Addresses close to each other, so that ranges and networks overlap.
fn addresses() -> impl Strategy<Value = IpAddr> {
    let near = select(vec![
        "10.0.0.0",
        "10.0.1.0",
        "255.255.255.0",
        "2001:db8::",
        "2001:db8:1::",
        "::",
        "::ffff:10.0.0.0",
    ]);
    (near, any::<u128>(), prop_oneof![Just(0), 0_u32..=128]).prop_map(|(near, low, keep)| {
        let low = u128::MAX.checked_shr(keep).unwrap_or(0) & low;
        match near.parse().expect("an address") {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() ^ u32::try_from(low & 0x3ff).unwrap_or(0)).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() ^ low).into()),
        }
    })
}

fn range_texts() -> impl Strategy<Value = Vec<String>> {
    let length =
        prop_oneof![Just(0_u8), Just(24), Just(25), Just(32), Just(48), Just(49), Just(128), any::<u8>()];
    let one = (addresses(), length).prop_map(|(address, length)| {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        IpNet::new(address, length.min(longest)).expect("a range").trunc().to_string()
    });
    vec(one, 1..=MOST_RANGES)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn agrees_with_a_trial_of_single_addresses(
        texts in range_texts(), sources in vec((addresses(), 1_u64..1_000), 0..30), other in 0_u64..10,
    ) {
        let mut counts = ByNetwork::from([(None, other)]);
        for (address, requests) in &sources {
            *counts.entry(Some(SeenNetwork::of(*address))).or_default() += requests;
        }
        let list = Ranges::new(texts.iter().map(|text| range(text).expect("a range")).collect()).expect("ranges");
        let trial = SeenNetworks::of([(day(0), &counts)]).trial(&list);
        // Mapped ranges are IPv4, as everywhere.
        let blocks: Vec<_> = list.iter().map(|range| Block::of(&range.to_string())).collect();
        let (mut refused, mut undecided) = (0, other);
        for (seen, outcome) in &trial.networks {
            prop_assert_eq!(*outcome, outcome_by_samples(Block::of(&seen.network.to_string()), &blocks), "{:?} {}", texts, seen.network);
            match outcome {
                TrialOutcome::Refused => refused += seen.requests,
                TrialOutcome::Undecided => undecided += seen.requests,
                TrialOutcome::Admitted => {}
            }
        }
        prop_assert_eq!((trial.refused, trial.undecided), (refused, undecided));
        prop_assert_eq!(trial.requests, other + sources.iter().map(|(_, requests)| requests).sum::<u64>());
        // One request after the other: what the list refuses is between what was certain and what may be.
        let replayed: u64 = sources.iter().filter(|(address, _)| !list.contain(*address)).map(|(_, requests)| requests).sum();
        prop_assert!((refused..=refused + undecided).contains(&replayed));
    }
}
