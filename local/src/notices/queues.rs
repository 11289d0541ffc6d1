//! A stand-in for SQS: queues in memory, which repeat a message that isn't deleted and finally move it to another queue.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use store::{random, system_time};
use tokio::{sync::Notify, time::Instant};

use super::{server::Fault, wiring::QueueDefinition};

/// The account and the region in the addresses of queues.
const PLACE: &str = "000000000000";
/// The most messages of a `SendMessageBatch`, and the most that are received at once.
pub(crate) const MOST_AT_ONCE: usize = 10;
/// The most bytes of a message, and of a `SendMessageBatch`
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
const MOST_BYTES: usize = 1024 * 1024;
/// The most messages that a queue keeps here. SQS has no such limit.
const MOST_KEPT: usize = 10_000;

/// The queues. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queues {
    queues: Arc<Mutex<BTreeMap<String, Queue>>>,
    arrived: Arc<Notify>,
}

#[derive(Debug)]
struct Queue {
    definition: QueueDefinition,
    messages: VecDeque<Kept>,
}

#[derive(Debug)]
struct Kept {
    id: String,
    body: String,
    receives: u32,
    visible_at: Instant,
}

/// A message that was received and is hidden for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its identifier.
    pub id: String,
    /// Its text.
    pub body: String,
    /// How often it was received, with this time.
    pub receives: u32,
}

impl Queues {
    /// Empty queues.
    #[must_use]
    pub fn new(definitions: &BTreeMap<String, QueueDefinition>) -> Self {
        let queues = definitions.iter().map(|(name, definition)| {
            (name.clone(), Queue { definition: definition.clone(), messages: VecDeque::new() })
        });
        Self { queues: Arc::new(Mutex::new(queues.collect())), arrived: Arc::default() }
    }

    /// The URL by which a function names a queue.
    #[must_use]
    pub fn url(endpoint: &str, name: &str) -> String {
        format!("{endpoint}/{PLACE}/{name}")
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message. `None` if there is no such queue or it is full.
    #[must_use]
    pub fn send(&self, name: &str, body: String) -> Option<String> {
        let mut queues = self.lock();
        let queue = queues.get_mut(name).filter(|queue| queue.messages.len() < MOST_KEPT)?;
        let id = random::ulid(system_time());
        queue.messages.push_back(Kept { id: id.clone(), body, receives: 0, visible_at: Instant::now() });
        drop(queues);
        self.arrived.notify_waiters();
        Some(id)
    }

    /// Receives up to ten messages, which are hidden then. A message that was received too often goes to the queue of lost ones
    /// instead.
    #[must_use]
    pub fn receive(&self, name: &str) -> Vec<Message> {
        let now = Instant::now();
        let mut queues = self.lock();
        let Some(queue) = queues.get_mut(name) else { return Vec::new() };
        let visible = |kept: &Kept| kept.visible_at <= now;
        let mut lost = Vec::new();
        if let Some((most, dead)) = queue.definition.lost_after.clone() {
            let is_lost = |kept: &Kept| visible(kept) && kept.receives >= most;
            while let Some(place) = queue.messages.iter().position(is_lost) {
                lost.extend(queue.messages.remove(place).map(|kept| (dead.clone(), kept)));
            }
        }
        let hidden_until = now + queue.definition.visibility;
        let received =
            queue.messages.iter_mut().filter(|kept| visible(kept)).take(MOST_AT_ONCE).map(|kept| {
                kept.visible_at = hidden_until;
                kept.receives += 1;
                Message { id: kept.id.clone(), body: kept.body.clone(), receives: kept.receives }
            });
        let received = received.collect();
        for (dead, kept) in lost {
            if let Some(queue) = queues.get_mut(&dead) {
                queue.messages.push_back(Kept { receives: 0, visible_at: now, ..kept });
            }
        }
        received
    }

    /// Waits until `receive` may return something.
    pub async fn wait(&self, name: &str) {
        loop {
            let arrived = self.arrived.notified();
            let next = {
                let queues = self.lock();
                queues.get(name).and_then(|queue| queue.messages.iter().map(|kept| kept.visible_at).min())
            };
            match next {
                Some(visible_at) if visible_at <= Instant::now() => return,
                Some(visible_at) => {
                    let _ = tokio::time::timeout_at(visible_at, arrived).await;
                }
                // A message that arrives between the look and the wait is seen a second later at most.
                None => drop(tokio::time::timeout(Duration::from_secs(1), arrived).await),
            }
        }
    }

    /// Deletes a message.
    pub fn delete(&self, name: &str, id: &str) {
        if let Some(queue) = self.lock().get_mut(name) {
            queue.messages.retain(|kept| kept.id != id);
        }
    }

    /// The texts of all messages in a queue, hidden ones too.
    #[must_use]
    pub fn bodies(&self, name: &str) -> Vec<String> {
        let queues = self.lock();
        queues.get(name).into_iter().flat_map(|queue| &queue.messages).map(|kept| kept.body.clone()).collect()
    }

    /// Answers `SendMessage`. The response lacks the digest that SQS adds: the SDK doesn't check it.
    pub(crate) fn send_message(&self, request: &Value) -> Result<Value, Fault> {
        let (name, body) = (self.known(request)?, request["MessageBody"].as_str().unwrap_or_default());
        if body.is_empty() || body.len() > MOST_BYTES {
            return Err(Fault::new("InvalidParameterValue", "A message has 1 byte to 1 MiB"));
        }
        let id = self.send(&name, body.to_owned()).ok_or(FULL)?;
        Ok(json!({"MessageId": id, "MD5OfMessageBody": ""}))
    }

    /// Answers `SendMessageBatch`.
    pub(crate) fn send_message_batch(&self, request: &Value) -> Result<Value, Fault> {
        let name = self.known(request)?;
        let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fault = |code, message| Err(Fault::new(code, message));
        let text = |entry: &Value, member: &str| entry[member].as_str().unwrap_or_default().to_owned();
        let mut ids: Vec<_> = entries.iter().map(|entry| text(entry, "Id")).collect();
        ids.sort_unstable();
        ids.dedup();
        match entries.len() {
            0 => return fault("EmptyBatchRequest", "The batch is empty"),
            1..=MOST_AT_ONCE => {}
            _ => return fault("TooManyEntriesInBatchRequest", "The batch has more than 10 messages"),
        }
        if ids.len() < entries.len() {
            return fault("BatchEntryIdsNotDistinct", "Two messages have the same Id");
        }
        if entries.iter().map(|entry| text(entry, "MessageBody").len()).sum::<usize>() > MOST_BYTES {
            return fault("BatchRequestTooLong", "The batch has more than 1 MiB");
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let (id, body) = (text(entry, "Id"), text(entry, "MessageBody"));
            match Some(body).filter(|body| !body.is_empty()).and_then(|body| self.send(&name, body)) {
                Some(message) => {
                    successful.push(json!({"Id": id, "MessageId": message, "MD5OfMessageBody": ""}));
                }
                None => failed.push(json!({"Id": id, "Code": "InternalError", "SenderFault": false})),
            }
        }
        Ok(json!({"Successful": successful, "Failed": failed}))
    }

    fn known(&self, request: &Value) -> Result<String, Fault> {
        let url = request["QueueUrl"].as_str().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default();
        let unknown = Fault::new("QueueDoesNotExist", "The specified queue does not exist");
        if self.lock().contains_key(name) { Ok(name.to_owned()) } else { Err(unknown) }
    }
}

const FULL: Fault = Fault::new("OverLimit", "This stand-in keeps 10,000 messages of a queue");
