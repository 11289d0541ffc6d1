use std::time::Duration;

use harness::{ADMIN, World};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::Value;

use super::{claims, code, me, redeem, refresh, request};

#[tokio::test]
async fn from_the_page_to_a_token_and_its_renewal() {
    let world = World::start().await;
    let page = world.send(world.request("GET", "/oauth2/authorize").query(&request())).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains(ADMIN) && page.header("content-security-policy").starts_with("default-src 'none'")
    );

    let signed_in = world.clock.now().seconds();
    let tokens = redeem(&world, &code(&world, "ADMIN@acme.example").await).await;
    assert_eq!(tokens.header("cache-control"), "no-store");
    let tokens = tokens.ok();
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &900.into()));
    let access = tokens["access_token"].as_str().expect("a token");
    assert_eq!(me(&world, access).await.ok()["account"]["email"], ADMIN);
    let identity = claims(tokens["id_token"].as_str().expect("a token"));
    for (name, expected) in [
        ("iss", world.stack.url.as_str()),
        ("aud", "company-dashboard"),
        ("sub", ADMIN),
        ("email", ADMIN),
        ("nonce", "a nonce"),
        ("token_use", "id"),
    ] {
        assert_eq!(identity[name], expected, "{name}");
    }

    world.advance(Duration::from_mins(14));
    let renewed = refresh(&world, tokens["refresh_token"].as_str().expect("a token")).await.ok();
    world.advance(Duration::from_mins(14));
    let access = renewed["access_token"].as_str().expect("a token");
    me(&world, access).await.ok();
    // A renewal is not a new sign-in: a suspension in between still voids the session.
    let auth_time = claims(access)["auth_time"].as_i64().expect("a time");
    assert!((signed_in..signed_in + 60).contains(&auth_time), "{auth_time} {signed_in}");
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
}

/// The steps of a client library: discovery, then the key set, then the signature.
#[tokio::test]
async fn the_key_set_verifies_what_discovery_promises() {
    let world = World::start().await;
    let get = async |path: &str| world.send(world.request("GET", path)).await.ok();
    let discovery = get("/.well-known/openid-configuration").await;
    assert_eq!(discovery["issuer"], world.stack.url);
    assert_eq!(discovery["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    let jwks = discovery["jwks_uri"].as_str().expect("an address").replace(&world.stack.url, "");
    let keys: JwkSet = serde_json::from_value(get(&jwks).await).expect("a key set");
    let key = DecodingKey::from_jwk(&keys.keys[0]).expect("a key");
    let tokens = redeem(&world, &code(&world, ADMIN).await).await.ok();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["company-dashboard"]);
    for name in ["access_token", "id_token"] {
        let token = tokens[name].as_str().expect("a token");
        jsonwebtoken::decode::<Value>(token, &key, &validation).expect("verified");
    }
}

#[tokio::test]
async fn an_id_token_gives_no_access() {
    let world = World::start().await;
    let tokens = redeem(&world, &code(&world, ADMIN).await).await.ok();
    assert_eq!(me(&world, tokens["id_token"].as_str().expect("a token")).await.status, 403);
}

#[tokio::test]
async fn signing_out_redirects_only_to_the_page() {
    let world = World::start().await;
    let out = async |client: &str, address: &str| {
        let query = [("client_id", client), ("logout_uri", address)];
        world.send(world.request("GET", "/logout").query(&query)).await
    };
    let page = "http://localhost:3000/signed-out";
    let answer = out("company-dashboard", page).await;
    assert_eq!((answer.status, answer.header("location")), (303, page));
    for (client, address) in [
        ("another", page),
        ("company-dashboard", "https://evil.example/signed-out"),
        ("company-dashboard", "http://localhost@evil.example/"),
        ("company-dashboard", "http://localhost:3000/elsewhere"),
        ("company-dashboard", ""),
    ] {
        let answer = out(client, address).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{client} {address}");
    }
}

#[tokio::test]
async fn a_revoked_refresh_token_renews_nothing() {
    let world = World::start().await;
    let tokens = redeem(&world, &code(&world, ADMIN).await).await.ok();
    let token = tokens["refresh_token"].as_str().expect("a token");
    world.send(world.request("POST", "/oauth2/revoke").form(&[("token", token)])).await.ok();
    assert_eq!(refresh(&world, token).await.status, 400);
}
