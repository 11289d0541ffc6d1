//! What the functions share: the vocabulary, the key format, the tables, authentication, the HTTP boundary.
//!
//! Promises:
//! - An operation that takes a [`auth::CompanyAdministrator`] or a [`auth::KeyHolder`] was reached by an
//!   authenticated caller: only [`auth`] makes those values, and it does so before the body is read.
//! - [`tables`] alone talks to `DynamoDB`; whatever belongs to a company is reached through such a caller.
//! - [`key`], [`scope`], [`company`], [`account`], [`audit`] are pure: no AWS, no HTTP, no clock of their own.

pub mod account_change;
pub mod auth;
pub mod clock;
pub mod config;
pub mod http;
pub mod openapi;
pub mod random;
pub mod retry;
pub mod runtime;
pub mod tables;
pub mod telemetry;
pub mod wire;

/// What went wrong underneath, for the log and never for the caller.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Everything an operation needs beside its request: the tables and the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    /// The `DynamoDB` tables.
    pub tables: tables::Tables,
    /// The time; tests move it.
    pub clock: clock::Clock,
    /// What this instance remembers so as not to write the same notice twice a minute.
    pub notices: auth::Notices,
}

impl Service {
    /// A service on these tables with this clock.
    #[must_use]
    pub fn new(tables: tables::Tables, clock: clock::Clock) -> Self {
        Self { tables, clock, notices: auth::Notices::default() }
    }
}
