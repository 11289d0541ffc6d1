//! Tells what there is to tell about one key.

use domain::{audit::Origin, company::Company, key::ApiKeyRecord, watch::findings};
use store::{
    Caller, CommitError, Mark, ServiceWork, TableError,
    retry::{Attempt, Operation},
};

use crate::company::{Watch, is_held};

/// Tells everything about a key that wasn't told, one transaction for each finding.
pub(crate) struct Telling<'a> {
    watch: &'a Watch<'a>,
    work: &'a ServiceWork,
    company: &'a Company,
    key: ApiKeyRecord,
    mark: Mark,
    /// Whether the key or its mark may have changed since it was read.
    is_stale: bool,
    /// The number of events that were written.
    told: &'a mut u32,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(
        watch: &'a Watch<'a>,
        work: &'a ServiceWork,
        company: &'a Company,
        key: ApiKeyRecord,
        mark: Mark,
        told: &'a mut u32,
    ) -> Self {
        Self { watch, work, company, key, mark, is_stale: false, told }
    }

    /// Reads the key and its mark again. Returns whether the key exists.
    async fn refresh(&mut self) -> Result<bool, TableError> {
        let (tables, ids) = (&self.watch.service.tables, [self.key.key_id.clone()]);
        let Some(key) = tables.watched_keys(self.work, &ids).await?.pop() else { return Ok(false) };
        self.key = key?;
        self.mark = tables.marks(self.work, &ids).await?.pop().unwrap_or_else(|| Ok(Mark::default()))?;
        Ok(true)
    }
}

impl Operation for Telling<'_> {
    type Done = ();
    type Refused = TableError;

    async fn attempt(&mut self) -> Result<Attempt<()>, TableError> {
        if std::mem::take(&mut self.is_stale) && !self.refresh().await? {
            return Ok(Attempt::Done(()));
        }
        let service = self.watch.service;
        let now = service.clock.now();
        let all = findings(&self.key, is_held(self.company, &self.key, now), now);
        let Some(finding) = all.into_iter().find(|finding| self.mark.told.lacks(finding)) else {
            return Ok(Attempt::Done(()));
        };
        let origin = Origin { ip: None, request_id: self.watch.request_id.into() };
        let event = Caller::from(self.work)
            .event(finding.action(), &self.key, &origin, now)
            .with(finding.details(&self.key));
        match service.tables.tell(self.work, &self.key, &self.mark, &finding, &event).await {
            Ok(mark) => {
                self.mark = mark;
                *self.told += 1;
                Ok(Attempt::AgainImmediately)
            }
            // The key was changed, or another run told it.
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => {
                self.is_stale = true;
                Ok(Attempt::Again)
            }
            Err(CommitError::Failed(error)) => Err(error),
        }
    }
}
