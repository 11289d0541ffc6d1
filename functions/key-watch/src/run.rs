//! One run: all companies, page by page, and the progress after each page.

use domain::{company::Company, day::Day, identifiers::CompanyId};
use futures_util::{StreamExt, stream};
use store::{
    Service, ServiceWork, TableError, WatchProgress,
    metrics::{Metric, count, count_many},
    random,
};
use tokio::time::Instant;

use crate::{
    Failed, Report,
    company::{Looked, Watch},
};

/// The number of companies in a page: at most, their items and the keys of [`AT_ONCE`] of them are in memory.
const PAGE: i32 = 100;
/// The number of companies that are looked at at once.
const AT_ONCE: usize = 8;
/// The number of failed companies that are remembered for the next invocation. If there are more, `DynamoDB` is down. Then the
/// run ends, and the next invocation looks at the same page again.
const MOST_AGAIN: usize = 100;

/// A run, with what it has done until now.
struct Run<'a> {
    service: &'a Service,
    request_id: &'a str,
    deadline: Instant,
    progress: WatchProgress,
    report: Report,
}

/// Looks at all keys at which nobody has looked today, or at all keys if it begins anew.
pub(crate) async fn run(
    service: &Service,
    begins_anew: bool,
    request_id: &str,
    deadline: Instant,
) -> Result<Report, Failed> {
    let now = service.clock.now();
    let day = Day::of(now);
    let report = Report { day, complete: false, companies: 0, keys: 0, told: 0, keys_not_watched: 0 };
    #[expect(clippy::disallowed_methods, reason = "this is `key-watch`")]
    let last = service.tables.watch_progress().await?;
    let before = last.as_ref().map(|last| last.run.clone());
    let id = random::ulid(now);
    let progress = match last.filter(|last| last.day == day && !begins_anew) {
        Some(last) if last.done_at.is_some() && last.again.is_empty() => {
            return Ok(Report { complete: true, ..report });
        }
        Some(last) => WatchProgress { run: id, ..last },
        None => WatchProgress { run: id, day, after: None, done_at: None, again: Vec::new() },
    };
    let mut run = Run { service, request_id, deadline, progress, report };
    let looking = Box::pin(run.look(before.as_deref()));
    let looked = tokio::time::timeout_at(deadline, looking).await;
    count_many(Metric::KeysNotWatched, run.report.keys_not_watched);
    if let Ok(looked) = looked {
        looked?;
    } else {
        // The progress tells where the next invocation goes on.
        tracing::warn!("the run has no time left");
    }
    Ok(run.report)
}

impl Run<'_> {
    /// Looks at everything that is left, unless another run begins, which then does that.
    async fn look(&mut self, before: Option<&str>) -> Result<(), Failed> {
        if !self.save(before).await? {
            return Ok(());
        }
        let run = self.progress.run.clone();
        let failed = std::mem::take(&mut self.progress.again);
        if !failed.is_empty() {
            self.try_again(failed).await?;
            if !self.save(Some(&run)).await? {
                return Ok(());
            }
        }
        while self.progress.done_at.is_none() {
            let after = self.progress.after.as_deref();
            #[expect(clippy::disallowed_methods, reason = "this is `key-watch`")]
            let page = self.service.tables.company_page(after, PAGE).await?;
            self.look_at(page.companies).await?;
            match page.next {
                Some(next) => self.progress.after = Some(next),
                None => self.progress.done_at = Some(self.service.clock.now()),
            }
            if !self.save(Some(&run)).await? {
                return Ok(());
            }
        }
        self.report.complete = self.progress.again.is_empty();
        if self.report.complete {
            count(Metric::KeyWatchesCompleted, None);
        }
        Ok(())
    }

    async fn save(&self, before: Option<&str>) -> Result<bool, TableError> {
        #[expect(clippy::disallowed_methods, reason = "this is `key-watch`")]
        let is_last = self.service.tables.save_watch_progress(before, &self.progress, self.deadline).await?;
        if !is_last {
            tracing::warn!("another run has begun, so this one ends");
        }
        Ok(is_last)
    }

    /// Looks at companies that could not be read or written before.
    async fn try_again(&mut self, failed: Vec<CompanyId>) -> Result<(), TableError> {
        let mut companies = Vec::with_capacity(failed.len());
        for id in failed {
            match self.service.tables.company(&work_on(id.clone())).await {
                Ok(company) => companies.extend(company.map(Ok)),
                Err(error) => companies.push(Err((Some(id), error))),
            }
        }
        self.look_at(companies).await
    }

    /// Looks at these companies.
    async fn look_at(
        &mut self,
        companies: Vec<Result<Company, (Option<CompanyId>, TableError)>>,
    ) -> Result<(), TableError> {
        let watch = Watch { service: self.service, request_id: self.request_id, deadline: self.deadline };
        let looks = companies.into_iter().map(async |company| match company {
            Ok(company) => watch.company(&company).await,
            Err((id, error)) => Looked::failed(id.as_ref(), &error),
        });
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some(looked) = looks.next().await {
            self.report.companies += looked.companies;
            self.report.keys += looked.keys;
            self.report.told += looked.told;
            self.report.keys_not_watched += looked.not_watched;
            self.progress.again.extend(looked.again);
        }
        if self.progress.again.len() > MOST_AGAIN {
            return Err(TableError::Unavailable("the keys of too many companies can't be looked at".into()));
        }
        Ok(())
    }
}

/// The service at work on this company.
pub(crate) fn work_on(company_id: CompanyId) -> ServiceWork {
    #[expect(
        clippy::disallowed_methods,
        reason = "a schedule invokes this function, and no request reaches it"
    )]
    let work = ServiceWork::on(company_id);
    work
}
