//! Metrics, written as lines in `CloudWatch`'s embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>):
//! no call is made for them. No line ever contains a key, a token, a digest or a path.

use std::{
    io::{self, Write},
    sync::OnceLock,
};

use domain::time::Timestamp;
use serde_json::{Value, json};

use crate::clock::Clock;

/// A metric.
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
    /// Keys whose requests a limit refused, once a minute for each key and instance.
    KeysLimited,
    /// Accounts suspended.
    AccountsSuspended,
    /// Accounts unsuspended.
    AccountsUnsuspended,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 7] = [
        Self::KeysCreated,
        Self::KeysRevoked,
        Self::KeysVerified,
        Self::KeysRefused,
        Self::KeysLimited,
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
            Self::KeysLimited => "KeysLimited",
            Self::AccountsSuspended => "AccountsSuspended",
            Self::AccountsUnsuspended => "AccountsUnsuspended",
        }
    }
}

/// The source of the metrics: a function on Lambda.
struct Counter {
    function: &'static str,
    /// Each stack has its own namespace, so that its alarms ignore other stacks.
    namespace: String,
}

static COUNTER: OnceLock<Counter> = OnceLock::new();

/// From now on, writes metrics to the standard output, for this function and into this namespace. Before this call, and
/// in tests, no metrics are written.
pub fn publish(function: &'static str, namespace: String) {
    // A second call, in a test, keeps the first.
    let _ = COUNTER.set(Counter { function, namespace });
}

/// Adds one to a metric, with a reason if the metric has reasons.
pub fn count(metric: Metric, reason: Option<&'static str>) {
    tracing::debug!(target: "metrics", metric = metric.name(), reason);
    if let Some(counter) = COUNTER.get() {
        let line = embedded_metric(metric, reason, counter, Clock::default().now());
        // A request doesn't fail because of a lost count.
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
