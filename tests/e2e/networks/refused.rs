use std::time::Duration;

use harness::{ADMIN, Key, World, eventually};
use serde_json::{Value, json};
use store::{Service, Settings, Tables};

use super::{ELSEWHERE, MEMBER, OFFICE, call_from, office, read_from};

#[tokio::test]
async fn an_enforced_list_refuses_other_networks_on_every_route() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = ["deprovisioning", "scim", "audit-log"];
    let key = world.create_key_with(&admin, json!({"scopes": scopes, "networks": office("enforce")})).await;
    let account = format!("/enterprise/v1/accounts/{MEMBER}");
    let routes = [
        ("GET", account.clone(), Value::Null),
        ("POST", format!("{account}/suspend"), Value::Null),
        ("POST", "/enterprise/v1/accounts/suspend".into(), json!({"accounts": [MEMBER]})),
        ("GET", "/enterprise/v1/scim/Users".into(), Value::Null),
        ("GET", "/enterprise/v1/audit-log".into(), Value::Null),
        ("GET", "/enterprise/v1/api-key".into(), Value::Null),
        ("POST", "/enterprise/v1/api-key/rotate".into(), Value::Null),
    ];
    for (method, path, body) in routes {
        let answer = call_from(&world, ELSEWHERE, &key, method, &path, body).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
        assert!(answer.text.contains("network-not-allowed"), "{}", answer.text);
    }
    let listed = world.listed(&admin, &key).await;
    assert_eq!(listed["networks"], office("enforce"));
    assert_eq!(listed.get("lastUsedAt"), None, "a refused request is no use: {listed}");
    read_from(&world, OFFICE, &key).await.ok();
    world.noted(&key, "lastUsedAt").await;
    // Whoever holds a key may end it.
    call_from(&world, ELSEWHERE, &key, "POST", "/enterprise/v1/api-key/revoke", Value::Null).await.ok();
    assert_eq!(read_from(&world, OFFICE, &key).await.status, 401);
    assert_eq!(read_from(&world, ELSEWHERE, &key).await.status, 401, "like every revoked key");
}

#[tokio::test]
async fn a_list_that_reports_refuses_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"networks": office("report")})).await;
    for address in [OFFICE, ELSEWHERE] {
        read_from(&world, address, &key).await.ok();
    }
}

#[tokio::test]
async fn refusals_are_recorded_once_a_minute_and_counted() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"networks": office("enforce")})).await;
    for _ in 0..5 {
        assert_eq!(read_from(&world, ELSEWHERE, &key).await.problem(), (403, "network-not-allowed".into()));
    }
    world.noted(&key, "networkRefusedAt").await;
    let events = world.events("acme").await;
    let refusals: Vec<_> =
        events.iter().filter(|event| event["action"] == "REFUSE_API_KEY_NETWORK").collect();
    let [event] = refusals.as_slice() else { panic!("{refusals:?}") };
    assert_eq!((&event["ip"], &event["actor"]["id"]), (&json!(ELSEWHERE), &json!(key.id)));
    let path = format!("{}/{}", harness::KEYS, key.id);
    let refused = async || {
        let details = world.call("GET", &path, &admin, Value::Null).await.ok();
        details["uses"]["days"][0]["refused"]["network"].clone()
    };
    world.advance(Duration::from_secs(61));
    read_from(&world, ELSEWHERE, &key).await;
    eventually("another event", async || world.count_events("acme", "REFUSE_API_KEY_NETWORK").await == 2)
        .await;
    eventually("counted", async || refused().await == 6).await;
}

/// Whoever uses a stolen key from elsewhere must not keep the owner out.
#[tokio::test]
async fn refused_requests_use_up_no_limit() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.change_limits("acme", json!({"key": 100})).await;
    let key = world.create_key_with(&admin, json!({"networks": office("enforce")})).await;
    world.begin_minute();
    for _ in 0..120 {
        assert_eq!(read_from(&world, ELSEWHERE, &key).await.status, 403);
    }
    read_from(&world, OFFICE, &key).await.ok();
}

#[tokio::test]
async fn a_refused_request_is_not_the_first_use_of_a_new_secret() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key_with(&admin, json!({"networks": office("enforce")})).await;
    let new = world.rotate(&admin, &old).await;
    assert_eq!(read_from(&world, ELSEWHERE, &new).await.status, 403);
    let listed = world.listed(&admin, &old).await;
    assert!(listed.get("newSecret").is_some() && listed.get("oldSecret").is_none(), "{listed}");
    read_from(&world, OFFICE, &new).await.ok();
    let listed = world.listed(&admin, &old).await;
    assert!(listed.get("newSecret").is_none() && listed.get("oldSecret").is_some(), "{listed}");
}

/// Requests without a readable address, which API Gateway doesn't send.
#[tokio::test]
async fn an_address_that_cannot_be_read_is_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let everywhere = json!({"mode": "enforce", "ranges": ["0.0.0.0/0", "::/0"]});
    let key = world.create_key_with(&admin, json!({"networks": everywhere})).await;
    let settings = Settings::for_endpoint(&world.dynamodb.url, "account-status");
    let instance = Service::new(Tables::new(settings), world.clock.clone());
    for (address, status) in [
        (json!("203.0.113.1"), 200),
        (json!("::ffff:203.0.113.1"), 200),
        (json!("2001:db8::1"), 200),
        (json!(null), 403),
        (json!(""), 403),
        (json!("203.0.113.1, 10.0.0.1"), 403),
        (json!("unknown"), 403),
    ] {
        let event = event(&key, &address);
        let answer = web::answer(account_status::NAME, &instance, event, account_status::handle).await;
        assert_eq!(answer.status_code, status, "{address}");
    }
}

fn event(key: &Key, address: &Value) -> web::GatewayEvent {
    let event = json!({
        "routeKey": "GET /enterprise/v1/accounts/{account}",
        "rawPath": format!("/enterprise/v1/accounts/{MEMBER}"),
        "headers": {"authorization": key.authorization()},
        "pathParameters": {"account": MEMBER},
        "requestContext": {"requestId": "test", "http": {"method": "GET", "sourceIp": address}},
    });
    serde_json::from_value(event).expect("an event")
}
