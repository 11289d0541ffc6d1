//! The networks of requests.

mod allowed;
mod common;
mod seen;

use std::net::{IpAddr, Ipv6Addr};

use sha2::{Digest as _, Sha256};

use crate::{
    identifiers::KeyId,
    key::{Digest, Mask},
};

pub use allowed::{
    AllowedNetworks, MOST_RANGES, NetworkMode, RangeRefused, Ranges, address, range, refuses_more,
};
pub use seen::{ByNetwork, MOST_NETWORKS, SEEN_DAYS, Seen, SeenNetwork, SeenNetworks, Trial, TrialOutcome};

/// The number of hexadecimal digits in a mark.
const MARK: usize = 16;

/// The origin of a request: an IPv4 address, or the /64 network of an IPv6 address, because a /64 usually belongs to
/// one customer. Requests without an address share one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(Option<IpAddr>);

impl Network {
    /// The network of this address.
    #[must_use]
    pub fn of(address: Option<&str>) -> Self {
        let address: Option<IpAddr> = address.and_then(|address| address.parse().ok());
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address @ IpAddr::V4(_) => address,
        }))
    }
}

/// Where a secret was used, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    network: Network,
    /// The characters of the secret's mask.
    mask: [u8; 8],
}

impl Source {
    /// A use of the secret with this mask, from this network.
    #[must_use]
    pub fn new(mask: &Mask, network: Network) -> Self {
        Self { network, mask: mask.characters() }
    }

    /// A short digest of key, secret and network, which the key's item stores instead of the network. So only events contain
    /// the address, and events expire.
    #[must_use]
    pub fn mark(self, key_id: &KeyId) -> String {
        let network = self.network.0.map_or_else(String::new, |address| address.to_string());
        let mut hash = Sha256::new_with_prefix(format!("{key_id}#{network}#"));
        hash.update(self.mask);
        Digest::from_bytes(hash.finalize().into()).to_hex()[..MARK].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn v4(n: usize) -> Network {
        Network::of(Some(&format!("192.0.2.{n}")))
    }

    #[test]
    fn networks() {
        let same = [("192.0.2.1", "::ffff:192.0.2.1"), ("2001:db8::1", "2001:db8::ffff:1:2:3")];
        for (one, other) in same {
            assert_eq!(Network::of(Some(one)), Network::of(Some(other)));
        }
        let different = [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1"), ("::1", "0.0.0.1")];
        for (one, other) in different {
            assert_ne!(Network::of(Some(one)), Network::of(Some(other)));
        }
        assert_eq!(Network::of(None), Network::of(Some("no address")));
        let at = Timestamp::from_millis;
        let (a, b) = (KeyId::new(at(0), 1), KeyId::new(at(1), 2));
        let [one, other] = ["K7fQ…mibC", "K7fQ…mibD"].map(|text| Mask::parse(text).expect("a mask"));
        let mark = |mask, n, key| Source::new(mask, v4(n)).mark(key);
        for different in [mark(&one, 2, &a), mark(&one, 1, &b), mark(&other, 1, &a)] {
            assert_ne!(mark(&one, 1, &a), different);
        }
        assert_eq!(mark(&one, 1, &a).len(), 16);
    }
}
