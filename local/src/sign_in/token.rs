//! The token endpoint (RFC 6749 §4.1.3 and §6) and the revocation endpoint (RFC 7009).

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::time::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Service;

use super::{AUDIENCE, SignInEndpoints, TRIGGER_REFRESH, TRIGGER_SIGN_IN, form::Form, grants::SignIn};
use crate::{http::json_response, issuer::LIFETIME};

/// Answers a token request.
pub(super) async fn answer(
    endpoints: &SignInEndpoints,
    service: &Service,
    form: &Form,
    now: Timestamp,
) -> Response {
    if form.get("client_id") != Some(AUDIENCE) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client", "client_id must be company-dashboard");
    }
    let invalid = |description: &str| refusal(StatusCode::BAD_REQUEST, "invalid_grant", description);
    match form.get("grant_type") {
        Some("authorization_code") => {
            let field = |name| form.get(name).unwrap_or_default();
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
            let redeemed = endpoints.grants.redeem(
                field("code"),
                |code| code.challenge == challenge && code.redirect_uri == field("redirect_uri"),
                now,
            );
            let Some((sign_in, refresh_token)) = redeemed else {
                return invalid("The code was used, has expired or belongs to another request");
            };
            tokens(endpoints, service, &sign_in, TRIGGER_SIGN_IN, refresh_token, now).await
        }
        Some("refresh_token") => {
            let token = form.get("refresh_token").unwrap_or_default();
            let Some(sign_in) = endpoints.grants.sign_in(token, now) else {
                return invalid("The refresh token was used, has expired or was revoked");
            };
            let Some(next) = endpoints.grants.rotate(token, now) else {
                return invalid("The refresh token was revoked");
            };
            tokens(endpoints, service, &sign_in, TRIGGER_REFRESH, next, now).await
        }
        _ => refusal(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "grant_type must be authorization_code or refresh_token",
        ),
    }
}

/// Revokes a refresh token. An unknown token counts as revoked (RFC 7009 §2.2).
pub(super) fn revoke(endpoints: &SignInEndpoints, form: &Form) -> Response {
    endpoints.grants.revoke(form.get("token").unwrap_or_default());
    json_response(&json!({}))
}

async fn tokens(
    endpoints: &SignInEndpoints,
    service: &Service,
    sign_in: &SignIn,
    trigger: &str,
    refresh_token: String,
    now: Timestamp,
) -> Response {
    let claims = match endpoints.issuer.admit(service, &sign_in.subject, trigger, now).await {
        Ok(claims) => claims,
        Err(refused) => {
            let description = format!("PreTokenGeneration failed with error {refused}");
            return refusal(StatusCode::BAD_REQUEST, "invalid_grant", &description);
        }
    };
    let issuer = &endpoints.issuer;
    json_response(&json!({
        "access_token": issuer.access_token(&sign_in.subject, &sign_in.scope, &claims, sign_in.auth_time, now),
        "id_token": issuer.sign(&id_claims(&issuer.url, sign_in, now)),
        "refresh_token": refresh_token,
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "scope": sign_in.scope,
    }))
}

fn id_claims(issuer: &str, sign_in: &SignIn, now: Timestamp) -> Value {
    let mut claims = json!({
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": sign_in.subject,
        "email": sign_in.subject,
        "token_use": "id",
        "auth_time": sign_in.auth_time,
        "iat": now.seconds(),
        "exp": now.seconds() + LIFETIME,
    });
    if let Some(nonce) = &sign_in.nonce {
        claims["nonce"] = nonce.as_str().into();
    }
    claims
}

/// An error response of the token endpoint (RFC 6749 §5.2).
fn refusal(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({"error": error, "error_description": description});
    (status, json_response(&body)).into_response()
}
