//! Cross-origin requests, as API Gateway answers them by the template's `CorsConfiguration`
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>). The template allows only the origin of
//! the page. This stack allows every page of this machine. It has already refused the pages of other sites.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};

use crate::{page::is_api, sign_in, template::Cors};

/// Whether a request is a preflight, in which a browser asks what it may send. API Gateway itself answers preflights.
pub(super) fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS
        && parts.headers.contains_key(header::ORIGIN)
        && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The headers that let the page read the response.
pub(super) fn headers(cors: &Cors, parts: &Parts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(origin) = parts.headers.get(header::ORIGIN) else {
        return headers;
    };
    let (preflight, path) = (is_preflight(parts), parts.uri.path());
    // The page can read responses of the API and the issuer, but not of `/local`.
    let (methods, allowed, exposed) = if is_api(path) && !path.starts_with("/local/") {
        (cors.methods.join(","), cors.headers.join(","), cors.exposed.join(","))
    } else if sign_in::is_for_scripts(path) {
        // Cognito lets any page request tokens.
        ("GET,POST".into(), "authorization,content-type".into(), String::new())
    } else {
        return headers;
    };
    let mut insert = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.to_str().unwrap_or_default());
    insert(header::VARY, "origin");
    if preflight {
        insert(header::ACCESS_CONTROL_ALLOW_METHODS, &methods);
        insert(header::ACCESS_CONTROL_ALLOW_HEADERS, &allowed);
        insert(header::ACCESS_CONTROL_MAX_AGE, &cors.max_age.to_string());
    } else {
        insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, &exposed);
    }
    headers
}
