//! What an operation needs beside its request.

use crate::{clock::Clock, notices::Notices, tables::Tables};

/// Everything an operation needs beside its request: the tables and the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    /// The `DynamoDB` tables.
    pub tables: Tables,
    /// The time; tests move it.
    pub clock: Clock,
    /// What this instance remembers so as not to write the same notice twice a minute.
    pub notices: Notices,
}

impl Service {
    /// A service on these tables with this clock.
    #[must_use]
    pub fn new(tables: Tables, clock: Clock) -> Self {
        Self { tables, clock, notices: Notices::default() }
    }
}
