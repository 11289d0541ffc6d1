//! Randomness, from the operating system's CSPRNG.
//!
//! Each function panics if the operating system can't provide random bytes.

use std::ops::RangeInclusive;

use domain::{account, identifiers::KeyId, key::ApiKey, time::Timestamp, ulid};
use rand::{RngExt, rand_core::UnwrapErr, rngs::SysRng};

/// A new API key.
#[must_use]
pub fn api_key() -> ApiKey {
    ApiKey::generate(&mut UnwrapErr(SysRng))
}

/// A new identifier for a key that is created now.
#[must_use]
pub fn key_id(now: Timestamp) -> KeyId {
    KeyId::new(now, UnwrapErr(SysRng).random())
}

/// A ULID with this time.
#[must_use]
pub fn ulid(now: Timestamp) -> String {
    ulid::new(now, UnwrapErr(SysRng).random())
}

/// A uniformly random number in the range. For the pauses between retries, not for secrets.
#[must_use]
pub fn number_in(range: RangeInclusive<u64>) -> u64 {
    UnwrapErr(SysRng).random_range(range)
}

/// The first version of an account that is created now.
#[must_use]
pub fn first_version(now: Timestamp) -> u64 {
    account::first_version(now, UnwrapErr(SysRng).random())
}
