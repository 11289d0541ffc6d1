//! `Notices`: what companies were told about their keys, and how far `key-watch` has come. A restore of the tables doesn't
//! restore this one, so that nothing is told twice.

use domain::{
    audit::AuditEvent,
    company::Company,
    day::Day,
    identifiers::{CompanyId, KeyId},
    key::ApiKeyRecord,
    time::Timestamp,
    watch::{Finding, Told},
};
use tokio::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Tables,
    api_keys::{check_unchanged, record_from},
    companies::{company_from, forget_ended},
};
use crate::{
    caller::ServiceWork,
    error::TableError,
    item::{Attributes, Item, at, company_key, key_in_company, n, notice_in_company, s},
    table::Table,
    transaction::{CommitError, Transaction},
    write::{Change, Guard, Write},
};

/// The greatest number of items that one read of several can name
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>).
const BATCH: usize = 100;

const EXPIRIES: &str = "expiries";
const UNUSED_SINCE: &str = "unusedSince";
const UNUSED_SECRET: &str = "unusedSecret";
/// The number of changes of a mark.
const VERSION: &str = "version";

/// A page of all companies.
#[derive(Debug)]
pub struct CompanyPage {
    /// The companies, in no particular order. An item that can't be read has the company's ID, if that can be read.
    pub companies: Vec<Result<Company, (Option<CompanyId>, TableError)>>,
    /// After which company the next page begins, if there are more.
    pub next: Option<String>,
}

/// What was told about a key, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    /// What was told.
    pub told: Told,
    /// The number of its changes.
    version: u64,
}

/// How far `key-watch` has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchProgress {
    /// The run. A run that finds another one here ends.
    pub run: String,
    /// The day on which the keys are looked at.
    pub day: Day,
    /// The last company that was looked at. `None` at the beginning.
    pub after: Option<String>,
    /// When all companies had been looked at.
    pub done_at: Option<Timestamp>,
    /// Companies whose turn has passed, and that could not be read or written.
    pub again: Vec<CompanyId>,
}

impl Tables {
    /// A page of all companies, in the table's order. Makes one strongly consistent read, which ends at 1 MB.
    pub async fn company_page(&self, after: Option<&str>, limit: i32) -> Result<CompanyPage, TableError> {
        let start = after.map(|after| Item::from([("companyId".into(), s(after))]));
        let scan = self.client.scan().table_name(self.name(Table::Companies)).consistent_read(true);
        let page = scan.set_exclusive_start_key(start).limit(limit).send().await?;
        let companies = page
            .items()
            .iter()
            .map(|item| company_from(item).map_err(|error| (item.company_id().ok(), error)));
        let companies = companies.collect();
        let next = page.last_evaluated_key.map(|key| key.text("companyId").map(str::to_owned)).transpose()?;
        Ok(CompanyPage { companies, next })
    }

    /// How far `key-watch` has come.
    pub async fn watch_progress(&self) -> Result<Option<WatchProgress>, TableError> {
        self.get(Table::Notices, progress_key()).await?.as_ref().map(progress_from).transpose()
    }

    /// Saves how far `key-watch` has come, if the run that is `before` is the last one. Returns whether it is.
    pub async fn save_watch_progress(
        &self,
        before: Option<&str>,
        progress: &WatchProgress,
        deadline: Instant,
    ) -> Result<bool, TableError> {
        set_progress(before, progress).apply(self, deadline).await
    }

    /// These keys of the company, in no particular order. Those that don't exist are left out. A key that can't be read doesn't
    /// hide the others.
    pub async fn watched_keys(
        &self,
        work: &ServiceWork,
        ids: &[KeyId],
    ) -> Result<Vec<Result<ApiKeyRecord, TableError>>, TableError> {
        let mut keys = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let ids = ids.iter().map(|id| key_in_company(work, "keyId", id.as_str())).collect();
            let items = self.batch_get(vec![(Table::ApiKeys, ids)]).await?;
            keys.extend(items.iter().map(|(_, item)| record_from(item)));
        }
        Ok(keys)
    }

    /// What was told about these keys of the company, in the same order. A mark that can't be read doesn't hide the others.
    pub async fn marks(
        &self,
        work: &ServiceWork,
        ids: &[KeyId],
    ) -> Result<Vec<Result<Mark, TableError>>, TableError> {
        let mut found = Vec::new();
        for ids in ids.chunks(BATCH) {
            let wanted = ids.iter().map(|id| mark_key(work, id)).collect();
            found.extend(self.batch_get(vec![(Table::Notices, wanted)]).await?);
        }
        let of_key = |id: &KeyId| {
            let notice = notice_of(id);
            let item = found.iter().find(|(_, item)| item.text("notice").is_ok_and(|of| of == notice));
            item.map_or(Ok(Mark::default()), |(_, item)| mark_from(item))
        };
        Ok(ids.iter().map(of_key).collect())
    }

    /// Tells something about a key: its event and its mark, if nothing else was told meanwhile and the key is as it was read.
    pub async fn tell(
        &self,
        work: &ServiceWork,
        key: &ApiKeyRecord,
        mark: &Mark,
        finding: &Finding,
        event: &AuditEvent,
    ) -> Result<Mark, CommitError> {
        let after = Mark { told: mark.told.and(finding), version: mark.version + 1 };
        Transaction::of(self, work, event.at)
            .and(check_unchanged(work.into(), key, finding.ends_with_a_use()))
            .and(set_mark(work, &key.key_id, mark, &after))
            .and(self.append(event))
            .commit()
            .await
            .map(|()| after)
    }

    /// Forgets expired keys of the company, whose expiry was told. It is a plain write without any authority: it only makes
    /// the list shorter, and a repeat changes nothing.
    pub async fn forget_ended_keys(
        &self,
        work: &ServiceWork,
        told: &[KeyId],
        deadline: Instant,
    ) -> Result<(), TableError> {
        forget_ended(company_key(work), told).apply(self, deadline).await.map(drop)
    }
}

fn notice_of(key_id: &KeyId) -> String {
    format!("key#{key_id}")
}

fn mark_key(work: &ServiceWork, key_id: &KeyId) -> Item {
    notice_in_company(work, &notice_of(key_id))
}

fn progress_key() -> Item {
    Item::from([("about".into(), s("watch")), ("notice".into(), s("progress"))])
}

fn set_mark(work: &ServiceWork, key_id: &KeyId, before: &Mark, after: &Mark) -> Write {
    let Told { expiries, unused_since, unused_secret } = &after.told;
    let expiries = expiries.iter().map(|(at, days)| (at.millis().to_string(), n(days))).collect();
    let attributes: [(_, Change); 4] = [
        (EXPIRIES, Some(AttributeValue::M(expiries)).into()),
        (UNUSED_SINCE, unused_since.map(at).into()),
        (UNUSED_SECRET, unused_secret.map(at).into()),
        (VERSION, Some(n(after.version)).into()),
    ];
    let write = Write::set(Guard::Notice, Table::Notices, mark_key(work, key_id), attributes);
    match before.version {
        0 => write.when("attribute_not_exists(#version)"),
        version => write.when("#version = :version").value(":version", n(version)),
    }
}

fn mark_from(item: &Item) -> Result<Mark, TableError> {
    let expiries = item.optional_map(EXPIRIES)?.into_iter().flatten().map(|(at, days)| {
        let days = days.as_n().ok().and_then(|days| days.parse().ok());
        at.parse().ok().map(Timestamp::from_millis).zip(days).ok_or(TableError::Corrupt(EXPIRIES))
    });
    let told = Told {
        expiries: expiries.collect::<Result<_, _>>()?,
        unused_since: item.optional_time(UNUSED_SINCE)?,
        unused_secret: item.optional_time(UNUSED_SECRET)?,
    };
    Ok(Mark { told, version: item.number(VERSION)? })
}

/// The write that saves the progress. No transaction and no other function writes this item.
fn set_progress(before: Option<&str>, progress: &WatchProgress) -> Write {
    let WatchProgress { run, day, after, done_at, again } = progress;
    let again: Vec<_> = again.iter().map(ToString::to_string).collect();
    let attributes: [(_, Change); 5] = [
        ("run", Some(s(run)).into()),
        ("day", Some(s(day)).into()),
        ("after", after.as_ref().map(s).into()),
        ("doneAt", done_at.map(at).into()),
        ("again", Some(again).filter(|again| !again.is_empty()).map(AttributeValue::Ss).into()),
    ];
    let write = Write::set(Guard::Notice, Table::Notices, progress_key(), attributes);
    match before {
        None => write.when("attribute_not_exists(#run)"),
        Some(run) => write.when("#run = :last").value(":last", s(run)),
    }
}

fn progress_from(item: &Item) -> Result<WatchProgress, TableError> {
    let again = item.optional("again").map(|again| again.as_ss().map_err(|_| TableError::Corrupt("again")));
    let again = again.transpose()?.into_iter().flatten().filter_map(|id| CompanyId::parse(id));
    Ok(WatchProgress {
        run: item.text("run")?.into(),
        day: item.parsed("day", Day::parse)?,
        after: item.text("after").ok().map(str::to_owned),
        done_at: item.optional_time("doneAt")?,
        again: again.collect(),
    })
}
