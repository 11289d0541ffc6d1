//! Who gets a mail.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::{
    account::Account,
    identifiers::{AccountId, CompanyId},
    mails::MailKind,
    time::Timestamp,
};
use store::{Service, ServiceWork, TableError};

/// How long an instance remembers who administers a company. To learn it, all accounts of the company are read.
const REMEMBERED: Duration = Duration::from_mins(1);
/// How many companies an instance remembers.
const MOST_COMPANIES: usize = 1_000;

/// When a list of administrators was read, and the list.
type Known = (Timestamp, Arc<[AccountId]>);

/// What an instance remembers of companies' administrators. Whether they still are, and what they want, is read for each mail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipients(Arc<Mutex<HashMap<CompanyId, Known>>>);

impl Recipients {
    /// The active administrators of a company who want mails of this kind now.
    pub(crate) async fn of(
        &self,
        service: &Service,
        work: &ServiceWork,
        kind: MailKind,
    ) -> Result<Vec<Account>, TableError> {
        let now = service.clock.now();
        let ids = if let Some(ids) = self.remembered(work.company_id(), now) {
            ids
        } else {
            let ids: Arc<[_]> = service.tables.administrators(work).await?.into();
            // A company whose administrators are not added yet has some soon.
            if !ids.is_empty() {
                self.remember(work.company_id(), now, ids.clone());
            }
            ids
        };
        let read = service.tables.mail_recipients(work, &ids).await?;
        if read.is_empty() && !ids.is_empty() {
            // All have left. The next mail finds their successors.
            self.memory().remove(work.company_id());
        }
        Ok(read.into_iter().filter(|(_, choices)| choices.want(kind)).map(|(account, _)| account).collect())
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<CompanyId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, company: &CompanyId, now: Timestamp) -> Option<Arc<[AccountId]>> {
        let memory = self.memory();
        let (read_at, ids) = memory.get(company)?;
        (now < read_at.plus(REMEMBERED) && now >= *read_at).then(|| ids.clone())
    }

    fn remember(&self, company: &CompanyId, now: Timestamp, ids: Arc<[AccountId]>) {
        let mut memory = self.memory();
        if memory.len() >= MOST_COMPANIES {
            memory.clear();
        }
        memory.insert(company.clone(), (now, ids));
    }
}
