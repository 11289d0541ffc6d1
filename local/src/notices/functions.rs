//! The functions that a stream or a queue invokes, called in-process by the handlers that Lambda runs.

use std::{fmt::Display, sync::Arc, time::Duration};

use publish_events::{Places, Publisher};
use send_mail::Mailer;
use serde_json::Value;
use web::batch::Answer;

use super::{StandIns, Surroundings, bus, mapping::Function, queues::Queues};

/// How long an invocation may take. The template says the same for these functions.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The queue of the events that the bus refused.
const REFUSED_EVENTS: &str = "RefusedEvents";
/// The queue of the events about which mails are sent.
const MAILS: &str = "Mails";

/// A function that a queue invokes.
pub struct QueueFunction {
    /// The logical ID of the queue.
    pub queue: &'static str,
    /// Makes the function.
    pub make: fn(&Surroundings<'_>, &StandIns) -> Function,
}

/// Every function that a queue invokes.
pub const QUEUE_FUNCTIONS: &[QueueFunction] = &[
    QueueFunction { queue: REFUSED_EVENTS, make: publish_events },
    QueueFunction { queue: MAILS, make: send_mail },
];

/// Makes the function that publishes events, which the stream and the queue of refused events invoke.
pub(super) fn publish_events(surroundings: &Surroundings<'_>, stand_ins: &StandIns) -> Function {
    let places = Places {
        bus: bus::NAME.into(),
        queue: Queues::url(&stand_ins.endpoint, REFUSED_EVENTS),
        bus_endpoint: Some(stand_ins.endpoint.clone()),
        queue_endpoint: Some(stand_ins.endpoint.clone()),
    };
    let (service, settings) =
        ((surroundings.service)(publish_events::NAME), (surroundings.settings)(publish_events::NAME));
    let publisher = Publisher::new(service, &settings, places);
    Arc::new(move |event, request_id| {
        let publisher = publisher.clone();
        Box::pin(async move { as_json(publish_events::handle(&publisher, event, &request_id).await) })
    })
}

/// Makes the function that sends mails.
pub(super) fn send_mail(surroundings: &Surroundings<'_>, _: &StandIns) -> Function {
    let places = send_mail::Places {
        identity: None,
        dashboard: surroundings.dashboard.to_owned(),
        endpoint: Some(surroundings.outbox.endpoint.clone()),
    };
    let (service, settings) =
        ((surroundings.service)(send_mail::NAME), (surroundings.settings)(send_mail::NAME));
    let mailer = Mailer::new(service, &settings, places);
    Arc::new(move |event, request_id| {
        let mailer = mailer.clone();
        Box::pin(async move { as_json(send_mail::handle(&mailer, event, &request_id).await) })
    })
}

/// An answer as Lambda passes it on.
fn as_json(answer: Result<Answer, impl Display>) -> Result<Value, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    serde_json::to_value(answer).map_err(|error| error.to_string())
}

/// The same function, in a task of its own with a time limit, as on Lambda: a panic is a failed invocation.
pub(super) fn separately(function: Function) -> Function {
    Arc::new(move |event, request_id| {
        let invocation = function(event, request_id);
        Box::pin(async move {
            let run = tokio::spawn(tokio::time::timeout(TIMEOUT, invocation)).await;
            run.map_err(|_| "the function panicked".to_owned())?
                .map_err(|_| "the function took too long".to_owned())?
        })
    })
}
