//! The development issuer as browsers see it: `OpenID` Connect Discovery, the authorization code flow with PKCE, renewal
//! and signing out. A stand-in for Cognito's managed login.
//!
//! It asks for no password. Everybody who can open this machine's loopback addresses can sign in as anybody in the
//! demonstration.

mod authorize;
mod form;
mod grants;
mod page;
mod token;

use axum::{
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use domain::time::Timestamp;
use serde_json::{Value, json};
use store::Service;

use crate::{
    http::{is_loopback_name, json_response, refusal},
    issuer::{AUDIENCE, Issuer},
};
use form::Form;
use grants::Grants;

/// Cognito's names for the reasons why it requests claims
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html>).
const TRIGGER_SIGN_IN: &str = "TokenGeneration_HostedAuth";
const TRIGGER_REFRESH: &str = "TokenGeneration_RefreshTokens";
/// The scopes that a page can request.
const SCOPES: [&str; 3] = ["openid", "email", "company-api-keys/admin"];

/// The issuer and its open grants.
pub struct SignInEndpoints {
    /// Signs the tokens.
    pub issuer: Issuer,
    grants: Grants,
}

impl SignInEndpoints {
    /// The endpoints of this issuer.
    #[must_use]
    pub fn new(issuer: Issuer) -> Self {
        Self { issuer, grants: Grants::default() }
    }

    /// The response, if the address is one of the issuer's.
    pub async fn answer(
        &self,
        service: &Service,
        parts: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Option<Response> {
        let query = parts.uri.query().unwrap_or_default();
        let form = Form::read(query.as_bytes());
        Some(match (parts.method.as_str(), parts.uri.path()) {
            ("GET", "/.well-known/openid-configuration") => json_response(&self.discovery()),
            ("GET", "/.well-known/jwks.json") => json_response(&json!(self.issuer.jwks())),
            ("GET", "/oauth2/style.css") => page::style().into_response(),
            ("GET", "/oauth2/authorize") => authorize::show(&form, query),
            ("POST", "/oauth2/authorize") => {
                let answered = Form::read(body);
                let email = answered.get("email").unwrap_or_default();
                authorize::decide(self, service, &form, email, now).await
            }
            ("POST", "/oauth2/token") => token::answer(self, service, &Form::read(body), now).await,
            ("POST", "/oauth2/revoke") => token::revoke(self, &Form::read(body)),
            ("GET", "/logout") => log_out(&form),
            (_, path) if is_ours(path) => refusal(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
            _ => return None,
        })
    }

    /// `OpenID` Connect Discovery 1.0 §3.
    fn discovery(&self) -> Value {
        let url = &self.issuer.url;
        json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/oauth2/authorize"),
            "token_endpoint": format!("{url}/oauth2/token"),
            "revocation_endpoint": format!("{url}/oauth2/revoke"),
            "end_session_endpoint": format!("{url}/logout"),
            "jwks_uri": format!("{url}/.well-known/jwks.json"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": SCOPES,
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
        })
    }
}

/// Whether an address of the issuer is for a page's script, not for people.
#[must_use]
pub fn is_for_scripts(path: &str) -> bool {
    path.starts_with("/.well-known/") || ["/oauth2/token", "/oauth2/revoke"].contains(&path)
}

/// Whether an address belongs to the issuer.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    path.starts_with("/oauth2/") || path.starts_with("/.well-known/") || path == "/logout"
}

/// Signs out like Cognito's logout endpoint
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html>). There is no session to end, because
/// this issuer asks at every sign-in.
fn log_out(form: &Form) -> Response {
    let address = form.get("logout_uri").or_else(|| form.get("post_logout_redirect_uri")).unwrap_or_default();
    let fits = matches!(loopback_path(address), Some("/" | "/signed-out"));
    if fits && form.get("client_id") == Some(AUDIENCE) {
        return authorize::see_other(address);
    }
    let sentence =
        "The client_id must be company-dashboard, and the logout_uri must be the page's / or /signed-out.";
    (StatusCode::BAD_REQUEST, page::refused(sentence)).into_response()
}

/// The path of an address on this machine.
fn loopback_path(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("http://")?;
    let (authority, _) = rest.split_once('/')?;
    is_loopback_name(authority).then(|| &rest[authority.len()..])
}

#[cfg(test)]
mod tests {
    use super::loopback_path;

    #[test]
    fn addresses_on_this_machine() {
        assert_eq!(loopback_path("http://localhost:5173/callback"), Some("/callback"));
        assert_eq!(loopback_path("http://127.0.0.1/"), Some("/"));
        for elsewhere in [
            "http://localhost",
            "https://localhost/callback",
            "http://localhost.evil.example/callback",
            "http://localhost@evil.example/callback",
            "http://evil.example:80/callback",
            "//localhost/callback",
        ] {
            assert_eq!(loopback_path(elsewhere), None, "{elsewhere}");
        }
    }
}
