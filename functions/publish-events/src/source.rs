//! Reads what invoked the function: the stream of `AuditEvents`, or the queue of events that the bus refused.

use aws_lambda_events::{dynamodb::EventRecord, sqs::SqsMessage};
use domain::identifiers::CompanyId;
use serde_json::Value;
use store::metrics::{Metric, count};

use crate::EventName;

/// The longest identifier of an event that is read. Those that the service writes have 26 characters.
const ID_LENGTH: usize = 64;

/// What invoked the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Stream,
    Queue,
}

/// A record that names an event, with the identifier by which Lambda knows the record.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) event: EventName,
    pub(crate) identifier: String,
}

/// The records of one invocation.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) source: Source,
    pub(crate) records: Vec<Record>,
    /// The messages of a queue that name no event.
    pub(crate) unnamed: Vec<String>,
}

impl Batch {
    /// Reads an invocation's event. `None` if it is neither a stream's nor a queue's.
    pub(crate) fn read(event: Value) -> Option<Self> {
        let Value::Object(mut members) = event else { return None };
        let Some(Value::Array(records)) = members.remove("Records") else { return None };
        let is_stream = |record: &Value| record.get("dynamodb").is_some();
        let source = if records.iter().any(is_stream) { Source::Stream } else { Source::Queue };
        let mut batch = Self { source, records: Vec::new(), unnamed: Vec::new() };
        for record in records {
            match source {
                Source::Stream => batch.add_change(record),
                Source::Queue => batch.add_message(record)?,
            }
        }
        Some(batch)
    }

    /// Adds the event that a change of the table added. A change without keys names no event: nobody could publish it, so it is
    /// logged and must not keep the stream from going on.
    fn add_change(&mut self, record: Value) {
        let Ok(record) = serde_json::from_value::<EventRecord>(record) else {
            tracing::error!("a record of the stream can't be read");
            count(Metric::EventsMissing, None);
            return;
        };
        if record.event_name != "INSERT" {
            return;
        }
        let keys = serde_json::to_value(&record.change.keys).unwrap_or_default();
        let Some(event) = event_name(keys["companyId"]["S"].as_str(), keys["eventId"]["S"].as_str()) else {
            tracing::error!("a record of the stream names no event");
            count(Metric::EventsMissing, None);
            return;
        };
        // Lambda repeats the whole batch if a failed record has no identifier.
        let identifier = record.change.sequence_number.unwrap_or_default();
        self.records.push(Record { event, identifier });
    }

    /// Adds the event that a message names. `None` if it isn't a message.
    fn add_message(&mut self, record: Value) -> Option<()> {
        let message: SqsMessage = serde_json::from_value(record).ok()?;
        let identifier = message.message_id?;
        let body: Value = serde_json::from_str(message.body.as_deref()?).unwrap_or_default();
        if let Some(event) = event_name(body["companyId"].as_str(), body["eventId"].as_str()) {
            self.records.push(Record { event, identifier });
        } else {
            tracing::error!("a message of the queue names no event");
            self.unnamed.push(identifier);
        }
        Some(())
    }
}

fn event_name(company_id: Option<&str>, event_id: Option<&str>) -> Option<EventName> {
    let company_id = CompanyId::parse(company_id?)?;
    let is_id =
        |id: &&str| (1..=ID_LENGTH).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    Some(EventName { company_id, event_id: event_id.filter(is_id)?.to_owned() })
}
