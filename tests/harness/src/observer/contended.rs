//! Carries out a call as `DynamoDB` does under contention.

use std::time::Instant;

use axum::{
    body::Bytes,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Shared,
    answers::{canceled, item_is_held, json_response},
    forward,
};
use crate::{
    Contention, Observed,
    contention::{GateCheck, OutsideCount, restore_reasons, without_checks},
};

pub(super) async fn contended(
    contention: &Contention,
    shared: &Shared,
    headers: HeaderMap,
    call: &Observed,
    body: Bytes,
) -> Response {
    let (action, function) = (call.action.as_str(), call.function.as_str());
    let mut request = call.request.clone();
    let mut is_changed = contention.weaken(function, action, &mut request);
    let mut outside = Vec::new();
    if let Some((rest, counted)) = contention.count_outside(&request)
        && have_room(shared, &counted).await
    {
        (request, outside, is_changed) = (rest, counted, true);
    }
    if contention.leaves_out(function, action, &request) {
        return json_response(&json!({}));
    }
    if let Some(answer) = contention.remembered(action, &request) {
        return json_response(&answer);
    }
    let mut separate = Vec::new();
    let held = match action {
        "TransactWriteItems" => match contention.try_hold(&request) {
            Ok(held) => {
                separate = contention.separate_checks(&request);
                Some(held)
            }
            Err(reasons) => return canceled(&request, &reasons),
        },
        "PutItem" | "UpdateItem" | "DeleteItem" => match contention.try_hold_one(&request) {
            Some(held) => Some(held),
            None => return item_is_held(),
        },
        _ => None,
    };
    if !separate.is_empty()
        && contention.evaluates(&request)
        && let Some(closed) = first_closed(shared, &separate).await
    {
        let mut codes = vec!["None"; closed];
        codes.push("ConditionalCheckFailed");
        return canceled(&request, &codes);
    }
    if held.is_some() {
        tokio::time::sleep(contention.hold_time(action, &request)).await;
    }
    let mut before = Vec::new();
    for (table, key) in contention.written(action, &request) {
        let asked = json!({"TableName": table, "Key": key, "ConsistentRead": true});
        let found = shared.engine.ask("GetItem", &asked).await;
        before.push((table, key, found.get("Item").cloned()));
    }
    let began = Instant::now();
    let forwarded = match (separate.is_empty(), is_changed) {
        (true, false) => body,
        (true, true) => request.to_string().into(),
        (false, _) => without_checks(&request).to_string().into(),
    };
    let response = forward(shared, headers, forwarded).await;
    if !response.status().is_success() {
        return if separate.is_empty() { response } else { with_every_reason(&separate, response).await };
    }
    for (table, key, before) in before {
        contention.note_replaced(&table, &key, before);
    }
    for counted in outside {
        shared.engine.ask("UpdateItem", &counted.update()).await;
    }
    match action {
        "TransactWriteItems" => {
            contention.note_committed(function, &request, began);
            response
        }
        "GetItem" | "BatchGetItem" | "Query" if contention.changes_reads() => {
            let mut answer = json_of(response).await;
            contention.age(function, action, &request, &mut answer);
            contention.remember(action, &request, &answer);
            json_response(&answer)
        }
        _ => response,
    }
}

/// Whether all these counts have room.
async fn have_room(shared: &Shared, counts: &[OutsideCount]) -> bool {
    for count in counts {
        let asked = json!({"TableName": "KeyUsage", "Key": count.key(), "ConsistentRead": true});
        let found = shared.engine.ask("GetItem", &asked).await;
        if !count.has_room(found.get("Item")) {
            return false;
        }
    }
    true
}

/// The place of the first check whose gate doesn't let its generation through.
async fn first_closed(shared: &Shared, checks: &[GateCheck]) -> Option<usize> {
    for check in checks {
        let asked = json!({"TableName": "KeyGates", "Key": check.key, "ConsistentRead": true});
        let found = shared.engine.ask("GetItem", &asked).await;
        if !check.passes(found.get("Item")) {
            return Some(check.place);
        }
    }
    None
}

/// A failure of a transaction whose checks were left out, with a reason for each of its operations.
async fn with_every_reason(checks: &[GateCheck], response: Response) -> Response {
    let status = response.status();
    let mut answer = json_of(response).await;
    restore_reasons(checks, &mut answer);
    (status, json_response(&answer)).into_response()
}

async fn json_of(response: Response) -> Value {
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}
