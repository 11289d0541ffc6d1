//! The promises under faults, contention and random input: what is lost, repeated or in each other's way.

#[path = "corpora.rs"]
mod corpora;
#[path = "faults/mod.rs"]
mod faults;
#[path = "history/mod.rs"]
mod history;
