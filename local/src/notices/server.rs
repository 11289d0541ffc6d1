//! Serves the stand-ins for `EventBridge` and SQS, so that the functions reach them through the real SDKs. Both services speak
//! JSON, and name the operation in a header.
//!
//! The server answers every client, including pages of other sites. So it listens at a hidden address, as the engine does.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{bus::Bus, queues::Queues};

/// An error response of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    code: &'static str,
    message: &'static str,
}

impl Fault {
    pub(crate) const fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }
}

/// The stand-ins.
#[derive(Clone, Debug)]
pub(crate) struct StandIns {
    pub(crate) bus: Bus,
    pub(crate) queues: Queues,
}

impl StandIns {
    /// The server's router.
    pub(crate) fn router(self) -> Router {
        Router::new().fallback(serve).with_state(self)
    }
}

async fn serve(State(stand_ins): State<StandIns>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return respond(target, Err(Fault::new("SerializationException", "The request is not JSON")));
    };
    let answer = match target {
        "AWSEvents.PutEvents" => stand_ins.bus.put_events(&request),
        "AmazonSQS.SendMessage" => stand_ins.queues.send_message(&request),
        "AmazonSQS.SendMessageBatch" => stand_ins.queues.send_message_batch(&request),
        _ => Err(Fault::new("UnknownOperationException", "This stand-in doesn't have the operation")),
    };
    respond(target, answer)
}

fn respond(target: &str, answer: Result<Value, Fault>) -> Response {
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(Fault { code, message }) => {
            (StatusCode::BAD_REQUEST, json!({"__type": code, "message": message}))
        }
    };
    // SQS speaks AWS JSON 1.0, EventBridge 1.1.
    let version = if target.starts_with("AmazonSQS") { "1.0" } else { "1.1" };
    let headers = [(header::CONTENT_TYPE, format!("application/x-amz-json-{version}"))];
    (status, headers, body.to_string()).into_response()
}
