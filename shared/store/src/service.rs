//! What an operation needs in addition to its request.

use crate::{
    clock::Clock, limiter::Limiter, notices::Notices, published_keys::PublishedKeys, tables::Tables,
    uses::UseCounter,
};

/// Everything that an operation needs in addition to its request: the tables and the clock. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Service {
    /// The `DynamoDB` tables.
    pub tables: Tables,
    /// The clock, which tests can move.
    pub clock: Clock,
    /// What this instance remembers, to avoid writing the same notice twice a minute.
    pub notices: Notices,
    /// What this instance admitted in the current minute.
    pub limiter: Limiter,
    /// What this instance's requests used keys for.
    pub uses: UseCounter,
    /// What this instance knows of GitHub's public keys.
    pub published_keys: PublishedKeys,
}

impl Service {
    /// Who sends mails. `None` if the service sends none.
    #[must_use]
    pub fn mail_sender(&self) -> Option<&str> {
        self.tables.settings.mail_sender.as_deref()
    }

    /// A service on these tables with this clock.
    #[must_use]
    pub fn new(tables: Tables, clock: Clock) -> Self {
        let (notices, limiter, uses, published_keys) = Default::default();
        Self { tables, clock, notices, limiter, uses, published_keys }
    }
}
