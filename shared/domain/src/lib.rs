//! The vocabulary and the rules of the service: companies, accounts, keys, scopes, audit events.
//!
//! Promise: everything here is pure. Nothing reads a clock, draws randomness, or knows of AWS or HTTP; times and
//! randomness are arguments.

pub mod account;
pub mod audit;
pub mod company;
pub mod identifiers;
pub mod identity;
pub mod key;
pub mod network;
pub mod scope;
pub mod text;
pub mod time;
pub mod ulid;
