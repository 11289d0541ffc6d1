//! The networks from which a key may be used.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::{IpNet, Ipv4Net};
use thiserror::Error;

/// The most ranges in a list.
pub const MOST_RANGES: usize = 20;

/// The number of leading bits that all IPv4-mapped IPv6 addresses share (RFC 4291 §2.5.5.2).
const MAPPED: u8 = 96;

/// What a list of networks does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkMode {
    /// It refuses nothing. Administrators see what it would refuse.
    Report,
    /// It refuses requests from elsewhere.
    Enforce,
}

impl NetworkMode {
    /// The mode as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Enforce => "enforce",
        }
    }

    /// The mode with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Report, Self::Enforce].into_iter().find(|mode| mode.id() == id)
    }
}

/// The reason why a text is not a range of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RangeRefused {
    /// It is no address and no CIDR block.
    #[error("must be an IPv4 or IPv6 address or range in CIDR notation, such as 203.0.113.0/24")]
    Malformed,
    /// The address is inside the range, not at its beginning.
    #[error("has address bits after the prefix; the range that contains the address is {0}")]
    HostBits(IpNet),
}

/// Ranges of addresses: 1 to [`MOST_RANGES`], in order and each once. An IPv4-mapped IPv6 address is an IPv4 address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranges(Vec<IpNet>);

impl Ranges {
    /// These ranges. `None` if there are none or too many.
    #[must_use]
    pub fn new(mut ranges: Vec<IpNet>) -> Option<Self> {
        ranges.sort();
        ranges.dedup();
        (1..=MOST_RANGES).contains(&ranges.len()).then_some(Self(ranges))
    }

    /// The ranges in order: IPv4 first.
    pub fn iter(&self) -> impl Iterator<Item = &IpNet> {
        self.0.iter()
    }

    /// Whether one of them contains this address.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(&address))
    }

    /// Whether one of them contains this whole range.
    #[must_use]
    pub fn contain_all_of(&self, range: &IpNet) -> bool {
        self.0.iter().any(|own| own.contains(range))
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranges: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&ranges.join(", "))
    }
}

/// Reads a range: `203.0.113.0/24`, `2001:db8::/48`, or one address.
pub fn range(text: &str) -> Result<IpNet, RangeRefused> {
    let net = if text.contains('/') {
        IpNet::from_str(text).ok()
    } else {
        IpAddr::from_str(text).ok().map(IpNet::from)
    };
    let net = canonical(net.ok_or(RangeRefused::Malformed)?);
    if net.addr() == net.network() { Ok(net) } else { Err(RangeRefused::HostBits(net.trunc())) }
}

/// The range as IPv4 if all its addresses are IPv4-mapped.
fn canonical(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(MAPPED)) {
        (Some(address), Some(prefix)) => Ipv4Net::new(address, prefix).map_or(net, IpNet::V4),
        _ => net,
    }
}

/// The networks from which a key may be used, and what happens to requests from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedNetworks {
    /// What the list does.
    pub mode: NetworkMode,
    /// The networks.
    pub ranges: Ranges,
}

impl AllowedNetworks {
    /// Whether it refuses requests from elsewhere.
    #[must_use]
    pub fn is_enforced(&self) -> bool {
        self.mode == NetworkMode::Enforce
    }

    /// Whether a request from this address may use the key. If the list is enforced, one whose address can't be read may not.
    #[must_use]
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        !self.is_enforced() || address.is_some_and(|address| self.ranges.contain(address))
    }
}

/// Whether a request that this list admits may be one that the list before refuses. Says so in doubt.
#[must_use]
pub fn refuses_more(before: Option<&AllowedNetworks>, after: Option<&AllowedNetworks>) -> bool {
    let enforced = |networks: Option<&AllowedNetworks>| {
        networks.filter(|networks| networks.is_enforced()).map(|networks| networks.ranges.clone())
    };
    match (enforced(before), enforced(after)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => !before.iter().all(|range| after.contain_all_of(range)),
    }
}

/// Reads the address that API Gateway reports.
#[must_use]
pub fn address(text: Option<&str>) -> Option<IpAddr> {
    text?.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    fn ranges(texts: &[&str]) -> Ranges {
        Ranges::new(texts.iter().map(|text| range(text).expect("a range")).collect()).expect("ranges")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn ranges_are_read() {
        let same = [
            ("203.0.113.7", "203.0.113.7/32"),
            ("2001:DB8::1", "2001:db8::1/128"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::ffff:203.0.113.7", "203.0.113.7/32"),
            ("::/0", "::/0"),
        ];
        for (text, canonical) in same {
            assert_eq!(range(text).map(|range| range.to_string()), Ok(canonical.into()), "{text}");
        }
        for text in [
            "",
            "203.0.113",
            "203.0.113.0/33",
            "::/129",
            "a/24",
            "203.0.113.0/ 24",
            " ::1",
            "010.0.0.1",
            "1/8",
            "fe80::1%eth0",
        ] {
            assert_eq!(range(text), Err(RangeRefused::Malformed), "{text}");
        }
        let inside = range("203.0.113.7/24").map_err(|refused| refused.to_string());
        assert!(inside.is_err_and(|detail| detail.ends_with("is 203.0.113.0/24")));
        assert!(range("::ffff:203.0.113.7/120").is_err() && range("2001:db8::1/48").is_err());
    }

    #[test]
    fn at_most_20() {
        let numbered = |count: u8| {
            Ranges::new((0..count).map(|n| range(&format!("192.0.2.{n}")).expect("a range")).collect())
        };
        assert!(numbered(20).is_some() && numbered(21).is_none() && numbered(0).is_none());
        let twice = ranges(&["10.0.0.0/8", "::ffff:10.0.0.0/104", "10.1.0.0/16"]);
        assert_eq!(twice.to_string(), "10.0.0.0/8, 10.1.0.0/16");
    }

    #[test]
    fn what_a_list_admits() {
        let list = |mode, texts| AllowedNetworks { mode, ranges: ranges(texts) };
        let enforced = list(NetworkMode::Enforce, &["203.0.113.0/24", "2001:db8::/48"]);
        for address in ["203.0.113.0", "203.0.113.255", "::ffff:203.0.113.9", "2001:db8:0:ffff::1"] {
            assert!(enforced.admit(Some(ip(address))), "{address}");
        }
        for address in ["203.0.112.255", "203.0.114.0", "2001:db8:1::", "::203.0.113.9", "::1"] {
            assert!(!enforced.admit(Some(ip(address))), "{address}");
        }
        assert!(!enforced.admit(None));
        assert!(list(NetworkMode::Report, &["203.0.113.0/24"]).admit(None));
        let everything = list(NetworkMode::Enforce, &["0.0.0.0/0", "::/0"]);
        assert!(everything.admit(Some(ip("198.51.100.1"))) && everything.admit(Some(ip("::1"))));
        assert!(!everything.admit(None));
        let v6 = list(NetworkMode::Enforce, &["::/0"]);
        assert!(!v6.admit(Some(ip("::ffff:198.51.100.1"))), "a mapped address is IPv4");
        let one = list(NetworkMode::Enforce, &["198.51.100.1/32", "2001:db8::1/128"]);
        assert!(one.admit(Some(ip("198.51.100.1"))) && !one.admit(Some(ip("198.51.100.2"))));
        assert!(one.admit(Some(ip("2001:db8::1"))) && !one.admit(Some(ip("2001:db8::2"))));
    }

    #[test]
    fn narrowing() {
        let list = |mode, texts| Some(AllowedNetworks { mode, ranges: ranges(texts) });
        let narrows = |before: &Option<_>, after: &Option<_>| refuses_more(before.as_ref(), after.as_ref());
        let (none, wide, narrow) = (
            None,
            list(NetworkMode::Enforce, &["10.0.0.0/8", "192.0.2.0/24"]),
            list(NetworkMode::Enforce, &["10.1.0.0/16"]),
        );
        let report = list(NetworkMode::Report, &["10.1.0.0/16"]);
        for (before, after, expected) in [
            (&none, &narrow, true),
            (&none, &report, false),
            (&report, &narrow, true),
            (&wide, &narrow, true),
            (&narrow, &wide, false),
            (&wide, &wide, false),
            (&wide, &report, false),
            (&wide, &none, false),
        ] {
            assert_eq!(narrows(before, after), expected, "{before:?} {after:?}");
        }
    }

    /// Whether a range contains an address, bit by bit, with IPv4 addresses in their IPv6-mapped form.
    fn contains_bitwise(text: &str, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let (first, length) = text.split_once('/').unwrap_or((text, ""));
        let first = ip(first);
        let length: u32 = match (length.parse::<u32>(), first) {
            (Ok(length), IpAddr::V4(_)) => 96 + length,
            (Ok(length), IpAddr::V6(_)) => length,
            (Err(_), _) => 128,
        };
        let is_v4 = |bits: u128| bits >> 32 == 0xffff;
        let (first, address) = (bits(first), bits(address));
        // A range of IPv6 addresses has no IPv4 address, even if it covers all mapped ones.
        let same_family = is_v4(address) == (is_v4(first) && length >= 96);
        same_family && (length == 0 || (first ^ address) >> (128 - length) == 0)
    }

    fn addresses() -> impl Strategy<Value = IpAddr> {
        let near = select(vec![
            "10.0.0.0",
            "10.255.255.255",
            "192.0.2.128",
            "0.0.0.0",
            "255.255.255.255",
            "2001:db8::",
            "::",
            "2001:db8:0:8000::",
            "::ffff:10.0.0.0",
            "::ffff:192.0.2.127",
        ]);
        let low = prop_oneof![Just(0_u128), 0..600_u128, any::<u128>()];
        (near, low).prop_map(|(near, low)| match ip(near) {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() ^ u32::try_from(low & 0x3ff).unwrap_or(0)).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() ^ low).into()),
        })
    }

    /// Ranges as administrators may write them, cut so that no address bits follow the prefix.
    fn range_texts() -> impl Strategy<Value = Vec<String>> {
        let one = (addresses(), prop_oneof![Just(0_u8), Just(32), Just(128), any::<u8>()]).prop_map(
            |(address, length)| {
                let longest = if address.is_ipv4() { 32 } else { 128 };
                let net = IpNet::new(address, length.min(longest)).expect("a range").trunc();
                net.to_string()
            },
        );
        proptest::collection::vec(one, 1..=MOST_RANGES)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn agrees_with_a_comparison_of_bits(texts in range_texts(), address in addresses()) {
            let read: Vec<_> = texts.iter().map(|text| range(text).expect("a range")).collect();
            let list = AllowedNetworks { mode: NetworkMode::Enforce, ranges: Ranges::new(read).expect("ranges") };
            let expected = texts.iter().any(|text| contains_bitwise(text, address));
            prop_assert_eq!(list.admit(Some(address)), expected, "{:?} {}", texts, address);
        }

        #[test]
        fn what_refuses_more_is_noticed(
            before in range_texts(), after in range_texts(), addresses in proptest::collection::vec(addresses(), 20),
        ) {
            let list = |texts: &[String]| AllowedNetworks {
                mode: NetworkMode::Enforce,
                ranges: Ranges::new(texts.iter().map(|text| range(text).expect("a range")).collect()).expect("ranges"),
            };
            let (before, after) = (list(&before), list(&after));
            if !refuses_more(Some(&before), Some(&after)) {
                for address in addresses {
                    prop_assert!(!before.admit(Some(address)) || after.admit(Some(address)));
                }
            }
        }
    }
}
