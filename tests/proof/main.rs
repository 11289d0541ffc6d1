//! The promises under faults, contention and random input: what is lost, repeated or in each other's way.

mod corpora;
mod faults;
mod history;
