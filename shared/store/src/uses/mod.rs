//! Counts what each key is used for on each day, which networks its requests come from, and why they are refused.
//!
//! An instance counts its requests, and adds the counts to the day's item in `KeyUsage` after responses: a key's first use
//! at once, and then at most once a second. So counting costs no read and no time before a response. A count is never added
//! twice, and may be lost: if the outcome of a write is unknown, or if an instance ends within a second of a key's last
//! report. No decision about a request depends on these counts. `docs/decisions/0025-uses.md` has the reasons.
//!
//! Nothing here reads a clock or a table.

mod memory;
mod placement;

#[cfg(test)]
mod tests;

pub use memory::{Report, UseCounter};
pub(crate) use placement::Placement;
