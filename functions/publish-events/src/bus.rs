//! Puts events on the bus.

use aws_sdk_eventbridge::{Client, config::Config, primitives::DateTime, types::PutEventsRequestEntry};
use futures_util::{StreamExt, stream};
use store::Cause;
use tokio::time::{Instant, timeout_at};
use web::cloud_event::{CloudEvent, TYPE_PREFIX};

use crate::Refused;

/// The `Source` of all our entries, for the rules of the bus.
const SOURCE: &str = "company-api-keys";
/// The most entries of a call
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
const MOST_ENTRIES: usize = 10;
/// The most bytes of a call's entries. `EventBridge` accepts 256 KB.
const MOST_BYTES: usize = 240 * 1024;
/// How many calls are made at once.
const AT_ONCE: usize = 4;
/// The bytes that count for an entry's time
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-calculate-event-size>).
const TIME_BYTES: usize = 14;

/// The stack's event bus.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    client: Client,
    name: String,
}

/// An event as it is put on the bus, with its place in the batch.
#[derive(Debug)]
pub(crate) struct Entry {
    place: usize,
    action: String,
    at: DateTime,
    detail: String,
}

impl Entry {
    /// An entry for this event. `None` if it can't be written as JSON.
    pub(crate) fn of(place: usize, event: &CloudEvent) -> Option<Self> {
        let action = event.r#type.strip_prefix(TYPE_PREFIX)?.to_owned();
        let detail = serde_json::to_string(event).ok()?;
        Some(Self { place, action, at: DateTime::from_millis(event.time.millis()), detail })
    }

    fn bytes(&self) -> usize {
        TIME_BYTES + SOURCE.len() + self.action.len() + self.detail.len()
    }
}

impl Bus {
    pub(crate) fn new(config: impl Into<Config>, name: String) -> Self {
        Self { client: Client::from_conf(config.into()), name }
    }

    /// Puts these entries on the bus, and begins no call after this time. Returns those that it didn't take, or may not have
    /// taken.
    pub(crate) async fn put(&self, entries: Vec<Entry>, until: Instant) -> Vec<Refused> {
        let calls = calls(entries).into_iter().map(|entries| Box::pin(self.call(entries, until)));
        stream::iter(calls).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat()
    }

    async fn call(&self, entries: Vec<Entry>, until: Instant) -> Vec<Refused> {
        let places: Vec<_> = entries.iter().map(|entry| entry.place).collect();
        let all = |cause: Cause| places.iter().map(|place| (*place, cause.clone())).collect();
        if Instant::now() >= until {
            return all("no time was left to publish".into());
        }
        let entries = entries.into_iter().map(|entry| {
            PutEventsRequestEntry::builder()
                .event_bus_name(&self.name)
                .source(SOURCE)
                .detail_type(entry.action)
                .time(entry.at)
                .detail(entry.detail)
                .build()
        });
        let request = self.client.put_events().set_entries(Some(entries.collect()));
        let response = match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return all(Cause::of(&error)),
            Err(_) => return all("the bus did not respond in time".into()),
        };
        let results = response.entries();
        let refused = places.iter().enumerate().filter_map(|(number, place)| match results.get(number) {
            Some(result) if result.error_code().is_none() && result.event_id().is_some() => None,
            Some(result) => Some((*place, Cause::coded(result.error_code()))),
            None => Some((*place, "the bus said nothing about the event".into())),
        });
        refused.collect()
    }
}

/// The entries as calls that the bus accepts. An entry that is too large for any call has one of its own, so that it is
/// refused alone.
fn calls(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let (mut calls, mut bytes) = (Vec::<Vec<Entry>>::new(), 0);
    for entry in entries {
        let more = entry.bytes();
        match calls.last_mut() {
            Some(call) if call.len() < MOST_ENTRIES && bytes + more <= MOST_BYTES => {
                bytes += more;
                call.push(entry);
            }
            _ => {
                bytes = more;
                calls.push(vec![entry]);
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(sizes: &[usize]) -> Vec<Entry> {
        let entry = |(place, bytes): (usize, &usize)| Entry {
            place,
            action: "CREATE_API_KEY".into(),
            at: DateTime::from_millis(0),
            detail: "x".repeat(bytes - TIME_BYTES - SOURCE.len() - "CREATE_API_KEY".len()),
        };
        sizes.iter().enumerate().map(entry).collect()
    }

    fn sizes(all: &[usize]) -> Vec<Vec<usize>> {
        let calls = calls(entries(all));
        calls.iter().map(|call| call.iter().map(Entry::bytes).collect()).collect()
    }

    #[test]
    fn a_call_has_at_most_ten_entries() {
        let calls = sizes(&[100; 23]);
        assert_eq!(calls.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
        assert!(sizes(&[]).is_empty());
    }

    #[test]
    fn a_call_has_no_more_bytes_than_the_bus_accepts() {
        let half = MOST_BYTES / 2;
        assert_eq!(sizes(&[half, half, 100]), [vec![half, half], vec![100]]);
        assert_eq!(sizes(&[half, half + 1, 100]), [vec![half], vec![half + 1, 100]]);
    }

    #[test]
    fn an_entry_that_is_too_large_is_alone() {
        let large = MOST_BYTES + 1;
        assert_eq!(sizes(&[100, large, 100]), [vec![100], vec![large], vec![100]]);
    }
}
