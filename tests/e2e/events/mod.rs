//! Audit events on their way to the event bus: from the stream of `AuditEvents` through `publish-events`, which reaches
//! stand-ins for `EventBridge` and SQS through the real SDKs.

mod changes;
mod crashes;
mod failing;
mod mapped;
mod published;
mod recount;
mod restarted;
mod time_limit;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use harness::{Between, Observer, World};
use local::{
    engine::Engine,
    notices::{
        Checkpoint, Function, QueueDefinition, Queues, StandIns, StreamMapping, StreamSettings, Wiring,
    },
};
use publish_events::{Places, Publisher};
use serde_json::{Value, json};
use store::{Service, Settings, Tables};

const REFUSED: &str = "RefusedEvents";
const LOST: &str = "LostEvents";
/// The function with the stream as its source, and the same one with the queue. They sign with these names.
const FROM_STREAM: &str = "publish-events";
const FROM_QUEUE: &str = "publish-events-queue";

/// A stack, and stand-ins behind a server that makes them fail.
struct Lab {
    world: World,
    stand_ins: StandIns,
    services: Between,
    /// The address of the tables for the publishers: that of the observer. The stack itself uses the engine.
    tables: String,
}

impl Lab {
    async fn start() -> Self {
        // A message that fails is visible again at once.
        Self::with(Duration::ZERO, 5).await
    }

    /// With a queue of refused events that hides a received message for this time, and loses it after this many receives.
    async fn with(visibility: Duration, most_receives: u32) -> Self {
        let engine = Engine::start(([127, 0, 0, 1], 0).into(), None).await.expect("an engine");
        let direct = engine.url.clone();
        let mut observer = Observer::before(engine).await;
        let tables = std::mem::replace(&mut observer.url, direct);
        let world = World::with(observer).await;
        let refused = QueueDefinition { visibility, lost_after: Some((most_receives, LOST.into())) };
        let queues = BTreeMap::from([(REFUSED.into(), refused), (LOST.into(), QueueDefinition::default())]);
        let stand_ins = StandIns::with(Wiring { rules: Vec::new(), queues }).await.expect("stand-ins");
        let services = Between::before(&stand_ins.endpoint).await;
        Self { world, stand_ins, services, tables }
    }

    fn queues(&self) -> &Queues {
        &self.stand_ins.queues
    }

    /// An instance of the function, which signs with this name.
    fn publisher(&self, name: &str) -> Publisher {
        let settings = Settings::for_endpoint(&self.tables, name);
        let service = Service::new(Tables::new(settings.clone()), self.world.clock.clone());
        let places = Places {
            bus: "company-api-keys".into(),
            queue: Queues::url(&self.services.url, REFUSED),
            bus_endpoint: Some(self.services.url.clone()),
            queue_endpoint: Some(self.services.url.clone()),
        };
        Publisher::new(service, &settings, places)
    }

    /// The same, as a mapping invokes it.
    fn function(&self, name: &str) -> Function {
        let publisher = self.publisher(name);
        Arc::new(move |event, request_id| {
            let publisher = publisher.clone();
            Box::pin(async move {
                let answer = publish_events::handle(&publisher, event, &request_id).await;
                Ok(serde_json::to_value(answer.map_err(|error| error.to_string())?).expect("plain data"))
            })
        })
    }

    fn mapping(&self, checkpoint: Checkpoint, batch: usize) -> StreamMapping {
        StreamMapping {
            stream: self.world.dynamodb.audit_stream(),
            checkpoint,
            queues: self.queues().clone(),
            settings: StreamSettings {
                batch,
                repeats: 3,
                pause: Duration::from_millis(1),
                lost: Some(LOST.into()),
            },
        }
    }

    /// Invokes the function once with this event. Returns the identifiers of the records that failed.
    async fn invoke(&self, event: Value) -> Vec<String> {
        let function = self.function(FROM_STREAM);
        let answer = function(event, "test-request".into()).await.expect("understood");
        let failures = answer["batchItemFailures"].as_array().expect("failures");
        let identifier = |failure: &Value| failure["itemIdentifier"].as_str().expect("a text").to_owned();
        failures.iter().map(identifier).collect()
    }

    /// All changes of the table of events until now.
    async fn changes(&self) -> Vec<Value> {
        self.world.dynamodb.audit_stream().records(None, 1_000).await.expect("records")
    }

    /// The stream's event with the last changes.
    async fn last_changes(&self, count: usize) -> Value {
        let changes = self.changes().await;
        json!({"Records": changes[changes.len() - count..]})
    }

    /// The names of the events in the queue, in the order of their identifiers.
    fn queued(&self) -> Vec<Value> {
        let bodies = self.queues().bodies(REFUSED);
        let mut names: Vec<Value> =
            bodies.iter().map(|body| serde_json::from_str(body).expect("JSON")).collect();
        names.sort_by_key(|name| name["eventId"].to_string());
        names
    }

    /// The identifiers of the published events, in order, without repeats.
    fn published_ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.services.published().iter().map(|event| text(&event["id"])).collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The names of the events that a stream's event adds.
fn names(event: &Value) -> Vec<Value> {
    let records = event["Records"].as_array().expect("records");
    let keys = records.iter().map(|record| &record["dynamodb"]["Keys"]);
    keys.map(|keys| json!({"companyId": keys["companyId"]["S"], "eventId": keys["eventId"]["S"]})).collect()
}

/// The identifiers of the events that a stream's event adds.
fn ids(event: &Value) -> Vec<String> {
    names(event).iter().map(|name| text(&name["eventId"])).collect()
}

/// The sequence numbers of a stream's event.
fn numbers(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().expect("records");
    records.iter().map(|record| text(&record["dynamodb"]["SequenceNumber"])).collect()
}
