use harness::{ADMIN, Answer, KEYS, World};
use local::{Options, Stack, issuer::Issuer};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

#[tokio::test]
async fn invalid_tokens_are_refused_before_the_function() {
    let world = World::start().await;
    // A valid token without `Bearer` is accepted, as API Gateway accepts it.
    let good = world.sign_in(ADMIN).await;
    world.call("GET", KEYS, &good.replace("Bearer ", ""), Value::Null).await.ok();
    let stranger = Issuer::open(world.stack.url.clone(), None).expect("an issuer");
    let now = world.clock.now().seconds();
    let foreign = stranger.sign(&json!({
        "iss": world.stack.url, "aud": local::issuer::AUDIENCE, "scope": "company-api-keys/admin",
        "company_id": "acme", "account_id": "acme-admin", "auth_time": now, "exp": now + 900,
    }));
    let _ = world.dynamodb.take_calls();
    for authorization in
        [format!("Bearer {foreign}"), "Bearer x.y.z".into(), "Basic eDp5".into(), "Bearer".into()]
    {
        let answer = world.call("GET", KEYS, &authorization, Value::Null).await;
        assert_eq!(
            (answer.status, answer.json()),
            (401, json!({"message": "Unauthorized"})),
            "{authorization}"
        );
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(answer.header("x-amzn-remapped-www-authenticate"), "");
    }
    let missing = world.send(world.request("GET", KEYS)).await;
    assert_eq!((missing.status, missing.json()), (401, json!({"message": "Unauthorized"})));
    assert_eq!(world.dynamodb.take_calls(), []);
}

#[tokio::test]
async fn a_token_ends_after_fifteen_minutes() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.advance(std::time::Duration::from_mins(14));
    world.call("GET", KEYS, &admin, Value::Null).await.ok();
    world.advance(std::time::Duration::from_mins(1));
    assert_eq!(world.call("GET", KEYS, &admin, Value::Null).await.status, 401);
}

#[tokio::test]
async fn unknown_and_suspended_people_get_no_token() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.suspend(&key, "acme-member-1").await.ok();
    let ask = async |email: &str| {
        world.send(world.request("POST", "/local/token").json(&json!({"email": email}))).await
    };
    assert_eq!(ask("nobody@acme.example").await.status, 404);
    assert_eq!(ask("").await.status, 404);
    assert_eq!(ask("member-1@acme.example").await.status, 403);
}

#[tokio::test]
async fn other_hosts_and_pages_of_other_sites_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let ask = async |name: &str, value: &str| {
        let request = world.request("GET", KEYS).header(AUTHORIZATION, &admin).header(name, value);
        world.send(request).await.status
    };
    assert_eq!(ask("host", "evil.example").await, 421);
    assert_eq!(ask("host", "localhost.evil.example:3000").await, 421);
    assert_eq!(ask("host", "localhost:3000").await, 200);
    assert_eq!(ask("origin", "https://evil.example").await, 403);
    assert_eq!(ask("origin", "null").await, 403);
    assert_eq!(ask("origin", "http://localhost:3000").await, 200);
}

#[tokio::test]
async fn routes_that_the_template_does_not_have_are_not_found() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for (method, path) in
        [("DELETE", KEYS), ("GET", "/admin/v1"), ("GET", "/admin/v1/api-keys/"), ("POST", "/provision")]
    {
        let answer = world.call(method, path, &admin, Value::Null).await;
        assert_eq!((answer.status, answer.json()), (404, json!({"message": "Not Found"})), "{method} {path}");
    }
}

/// API Gateway renames the challenge of a function, but not its own.
#[tokio::test]
async fn the_challenge_of_a_function_has_another_header_name() {
    let world = World::start().await;
    for path in ["/enterprise/v1/accounts/x", "/enterprise/v1/scim/Users", "/enterprise/v1/audit-log"] {
        let answer = world.send(world.request("GET", path)).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.header("x-amzn-remapped-www-authenticate"), "apikey, Bearer", "{path}");
        assert_eq!(answer.header("www-authenticate"), "", "{path}");
    }
}

/// API Gateway passes a body of another type than text or JSON in base64. The functions decode it.
#[tokio::test]
async fn bodies_of_any_type_reach_the_function() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for content_type in ["application/json", "application/scim+json", "application/octet-stream", ""] {
        let request = world.request("POST", KEYS).header("authorization", &admin);
        let request = request.body(r#"{"name": "Schlüssel", "scopes": ["scim"]}"#);
        let request =
            if content_type.is_empty() { request } else { request.header("content-type", content_type) };
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.string("name")), (201, "Schlüssel".into()), "{content_type}");
    }
}

/// With `--throttle`.
#[tokio::test]
async fn each_route_is_limited_by_itself() {
    let stack = Stack::start(Options { throttle: true, ..Options::in_memory() }).await.expect("a stack");
    let http = reqwest::Client::new();
    let ask = async |path: &str| {
        let request = http.get(format!("{}{path}", stack.url)).header("origin", "http://localhost:3000");
        Answer::of(request.send().await.expect("a response")).await
    };
    let answers = futures_util::future::join_all((0..400).map(|_| ask("/enterprise/v1/scim/"))).await;
    let (passed, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 401);
    assert!(passed.len() >= 40 && !refused.is_empty(), "{} passed", passed.len());
    for answer in refused {
        assert_eq!((answer.status, answer.json()), (429, json!({"message": "Too Many Requests"})));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
    assert_eq!(ask("/enterprise/v1/scim/Users").await.status, 401);
}

#[tokio::test]
async fn every_response_of_a_function_forbids_caching() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for path in [KEYS, "/admin/v1/me", "/enterprise/v1/accounts/x"] {
        assert_eq!(world.call("GET", path, &admin, Value::Null).await.header("cache-control"), "no-store");
    }
}
