//! Logs and metrics of a function on Lambda.
//!
//! Logs are JSON lines. Metrics are lines too, in `CloudWatch`'s embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>):
//! no call is made for them. Neither ever holds a key, a token, a digest or a path.

use std::{
    env,
    io::{self, Write},
    panic::{self, PanicHookInfo},
    sync::OnceLock,
};

use domain::time::Timestamp;
use serde_json::{Value, json};
use tracing::Subscriber;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::clock::Clock;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// API keys created.
    KeysCreated,
    /// API keys revoked.
    KeysRevoked,
    /// Requests authenticated by an API key.
    KeysVerified,
    /// Requests whose API key was refused, by reason.
    KeysRefused,
    /// Accounts suspended.
    AccountsSuspended,
    /// Accounts unsuspended.
    AccountsUnsuspended,
}

impl Metric {
    /// Everything that is counted.
    pub const ALL: [Self; 6] = [
        Self::KeysCreated,
        Self::KeysRevoked,
        Self::KeysVerified,
        Self::KeysRefused,
        Self::AccountsSuspended,
        Self::AccountsUnsuspended,
    ];

    /// The metric's name in the stack's namespace.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeysCreated => "KeysCreated",
            Self::KeysRevoked => "KeysRevoked",
            Self::KeysVerified => "KeysVerified",
            Self::KeysRefused => "KeysRefused",
            Self::AccountsSuspended => "AccountsSuspended",
            Self::AccountsUnsuspended => "AccountsUnsuspended",
        }
    }
}

/// Who counts: a function on Lambda.
struct Counter {
    function: &'static str,
    /// Each stack has its own, so that its alarms hear nothing of another's.
    namespace: String,
}

static COUNTER: OnceLock<Counter> = OnceLock::new();

/// Crates that log requests, responses or messages from outside, by the beginnings of their names: their errors alone are
/// logged, whatever `RUST_LOG` says.
const QUIET: [&str; 8] = ["aws", "h2", "hyper", "lambda_", "reqwest", "rustls", "tokio", "tower"];

/// What is never logged, whatever `RUST_LOG` says, so that no line repeats what came from outside.
#[must_use]
pub fn limits() -> Targets {
    let quiet = QUIET.map(|prefix| (prefix, LevelFilter::ERROR));
    // It logs the panic's message; `note_panic` logs where the panic was.
    let panics = ("lambda_runtime::layers::panic", LevelFilter::OFF);
    Targets::new().with_default(LevelFilter::TRACE).with_targets(quiet).with_targets([panics])
}

/// What a function logs, as JSON lines. `levels` is what `RUST_LOG` says, as in `warn,shared::http=debug`.
pub fn subscriber<W>(levels: Option<&str>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Not an `EnvFilter`: it brings a regular-expression engine, for filters by fields that nobody sets here.
    let levels = levels.and_then(|levels| levels.parse().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer);
    tracing_subscriber::registry().with(lines).with(levels).with(limits())
}

/// Logs where a panic was, and not its message, which may repeat what came from outside.
pub fn note_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
    tracing::error!(place, "panicked");
}

/// Starts logging and counting for this function on Lambda: into `METRICS_NAMESPACE`, `CompanyApiKeys` where it isn't set.
/// `RUST_LOG` chooses levels, `info` where it doesn't; a release build has nothing finer. [`limits`] hold for any.
pub fn init(function: &'static str) {
    let levels = env::var("RUST_LOG").ok();
    // A second call, in a test, keeps the first.
    let _ = subscriber(levels.as_deref(), io::stdout).try_init();
    panic::set_hook(Box::new(note_panic));
    let namespace = env::var("METRICS_NAMESPACE").unwrap_or_else(|_| "CompanyApiKeys".into());
    let _ = COUNTER.set(Counter { function, namespace });
}

/// Counts one, with a reason where the metric has reasons.
pub fn count(metric: Metric, reason: Option<&'static str>) {
    tracing::debug!(target: "metrics", metric = metric.name(), reason);
    if let Some(counter) = COUNTER.get() {
        let line = embedded_metric(metric, reason, counter, Clock::default().now());
        // A lost count is no reason to fail a request.
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}

fn embedded_metric(metric: Metric, reason: Option<&str>, counter: &Counter, now: Timestamp) -> Value {
    let name = metric.name();
    let dimensions = if reason.is_some() { json!([[], ["reason"]]) } else { json!([[]]) };
    let mut line = json!({
        "_aws": {
            "Timestamp": now.millis(),
            "CloudWatchMetrics": [{
                "Namespace": counter.namespace,
                "Dimensions": dimensions,
                "Metrics": [{"Name": name, "Unit": "Count"}],
            }],
        },
        name: 1,
        "function": counter.function,
    });
    if let Some(reason) = reason {
        line["reason"] = reason.into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_one_line_of_the_embedded_format() {
        let counter = Counter { function: "account-status", namespace: "CompanyApiKeys/test".into() };
        let line = embedded_metric(Metric::KeysRefused, Some("unknown"), &counter, Timestamp::from_millis(7));
        assert_eq!(line["KeysRefused"], 1);
        assert_eq!(line["reason"], "unknown");
        let definition = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(definition["Dimensions"], json!([[], ["reason"]]));
        assert_eq!(definition["Metrics"][0], json!({"Name": "KeysRefused", "Unit": "Count"}));
        assert!(!line.to_string().contains('\n'));
    }
}
