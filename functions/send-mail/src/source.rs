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
        let (mut messages, records) = (Vec::new(), event["Records"].as_array()?);
        for record in records {
            let message: SqsMessage = serde_json::from_value(record.clone()).unwrap_or_default();
            let body = message.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
            // Without an identifier it can't be repeated alone. The others go on.
            let Some(identifier) = message.message_id else { continue };
            messages.push((identifier, body.map_or(Err(NotUnderstood), |body: Value| Message::read(&body))));
        }
        (!messages.is_empty() || records.is_empty()).then_some(Self::Messages(messages))
    }
}
