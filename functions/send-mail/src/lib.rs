//! Sends mails to Company Administrators about what they must not miss. A queue of events invokes it, and a schedule for the
//! mails that waited. It has no HTTP route.
//!
//! Promises:
//! - Every event is told to every active administrator who wants mails of its kind. What was accepted is not lost when an
//!   invocation is broken off: the next one repeats it with the same identifier.
//! - About the same thing, nobody gets more than one mail an hour. What happens in the hour is counted and told in the next one.
//! - A mail contains no more of a key than its mask. Names from outside can't pass for our words.
//! - An invocation ends within [`RUN_TIME`].

mod news;
mod recipients;
mod ses;
mod source;
mod text;
mod work;

use std::{env, fmt::Display, time::Duration};

use lambda_runtime::Diagnostic;
use serde_json::Value;
use store::{Service, Settings, TableError};
use thiserror::Error;
use tokio::time::Instant;
use web::telemetry::{self, INVOCATION, logged};

use recipients::Recipients;
use ses::Ses;
use source::Invocation;

pub use web::batch::{Answer, BatchItemFailure};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "send-mail";
/// How long an invocation takes at most: less than the function's own limit in `template.yaml`, which is a minute.
pub const RUN_TIME: Duration = Duration::from_secs(50);

/// Who sends, and where people look.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The ARN of the SES identity with the sender's address, if it is configured.
    pub identity: Option<String>,
    /// The address of the dashboard, `https://dashboard.example`.
    pub dashboard: String,
    /// The address of SES, if it isn't the region's.
    pub endpoint: Option<String>,
}

impl Places {
    /// The places that `template.yaml` puts into the environment: `MAIL_IDENTITY` and `DASHBOARD_ADDRESS`. For tests,
    /// `AWS_ENDPOINT_URL_SESV2`.
    pub fn from_environment() -> Result<Self, String> {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Ok(Self {
            identity: set("MAIL_IDENTITY"),
            dashboard: set("DASHBOARD_ADDRESS").ok_or("DASHBOARD_ADDRESS is not set")?,
            endpoint: set("AWS_ENDPOINT_URL_SESV2"),
        })
    }
}

/// Everything that the function needs in addition to its event.
#[derive(Clone, Debug)]
pub struct Mailer {
    service: Service,
    /// `None` if the service has no sender. Then no mail is sent, and nothing waits.
    ses: Option<Ses>,
    dashboard: String,
    recipients: Recipients,
}

impl Mailer {
    /// A mailer to the administrators in this service's tables. The sender is that of the settings.
    #[must_use]
    pub fn new(service: Service, settings: &Settings, places: Places) -> Self {
        let Places { identity, dashboard, endpoint } = places;
        let sender = settings.mail_sender.clone();
        let ses = sender.map(|sender| Ses::new(settings, endpoint.as_deref(), sender, identity));
        Self { service, ses, dashboard, recipients: Recipients::default() }
    }
}

/// Why an invocation failed.
#[derive(Debug, Error)]
pub enum Failed {
    /// The event is neither a queue's nor the schedule's.
    #[error("the event is neither a queue's nor the schedule's")]
    NotUnderstood,
    /// The mails that are due could not be read.
    #[error(transparent)]
    Tables(#[from] TableError),
}

impl Failed {
    /// The error's name, as Lambda's caller sees it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotUnderstood => "not-understood",
            Self::Tables(_) => "unavailable",
        }
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        let error_message = match &failed {
            Failed::NotUnderstood => failed.to_string(),
            Failed::Tables(_) => "the tables did not respond".into(),
        };
        Self { error_type: failed.kind().into(), error_message }
    }
}

/// What an invocation did.
#[derive(Debug, Default)]
struct Done {
    answer: Answer,
    /// Why something was not sent or noted, if anything was not.
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Sends what an invocation brings, and logs the outcome. `request_id` identifies the invocation.
pub async fn handle(mailer: &Mailer, event: Value, request_id: &str) -> Result<Answer, Failed> {
    let span = tracing::info_span!(target: INVOCATION, "request", function = NAME, requestId = request_id);
    let until = Instant::now() + RUN_TIME;
    let work = async {
        let invocation = Invocation::read(&event).ok_or(Failed::NotUnderstood)?;
        match (invocation, &mailer.ses) {
            (_, None) => Ok(Done::default()),
            (Invocation::Due, Some(ses)) => mailer.send_due(ses, until).await,
            (Invocation::Messages(messages), Some(ses)) => Ok(mailer.tell(ses, messages, until).await),
        }
    };
    logged(span, Box::pin(work), outcome).await.map(|done| done.answer)
}

fn outcome(result: &Result<Done, Failed>) -> telemetry::Outcome<'_> {
    let (name, error): (_, Option<&dyn Display>) = match result {
        Err(error @ Failed::NotUnderstood) => ("not-understood", Some(error)),
        Err(error @ Failed::Tables(_)) => ("failed", Some(error)),
        Ok(Done { cause: None, .. }) => ("ok", None),
        Ok(Done { cause: Some(cause), answer }) if answer.batch_item_failures.is_empty() => {
            ("refused", Some(cause))
        }
        Ok(Done { cause: Some(cause), .. }) => ("failed", Some(cause)),
    };
    telemetry::Outcome { name, status: None, error }
}
