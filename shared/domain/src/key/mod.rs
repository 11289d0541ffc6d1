//! The API key: its format, its digest, its mask. Everything is pure: time and randomness come from the caller.
//!
//! ```text
//! K7fQm2Vd8sTzWb4Hn9RpLc_cak1_xE3gUy6JkAoZ5tNwQvB1fM1TmibC
//! |---- 22 random -----|--6--|----- 22 random ------|--6--|
//!                       marker                      checksum
//! ```
//!
//! The 44 random characters are uniform over `0-9A-Za-z`: 262 bits, so that a plain SHA-256 is a sufficient digest
//! (NIST SP 800-63B §5.1.2.2, OWASP ASVS 11.4.1). The checksum is the CRC-32 (IEEE) of the preceding 50 characters in
//! big-endian base62; it catches typos before any read. It authenticates nothing.
//!
//! Three types separate the secret from the rest: [`ApiKey`] is the secret and can't be printed by accident, [`Digest`]
//! is stored, and [`Mask`] is shown to people.

mod actor;
mod edit;
mod hold;
mod record;
mod rotation;
mod secret;

use std::fmt;

use rand::{
    CryptoRng,
    distr::{Alphanumeric, Distribution},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

pub use actor::{KeyActor, Person};
pub use edit::{EditRefused, Edited, KeyEdit};
pub use hold::{Disuse, Hold, SecretHolds};
pub use record::{ApiKeyRecord, Credential, KeyState, RefusedKey, ReportedSecrets, SecretRole};
pub use rotation::RotationRefused;
pub use secret::{
    DEFAULT_OVERLAP_SECONDS, LONGEST_LIFE_DAYS, NewSecret, OVERLAP_SECONDS, OldSecret,
    SELF_ROTATION_INTERVAL, SecondSecret, SelfRotation, UNUSED_LIFE,
};

/// The length of an API key, in characters.
pub const LENGTH: usize = 56;
const MARKER: &[u8; 6] = b"_cak1_";
const RANDOM: usize = 22;
const CHECKSUM: usize = 6;
const CHECKSUM_AT: usize = LENGTH - CHECKSUM;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of gates of a key. Each write with the key checks one of them. A gate bears about 75 writes a second, so a
/// key can write about 1,000 times a second.
pub const GATES: u8 = 16;

/// The example in the documentation. It is public, so it must never be a real key.
pub const EXAMPLE: &str = "K7fQm2Vd8sTzWb4Hn9RpLc_cak1_xE3gUy6JkAoZ5tNwQvB1fM1TmibC";

/// A complete API key in plaintext. It has no `Display`, its `Debug` shows nothing, and it is zeroed on drop.
pub struct ApiKey(Zeroizing<[u8; LENGTH]>);

/// The text isn't an API key: wrong length, marker, alphabet or checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an API key")]
pub struct MalformedKey;

impl ApiKey {
    /// Creates a key from this generator. [`Alphanumeric`] uses rejection sampling, so the characters have no bias.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut text = Zeroizing::new([0; LENGTH]);
        for (at, byte) in text[..CHECKSUM_AT].iter_mut().enumerate() {
            *byte = match at.checked_sub(RANDOM) {
                Some(at) if at < MARKER.len() => MARKER[at],
                _ => Alphanumeric.sample(rng),
            };
        }
        let checksum = checksum(&text[..CHECKSUM_AT]);
        text[CHECKSUM_AT..].copy_from_slice(&checksum);
        Self(text)
    }

    /// Reads a key and checks its length, alphabet, marker and checksum.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        Self::from_bytes(text.as_bytes())
    }

    fn from_bytes(text: &[u8]) -> Result<Self, MalformedKey> {
        let text: &[u8; LENGTH] = text.try_into().map_err(|_| MalformedKey)?;
        let (first, rest) = text.split_at(RANDOM);
        let (marker, rest) = rest.split_at(MARKER.len());
        let well_formed = marker == MARKER
            && first.iter().chain(rest).all(u8::is_ascii_alphanumeric)
            && text[CHECKSUM_AT..] == checksum(&text[..CHECKSUM_AT]);
        if well_formed { Ok(Self(Zeroizing::new(*text))) } else { Err(MalformedKey) }
    }

    /// The key's digest, the only form of the key that is stored.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.0.as_slice()).into())
    }

    /// The key's mask.
    #[must_use]
    pub fn mask(&self) -> Mask {
        let text = self.expose();
        Mask { first_four: text[..4].into(), last_four: text[LENGTH - 4..].into() }
    }

    /// The secret itself. Only the responses to a key's creation and to its rotation use it.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.0.as_slice()).expect("a key is ASCII")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

fn checksum(text: &[u8]) -> [u8; CHECKSUM] {
    let mut rest = crc32fast::hash(text);
    let mut digits = [0; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Whether the text contains a well-formed API key.
#[must_use]
pub fn contains_api_key(text: &[u8]) -> bool {
    api_keys_in(text).next().is_some()
}

/// The well-formed API keys that the text contains, in their order.
pub fn api_keys_in(text: &[u8]) -> impl Iterator<Item = ApiKey> {
    let marked = text.windows(LENGTH).filter(|window| window[RANDOM] == MARKER[0]);
    marked.filter_map(|window| ApiKey::from_bytes(window).ok())
}

/// SHA-256 of a complete API key. It is compared in constant time. `Debug` shows nothing, so no log contains it.
#[derive(Clone)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of any text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// A digest that was computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok().map(|()| Self(bytes))
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// The first four and the last four characters of a key, `K7fQ…mibC`. Not secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    first_four: String,
    last_four: String,
}

impl Mask {
    /// The mask with these characters, if there are four and four.
    #[must_use]
    pub fn new(first_four: &str, last_four: &str) -> Option<Self> {
        (first_four.len() == 4 && last_four.len() == 4)
            .then(|| Self { first_four: first_four.into(), last_four: last_four.into() })
    }

    /// The eight characters.
    pub(crate) fn characters(&self) -> [u8; 8] {
        let mut characters = [0; 8];
        characters[..4].copy_from_slice(self.first_four.as_bytes());
        characters[4..].copy_from_slice(self.last_four.as_bytes());
        characters
    }

    /// Reads `K7fQ…mibC`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (first_four, last_four) = text.split_once('…')?;
        Self::new(first_four, last_four)
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", self.first_four, self.last_four)
    }
}

#[cfg(test)]
mod tests;
