//! Metrics, in `CloudWatch`'s embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>):
//! no call is made for them. They are members of the request's log line, so they add no line.

use std::{cell::Cell, fmt::Write, future::Future, sync::OnceLock};

use crate::clock;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// API keys created.
    KeysCreated,
    /// API keys revoked.
    KeysRevoked,
    /// API keys that somebody found and reported.
    KeysLeaked,
    /// Requests authenticated by an API key.
    KeysVerified,
    /// Requests whose API key was refused, by reason.
    KeysRefused,
    /// Keys whose requests a limit refused, once a minute for each key and instance.
    KeysLimited,
    /// Stops of keys by their limits of suspensions, once for each instance that meets one.
    SuspensionLimitsReached,
    /// Accounts suspended.
    AccountsSuspended,
    /// Accounts unsuspended.
    AccountsUnsuspended,
    /// Requests that could not fetch GitHub's public keys, or needed keys that nobody could fetch.
    GitHubKeysNotFetched,
    /// Looks at all keys of all companies that were completed.
    KeyWatchesCompleted,
    /// Keys that could not be looked at.
    KeysNotWatched,
    /// Audit events that the event bus accepted.
    EventsPublished,
    /// Audit events that it refused, or that could not be read, each time.
    EventsRefused,
    /// Mails to Company Administrators that SES accepted.
    MailsSent,
    /// Mails that it refused, each time.
    MailsRefused,
    /// Audit events that were to be published and that the table no longer has.
    EventsMissing,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 17] = [
        Self::KeysCreated,
        Self::KeysRevoked,
        Self::KeysLeaked,
        Self::KeysVerified,
        Self::KeysRefused,
        Self::KeysLimited,
        Self::SuspensionLimitsReached,
        Self::AccountsSuspended,
        Self::AccountsUnsuspended,
        Self::GitHubKeysNotFetched,
        Self::KeyWatchesCompleted,
        Self::KeysNotWatched,
        Self::EventsPublished,
        Self::EventsRefused,
        Self::MailsSent,
        Self::MailsRefused,
        Self::EventsMissing,
    ];

    /// The metric's name in the stack's namespace.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeysCreated => "KeysCreated",
            Self::KeysRevoked => "KeysRevoked",
            Self::KeysLeaked => "KeysLeaked",
            Self::KeysVerified => "KeysVerified",
            Self::KeysRefused => "KeysRefused",
            Self::KeysLimited => "KeysLimited",
            Self::SuspensionLimitsReached => "SuspensionLimitsReached",
            Self::AccountsSuspended => "AccountsSuspended",
            Self::AccountsUnsuspended => "AccountsUnsuspended",
            Self::GitHubKeysNotFetched => "GitHubKeysNotFetched",
            Self::KeyWatchesCompleted => "KeyWatchesCompleted",
            Self::KeysNotWatched => "KeysNotWatched",
            Self::EventsPublished => "EventsPublished",
            Self::EventsRefused => "EventsRefused",
            Self::MailsSent => "MailsSent",
            Self::MailsRefused => "MailsRefused",
            Self::EventsMissing => "EventsMissing",
        }
    }

    /// Whether the metric is also counted by reason.
    const fn has_reason(self) -> bool {
        matches!(self, Self::KeysRefused)
    }
}

/// What one request has counted.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// In the order of [`Metric::ALL`].
    numbers: [u32; Metric::ALL.len()],
    /// The reason of the metrics that have one. A request ends with its first refusal, so it has one reason.
    reason: Option<&'static str>,
}

tokio::task_local! {
    static COUNTS: Cell<Counts>;
}

/// The metrics' namespace as a JSON string. Each stack has its own, so that its alarms ignore other stacks.
static NAMESPACE: OnceLock<String> = OnceLock::new();

/// From now on, [`embedded`] gives metrics for this namespace. Before this call, and in tests, it gives none.
pub fn publish(namespace: &str) {
    // A second call, in a test, keeps the first.
    let _ = NAMESPACE.set(serde_json::Value::from(namespace).to_string());
}

/// Runs a request, and keeps what it counts until it calls [`embedded`].
pub async fn counting<F: Future>(request: F) -> F::Output {
    COUNTS.scope(Cell::default(), request).await
}

/// Adds one to a metric, with a reason if the metric has reasons.
pub fn count(metric: Metric, reason: Option<&'static str>) {
    add(metric, 1, reason);
}

/// Adds a number to a metric without reasons.
pub fn count_many(metric: Metric, number: u32) {
    add(metric, number, None);
}

fn add(metric: Metric, number: u32, reason: Option<&'static str>) {
    tracing::debug!(target: "metrics", metric = metric.name(), number, reason);
    // Nothing outside a request counts anything.
    let _ = COUNTS.try_with(|kept| {
        let mut counts = kept.get();
        let sum = &mut counts.numbers[metric as usize];
        *sum = sum.saturating_add(number);
        counts.reason = reason.or(counts.reason);
        kept.set(counts);
    });
}

/// What the request has counted until now, as members of a JSON object without its braces. `None` if there is nothing to
/// publish.
#[must_use]
pub fn embedded() -> Option<String> {
    let (namespace, counts) = (NAMESPACE.get()?, COUNTS.try_with(Cell::take).ok()?);
    counts.embedded(namespace, clock::system_time().millis())
}

impl Counts {
    /// `CloudWatch` accepts a metric without a unit. "Count" would only make the line longer.
    fn embedded(self, namespace: &str, millis: i64) -> Option<String> {
        let counted = Metric::ALL.into_iter().zip(self.numbers).filter(|(_, number)| *number > 0);
        let (mut members, mut plain, mut by_reason) = (String::new(), String::new(), String::new());
        for (metric, number) in counted {
            let name = metric.name();
            let definitions = if metric.has_reason() { &mut by_reason } else { &mut plain };
            let comma = if definitions.is_empty() { "" } else { "," };
            // Writing to a string never fails.
            let _ = write!(definitions, r#"{comma}{{"Name":"{name}"}}"#);
            let _ = write!(members, r#""{name}":{number},"#);
        }
        if members.is_empty() {
            return None;
        }
        if let Some(reason) = self.reason {
            let _ = write!(members, r#""reason":"{reason}","#);
        }
        let _ = write!(members, r#""_aws":{{"Timestamp":{millis},"CloudWatchMetrics":["#);
        let mut comma = "";
        for (definitions, dimensions) in [(plain, "[[]]"), (by_reason, r#"[[],["reason"]]"#)] {
            if !definitions.is_empty() {
                let _ = write!(
                    members,
                    r#"{comma}{{"Namespace":{namespace},"Dimensions":{dimensions},"Metrics":[{definitions}]}}"#
                );
                comma = ",";
            }
        }
        members.push_str("]}");
        Some(members)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn line(request: impl Future<Output = ()>) -> Option<Value> {
        let embedded = counting(async {
            request.await;
            COUNTS.with(Cell::take).embedded(r#""CompanyApiKeys/test""#, 7)
        });
        embedded.await.map(|members| serde_json::from_str(&format!("{{{members}}}")).expect("JSON"))
    }

    #[test]
    fn each_metric_has_its_own_place() {
        for (place, metric) in Metric::ALL.into_iter().enumerate() {
            assert_eq!(metric as usize, place);
        }
    }

    #[tokio::test]
    async fn the_metrics_of_a_request_are_one_document_of_the_embedded_format() {
        let counted = line(async {
            count(Metric::KeysVerified, None);
            count_many(Metric::AccountsSuspended, 90);
            count_many(Metric::AccountsSuspended, 10);
            count(Metric::KeysRefused, Some("revoked"));
        });
        let expected = json!({
            "KeysVerified": 1, "AccountsSuspended": 100, "KeysRefused": 1, "reason": "revoked",
            "_aws": {"Timestamp": 7, "CloudWatchMetrics": [
                {"Namespace": "CompanyApiKeys/test", "Dimensions": [[]],
                 "Metrics": [{"Name": "KeysVerified"}, {"Name": "AccountsSuspended"}]},
                {"Namespace": "CompanyApiKeys/test", "Dimensions": [[], ["reason"]],
                 "Metrics": [{"Name": "KeysRefused"}]},
            ]},
        });
        assert_eq!(counted.await, Some(expected));
    }

    #[tokio::test]
    async fn requests_count_apart_from_each_other() {
        let (one, none) = tokio::join!(
            line(async {
                count(Metric::KeysCreated, None);
                tokio::task::yield_now().await;
            }),
            line(async { tokio::task::yield_now().await })
        );
        assert_eq!(one.expect("a metric")["KeysCreated"], 1);
        assert_eq!(none, None);
        // Outside a request.
        count(Metric::KeysCreated, None);
        assert_eq!(embedded(), None);
    }
}
