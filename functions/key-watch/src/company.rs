//! Looks at the keys of one company.

use std::time::Duration;

use domain::{
    company::{Company, Plan},
    identifiers::{CompanyId, KeyId},
    key::{ApiKeyRecord, KeyState},
    time::Timestamp,
    watch::findings,
};
use store::{
    Service, ServiceWork, TableError,
    retry::{Pace, until_done},
};
use tokio::time::Instant;

use crate::{run::work_on, telling::Telling};

/// How long one company may take, so that one that is much written to doesn't use up the time of the others.
const COMPANY_TIME: Duration = Duration::from_secs(30);

/// What looking at a company needs.
pub(crate) struct Watch<'a> {
    pub(crate) service: &'a Service,
    pub(crate) request_id: &'a str,
    pub(crate) deadline: Instant,
}

/// The outcome of looking at a company.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// 1 if it has keys that may be used.
    pub(crate) companies: u32,
    /// The number of its keys.
    pub(crate) keys: u32,
    /// The number of events that were written.
    pub(crate) told: u32,
    /// The number of keys at which it was not possible to look.
    pub(crate) not_watched: u32,
    /// The company, if another attempt may succeed.
    pub(crate) again: Option<CompanyId>,
}

impl Looked {
    /// A company that could not be read.
    pub(crate) fn failed(id: Option<&CompanyId>, error: &TableError) -> Self {
        let mut looked = Self::default();
        looked.note_failure(id, error, 1);
        looked
    }

    /// Notes that these keys could not be looked at, and logs the first failure of the company.
    fn note_failure(&mut self, id: Option<&CompanyId>, error: &TableError, keys: usize) {
        if self.not_watched == 0 {
            let company_id = id.map(tracing::field::display);
            tracing::error!(companyId = company_id, %error, "keys were not looked at");
        }
        self.not_watched += count(keys);
        // An item that can't be read will be the same in an hour.
        if !matches!(error, TableError::Corrupt(_)) {
            self.again = id.cloned();
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Watch<'_> {
    /// Looks at the keys of a company. Keys of a company that isn't on the Enterprise plan are frozen. They are looked at when it
    /// returns.
    pub(crate) async fn company(&self, company: &Company) -> Looked {
        let mut looked = Looked::default();
        let ids: Vec<_> = company.active_keys.keys().chain(&company.ended_keys).cloned().collect();
        if company.plan != Plan::Enterprise || ids.is_empty() {
            return looked;
        }
        (looked.companies, looked.keys) = (1, count(ids.len()));
        let work = work_on(company.id.clone());
        if let Err(error) = Box::pin(self.keys(&work, company, &ids, &mut looked)).await {
            // Those before the failure count, too: nobody has looked at all that there is to tell.
            looked.note_failure(Some(&company.id), &error, ids.len());
        }
        looked
    }

    async fn keys(
        &self,
        work: &ServiceWork,
        company: &Company,
        ids: &[KeyId],
        looked: &mut Looked,
    ) -> Result<(), TableError> {
        let tables = &self.service.tables;
        let deadline = self.deadline.min(Instant::now() + COMPANY_TIME);
        let now = self.service.clock.now();
        let (mut due, mut done) = (Vec::new(), Vec::new());
        let keys = tables.watched_keys(work, ids).await?;
        if keys.iter().all(Result::is_ok) {
            // A restore removes keys, but leaves them in the list of those that ended.
            let exists = |id: &&KeyId| keys.iter().flatten().any(|key| key.key_id == **id);
            done.extend(ids.iter().filter(|id| !exists(id)).cloned());
        }
        for key in keys {
            match key {
                Ok(key) if !findings(&key, is_held(company, &key, now), now).is_empty() => due.push(key),
                // A key whose expiry was noticed by an instance with an earlier clock is still to be told of.
                Ok(key) if key.state(now) == KeyState::Active => {}
                Ok(key) => done.push(key.key_id),
                Err(error) => looked.note_failure(Some(&company.id), &error, 1),
            }
        }
        let of_due: Vec<_> = due.iter().map(|key| key.key_id.clone()).collect();
        for (key, mark) in due.into_iter().zip(tables.marks(work, &of_due).await?) {
            let key_id = key.key_id.clone();
            let told = match mark {
                Ok(mark) => {
                    let telling = Telling::new(self, work, company, key, mark, &mut looked.told);
                    until_done(Pace::Person, deadline, telling).await
                }
                Err(error) => Err(error),
            };
            match told {
                Ok(()) => done.push(key_id),
                Err(error) => looked.note_failure(Some(&company.id), &error, 1),
            }
        }
        done.retain(|key_id| company.ended_keys.contains(key_id));
        if !done.is_empty() {
            tables.forget_ended_keys(work, &done, deadline).await?;
        }
        Ok(())
    }
}

/// Whether an administrator or the company's policy holds the key.
pub(crate) fn is_held(company: &Company, key: &ApiKeyRecord, now: Timestamp) -> bool {
    key.hold.is_some() || !company.holding_rules(key, now).is_empty()
}
