//! Once a day, looks at every active key of every company, and writes what its administrators should know into the audit log:
//! that a key expires soon or has expired, that nobody uses it, or that nobody uses the new secret of its rotation. A schedule
//! invokes it. It has no HTTP route.
//!
//! Promises:
//! - Everything is told once ([`domain::watch`] says what). The event and the mark that it was told are one transaction, which
//!   also requires that the key is as it was read. So nothing is told that didn't happen, and two runs at once tell nothing
//!   twice.
//! - It needs the memory of one page of companies, no matter how many companies there are.
//! - A run that is broken off is continued by the next invocation of the day, after the last page that was finished. If
//!   nothing is left, an invocation makes one read.
//! - A company or a key that can't be read stops nothing else. It is logged and counted. If `DynamoDB` was the reason, the next
//!   invocation of the day tries again.
//!
//! The event `{"again": true}` begins a new run, even if the one of the day is done.

mod company;
mod run;
mod telling;

use std::{fmt::Display, time::Duration};

use domain::day::Day;
use lambda_runtime::Diagnostic;
use serde::Serialize;
use serde_json::Value;
use store::{Service, TableError};
use thiserror::Error;
use tokio::time::Instant;
use tracing::{Span, field::Empty};
use web::telemetry::{self, INVOCATION, logged};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "key-watch";

/// How long a run may take: half a minute less than the function's own limit in `template.yaml`.
pub const RUN_TIME: Duration = Duration::from_secs(14 * 60 + 30);

/// What a run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The day whose run this is.
    pub day: Day,
    /// Whether every key has been looked at on this day. If not, the next invocation continues.
    pub complete: bool,
    /// The number of companies whose keys this run looked at.
    pub companies: u32,
    /// The number of these keys.
    pub keys: u32,
    /// The number of events that it wrote.
    pub told: u32,
    /// The number of keys at which it could not look.
    pub keys_not_watched: u32,
}

/// The companies could not be read, or the progress not saved. It becomes the function's error.
#[derive(Debug, Error)]
#[error("unavailable: not all keys could be looked at. The next invocation continues.")]
pub struct Failed(#[from] TableError);

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Self { error_type: "unavailable".into(), error_message: failed.to_string() }
    }
}

/// Looks at all keys at which nobody has looked today, and logs the outcome. `request_id` identifies the invocation.
pub async fn handle(service: &Service, event: &Value, request_id: &str) -> Result<Report, Failed> {
    handle_within(service, event, request_id, RUN_TIME).await
}

/// The same, within this time. What is left is done by the next invocation.
pub async fn handle_within(
    service: &Service,
    event: &Value,
    request_id: &str,
    time: Duration,
) -> Result<Report, Failed> {
    let span = tracing::info_span!(
        target: INVOCATION,
        "request",
        function = NAME,
        requestId = request_id,
        companies = Empty,
        keys = Empty,
        told = Empty
    );
    let begins_anew = event["again"] == true;
    let deadline = Instant::now() + time;
    let work = async {
        let report = run::run(service, begins_anew, request_id, deadline).await?;
        Span::current().record("companies", report.companies);
        Span::current().record("keys", report.keys);
        Span::current().record("told", report.told);
        Ok(report)
    };
    logged(span, Box::pin(work), outcome).await
}

fn outcome(result: &Result<Report, Failed>) -> telemetry::Outcome<'_> {
    let name = match result {
        Ok(Report { complete: true, .. }) => "ok",
        Ok(_) => "incomplete",
        Err(_) => "unavailable",
    };
    let error = result.as_ref().err().map(|Failed(cause)| cause as &dyn Display);
    telemetry::Outcome { name, status: None, error }
}
