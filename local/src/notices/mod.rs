//! What happens to audit events after they are written: the embedded engine's stream invokes `publish-events`, which puts
//! them on a stand-in for the event bus. The bus's rules put them into queues, and queues invoke functions.
//!
//! Rules and queues come from `template.yaml`, and the functions are the handlers that Lambda runs.

mod bus;
mod functions;
mod mapping;
mod queues;
mod server;
mod stream;
mod wiring;

use std::{path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use store::{Service, Settings, Table, random, system_time};
use tokio::task::JoinHandle;

use crate::{engine::hidden_listener, outbox::Outbox};

pub use bus::{Bus, Page};
pub use functions::{QUEUE_FUNCTIONS, QueueFunction};
pub use mapping::{Function, Invocation, StreamMapping, StreamSettings, pass_messages};
pub use queues::{Message, Queues};
pub use stream::{Checkpoint, Stream};
pub use wiring::{QueueDefinition, Rule, Wiring};

/// How often the stream is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often mails are sent that waited. On AWS, a schedule does it every 5 minutes.
const SEND_DUE_EVERY: Duration = Duration::from_mins(1);
/// The queue for records of the stream that failed too often.
const SKIPPED_RECORDS: &str = "SkippedRecords";
/// The mapping of the stream. Lambda's own limits are minutes and hours.
const STREAM_BATCH: usize = 100;
const STREAM_REPEATS: u32 = 10;
const STREAM_PAUSE: Duration = Duration::from_millis(500);

/// What the functions are made of.
pub struct Surroundings<'a> {
    /// The template, with rules and queues.
    pub template: &'a str,
    /// A service for the function with this name.
    pub service: &'a (dyn Fn(&'static str) -> Service + Sync),
    /// The settings for other services of the function with this name.
    pub settings: &'a (dyn Fn(&'static str) -> Settings + Sync),
    /// The stand-in for SES.
    pub outbox: Arc<Outbox>,
    /// The address of the dashboard.
    pub dashboard: &'a str,
}

/// The stand-ins for `EventBridge` and SQS, which listen at a hidden address.
#[derive(Debug)]
pub struct StandIns {
    /// The bus.
    pub bus: Bus,
    /// The queues.
    pub queues: Queues,
    /// Their address.
    pub endpoint: String,
    task: JoinHandle<()>,
}

impl StandIns {
    /// Starts them, with the rules and queues of the template.
    pub async fn start(template: &str) -> Result<Self, String> {
        let mut wiring = Wiring::read(template)?;
        for queue in QUEUE_FUNCTIONS.iter().map(|function| function.queue).chain([SKIPPED_RECORDS]) {
            wiring.queues.entry(queue.into()).or_default();
        }
        Self::with(wiring).await
    }

    /// Starts them, with these rules and queues.
    pub async fn with(wiring: Wiring) -> Result<Self, String> {
        let queues = Queues::new(&wiring.queues);
        let bus = Bus::new(wiring.rules, queues.clone());
        let listener =
            hidden_listener().await.map_err(|error| format!("no port is free on this machine: {error}"))?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(|error| error.to_string())?);
        let router = server::StandIns { bus: bus.clone(), queues: queues.clone() }.router();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the stand-ins for the event bus and the queues ended");
            }
        });
        Ok(Self { bus, queues, endpoint, task })
    }
}

impl Drop for StandIns {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Everything after the stream, running.
#[derive(Debug)]
pub struct Notices {
    stand_ins: StandIns,
    outbox: Arc<Outbox>,
    tasks: Vec<JoinHandle<()>>,
}

impl Notices {
    /// Starts it. `folder` keeps how far events are published.
    pub async fn start(
        surroundings: &Surroundings<'_>,
        stream: Stream,
        folder: Option<&Path>,
    ) -> Result<Self, String> {
        let stand_ins = StandIns::start(surroundings.template).await?;
        let mut mapping = StreamMapping {
            stream,
            checkpoint: Checkpoint::in_folder(folder),
            queues: stand_ins.queues.clone(),
            settings: StreamSettings {
                batch: STREAM_BATCH,
                repeats: STREAM_REPEATS,
                pause: STREAM_PAUSE,
                lost: Some(SKIPPED_RECORDS.into()),
            },
        };
        let publish = functions::separately(functions::publish_events(surroundings, &stand_ins));
        let mut tasks = vec![tokio::spawn(async move {
            loop {
                match mapping.pass_batch(&publish).await {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => tracing::error!(error, "the stream of audit events"),
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })];
        for QueueFunction { queue, make } in QUEUE_FUNCTIONS {
            let (queues, function) =
                (stand_ins.queues.clone(), functions::separately(make(surroundings, &stand_ins)));
            tasks.push(tokio::spawn(async move {
                loop {
                    if !pass_messages(&queues, queue, &function).await {
                        queues.wait(queue).await;
                    }
                }
            }));
        }
        let send_due = functions::separately(functions::send_mail(surroundings, &stand_ins));
        tasks.push(tokio::spawn(async move {
            loop {
                tokio::time::sleep(SEND_DUE_EVERY).await;
                let sent = send_due(json!({"due": true}), random::ulid(system_time())).await;
                if let Err(error) = sent {
                    tracing::error!(error, "the mails that are due");
                }
            }
        }));
        Ok(Self { stand_ins, outbox: surroundings.outbox.clone(), tasks })
    }

    /// The bus.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.stand_ins.bus
    }

    /// The outbox.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// `GET /local/events?after=NUMBER`: the events that the bus took after this number, and the number to go on with.
    #[must_use]
    pub fn events(&self, query: Option<&str>) -> Value {
        let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let after = pairs.find(|(name, _)| name == "after").and_then(|(_, number)| number.parse().ok());
        let Page { events, last } = self.bus().events_after(after.unwrap_or(0));
        json!({"events": events, "last": last})
    }

    /// Stops it. Invocations that run go on until they end.
    pub fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The stream of audit events in this engine.
#[must_use]
pub fn audit_events(engine: &crate::engine::Engine) -> Stream {
    Stream::of(engine.database(), Table::AuditEvents.logical_id())
}
