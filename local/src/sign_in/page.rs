//! The pages that the issuer shows to people.

use axum::{
    http::{HeaderName, header},
    response::{Html, IntoResponse},
};

use crate::http::escaped;

/// Only the style sheet is loaded. The form leads back to a page on this machine.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
                      form-action 'self' http://localhost:* http://127.0.0.1:*";

/// The sign-in page for the authorization request in this query.
pub(super) fn sign_in(query: &str) -> impl IntoResponse {
    page(&include_str!("sign_in.html").replace("{query}", &escaped(query)))
}

/// The page that says why there is no sign-in page.
pub(super) fn refused(sentence: &str) -> impl IntoResponse {
    page(&include_str!("refused.html").replace("{sentence}", &escaped(sentence)))
}

/// The style sheet of both pages.
pub(super) fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "no-store")], include_str!("style.css"))
}

fn page(html: &str) -> impl IntoResponse + use<> {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // With no-referrer, the form's POST would have no origin.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(html.to_owned()))
}
