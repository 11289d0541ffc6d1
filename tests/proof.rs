//! The promises under faults and contention: what is lost, repeated or in each other's way.

#[path = "faults/mod.rs"]
mod faults;
#[path = "history/mod.rs"]
mod history;
