//! What an instance remembers of GitHub's keys.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::Timestamp;
use tokio::sync::Mutex as Turns;

use super::{
    client::{FetchFailed, KeyClient},
    known::KnownKeys,
};

/// GitHub's keys as an instance knows them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct PublishedKeys(Arc<Instance>);

#[derive(Debug, Default)]
struct Instance {
    memory: Mutex<Memory>,
    turns: Turns<()>,
    client: KeyClient,
}

/// What was read and fetched until now.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) known: KnownKeys,
    /// When the table was last read.
    pub(super) read_at: Option<Timestamp>,
    /// Why this instance's last fetch failed.
    pub(super) failure: Option<FetchFailed>,
}

impl PublishedKeys {
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// On Lambda, an instance has one request at a time. On a laptop, several requests take turns to read and fetch.
    pub(super) fn turns(&self) -> &Turns<()> {
        &self.0.turns
    }

    pub(super) fn client(&self) -> &KeyClient {
        &self.0.client
    }
}
