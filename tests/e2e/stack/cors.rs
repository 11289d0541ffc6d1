//! Cross-origin requests are answered according to the template's `CorsConfiguration`.

use std::collections::BTreeSet;

use harness::{ADMIN, Answer, KEYS, World};
use local::template::{SOURCE, Template};
use serde_json::json;

const PAGE: &str = "http://localhost:3000";

async fn preflight(world: &World, path: &str, origin: &str) -> Answer {
    let request = world.request("OPTIONS", path).header("origin", origin);
    world.send(request.header("access-control-request-method", "POST")).await
}

#[tokio::test]
async fn a_preflight_is_answered_before_any_function() {
    let world = World::start().await;
    let cors = Template::read(SOURCE).expect("readable").cors;
    let _ = world.dynamodb.take_calls();
    let answer = preflight(&world, KEYS, PAGE).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    for (name, expected) in [
        ("access-control-allow-origin", PAGE.to_owned()),
        ("access-control-allow-methods", cors.methods.join(",")),
        ("access-control-allow-headers", cors.headers.join(",")),
        ("access-control-max-age", cors.max_age.to_string()),
        ("vary", "origin".into()),
        ("access-control-allow-credentials", String::new()),
    ] {
        assert_eq!(answer.header(name), expected, "{name}");
    }
    // The page's requests are allowed.
    for header in ["authorization", "content-type", "idempotency-key"] {
        assert!(cors.headers.iter().any(|allowed| allowed == header), "{header}");
    }
    let template = Template::read(SOURCE).expect("readable");
    let routes = template.routes.iter().filter(|route| route.path.starts_with("/admin/"));
    let used: BTreeSet<_> = routes.map(|route| route.method.clone()).collect();
    assert_eq!(
        used,
        cors.methods.iter().cloned().collect(),
        "what the dashboard's routes need, and nothing else"
    );
    assert_eq!(world.dynamodb.take_calls(), []);
}

/// API Gateway adds the headers to the responses of functions, including errors, but not to its own errors.
#[tokio::test]
async fn the_page_may_read_every_answer_of_a_function_and_no_other() {
    let world = World::start().await;
    let (admin, member) = (world.sign_in(ADMIN).await, world.sign_in("member-1@acme.example").await);
    let huge = format!("{KEYS}?x={}", "x".repeat(10_300));
    for (path, authorization, status, is_readable) in [
        (KEYS, admin.as_str(), 200, true),
        (KEYS, &member, 403, true),
        ("/enterprise/v1/accounts/x", "Bearer x", 401, true),
        (KEYS, "Bearer x", 401, false),
        ("/admin/v1/nothing", &admin, 404, false),
        (&huge, &admin, 431, false),
    ] {
        let request = world.request("GET", path).header("authorization", authorization);
        let answer = world.send(request.header("origin", PAGE)).await;
        assert_eq!(answer.status, status, "{path}");
        let headers = ["access-control-allow-origin", "access-control-expose-headers", "vary"];
        let expected = if is_readable { [PAGE, "retry-after", "origin"] } else { ["", "", ""] };
        assert_eq!(headers.map(|name| answer.header(name)), expected, "{path} {status}");
    }
    let without = world.call("GET", KEYS, &admin, json!(null)).await;
    assert_eq!(without.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn pages_of_other_sites_may_read_nothing() {
    let world = World::start().await;
    for path in [KEYS, "/oauth2/token", "/.well-known/jwks.json"] {
        let answer = preflight(&world, path, "https://evil.example").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, ""), "{path}");
    }
}

/// The routes that exist only on a laptop allow no cross-origin requests.
#[tokio::test]
async fn the_routes_for_developers_allow_no_cross_origin_requests() {
    let world = World::start().await;
    for path in ["/local/token", "/local/provision", "/", "/oauth2/authorize"] {
        let request = world.request("POST", path).header("origin", PAGE).json(&json!({"email": ADMIN}));
        assert_eq!(world.send(request).await.header("access-control-allow-origin"), "", "{path}");
    }
    for path in
        ["/oauth2/token", "/oauth2/revoke", "/.well-known/openid-configuration", "/.well-known/jwks.json"]
    {
        assert_eq!(preflight(&world, path, PAGE).await.header("access-control-allow-origin"), PAGE, "{path}");
    }
}
