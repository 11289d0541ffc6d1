//! The queue of events that the bus refused. It names them. The function reads them again from the table.

use aws_sdk_sqs::{
    Client,
    config::Config,
    types::{BatchResultErrorEntry, SendMessageBatchRequestEntry},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use store::Cause;
use tokio::time::{Instant, timeout_at};

use crate::{EventName, Refused};

/// The most messages of a call
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>).
const MOST_MESSAGES: usize = 10;
/// How many calls are made at once.
const AT_ONCE: usize = 4;

/// The queue of refused events.
#[derive(Clone, Debug)]
pub(crate) struct RefusedEvents {
    client: Client,
    url: String,
}

impl RefusedEvents {
    pub(crate) fn new(config: impl Into<Config>, url: String) -> Self {
        Self { client: Client::from_conf(config.into()), url }
    }

    /// Puts the names of these events into the queue, and begins no call after this time. Returns those that it didn't take,
    /// or may not have taken.
    pub(crate) async fn keep(&self, events: &[(usize, EventName)], until: Instant) -> Vec<Refused> {
        let calls: Vec<_> = events.chunks(MOST_MESSAGES).map(<[_]>::to_vec).collect();
        let calls = calls.into_iter().map(|events| Box::pin(self.call(events, until)));
        let mut refused = stream::iter(calls).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat();
        refused.sort_by_key(|(place, _)| *place);
        refused
    }

    async fn call(&self, events: Vec<(usize, EventName)>, until: Instant) -> Vec<Refused> {
        let all = |cause: Cause| events.iter().map(|(place, _)| (*place, cause.clone())).collect();
        if Instant::now() >= until {
            return all("no time was left for the queue".into());
        }
        let messages = events.iter().map(|(place, EventName { company_id, event_id })| {
            let body = json!({"companyId": company_id.as_str(), "eventId": event_id});
            SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(body.to_string())
                .build()
        });
        let Ok(messages) = messages.collect::<Result<Vec<_>, _>>() else {
            return all("the messages could not be made".into());
        };
        let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(messages));
        let response = match timeout_at(until, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return all(Cause::of(&error)),
            Err(_) => return all("the queue did not respond in time".into()),
        };
        let refused = events.iter().filter_map(|(place, _)| {
            let id = place.to_string();
            if response.successful().iter().any(|taken| taken.id() == id) {
                return None;
            }
            let failed = response.failed().iter().find(|failed| failed.id() == id);
            Some((*place, Cause::coded(failed.map(BatchResultErrorEntry::code))))
        });
        refused.collect()
    }
}
