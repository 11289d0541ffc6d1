//! What can go wrong below an operation.

use std::fmt;

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};

use crate::Source;

/// A read or write that gave no answer.
#[derive(Debug)]
pub enum TableError {
    /// `DynamoDB` was busy or out of reach; the same request may succeed later.
    Unavailable(Source),
    /// A stored item lacks what it must have.
    Corrupt(&'static str),
    /// Our own mistake: a right that the role lacks, an expression that `DynamoDB` refuses.
    Internal(Source),
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(source) => write!(f, "DynamoDB is unavailable: {source}"),
            Self::Corrupt(what) => write!(f, "a stored item is not as it should be: {what}"),
            Self::Internal(source) => write!(f, "DynamoDB refused the request: {source}"),
        }
    }
}

impl std::error::Error for TableError {}

impl From<BuildError> for TableError {
    fn from(error: BuildError) -> Self {
        Self::Internal(error.into())
    }
}

/// Codes with which `DynamoDB` asks to try again
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>).
const TRANSIENT: [&str; 6] = [
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
];

impl<E> From<SdkError<E>> for TableError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    /// Keeps code, message and request ID; a service message names attributes at most, never values.
    fn from(error: SdkError<E>) -> Self {
        match error {
            SdkError::ServiceError(context) => {
                let status = context.raw().status().as_u16();
                let (code, message) = (context.err().code(), context.err().message());
                let request_id = context.err().meta().request_id().map(str::to_owned);
                let text = format!(
                    "{}: {} (request {})",
                    code.unwrap_or("no code"),
                    message.unwrap_or("no message"),
                    request_id.as_deref().unwrap_or("unknown")
                );
                let transient = status >= 500 || code.is_some_and(|code| TRANSIENT.contains(&code));
                if transient { Self::Unavailable(text.into()) } else { Self::Internal(text.into()) }
            }
            SdkError::TimeoutError(_) => Self::Unavailable("the call timed out".into()),
            SdkError::DispatchFailure(failure) => {
                let text = failure.as_connector_error().map_or_else(String::new, |error| describe(error));
                Self::Unavailable(format!("no connection: {text}").into())
            }
            SdkError::ResponseError(_) => Self::Unavailable("the response could not be read".into()),
            other => Self::Internal(describe(&other).into()),
        }
    }
}

fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
