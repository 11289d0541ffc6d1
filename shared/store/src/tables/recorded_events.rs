//! Reads events of `AuditEvents` by their identifiers, to publish them.

use std::collections::HashMap;

use domain::{audit::RecordedEvent, time::Timestamp, ulid::ulids_of};

use super::{Tables, audit_events::event_from};
use crate::{
    caller::ServiceWork,
    error::TableError,
    item::{Attributes, Item, s},
    table::Table,
};

/// The most items that one `BatchGetItem` reads.
const BATCH: usize = 100;

/// An event that was asked for.
#[derive(Debug)]
pub enum FoundEvent {
    /// The event.
    Event(Box<RecordedEvent>),
    /// The table has it, but it can't be read.
    Unreadable(TableError),
    /// The table doesn't have it. It has expired, or the table was restored to a time before it.
    Missing,
}

impl Tables {
    /// Reads these events, strongly consistent. Returns one for each that was asked for, in the same order. An event that
    /// can't be read doesn't keep the others from being read.
    pub async fn recorded_events(
        &self,
        wanted: &[(ServiceWork, String)],
    ) -> Result<Vec<FoundEvent>, TableError> {
        let mut keys: Vec<_> =
            wanted.iter().map(|(work, id)| (work.company_id().as_str(), id.as_str())).collect();
        // DynamoDB refuses a batch that asks for an item twice.
        keys.sort_unstable();
        keys.dedup();
        let mut items = HashMap::new();
        for batch in keys.chunks(BATCH) {
            let keys = batch.iter().map(|(company, id)| {
                Item::from([("companyId".into(), s(company)), ("eventId".into(), s(id))])
            });
            for (_, item) in self.batch_get(vec![(Table::AuditEvents, keys.collect())]).await? {
                let key = (item.text("companyId")?.to_owned(), item.text("eventId")?.to_owned());
                items.insert(key, item);
            }
        }
        let found = wanted.iter().map(|(work, id)| {
            match items.get(&(work.company_id().to_string(), id.clone())).map(event_from) {
                Some(Ok(event)) => FoundEvent::Event(Box::new(event)),
                Some(Err(error)) => FoundEvent::Unreadable(error),
                None => FoundEvent::Missing,
            }
        });
        Ok(found.collect())
    }

    /// Company and identifier of every event from `since` until before `until`, in no particular order. Reads the whole table, a
    /// page at a time, and calls `found` for each.
    pub async fn event_names(
        &self,
        since: Timestamp,
        until: Timestamp,
        mut found: impl FnMut(&str, &str),
    ) -> Result<(), TableError> {
        let ([first, _], [end, _]) = (ulids_of(since), ulids_of(until));
        let mut start = None;
        loop {
            let scan = self.client.scan().table_name(self.name(Table::AuditEvents)).consistent_read(true);
            let scan = scan
                .projection_expression("#companyId, #eventId")
                .filter_expression("#eventId >= :first AND #eventId < :end")
                .expression_attribute_names("#companyId", "companyId")
                .expression_attribute_names("#eventId", "eventId")
                .expression_attribute_values(":first", s(first.clone()))
                .expression_attribute_values(":end", s(end.clone()));
            let page = scan.set_exclusive_start_key(start).send().await?;
            for item in page.items() {
                found(item.text("companyId")?, item.text("eventId")?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
        }
    }
}
