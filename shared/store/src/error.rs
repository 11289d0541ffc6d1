//! The failures of reads and writes.

use std::fmt;

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata, SdkError},
    operation::RequestId,
};
use thiserror::Error;

use crate::retry::Contended;

/// A read or write without a response. It is logged, so it contains nothing from outside: see [`Cause`].
#[derive(Debug, Error)]
pub enum TableError {
    /// `DynamoDB` was busy or unreachable. The same request may succeed later.
    #[error("DynamoDB is unavailable: {0}")]
    Unavailable(Cause),
    /// A stored item is invalid.
    #[error("a stored item is invalid: {0}")]
    Corrupt(&'static str),
    /// Our own error, for example a missing right of the role or an expression that `DynamoDB` refuses.
    #[error("DynamoDB refused the request: {0}")]
    Internal(Cause),
}

/// The cause of a failure: our own words, or an error code of `DynamoDB` with its request ID. It never contains a
/// message of `DynamoDB`, of the SDK or of the connection, because such messages repeat requests, with digests and
/// addresses in them.
#[derive(Clone, Debug)]
pub struct Cause(Reason);

#[derive(Clone, Debug)]
enum Reason {
    Own(&'static str),
    Code { code: String, request_id: String },
}

impl Cause {
    /// The code and the request ID, each only if it has the right form. So a server that answers instead of `DynamoDB`
    /// can't put anything else into the log.
    fn answered(code: Option<&str>, request_id: Option<&str>) -> Self {
        let code = code.filter(|code| is_short(code, 60) && code.bytes().all(|b| b.is_ascii_alphabetic()));
        let is_id = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'a'..=b'f' | b'-');
        let request_id = request_id.filter(|id| is_short(id, 52) && id.bytes().all(is_id));
        Self(Reason::Code {
            code: code.unwrap_or("no code").into(),
            request_id: request_id.unwrap_or("unknown").into(),
        })
    }

    /// The cause of a failed call to this or another AWS service.
    #[must_use]
    pub fn of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Self {
        match error {
            SdkError::ServiceError(context) => {
                Self::answered(context.err().code(), context.err().meta().request_id())
            }
            SdkError::TimeoutError(_) => "the call timed out".into(),
            SdkError::DispatchFailure(failure) => match () {
                () if failure.is_timeout() => "no connection: timeout",
                () if failure.is_io() => "no connection: input or output",
                () if failure.is_user() => "no connection: the request could not be sent",
                () => "no connection: another failure",
            }
            .into(),
            SdkError::ResponseError(_) => "the response could not be read".into(),
            SdkError::ConstructionFailure(_) => "the request could not be made".into(),
            _ => "another SDK failure".into(),
        }
    }

    /// The cause of a part of a call that failed: the code that the service gave for it.
    #[must_use]
    pub fn coded(code: Option<&str>) -> Self {
        Self::answered(code, None)
    }
}

fn is_short(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Own(words) => f.write_str(words),
            Reason::Code { code, request_id } => write!(f, "{code} (request {request_id})"),
        }
    }
}

impl From<&'static str> for Cause {
    fn from(words: &'static str) -> Self {
        Self(Reason::Own(words))
    }
}

impl TableError {
    /// The cause alone, for a failure that is not about a request.
    #[must_use]
    pub fn into_cause(self) -> Cause {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => cause,
            Self::Corrupt(attribute) => attribute.into(),
        }
    }
}

impl From<Contended> for TableError {
    fn from(_: Contended) -> Self {
        Self::Unavailable("a transaction held an item until the deadline".into())
    }
}

impl From<BuildError> for TableError {
    fn from(_: BuildError) -> Self {
        Self::Internal("a request that could not be built".into())
    }
}

/// The codes with which `DynamoDB` asks to try again
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
    E: ProvideErrorMetadata,
{
    fn from(error: SdkError<E>) -> Self {
        let cause = Cause::of(&error);
        let transient = match &error {
            SdkError::ServiceError(context) => {
                let code = context.err().code();
                context.raw().status().as_u16() >= 500 || code.is_some_and(|code| TRANSIENT.contains(&code))
            }
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
            _ => false,
        };
        if transient { Self::Unavailable(cause) } else { Self::Internal(cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_contains_only_codes_and_request_ids() {
        let id = "4KBNVRGD25RG1KEO9UT4V3FQDJVV4KQNSO5AEMVJF66Q9ASUAAJG";
        let cause = Cause::answered(Some("ValidationException"), Some(id));
        assert_eq!(cause.to_string(), format!("ValidationException (request {id})"));
        for bad in ["", "a member-1@acme.example", &"ab12".repeat(16), "Ada Lovelace"] {
            assert_eq!(Cause::answered(Some(bad), Some(bad)).to_string(), "no code (request unknown)");
        }
    }
}
