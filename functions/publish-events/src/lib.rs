//! Publishes every audit event on the stack's event bus. The stream of `AuditEvents` invokes it, and the queue of the events
//! that it could not publish. It has no HTTP route.
//!
//! Promises:
//! - Every event is published at least once. A repeat has the same identifier and the same content.
//! - Only events that the table has are published, and only insertions are new events: a deletion, which the table's TTL
//!   makes, publishes nothing.
//! - An event that can't be read, or that the bus refuses, goes to the queue. It doesn't delay the events after it. If
//!   the queue doesn't take it either, the stream repeats it.
//! - An invocation ends within [`RUN_TIME`], whatever doesn't respond.

mod bus;
mod queue;
mod source;

use std::{env, fmt::Display, time::Duration};

use domain::identifiers::CompanyId;
use lambda_runtime::Diagnostic;
use serde_json::Value;
use store::{
    Cause, FoundEvent, Service, ServiceWork, Settings,
    metrics::{Metric, count_many},
};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use web::{
    cloud_event::cloud_event,
    telemetry::{self, INVOCATION, logged},
};

use bus::{Bus, Entry};
use queue::RefusedEvents;
use source::{Batch, Source};

pub use web::batch::{Answer, BatchItemFailure};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "publish-events";
/// How long an invocation takes at most: less than the function's own limit in `template.yaml`, which is a minute.
pub const RUN_TIME: Duration = Duration::from_secs(50);
/// How much of it is for reading and publishing. The rest is for the queue.
const PUBLISH_TIME: Duration = Duration::from_secs(30);

/// Where the bus and the queue are.
#[derive(Clone, Debug)]
pub struct Places {
    /// The name of the event bus.
    pub bus: String,
    /// The URL of the queue of refused events.
    pub queue: String,
    /// The address of `EventBridge`, if it isn't the region's.
    pub bus_endpoint: Option<String>,
    /// The address of SQS, if it isn't the region's.
    pub queue_endpoint: Option<String>,
}

impl Places {
    /// The places that `template.yaml` puts into the environment: `EVENT_BUS_NAME` and `REFUSED_EVENTS_QUEUE`. For tests,
    /// `AWS_ENDPOINT_URL_EVENTBRIDGE` and `AWS_ENDPOINT_URL_SQS`.
    pub fn from_environment() -> Result<Self, String> {
        let set = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
        Ok(Self {
            bus: set("EVENT_BUS_NAME")?,
            queue: set("REFUSED_EVENTS_QUEUE")?,
            bus_endpoint: env::var("AWS_ENDPOINT_URL_EVENTBRIDGE").ok(),
            queue_endpoint: env::var("AWS_ENDPOINT_URL_SQS").ok(),
        })
    }
}

/// Everything that the function needs in addition to its event.
#[derive(Clone, Debug)]
pub struct Publisher {
    service: Service,
    bus: Bus,
    queue: RefusedEvents,
}

impl Publisher {
    /// A publisher of the events of this service's tables.
    #[must_use]
    pub fn new(service: Service, settings: &Settings, places: Places) -> Self {
        let configuration = |endpoint: Option<String>| settings.for_service(endpoint.as_deref());
        Self {
            service,
            bus: Bus::new(&configuration(places.bus_endpoint), places.bus),
            queue: RefusedEvents::new(&configuration(places.queue_endpoint), places.queue),
        }
    }
}

/// An audit event, named by its company and its identifier.
#[derive(Clone, Debug)]
pub(crate) struct EventName {
    pub(crate) company_id: CompanyId,
    pub(crate) event_id: String,
}

/// The invocation had another event than those of a stream or of a queue.
#[derive(Debug, Error)]
#[error("the event is neither a stream's nor a queue's")]
pub struct NotUnderstood;

impl NotUnderstood {
    /// The kind of error, in Lambda's response and in the log.
    pub const KIND: &str = "not-understood";
}

impl From<NotUnderstood> for Diagnostic {
    fn from(error: NotUnderstood) -> Self {
        Self { error_type: NotUnderstood::KIND.into(), error_message: error.to_string() }
    }
}

/// What an invocation did.
struct Done {
    answer: Answer,
    /// Why an event was not published, if one was not.
    cause: Option<Cause>,
}

/// An event that was not published, with its place in the batch.
type Refused = (usize, Cause);

/// Publishes the events of one invocation, and logs the outcome. `request_id` identifies the invocation.
pub async fn handle(publisher: &Publisher, event: Value, request_id: &str) -> Result<Answer, NotUnderstood> {
    let span = tracing::info_span!(target: INVOCATION, "request", function = NAME, requestId = request_id);
    let work = async { Ok(publisher.publish(Batch::read(event).ok_or(NotUnderstood)?).await) };
    logged(span, Box::pin(work), outcome).await.map(|done| done.answer)
}

fn outcome(result: &Result<Done, NotUnderstood>) -> telemetry::Outcome<'_> {
    let (name, error): (_, Option<&dyn Display>) = match result {
        Err(error) => (NotUnderstood::KIND, Some(error)),
        Ok(Done { cause: None, .. }) => ("ok", None),
        Ok(Done { cause: Some(cause), answer }) if answer.batch_item_failures.is_empty() => {
            ("queued", Some(cause))
        }
        Ok(Done { cause: Some(cause), .. }) => ("refused", Some(cause)),
    };
    telemetry::Outcome { name, status: None, error }
}

impl Publisher {
    async fn publish(&self, batch: Batch) -> Done {
        let began = Instant::now();
        let refused = self.put_on_bus(&batch, began + PUBLISH_TIME).await;
        count_many(Metric::EventsRefused, u32::try_from(refused.len()).unwrap_or(u32::MAX));
        let cause = refused.first().map(|(_, cause)| cause.clone());
        let failed = match batch.source {
            Source::Stream => {
                let name = |(place, _): &Refused| (*place, batch.records[*place].event.clone());
                let names: Vec<_> = refused.iter().map(name).collect();
                self.queue.keep(&names, began + RUN_TIME).await
            }
            // They are in the queue already.
            Source::Queue => refused,
        };
        let cause = failed.first().map(|(_, cause)| cause.clone()).or(cause);
        Done { answer: answer(&batch, &failed), cause }
    }

    /// Publishes what it can of a batch until this time. Returns the rest.
    async fn put_on_bus(&self, batch: &Batch, until: Instant) -> Vec<Refused> {
        #[expect(
            clippy::disallowed_methods,
            reason = "only the stream of the table and our queue name the events"
        )]
        let wanted: Vec<_> = batch
            .records
            .iter()
            .map(|record| (ServiceWork::on(record.event.company_id.clone()), record.event.event_id.clone()))
            .collect();
        let all = |cause: Cause| (0..batch.records.len()).map(|place| (place, cause.clone())).collect();
        let found = match timeout_at(until, self.service.tables.recorded_events(&wanted)).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return all(error.into_cause()),
            Err(_) => return all("the events were not read in time".into()),
        };
        let (mut entries, mut refused, mut missing) = (Vec::new(), Vec::new(), 0);
        for (place, (found, record)) in found.into_iter().zip(&batch.records).enumerate() {
            let EventName { company_id, event_id } = &record.event;
            match found {
                FoundEvent::Event(event) => match Entry::of(place, &cloud_event(*event, company_id)) {
                    Some(entry) => entries.push(entry),
                    None => refused.push((place, "the event is not JSON".into())),
                },
                FoundEvent::Unreadable(error) => {
                    tracing::error!(%error, companyId = %company_id, eventId = event_id, "an event can't be read");
                    refused.push((place, error.into_cause()));
                }
                FoundEvent::Missing => {
                    tracing::warn!(companyId = %company_id, eventId = event_id, "an event is gone, so it is not published");
                    missing += 1;
                }
            }
        }
        count_many(Metric::EventsMissing, missing);
        let put = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let from_bus = self.bus.put(entries, until).await;
        count_many(Metric::EventsPublished, put - u32::try_from(from_bus.len()).unwrap_or(put));
        refused.extend(from_bus);
        refused.sort_by_key(|(place, _)| *place);
        refused
    }
}

fn answer(batch: &Batch, failed: &[Refused]) -> Answer {
    let failures = failed.iter().map(|(place, _)| batch.records[*place].identifier.clone());
    // A message that names no event fails, so that SQS finally moves it to the queue of lost ones.
    let failures = failures.chain(batch.unnamed.iter().cloned());
    Answer {
        batch_item_failures: failures.map(|item_identifier| BatchItemFailure { item_identifier }).collect(),
    }
}
