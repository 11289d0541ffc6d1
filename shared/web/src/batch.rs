//! What a function answers that gets records of a stream or messages of a queue in batches.

use serde::Serialize;

/// What Lambda does with the records of an invocation: it repeats these. Of a stream, it repeats everything from the first of
/// these on (<https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The records that failed.
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// A record that failed.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemFailure {
    /// The sequence number of a stream's record, or the identifier of a queue's message.
    pub item_identifier: String,
}
