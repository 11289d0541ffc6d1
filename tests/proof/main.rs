//! The promises under faults, contention and random input, when calls are lost, repeated or in conflict.

mod corpora;
mod faults;
mod history;
mod models;
