//! Builds the event that API Gateway sends to a function, in payload format 2.0.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::http::{HeaderMap, header, request::Parts};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::time::Timestamp;
use serde_json::{Map, Value, json};

use super::joined;
use crate::template::Route;

/// What is known about a request in addition to its contents.
pub(super) struct Context<'a> {
    pub(super) route: &'a Route,
    /// The decoded path.
    pub(super) path: &'a str,
    pub(super) path_parameters: BTreeMap<String, String>,
    pub(super) claims: Option<Map<String, Value>>,
    pub(super) peer: SocketAddr,
    pub(super) request_id: &'a str,
    pub(super) now: Timestamp,
}

/// The event.
pub(super) fn build(parts: &Parts, body: &[u8], context: &Context<'_>) -> Value {
    let route_key = context.route.key();
    let query = parts.uri.query().unwrap_or_default();
    let mut headers: Map<String, Value> = parts
        .headers
        .keys()
        .filter(|name| *name != header::COOKIE)
        .map(|name| (name.as_str().to_owned(), joined(&parts.headers, name).into()))
        .collect();
    // API Gateway sets this header itself. The client's value is ignored.
    headers.insert("x-forwarded-proto".into(), "http".into());
    let host = headers.get("host").cloned().unwrap_or_default();
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": context.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "localhost",
            "http": {
                "method": parts.method.as_str(),
                "path": context.path,
                "protocol": "HTTP/1.1",
                "sourceIp": context.peer.ip().to_string(),
                "userAgent": user_agent,
            },
            "requestId": context.request_id,
            "routeKey": route_key,
            "stage": "$default",
            "timeEpoch": context.now.millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies = joined(&parts.headers, &header::COOKIE);
    if !cookies.is_empty() {
        event["cookies"] = cookies.split(';').map(str::trim).collect();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = json!(query_parameters(query));
    }
    if !context.path_parameters.is_empty() {
        event["pathParameters"] = json!(context.path_parameters);
    }
    if let Some(claims) = &context.claims {
        let claims: BTreeMap<_, _> = claims.iter().map(|(name, claim)| (name, claim_text(claim))).collect();
        event["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
    }
    if !body.is_empty() {
        let text = std::str::from_utf8(body).ok().filter(|_| is_text(&parts.headers));
        event["isBase64Encoded"] = text.is_none().into();
        event["body"] = text.map_or_else(|| STANDARD.encode(body), str::to_owned).into();
    }
    event
}

/// Whether API Gateway passes on a body of this `Content-Type` as text. It encodes every other body, such as one of
/// `application/scim+json` or without a type. AWS doesn't document the list. This list was measured:
/// <https://github.com/ministackorg/ministack/pull/766>.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = joined(headers, &header::CONTENT_TYPE).to_ascii_lowercase();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/javascript", "application/xml"].contains(&media_type)
        || media_type.starts_with("text/")
}

/// The decoded query parameters. Several values of one name are joined with commas.
fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| *values = format!("{values},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    parameters
}

/// A claim as the authorizer passes it on: always a string, and an array as `[a b]`.
fn claim_text(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(claim_text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_few_types_of_body_arrive_as_text() {
        let arrives_as_text = |content_type: Option<&'static str>| {
            let headers = content_type.map(|kind| (header::CONTENT_TYPE, HeaderValue::from_static(kind)));
            is_text(&headers.into_iter().collect())
        };
        for text in ["application/json", "Application/JSON; charset=utf-8", "application/xml", "text/csv"] {
            assert!(arrives_as_text(Some(text)), "{text}");
        }
        for other in ["application/scim+json", "application/x-www-form-urlencoded", "image/svg+xml", ""] {
            assert!(!arrives_as_text(Some(other)), "{other}");
        }
        assert!(!arrives_as_text(None));
    }

    #[test]
    fn claims_and_queries_arrive_as_text() {
        assert_eq!(claim_text(&json!(["a", "b"])), "[a b]");
        assert_eq!(claim_text(&json!(7)), "7");
        assert_eq!(query_parameters("a=1&a=2&b=x%20y+z")["a"], "1,2");
        assert_eq!(query_parameters("a=1&a=2&b=x%20y+z")["b"], "x y z");
    }
}
