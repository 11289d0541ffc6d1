//! A stand-in for API Gateway's JWT authorizer.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Map, Value};

use super::{Gateway, joined, refusal};
use crate::template::Route;

/// The verified claims of a request to a route with an authorizer, or nothing for a route without. A bad token is refused
/// here, in API Gateway's own form, before any function runs.
pub(super) fn authorize(
    gateway: &Gateway,
    route: &Route,
    headers: &HeaderMap,
) -> Result<Option<Map<String, Value>>, Box<Response>> {
    let Some(authorizer) = &route.authorizer else {
        return Ok(None);
    };
    let required = gateway.template.authorizers.get(authorizer).map(Vec::as_slice).unwrap_or_default();
    let unauthorized = |challenge: &'static str| {
        let mut response = refusal(StatusCode::UNAUTHORIZED, "Unauthorized");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        Box::new(response)
    };
    let credential = joined(headers, &header::AUTHORIZATION);
    if credential.is_empty() {
        return Err(unauthorized("Bearer"));
    }
    // The identity source may contain only the token, or the token after `Bearer`.
    let token = match credential.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => credential.trim(),
    };
    let verified =
        gateway.sign_in.as_ref().and_then(|sign_in| sign_in.issuer.verify(token, gateway.clock.now()));
    let claims = verified.ok_or_else(|| unauthorized("Bearer error=\"invalid_token\""))?;
    let scopes =
        claims.get("scope").or_else(|| claims.get("scp")).and_then(Value::as_str).unwrap_or_default();
    if !required.is_empty()
        && !scopes.split(' ').any(|scope| required.iter().any(|required| required == scope))
    {
        return Err(Box::new(refusal(StatusCode::FORBIDDEN, "Forbidden")));
    }
    Ok(Some(claims))
}
