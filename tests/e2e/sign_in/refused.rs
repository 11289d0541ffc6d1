use std::time::Duration;

use harness::{ADMIN, World};

use super::{CALLBACK, VERIFIER, authorize, came_back, code, redeem, refresh, request, token, with};

/// Such a request can't be trusted, so it gets no redirect.
#[tokio::test]
async fn an_unknown_client_or_redirect_address_is_shown_to_the_person() {
    let world = World::start().await;
    for (name, value) in [
        ("client_id", "another"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", "http://localhost.evil.example/callback"),
        ("redirect_uri", "http://localhost@evil.example/callback"),
        ("redirect_uri", "http://localhost:3000/callback?more"),
        ("redirect_uri", "http://localhost:3000/elsewhere"),
        ("redirect_uri", "javascript:alert(1)//localhost/callback"),
        ("redirect_uri", ""),
    ] {
        for answer in [
            world.send(world.request("GET", "/oauth2/authorize").query(&with(name, value))).await,
            authorize(&world, &with(name, value), ADMIN).await,
        ] {
            assert_eq!((answer.status, answer.header("location")), (400, ""), "{name} {value}");
            assert!(answer.header("content-type").starts_with("text/html"));
        }
    }
}

#[tokio::test]
async fn other_errors_are_returned_to_the_page() {
    let world = World::start().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "openid admin", "invalid_scope"),
        ("scope", "", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
    ] {
        let answer = world.send(world.request("GET", "/oauth2/authorize").query(&with(name, value))).await;
        let back = came_back(&answer);
        assert_eq!(
            (back["error"].as_str(), back["state"].as_str()),
            (Some(error), Some("a state")),
            "{name} {value}"
        );
    }
}

/// Duplicate parameters are refused (RFC 6749 §3.1), and the page escapes text from the request.
#[tokio::test]
async fn requests_made_to_confuse() {
    let world = World::start().await;
    let mut twice = request();
    twice.push(("redirect_uri", "https://evil.example/callback".into()));
    assert_eq!(world.send(world.request("GET", "/oauth2/authorize").query(&twice)).await.status, 400);
    let markup = with("state", "\"><script>alert(1)</script>");
    let page = world.send(world.request("GET", "/oauth2/authorize").query(&markup)).await;
    assert!(page.status == 200 && !page.text.contains("<script"), "{}", page.text);
}

#[tokio::test]
async fn a_code_is_valid_only_for_its_own_request() {
    let world = World::start().await;
    for (name, value, error) in [
        ("code_verifier", "another-verifier-of-at-least-forty-three-characters", "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "http://localhost:3000/callback", "invalid_grant"),
        ("code", "another", "invalid_grant"),
        ("client_id", "another", "invalid_client"),
        ("grant_type", "password", "unsupported_grant_type"),
    ] {
        let code = code(&world, ADMIN).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "company-dashboard"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let form = form.map(|(known, good)| (known, if known == name { value } else { good }));
        let answer = token(&world, &form).await;
        assert_eq!(answer.json()["error"], error, "{name} {value}");
        assert!([400, 401].contains(&answer.status));
    }
}

#[tokio::test]
async fn a_code_is_valid_once_and_for_a_minute() {
    let world = World::start().await;
    let late = code(&world, ADMIN).await;
    world.advance(Duration::from_secs(61));
    assert_eq!(redeem(&world, &late).await.status, 400);

    let good = code(&world, ADMIN).await;
    let tokens = redeem(&world, &good).await.ok();
    assert_eq!(redeem(&world, &good).await.status, 400);
    // A code that is used twice was stolen: the tokens issued for it end.
    assert_eq!(refresh(&world, tokens["refresh_token"].as_str().expect("a token")).await.status, 400);
}

#[tokio::test]
async fn a_used_refresh_token_ends_its_family() {
    let world = World::start().await;
    let first = redeem(&world, &code(&world, ADMIN).await).await.ok()["refresh_token"].clone();
    let first = first.as_str().expect("a token");
    let second = refresh(&world, first).await.ok()["refresh_token"].clone();
    // A page that lost the response asks again immediately.
    refresh(&world, first).await.ok();
    world.advance(Duration::from_secs(11));
    assert_eq!(refresh(&world, first).await.status, 400);
    assert_eq!(refresh(&world, second.as_str().expect("a token")).await.status, 400);
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours() {
    let world = World::start().await;
    let mut token = redeem(&world, &code(&world, ADMIN).await).await.ok()["refresh_token"].clone();
    for _ in 0..3 {
        world.advance(Duration::from_mins(4 * 60 - 1));
        token = refresh(&world, token.as_str().expect("a token")).await.ok()["refresh_token"].clone();
    }
    world.advance(Duration::from_mins(4));
    assert_eq!(refresh(&world, token.as_str().expect("a token")).await.status, 400);
}

/// As Cognito passes on the message of the pre-token-generation trigger.
#[tokio::test]
async fn suspended_and_unknown_people_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let member = redeem(&world, &code(&world, "member-1@acme.example").await).await.ok();
    world.suspend(&key, "acme-member-1").await.ok();
    for (email, kind) in [
        ("member-1@acme.example", "account-suspended"),
        ("nobody@acme.example", "account-unknown"),
        ("", "account-unknown"),
    ] {
        let back = came_back(&authorize(&world, &request(), email).await);
        assert_eq!(
            (back["error"].as_str(), back["state"].as_str()),
            (Some("invalid_request"), Some("a state"))
        );
        let description = back["error_description"].as_str().expect("a description");
        assert!(
            description.starts_with("PreTokenGeneration failed with error") && description.contains(kind)
        );
        assert!(back.get("code").is_none());
    }
    let renewal = refresh(&world, member["refresh_token"].as_str().expect("a token")).await;
    assert_eq!((renewal.status, &renewal.json()["error"]), (400, &"invalid_grant".into()));
    assert!(renewal.string("error_description").contains("account-suspended"));
}

/// A page of another site can't submit the form for a person.
#[tokio::test]
async fn pages_of_other_sites_cannot_submit_the_form() {
    let world = World::start().await;
    for origin in ["https://evil.example", "null"] {
        let post = world.request("POST", "/oauth2/authorize").query(&request()).form(&[("email", ADMIN)]);
        assert_eq!(world.send(post.header("origin", origin)).await.status, 403, "{origin}");
    }
}
