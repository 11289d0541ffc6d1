//! What two lists of networks have in common.

use ipnet::IpNet;

use super::Ranges;

impl Ranges {
    /// The ranges that have the addresses of both lists. `None` if there are none, or more than fit in a list.
    #[must_use]
    pub fn common(&self, others: &Self) -> Option<Self> {
        if covers(others, self) {
            return Some(self.clone());
        }
        if covers(self, others) {
            return Some(others.clone());
        }
        // Of two ranges, one contains the other or they have no address in common.
        let of_own = self.iter().filter(|range| others.contain_all_of(range));
        let of_others = others.iter().filter(|range| self.contain_all_of(range));
        let both: Vec<_> = of_own.chain(of_others).copied().collect();
        Self::new(both.clone()).or_else(|| Self::new(IpNet::aggregate(&both)))
    }
}

/// Whether a list has every address of another. Joined ranges contain each range that they cover as a whole.
fn covers(list: &Ranges, of: &Ranges) -> bool {
    let joined = IpNet::aggregate(&list.iter().copied().collect());
    of.iter().all(|range| joined.iter().any(|own| own.contains(range)))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::{collection::vec, prelude::*};

    use super::{
        super::{MOST_RANGES, range},
        *,
    };

    fn ranges<T: AsRef<str>>(texts: &[T]) -> Ranges {
        let ranges = texts.iter().map(|text| range(text.as_ref()).expect("a range")).collect();
        Ranges::new(ranges).expect("ranges")
    }

    #[test]
    fn what_two_lists_have_in_common() {
        let cases: [(&[&str], &[&str], &[&str]); 6] = [
            (&["10.0.0.0/8"], &["10.0.0.0/8"], &["10.0.0.0/8"]),
            (
                &["10.0.0.0/8", "192.0.2.0/24"],
                &["10.1.0.0/16", "192.0.2.0/23"],
                &["10.1.0.0/16", "192.0.2.0/24"],
            ),
            (&["::/0"], &["2001:db8::/48", "192.0.2.1"], &["2001:db8::/48"]),
            (&["0.0.0.0/0", "::/0"], &["192.0.2.1", "2001:db8::1"], &["192.0.2.1", "2001:db8::1"]),
            // The halves cover the whole.
            (&["10.0.0.0/8"], &["10.0.0.0/9", "10.128.0.0/9"], &["10.0.0.0/8"]),
            (&["10.0.0.0/8"], &["11.0.0.0/8", "::/0"], &[]),
        ];
        for (own, others, expected) in cases {
            let common = ranges(own).common(&ranges(others));
            assert_eq!(common, (!expected.is_empty()).then(|| ranges(expected)), "{own:?} {others:?}");
        }
    }

    #[test]
    fn what_does_not_fit_in_a_list_is_refused() {
        let lists = |spread: u8| {
            let [own, others] = [10, 11].map(|wide| {
                let narrow = (0..15_u8).map(|n| format!("{}.{}.0.0/16", 21 - wide, n * spread));
                ranges(&narrow.chain([format!("{wide}.0.0.0/8")]).collect::<Vec<_>>())
            });
            own.common(&others)
        };
        assert_eq!(lists(2), None, "30 ranges");
        let joined = lists(1).expect("ranges next to each other are joined");
        assert_eq!(joined.iter().count(), 8);
    }

    fn texts(longest: u8) -> impl Strategy<Value = Vec<String>> {
        let near = (any::<u32>(), 0..=longest).prop_map(|(bits, length)| {
            let address = IpAddr::V4((0x0a00_0000 | (bits & 0xff)).into());
            let net = IpNet::new(address, 32 - length).expect("a range").trunc();
            net.to_string()
        });
        let six = (0..4_u16, 0..3_u8).prop_map(|(n, length)| {
            let address = IpAddr::V6((0x2001_u128 << 112 | u128::from(n)).into());
            IpNet::new(address, 128 - length).expect("a range").trunc().to_string()
        });
        vec(prop_oneof![4 => near, 1 => six], 1..=MOST_RANGES)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_lists_have_in_common_is_admitted_by_both(own in texts(6), others in texts(9)) {
            let (own, others) = (ranges(&own), ranges(&others));
            let common = own.common(&others);
            if let Some(common) = &common {
                for again in [common.common(&own), common.common(&others), own.common(common)] {
                    prop_assert_eq!(again.as_ref(), Some(common));
                }
            }
            let mut is_empty = true;
            let four = (0..1_024_u32).map(|n| IpAddr::V4((0x0a00_0000 - 256 + n).into()));
            let six = (0..8_u128).map(|n| IpAddr::V6((0x2001_u128 << 112 | n).into()));
            for address in four.chain(six) {
                let expected = own.contain(address) && others.contain(address);
                is_empty &= !expected;
                if let Some(common) = &common {
                    prop_assert_eq!(common.contain(address), expected, "{} {}", address, common);
                }
            }
            let ranges = own.iter().count() + others.iter().count();
            prop_assert!(common.is_some() || is_empty || ranges > MOST_RANGES);
        }
    }
}
