//! The responses that the observer makes itself.

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// The response to a plain write while a transaction holds its item.
pub(super) fn item_is_held() -> Response {
    error("TransactionConflictException", "Transaction is ongoing for the item", &json!({}))
}

/// The beginning of a response, and then the end of the connection.
pub(super) fn disconnected() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>("the connection is broken") });
    Body::from_stream(broken).into_response()
}

pub(super) fn json_response(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string()).into_response()
}

pub(super) fn error(code: &str, message: &str, more: &Value) -> Response {
    let mut body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    (StatusCode::BAD_REQUEST, json_response(&body)).into_response()
}

pub(super) fn canceled(request: &Value, codes: &[&str]) -> Response {
    let count = request["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); count];
    for (reason, code) in reasons.iter_mut().zip(codes) {
        *reason = json!({"Code": code, "Message": "on purpose"});
    }
    error("TransactionCanceledException", "Transaction cancelled", &json!({"CancellationReasons": reasons}))
}
