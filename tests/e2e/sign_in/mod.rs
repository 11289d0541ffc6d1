//! The issuer of the local stack, as a browser uses it: the authorization code flow with PKCE.

mod flow;
mod refused;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::{Answer, World};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const CALLBACK: &str = "http://localhost:5173/callback";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

/// The parameters of a valid authorization request.
fn request() -> Vec<(&'static str, String)> {
    vec![
        ("response_type", "code".into()),
        ("client_id", "company-dashboard".into()),
        ("redirect_uri", CALLBACK.into()),
        ("scope", "openid email company-api-keys/admin".into()),
        ("state", "a state".into()),
        ("nonce", "a nonce".into()),
        ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
        ("code_challenge_method", "S256".into()),
    ]
}

/// The same with another value, or without it if empty.
fn with(name: &str, value: &str) -> Vec<(&'static str, String)> {
    let parameters =
        request().into_iter().map(|(known, old)| (known, if known == name { value.into() } else { old }));
    parameters.filter(|(_, value)| !value.is_empty()).collect()
}

/// Chooses a person on the authorize page.
async fn authorize(world: &World, request: &[(&str, String)], email: &str) -> Answer {
    let post = world.request("POST", "/oauth2/authorize").query(request).form(&[("email", email)]);
    world.send(post).await
}

/// The parameters with which the browser returns to the page.
fn came_back(answer: &Answer) -> Value {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let address = Url::parse(answer.header("location")).expect("an address");
    assert!(address.as_str().starts_with(&format!("{CALLBACK}?")), "{address}");
    Value::Object(address.query_pairs().map(|(name, value)| (name.into(), value.into())).collect())
}

/// Signs in and returns the code.
async fn code(world: &World, email: &str) -> String {
    let back = came_back(&authorize(world, &request(), email).await);
    assert_eq!(back["state"], "a state");
    back["code"].as_str().expect("a code").to_owned()
}

async fn token(world: &World, form: &[(&str, &str)]) -> Answer {
    world.send(world.request("POST", "/oauth2/token").form(form)).await
}

async fn redeem(world: &World, code: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "company-dashboard"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    token(world, &form).await
}

async fn refresh(world: &World, refresh_token: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", "company-dashboard"),
        ("refresh_token", refresh_token),
    ];
    token(world, &form).await
}

/// The claims of a token, unverified.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

async fn me(world: &World, token: &str) -> Answer {
    world.call("GET", "/admin/v1/me", &format!("Bearer {token}"), json!(null)).await
}
