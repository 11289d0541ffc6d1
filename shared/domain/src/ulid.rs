//! ULIDs: identifiers that sort by time of creation (<https://github.com/ulid/spec>).

use ulid::Ulid;

use crate::time::Timestamp;

/// A ULID with this time and randomness: 48 bits of milliseconds and 80 random bits.
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
    // ULIDs exist only from 1970 to 10889.
    let millis = u64::try_from(at.millis()).unwrap_or(0).min((1 << 48) - 1);
    [u128::MIN, u128::MAX].map(|random| Ulid::from_parts(millis, random).to_string())
}

/// When a ULID was created, or `None` if the text isn't one.
#[must_use]
pub fn time_of_ulid(ulid: &str) -> Option<Timestamp> {
    let millis = Ulid::from_string(ulid).ok()?.timestamp_ms();
    i64::try_from(millis).ok().map(Timestamp::from_millis)
}
