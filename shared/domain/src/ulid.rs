//! ULIDs: identifiers that sort by the time they were made (<https://github.com/ulid/spec>).

use ulid::Ulid;

use crate::time::Timestamp;

/// A ULID of this time: 48 bits of milliseconds, and 80 bits of this randomness.
#[must_use]
pub fn new(now: Timestamp, random: u128) -> String {
    Ulid::from_parts(u64::try_from(now.millis()).unwrap_or(0), random).to_string()
}

/// Whether the text is a ULID in its canonical form.
#[must_use]
pub fn is_canonical(text: &str) -> bool {
    Ulid::from_string(text).is_ok_and(|ulid| ulid.to_string() == text)
}

/// The least and the greatest ULID of a millisecond. Every ULID created in that millisecond is between them.
#[must_use]
pub fn ulids_of(at: Timestamp) -> [String; 2] {
    // Before 1970 and after 10889 there are none.
    let millis = u64::try_from(at.millis()).unwrap_or(0).min((1 << 48) - 1);
    [u128::MIN, u128::MAX].map(|random| Ulid::from_parts(millis, random).to_string())
}

/// When a ULID was made; `None` if the text isn't one.
#[must_use]
pub fn time_of_ulid(ulid: &str) -> Option<Timestamp> {
    let millis = Ulid::from_string(ulid).ok()?.timestamp_ms();
    i64::try_from(millis).ok().map(Timestamp::from_millis)
}
