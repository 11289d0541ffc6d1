//! The vocabulary and the rules of the service: companies, accounts, keys, scopes, audit events.
//!
//! Promise: everything here is pure. Nothing reads a clock, generates randomness, or knows about AWS or HTTP. Times and
//! randomness are arguments.

pub mod account;
pub mod audit;
pub mod bound;
pub mod company;
pub mod day;
pub mod identifiers;
pub mod identity;
pub mod key;
pub mod leaks;
pub mod limits;
pub mod mails;
pub mod network;
pub mod policy;
pub mod scope;
pub mod suspensions;
pub mod text;
pub mod time;
pub mod ulid;
pub mod uses;
pub mod watch;
