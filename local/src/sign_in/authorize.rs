//! The authorization endpoint: a page on which a person chooses an account (RFC 6749 §4.1.1, RFC 7636).

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::time::Timestamp;
use form_urlencoded::Serializer;
use store::Service;

use super::{
    AUDIENCE, SignInEndpoints, TRIGGER_SIGN_IN,
    form::Form,
    grants::{Code, SignIn},
    page,
};

/// A valid authorization request. Its response may be a redirect.
pub(super) struct Request<'a> {
    redirect_uri: &'a str,
    state: Option<&'a str>,
    nonce: Option<&'a str>,
    scope: &'a str,
    challenge: &'a str,
}

/// Why an authorization request is refused.
pub(super) enum Refused {
    /// The address for a redirect can't be trusted, so the person gets this message here.
    Here(&'static str),
    /// The page that sent the person gets the error by a redirect to this address.
    There(String),
}

impl<'a> Request<'a> {
    pub(super) fn read(form: &'a Form) -> Result<Self, Refused> {
        if form.get("client_id") != Some(AUDIENCE) {
            return Err(Refused::Here("The client_id is unknown. It must be company-dashboard."));
        }
        let redirect_uri = form.get("redirect_uri").unwrap_or_default();
        if !is_callback(redirect_uri) {
            return Err(Refused::Here(
                "The redirect_uri must be http://localhost or http://127.0.0.1, with any port, and /callback.",
            ));
        }
        let state = form.get("state");
        let refuse = |error: &str, description: &str| {
            Err(Refused::There(redirect(
                redirect_uri,
                &[("error", error), ("error_description", description)],
                state,
            )))
        };
        if form.get("response_type") != Some("code") {
            return refuse("unsupported_response_type", "response_type must be code");
        }
        let scope = form.get("scope").unwrap_or_default();
        let scopes = || scope.split(' ').filter(|scope| !scope.is_empty());
        if scopes().next().is_none() || !scopes().all(|scope| super::SCOPES.contains(&scope)) {
            return refuse(
                "invalid_scope",
                "scope must be one or more of: openid email company-api-keys/admin",
            );
        }
        if form.get("code_challenge_method") != Some("S256") {
            return refuse("invalid_request", "code_challenge_method must be S256");
        }
        // BASE64URL(SHA256(verifier)), RFC 7636 §4.2.
        let challenge = form.get("code_challenge").unwrap_or_default();
        if challenge.len() != 43 {
            return refuse(
                "invalid_request",
                "code_challenge must be the SHA-256 of the verifier in base64url",
            );
        }
        Ok(Self { redirect_uri, state, nonce: form.get("nonce"), scope, challenge })
    }
}

/// `GET`: shows the page.
pub(super) fn show(form: &Form, query: &str) -> Response {
    match Request::read(form) {
        Ok(_) => page::sign_in(query).into_response(),
        Err(refused) => refused.into_response(),
    }
}

/// `POST`: signs in the account that a person chose.
pub(super) async fn decide(
    endpoints: &SignInEndpoints,
    service: &Service,
    form: &Form,
    email: &str,
    now: Timestamp,
) -> Response {
    let request = match Request::read(form) {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let subject = email.trim().to_ascii_lowercase();
    if let Err(refused) = endpoints.issuer.admit(service, &subject, TRIGGER_SIGN_IN, now).await {
        // Cognito puts these words before the trigger's message.
        let description = format!("PreTokenGeneration failed with error {refused}");
        let answer = [("error", "invalid_request"), ("error_description", &description)];
        return see_other(&redirect(request.redirect_uri, &answer, request.state));
    }
    let sign_in = SignIn {
        subject,
        auth_time: now.seconds(),
        nonce: request.nonce.map(str::to_owned),
        scope: request.scope.to_owned(),
    };
    let code = Code {
        sign_in,
        redirect_uri: request.redirect_uri.to_owned(),
        challenge: request.challenge.to_owned(),
    };
    let code = endpoints.grants.issue_code(code, now);
    see_other(&redirect(request.redirect_uri, &[("code", &code)], request.state))
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Here(sentence) => (StatusCode::BAD_REQUEST, page::refused(sentence)).into_response(),
            Self::There(address) => see_other(&address),
        }
    }
}

/// Whether an address is the page's callback on this machine, with any port (RFC 8252 §7.3).
fn is_callback(address: &str) -> bool {
    super::loopback_path(address) == Some("/callback")
}

fn redirect(address: &str, answer: &[(&str, &str)], state: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(answer);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    format!("{address}?{}", query.finish())
}

pub(super) fn see_other(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address), (header::CACHE_CONTROL, "no-store")])
        .into_response()
}
