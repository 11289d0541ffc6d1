use local::issuer::Issuer;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use tests::{ADMIN, KEYS, World};

#[tokio::test]
async fn bad_tokens_are_refused_before_the_function() {
    let world = World::start().await;
    // Alone, without `Bearer`, a good token is accepted, as API Gateway accepts it.
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
async fn nobody_unknown_or_suspended_gets_a_token() {
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
async fn other_hosts_and_pages_of_other_sites_are_turned_away() {
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
async fn what_the_template_does_not_route_is_not_found() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for (method, path) in
        [("DELETE", KEYS), ("GET", "/admin/v1"), ("GET", "/admin/v1/api-keys/"), ("POST", "/provision")]
    {
        let answer = world.call(method, path, &admin, Value::Null).await;
        assert_eq!((answer.status, answer.json()), (404, json!({"message": "Not Found"})), "{method} {path}");
    }
}

#[tokio::test]
async fn every_answer_of_a_function_is_kept_from_caches() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for path in [KEYS, "/admin/v1/me", "/enterprise/v1/accounts/x"] {
        assert_eq!(world.call("GET", path, &admin, Value::Null).await.header("cache-control"), "no-store");
    }
}
