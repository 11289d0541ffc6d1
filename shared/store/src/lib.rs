//! The `DynamoDB` tables, and who may access them. Only this crate imports the SDK. It knows nothing about HTTP.
//!
//! Promises:
//! - Every read that a decision depends on is strongly consistent and uses no index.
//! - A company's data is accessed through a [`Caller`], which names the company. Only verification creates callers. A
//!   method of [`Tables`] that doesn't take one is private to this crate, or clippy forbids it (`clippy.toml`).
//! - Every write is one transaction with its caller's authority as a condition. The exceptions are the beginning
//!   of a revocation, the gates of keys, the notices about keys, the progress of `key-watch`, the counts of requests,
//!   GitHub's keys and [`Tables::restore`]. Each of them gives its reason.

mod caller;
mod clock;
mod error;
mod exposures;
mod item;
pub mod limiter;
pub mod metrics;
mod notice_writer;
mod notices;
mod plain_write;
pub mod published_keys;
pub mod random;
mod restoration;
pub mod retry;
mod revoked_uses;
mod schema;
mod service;
mod settings;
mod table;
mod tables;
mod transaction;
mod transactions;
mod usage_writer;
pub mod uses;
mod uses_writer;
mod verification;
mod write;

pub use caller::{
    Caller, CompanyAdministrator, CurrentCaller, KeyFinder, KeyHolder, LostAuthority, Operator,
    RefusedHolder, ServiceWork,
};
pub use clock::{Clock, system_time};
pub use error::{Cause, TableError};
pub use notice_writer::write_notices;
pub use notices::Notices;
pub use restoration::Restored;
pub use schema::TableDefinition;
pub use service::Service;
pub use settings::{ATTEMPT_TIMEOUT, NOTICE_TIMEOUT, OPERATION_TIMEOUT, Settings};
pub use table::Table;
pub use tables::key_digests::next_generation;
pub use tables::{
    AccountPage, CompanyPage, EventPage, FoundEvent, IdempotencyRecord, KeyPage, KnownMails, Mark, Tables,
    WatchProgress,
};
pub use transaction::{CommitError, Held, Refusals};
pub use transactions::AccountTransition;
pub use usage_writer::report_usage;
pub use verification::{
    AdministratorRefused, FoundKeys, KeyHolderRefused, PlanRule, SignInRefused, find_keys, sign_in,
    warm_up_administrators, warm_up_finders, warm_up_keys,
};
pub use write::Guard;
