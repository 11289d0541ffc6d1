//! The Company Dashboard's page, served as `CloudFront` serves it: its addresses, its configuration, its headers.

use std::path::{Path, PathBuf};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};
use tower_http::{compression::CompressionLayer, services::ServeDir};

use crate::{
    http::{json_response, refusal},
    issuer::AUDIENCE,
    template::Template,
};

/// The expressions in the headers of `template.yaml` that are replaced by the stack's own address.
const ADDRESSES: [&str; 3] = [
    "${ApiAddress}",
    "https://cognito-idp.${AWS::Region}.amazonaws.com",
    "https://${SignInPage}.auth.${AWS::Region}.amazoncognito.com",
];

/// The built page.
#[derive(Debug)]
pub struct Page {
    folder: Option<PathBuf>,
    headers: HeaderMap,
    config: Value,
}

/// Whether an address belongs to the API, or to the stack's own API for developers.
#[must_use]
pub fn is_api(path: &str) -> bool {
    ["/admin/", "/enterprise/", "/leaks/", "/local/"].iter().any(|prefix| path.starts_with(prefix))
        || path == "/openapi.json"
}

impl Page {
    /// The page in this folder, for the stack at this URL.
    #[must_use]
    pub fn new(template: &Template, folder: Option<PathBuf>, url: &str) -> Self {
        let headers = template.page_headers.iter().filter_map(|(name, value)| {
            let value = ADDRESSES.iter().fold(value.clone(), |value, address| value.replace(address, url));
            Some((name.parse().ok()?, HeaderValue::from_str(&value).ok()?))
        });
        let config = json!({"apiAddress": url, "issuer": url, "clientId": AUDIENCE, "signInAddress": url});
        Self { headers: headers.collect(), folder, config }
    }

    /// Answers a request for the page.
    pub async fn answer(&self, parts: &Parts) -> Response {
        let mut response = self.content(parts).await;
        response.headers_mut().extend(self.headers.clone());
        response
    }

    async fn content(&self, parts: &Parts) -> Response {
        // Another method was meant for the API, which has no such route.
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        }
        let path = parts.uri.path();
        if path == "/config.json" {
            return json_response(&self.config);
        }
        let Some(folder) = self.folder.as_deref().filter(|folder| folder.join("index.html").is_file()) else {
            return (StatusCode::SERVICE_UNAVAILABLE, Html(include_str!("page_missing.html")))
                .into_response();
        };
        // The template's PageAddresses does the same: a file has a dot in its name, and every other address is the page.
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.starts_with('.') {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        }
        let file = if name.contains('.') { path } else { "/index.html" };
        let mut response = serve(folder, file, parts).await;
        let lasts = file.starts_with("/assets/") && response.status().is_success();
        let cache = if lasts { "public, max-age=31536000, immutable" } else { "no-cache" };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

async fn serve(folder: &Path, file: &str, parts: &Parts) -> Response {
    let mut request = Request::builder().method(parts.method.clone()).uri(file);
    if let Some(headers) = request.headers_mut() {
        headers.clone_from(&parts.headers);
    }
    let Ok(request) = request.body(Body::empty()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let files = CompressionLayer::new().layer(ServeDir::new(folder));
    match files.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}
