//! Logs of a function on Lambda: JSON lines. No line ever contains a key, a token, a digest or a path.

use std::{
    env, io,
    panic::{self, PanicHookInfo},
};

use store::metrics;
use tracing::Subscriber;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    fmt::MakeWriter,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

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

/// The log of a function, as JSON lines. `levels` is the value of `RUST_LOG`, for example `warn,web=debug`.
pub fn subscriber<W>(levels: Option<&str>, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // `EnvFilter` would add a regular-expression engine for filters by fields, which nobody uses here.
    let levels = levels.and_then(|levels| levels.parse().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines =
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(writer);
    tracing_subscriber::registry().with(lines).with(levels).with(limits())
}

/// Logs the location of a panic, but not its message, which may repeat input from outside.
pub fn note_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line()));
    tracing::error!(place, "panicked");
}

/// Starts the logs and metrics of this function on Lambda. The metrics' namespace is `METRICS_NAMESPACE`, by default
/// `CompanyApiKeys`. `RUST_LOG` chooses the levels, by default `info`. A release build has no finer level. [`limits`]
/// always apply.
pub fn init(function: &'static str) {
    let levels = env::var("RUST_LOG").ok();
    // A second call, in a test, keeps the first.
    let _ = subscriber(levels.as_deref(), io::stdout).try_init();
    panic::set_hook(Box::new(note_panic));
    let namespace = env::var("METRICS_NAMESPACE").unwrap_or_else(|_| "CompanyApiKeys".into());
    metrics::publish(function, namespace);
}
