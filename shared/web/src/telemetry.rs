//! Logs of a function on Lambda: JSON lines, one for each request. No line ever contains a key, a token, a digest or a
//! path.

use std::{
    env,
    fmt::Display,
    future::Future,
    io,
    panic::{self, PanicHookInfo},
};

use store::metrics;
use tracing::{Instrument, Span, Subscriber};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::lines::Lines;

pub use crate::lines::{INVOCATION, REQUEST};

/// Prefixes of the names of crates that log requests, responses or messages from outside. Only their errors are logged,
/// whatever `RUST_LOG` says.
const QUIET: [&str; 8] = ["aws", "h2", "hyper", "lambda_", "reqwest", "rustls", "tokio", "tower"];

/// Lines that are never logged, whatever `RUST_LOG` says, because they could repeat input from outside.
#[must_use]
pub fn limits() -> Targets {
    let quiet = QUIET.map(|prefix| (prefix, LevelFilter::ERROR));
    // It logs the panic's message. `note_panic` logs only the location.
    let panics = ("lambda_runtime::layers::panic", LevelFilter::OFF);
    Targets::new().with_default(LevelFilter::TRACE).with_targets(quiet).with_targets([panics])
}

/// The log of a function, as JSON lines. `levels` is the value of `RUST_LOG`, for example `warn,web=debug`. Whatever it
/// says, the line of a request is written, because it contains the metrics.
pub fn subscriber<W>(levels: Option<&str>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // `EnvFilter` would add a regular-expression engine for filters by fields, which nobody uses here.
    let levels = levels.and_then(|levels| levels.parse().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let levels = levels.with_targets([REQUEST, INVOCATION].map(|target| (target, LevelFilter::INFO)));
    tracing_subscriber::registry().with(Lines::new(writer)).with(levels).with(limits())
}

/// The outcome of a request, for its log line.
pub struct Outcome<'a> {
    /// Its name: `ok`, or that of the problem.
    pub name: &'a str,
    /// The HTTP status. `None` for an invocation without a route.
    pub status: Option<u16>,
    /// The cause, if the request failed for a reason of ours.
    pub error: Option<&'a dyn Display>,
}

/// Carries out a request, and logs it in one line with everything that it counted. The line has the fields of the span,
/// whose target must be [`REQUEST`] or [`INVOCATION`].
pub async fn logged<T>(
    span: Span,
    request: impl Future<Output = T>,
    outcome: impl FnOnce(&T) -> Outcome<'_>,
) -> T {
    metrics::counting(async {
        let result = request.await;
        let Outcome { name, status, error } = outcome(&result);
        let metrics = metrics::embedded();
        match (status, error) {
            (Some(status), None) => {
                tracing::info!(target: REQUEST, status, outcome = name, metrics, "answered");
            }
            (Some(status), Some(error)) => {
                tracing::error!(target: REQUEST, status, outcome = name, %error, metrics, "answered");
            }
            (None, None) => tracing::info!(target: INVOCATION, outcome = name, metrics, "answered"),
            (None, Some(error)) => {
                tracing::error!(target: INVOCATION, outcome = name, %error, metrics, "answered");
            }
        }
        result
    })
    .instrument(span)
    .await
}

/// Logs the location of a panic, but not its message, which may repeat input from outside.
pub fn note_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
    tracing::error!(place, "panicked");
}

/// Starts the logs and metrics of this function on Lambda. The metrics' namespace is `METRICS_NAMESPACE`, by default
/// `CompanyApiKeys`. `RUST_LOG` chooses the levels, by default `info`. A release build has no finer level. [`limits`]
/// always apply.
pub fn init() {
    let levels = env::var("RUST_LOG").ok();
    // A second call, in a test, keeps the first.
    let _ = subscriber(levels.as_deref(), io::stdout).try_init();
    panic::set_hook(Box::new(note_panic));
    let namespace = env::var("METRICS_NAMESPACE").unwrap_or_else(|_| "CompanyApiKeys".into());
    metrics::publish(&namespace);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lines::tests::written;

    #[test]
    fn no_level_leaves_out_the_line_of_a_request() {
        let off = |writer| subscriber(Some("off"), writer);
        let lines = written(off, || {
            let span = tracing::info_span!(target: INVOCATION, "request", companyId = "acme");
            let _entered = span.enter();
            tracing::error!(target: "web::test", "left out");
            tracing::info!(target: INVOCATION, outcome = "ok", "answered");
        });
        assert_eq!(lines, [json!({"level": "INFO", "companyId": "acme", "outcome": "ok"})]);
    }
}
