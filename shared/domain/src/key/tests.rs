use std::collections::HashMap;

use proptest::prelude::*;
use rand::{rand_core::UnwrapErr, rngs::SysRng};

use super::*;

fn generated() -> ApiKey {
    ApiKey::generate(&mut UnwrapErr(SysRng))
}

#[test]
fn test_vector() {
    let key = ApiKey::parse(EXAMPLE).expect("the documented example");
    assert_eq!(key.mask().to_string(), "K7fQ…mibC");
    assert_eq!(key.digest().to_hex(), "879e956a4ab3c5437ee9c6c12cd85428d186f9c58cfaa2a0edb0b04bdc34c28e");
    assert_eq!(key.expose(), EXAMPLE);
}

#[test]
fn neither_key_nor_digest_is_printed() {
    let key = ApiKey::parse(EXAMPLE).expect("the documented example");
    assert_eq!(format!("{key:?} {:?}", key.digest()), "ApiKey(…) Digest(…)");
}

#[test]
fn generated_keys_have_the_format_and_differ() {
    let (a, b) = (generated(), generated());
    for key in [&a, &b] {
        assert!(ApiKey::parse(key.expose()).is_ok());
        assert_eq!(&key.expose()[22..28], "_cak1_");
    }
    assert_ne!(a.expose(), b.expose());
}

/// Chi-squared over the alphabet: a modulo bias (8 of 62 characters 25% more likely than the others) would give about
/// 2,000; the 99.99th percentile of 61 degrees of freedom is 109.
#[test]
fn characters_are_uniform() {
    let mut counts = HashMap::<u8, u32>::new();
    let keys = 5_000;
    for _ in 0..keys {
        let key = generated();
        let text = key.expose().as_bytes();
        text[..22].iter().chain(&text[28..50]).for_each(|c| *counts.entry(*c).or_default() += 1);
    }
    let expected = f64::from(keys * 44) / 62.0;
    let chi: f64 = counts.values().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    assert_eq!(counts.len(), 62);
    assert!(chi < 130.0, "chi-squared {chi}");
}

#[test]
fn a_key_is_found_anywhere_in_a_text() {
    for text in [
        EXAMPLE.into(),
        format!("x{EXAMPLE}"),
        format!("{{\"name\":\"{EXAMPLE}\"}}"),
        format!("?a={EXAMPLE}&b"),
    ] {
        assert!(contains_api_key(text.as_bytes()), "{text}");
    }
    let typo = EXAMPLE.replace("K7fQ", "K7fR");
    for text in ["", "K7fQ", &typo, &EXAMPLE[1..]] {
        assert!(!contains_api_key(text.as_bytes()), "{text}");
    }
}

proptest! {
    #[test]
    fn any_single_change_is_rejected(at in 0..LENGTH, with in any::<u8>()) {
        let key = generated();
        let mut text = key.expose().as_bytes().to_vec();
        prop_assume!(text[at] != with);
        text[at] = with;
        prop_assert_eq!(ApiKey::from_bytes(&text).err(), Some(MalformedKey));
    }

    #[test]
    fn parsing_never_panics_and_noise_is_rejected(text in "\\PC{0,80}") {
        prop_assert!(ApiKey::parse(&text).is_err());
    }

    #[test]
    fn digests_round_trip(bytes in any::<[u8; 32]>()) {
        let digest = Digest(bytes);
        prop_assert_eq!(Digest::from_hex(&digest.to_hex()), Some(digest));
    }

    #[test]
    fn checksums_are_six_base62_digits_of_the_crc(text in any::<[u8; 50]>()) {
        let value = checksum(&text).iter().fold(0u64, |n, c| {
            n * 62 + BASE62.iter().position(|b| b == c).expect("base62") as u64
        });
        prop_assert_eq!(value, u64::from(crc32fast::hash(&text)));
    }
}
