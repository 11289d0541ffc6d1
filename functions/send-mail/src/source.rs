//! Reads what invoked the function: the queue, or the schedule.

use aws_lambda_events::sqs::SqsMessage;
use serde_json::Value;

use crate::news::{Message, NotUnderstood};

/// What invoked the function.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// The schedule, `{"due": true}`.
    Due,
    /// Messages of the queue, each with its identifier.
    Messages(Vec<(String, Result<Option<Message>, NotUnderstood>)>),
}

impl Invocation {
    pub(crate) fn read(event: &Value) -> Option<Self> {
        if event["due"] == true {
            return Some(Self::Due);
        }
        let mut messages = Vec::new();
        for record in event["Records"].as_array()? {
            let message: SqsMessage = serde_json::from_value(record.clone()).ok()?;
            let body: Value = serde_json::from_str(message.body.as_deref()?).unwrap_or_default();
            messages.push((message.message_id?, Message::read(&body)));
        }
        Some(Self::Messages(messages))
    }
}
