//! Limits the requests of key holders in each minute.
//!
//! An instance counts what it admits, and remembers it until the minute ends. After responses it adds its counts to the
//! windows in `KeyUsage`, and the sums that it gets back tell it what the other instances admitted. So counting costs no
//! read and no round trip before a response. What the others admitted since the last report is not known, so a limit can
//! be passed, but never refuses too early. `docs/decisions/0020-limits.md` has the bounds.
//!
//! A minute is one of the instance's own clock, in UTC. Nothing here reads a clock or a table.

mod counts;
mod tally;
mod window;

#[cfg(test)]
mod tests;

pub use counts::{Allowance, Limiter, OverLimit, Report};
pub use window::{Metered, Window};
