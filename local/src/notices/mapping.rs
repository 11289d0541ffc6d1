//! A stand-in for Lambda's event source mappings: it passes records of a stream and messages of a queue on to functions,
//! and repeats what they report as failed.
//!
//! Of a stream, everything from the first failed record on is repeated. A batch whose invocation fails is halved until the
//! record is alone that makes it fail. A record that fails too often goes to the queue of lost ones
//! (<https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>).

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use serde_json::{Value, json};
use store::{random, system_time};

use super::{
    queues::{Message, Queues},
    stream::{Checkpoint, Stream, sequence_number},
};

/// A function's future response.
pub type Invocation = Pin<Box<dyn Future<Output = Result<Value, String>> + Send>>;
/// A function that gets an event and the invocation's identifier.
pub type Function = Arc<dyn Fn(Value, String) -> Invocation + Send + Sync>;

/// How a mapping of a stream works.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// The most records of an invocation.
    pub batch: usize,
    /// How often a record is repeated.
    pub repeats: u32,
    /// How long the first repeat waits. Each further one waits twice as long, up to 30 s.
    pub pause: Duration,
    /// The queue of lost records.
    pub lost: Option<String>,
}

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The mapping of a stream to a function.
pub struct StreamMapping {
    /// The stream.
    pub stream: Stream,
    /// How far the function has got.
    pub checkpoint: Checkpoint,
    /// The queues, of which one gets what is lost.
    pub queues: Queues,
    /// How it works.
    pub settings: StreamSettings,
}

/// Consecutive records, and how often they failed.
struct Part {
    records: Vec<Value>,
    failures: u32,
}

impl StreamMapping {
    /// Passes the next batch on, and repeats it until each of its records was taken or lost. Returns whether there was one.
    pub async fn pass_batch(&mut self, function: &Function) -> Result<bool, String> {
        let read = self.stream.records(self.checkpoint.read(), self.settings.batch).await?;
        let Some(last) = read.last().map(|record| sequence_number(record).to_owned()) else {
            return Ok(false);
        };
        // The mapping's filter in the template.
        let inserted: Vec<_> = read.into_iter().filter(|record| record["eventName"] == "INSERT").collect();
        let mut parts = vec![Part { records: inserted, failures: 0 }];
        while let Some(part) = parts.pop() {
            if !part.records.is_empty() {
                self.pass_part(part, &mut parts, function).await?;
            }
        }
        self.note(&last)?;
        Ok(true)
    }

    /// Passes one part on. Adds what is to be repeated to the parts, of which the last comes next.
    async fn pass_part(
        &mut self,
        part: Part,
        parts: &mut Vec<Part>,
        function: &Function,
    ) -> Result<(), String> {
        let Part { mut records, failures } = part;
        let event = json!({"Records": records});
        let answer = function(event, random::ulid(system_time())).await;
        let failed_at = answer.as_ref().map(|answer| first_failure(answer, &records));
        match failed_at {
            Ok(None) => {
                return match records.last() {
                    Some(last) => self.note(sequence_number(last)),
                    None => Ok(()),
                };
            }
            Ok(Some(place)) if place > 0 => {
                self.note(sequence_number(&records[place - 1]))?;
                // What is left has not been tried alone.
                parts.push(Part { records: records.split_off(place), failures: failures.min(1) });
            }
            Err(_) if records.len() > 1 => {
                let second = records.split_off(records.len() / 2);
                parts.push(Part { records: second, failures });
                parts.push(Part { records, failures });
            }
            _ if failures >= self.settings.repeats => {
                let rest = records.split_off(1);
                self.lose(&records[0])?;
                parts.push(Part { records: rest, failures: 0 });
                return Ok(());
            }
            _ => parts.push(Part { records, failures: failures + 1 }),
        }
        let pause = self.settings.pause.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
        tokio::time::sleep(pause).await;
        Ok(())
    }

    fn note(&mut self, number: &str) -> Result<(), String> {
        self.checkpoint
            .write(number)
            .map_err(|error| format!("how far events are published can't be kept: {error}"))
    }

    /// Puts the place of a record in the stream into the queue of lost ones, as Lambda does.
    fn lose(&mut self, record: &Value) -> Result<(), String> {
        let number = sequence_number(record);
        tracing::error!(number, "a record of the stream failed too often");
        if let Some(lost) = &self.settings.lost {
            let batch = json!({"startSequenceNumber": number, "endSequenceNumber": number, "batchSize": 1});
            let sent = self.queues.send(lost, json!({"DDBStreamBatchInfo": batch}).to_string());
            if sent.is_none() {
                tracing::error!(lost, "the queue for lost records is full or doesn't exist");
            }
        }
        self.note(number)
    }
}

/// The place of the first record that failed, by an answer of a function. All failed if the answer can't be read, or names
/// something else.
fn first_failure(answer: &Value, records: &[Value]) -> Option<usize> {
    let failures = match &answer["batchItemFailures"] {
        Value::Null => return None,
        Value::Array(failures) => failures,
        _ => return Some(0),
    };
    let places = failures.iter().map(|failure| {
        let identifier = failure["itemIdentifier"].as_str().filter(|identifier| !identifier.is_empty());
        records.iter().position(|record| Some(sequence_number(record)) == identifier).unwrap_or(0)
    });
    places.min()
}

/// Passes the messages of a queue on to a function that are there now. Deletes those that it took. Returns whether there
/// was any.
pub async fn pass_messages(queues: &Queues, queue: &str, function: &Function) -> bool {
    let messages = queues.receive(queue);
    if messages.is_empty() {
        return false;
    }
    let records: Vec<_> = messages.iter().map(|message| sqs_record(queue, message)).collect();
    let answer = function(json!({"Records": records}), random::ulid(system_time())).await;
    let Ok(answer) = answer else { return true };
    let failures = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known =
        |failure: &Value| messages.iter().any(|message| failure["itemIdentifier"] == message.id.as_str());
    if !failures.iter().all(known) {
        return true;
    }
    for message in &messages {
        if !failures.iter().any(|failure| failure["itemIdentifier"] == message.id.as_str()) {
            queues.delete(queue, &message.id);
        }
    }
    true
}

fn sqs_record(queue: &str, message: &Message) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": message.id,
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": message.receives.to_string()},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:000000000000:{queue}"),
        "awsRegion": "us-east-1",
    })
}
