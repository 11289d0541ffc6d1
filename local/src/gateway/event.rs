//! Building the event that API Gateway hands to a function, in payload format 2.0.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::http::{HeaderMap, header, request::Parts};
use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use shared::clock::Timestamp;

use super::joined;
use crate::template::Route;

/// What is known about a request beside itself.
pub(super) struct Context<'a> {
    pub(super) route: &'a Route,
    pub(super) path: &'a str,
    pub(super) path_parameters: BTreeMap<String, String>,
    pub(super) claims: Option<Map<String, Value>>,
    pub(super) peer: SocketAddr,
    pub(super) request_id: &'a str,
    pub(super) now: Timestamp,
}

/// The path parameters of a request that the route matches, decoded. A path is cut at its slashes before anything
/// is decoded, so that an encoded slash stays within its segment.
pub(super) fn path_parameters(route: &Route, parts: &Parts) -> Option<BTreeMap<String, String>> {
    if route.method != "ANY" && route.method != parts.method.as_str() {
        return None;
    }
    let mut parameters = BTreeMap::new();
    let mut segments = parts.uri.path().split('/');
    for pattern in route.path.split('/') {
        let Some(name) = pattern.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
            segments.next().filter(|segment| *segment == pattern)?;
            continue;
        };
        let value = match name.strip_suffix('+') {
            Some(_) => segments.by_ref().collect::<Vec<_>>().join("/"),
            None => segments.next()?.to_owned(),
        };
        if value.is_empty() {
            return None;
        }
        parameters.insert(name.trim_end_matches('+').to_owned(), decoded(&value));
    }
    segments.next().is_none().then_some(parameters)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
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
    // API Gateway's own, whatever the client sent.
    headers.insert("x-forwarded-proto".into(), "http".into());
    let host = headers.get("host").cloned().unwrap_or_default();
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": decoded(context.path),
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "localhost",
            "http": {
                "method": parts.method.as_str(),
                "path": decoded(context.path),
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

/// Whether API Gateway takes a body of this `Content-Type` for text; what it doesn't, it encodes.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = joined(headers, &header::CONTENT_TYPE).to_ascii_lowercase();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["", "application/json", "application/javascript", "application/xml"].contains(&media_type)
        || media_type.starts_with("text/")
        || media_type.ends_with("+json")
        || media_type.ends_with("+xml")
}

/// Decoded; several values of one name joined with commas.
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

/// A claim as the authorizer hands it over: a string, whatever it was; an array as `[a b]`.
fn claim_text(claim: &Value) -> String {
    match claim {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(claim_text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn matched(pattern: &str, method: &str, path: &str) -> Option<BTreeMap<String, String>> {
        let (function, authorizer) = (String::new(), None);
        let route = Route { method: "GET".into(), path: pattern.into(), function, authorizer };
        let (parts, ()) =
            Request::builder().method(method).uri(path).body(()).expect("a request").into_parts();
        path_parameters(&route, &parts)
    }

    #[test]
    fn routes_match_as_api_gateway_matches_them() {
        let one = |name: &str, value: &str| Some(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert_eq!(matched("/a/{x}", "GET", "/a/b%2Fc%2540"), one("x", "b/c%40"));
        assert_eq!(matched("/a/{x+}", "GET", "/a/b/c"), one("x", "b/c"));
        assert_eq!(matched("/a", "GET", "/a"), Some(BTreeMap::new()));
        for (pattern, method, path) in [
            ("/a/{x}", "GET", "/a/"),
            ("/a/{x}", "GET", "/a/b/c"),
            ("/a/{x}", "POST", "/a/b"),
            ("/a", "GET", "/a/"),
            ("/a/{x}/c", "GET", "/a/b"),
        ] {
            assert_eq!(matched(pattern, method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn claims_and_queries_arrive_as_text() {
        assert_eq!(claim_text(&json!(["a", "b"])), "[a b]");
        assert_eq!(claim_text(&json!(7)), "7");
        assert_eq!(query_parameters("a=1&a=2&b=x%20y+z")["a"], "1,2");
        assert_eq!(query_parameters("a=1&a=2&b=x%20y+z")["b"], "x y z");
    }
}
