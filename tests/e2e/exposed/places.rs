//! Each place of a request, on each function of the enterprise plane.

use std::time::Duration;

use domain::scope::Scope;
use harness::{ADMIN, Answer, KEYS, Key, World, eventually};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use store::write_notices;

use super::{exposures, in_query};
use crate::uses::instance;

const ACCOUNT: &str = "/enterprise/v1/accounts/acme-member-1";
const MANY: &str = "/enterprise/v1/accounts/suspend";
const USERS: &str = "/enterprise/v1/scim/Users";

/// JSON with this text in which only a parser finds a key.
pub(super) fn escaped(secret: &str) -> String {
    // The escape of a digit ends with that digit, so a key that begins with one would be found without a parser.
    secret.replace('_', "\\u005f")
}

/// Requests with the key in each place, with the names of the places.
fn requests(world: &World, secret: &str) -> Vec<(&'static str, RequestBuilder)> {
    let get = |path: &str| world.request("GET", path);
    let post = |path: &str, body: String| {
        world.request("POST", path).header("content-type", "application/json").body(body)
    };
    let encoded = secret.replace('_', "%5F");
    let first = format!("%{:02X}{}", secret.as_bytes()[0], &secret[1..]);
    let name = |text: &str| json!({"userName": text}).to_string();
    vec![
        ("query", get(&format!("{ACCOUNT}?key={secret}"))),
        ("query", get(&format!("{ACCOUNT}?{secret}"))),
        ("query", get(&format!("{ACCOUNT}?key={first}"))),
        ("query", get(&format!("{USERS}?filter=userName%20eq%20%22{encoded}%22"))),
        ("query", get(&format!("/enterprise/v1/audit-log?nextToken={secret}"))),
        ("query", get(&format!("/enterprise/v1/api-key?key={secret}"))),
        ("path", get(&format!("/enterprise/v1/accounts/{secret}"))),
        ("path", get(&format!("/enterprise/v1/accounts/{encoded}"))),
        ("path", get(&format!("{USERS}/{first}"))),
        ("cookie", get(ACCOUNT).header("cookie", format!("a=b; key={secret}"))),
        ("header", get(ACCOUNT).header("x-api-key", secret)),
        ("header", get(ACCOUNT).header("referer", format!("https://acme.example/?key={secret}"))),
        ("body", post(&format!("{ACCOUNT}/suspend"), format!("key={secret}"))),
        ("body", post(MANY, json!({"accounts": ["acme-member-1", secret]}).to_string())),
        ("body", post(MANY, format!("{{\"accounts\": [\"{}\"]}}", escaped(secret)))),
        ("body", post(USERS, name(secret))),
        ("body", post(USERS, name("X").replace('X', &escaped(secret)))),
        ("body", post(USERS, name("X").replace("userName", &escaped(secret)))),
        ("body", post("/enterprise/v1/api-key/rotate", json!({"overlapSeconds": secret}).to_string())),
        ("body", post("/enterprise/v1/api-key/rotate", format!("{{\"{}\": 1}}", escaped(secret)))),
    ]
}

/// Sends the request until there are so many events about the key, and returns its response. What follows a response has a time
/// limit, which may be too short on a busy machine. Then the next request tries again.
async fn send_until(count: usize, world: &World, key: &Key, request: &RequestBuilder) -> Answer {
    let mut first = None;
    eventually("the exposure is recorded", async || {
        let answer = world.send(request.try_clone().expect("a body in memory")).await;
        first.get_or_insert(answer);
        exposures(world, "acme", key).await.len() >= count
    })
    .await;
    first.expect("a response")
}

fn is_without(text: &str, key: &Key) -> bool {
    [&key.secret[..22], &key.secret[28..50]].iter().all(|half| !text.contains(half))
}

#[tokio::test]
async fn each_place_is_recorded_and_never_the_key() {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = json!({"scopes": Scope::ALL.map(Scope::id), "selfRotation": {"lifetimeDays": 30}});
    let caller = world.create_key_with(&admin, scopes).await;
    let count = requests(&world, &caller.secret).len();
    for number in 0..count {
        if number % 5 == 4 {
            // An instance looks up a limited number of keys in a minute.
            world.advance(Duration::from_mins(1));
        }
        let key = world.create_key(&admin).await;
        let (place, request) = requests(&world, &key.secret).swap_remove(number);
        let request = request.header("authorization", caller.authorization());
        let answer = send_until(1, &world, &key, &request).await;
        let named = format!("request {number}");
        if answer.text.contains("SCIM") || answer.text.contains("scim") {
            assert!(
                answer.status == 400 && answer.text.contains("(misplaced-key)"),
                "{named}: {}",
                answer.text
            );
        } else {
            assert_eq!(answer.problem(), (400, "misplaced-key".into()), "{named}");
        }
        let events = exposures(&world, "acme", &key).await;
        let [event] = events.as_slice() else { panic!("{named}: {events:?}") };
        let party = json!({"type": "api_key", "id": key.id, "name": "Test", "mask": key.mask()});
        assert_eq!((&event["actor"], &event["affected"]), (&party, &party), "{named}");
        assert_eq!(event["details"], json!({"place": place}), "{named}");
        assert_eq!(
            (&event["ip"], &event["requestId"]),
            (&json!("127.0.0.1"), &event["requestId"]),
            "{named}"
        );
        assert!(is_without(&answer.text, &key) && is_without(&event.to_string(), &key), "{named}");
        let shown = world.call("GET", "/admin/v1/audit-log?maxResults=1", &admin, Value::Null).await;
        let shown = &shown.ok()["data"][0];
        assert_eq!((&shown["action"], &shown["place"]), (&json!("EXPOSE_API_KEY"), &json!(place)), "{named}");
        assert_eq!((&shown["actor"], &shown["actor"]["type"]), (&shown["affected"], &json!("API_KEY")));
        // Frees a place for the next key.
        world.revoke(&admin, &key).await.ok();
    }
}

/// The refusal comes before authentication, so a request without a credential tells of the key too.
#[tokio::test]
async fn a_credential_is_not_needed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for (before, authorization) in [None, Some("apikey none"), Some(&*admin)].into_iter().enumerate() {
        world.advance(Duration::from_mins(2));
        let request = world.request("GET", &format!("{ACCOUNT}?key={}", key.secret));
        let request =
            authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
        let answer = send_until(before + 1, &world, &key, &request).await;
        assert_eq!(answer.problem(), (400, "misplaced-key".into()));
    }
    // In `Authorization`, a key is where it belongs, whatever the scheme.
    world.advance(Duration::from_mins(2));
    let instance = instance(&world);
    let mut event = in_query("");
    for scheme in ["apikey", "Basic", "Bearer"] {
        event["headers"] = json!({"authorization": format!("{scheme} {}", key.secret)});
        super::answered(&instance, &event).await;
        write_notices(&instance).await;
    }
    assert_eq!(exposures(&world, "acme", &key).await.len(), 3);
}

/// People put keys into the dashboard, and their access tokens say who they are. The page tells them at once.
#[tokio::test]
async fn the_admin_plane_records_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instance = instance(&world);
    // The function of this route serves both planes.
    let mut event = in_query(&key.secret);
    for (route, lookups) in [("GET /admin/v1/audit-log", 0), ("GET /enterprise/v1/audit-log", 1)] {
        event["routeKey"] = route.into();
        let _ = world.dynamodb.take_calls();
        let event = serde_json::from_value(event.clone()).expect("an event");
        let response = web::answer(::audit_log::NAME, &instance, event, ::audit_log::handle).await;
        assert_eq!(response.status_code, 400, "{route}");
        write_notices(&instance).await;
        let calls = world.dynamodb.take_calls();
        assert_eq!(calls.iter().filter(|call| call.action == "GetItem").count(), lookups, "{route}");
        assert!(exposures(&world, "acme", &key).await.len() <= lookups, "{route}");
    }
    let before = world.count_events("acme", "EXPOSE_API_KEY").await;
    // A body that only a parser reads, in a function that reads it.
    let claims = json!({
        "company_id": "acme", "account_id": "acme-admin", "auth_time": world.clock.now().millis() / 1_000 + 1,
    });
    let escaped = json!({
        "routeKey": "POST /admin/v1/api-keys/{keyId}/undo-suspensions",
        "pathParameters": {"keyId": key.id},
        "body": format!("{{\"since\": \"{}\"}}", escaped(&key.secret)),
        "requestContext": {
            "requestId": "test", "http": {"method": "POST", "sourceIp": "192.0.2.7"}, "authorizer": {"jwt": {"claims": claims}},
        },
    });
    world.advance(Duration::from_mins(2));
    let event = serde_json::from_value(escaped).expect("an event");
    let response = web::answer(undo_suspensions::NAME, &instance, event, undo_suspensions::handle).await;
    let response = serde_json::to_value(response).expect("plain data");
    assert!(response["body"].to_string().contains("misplaced-key"), "{response}");
    let _ = world.dynamodb.take_calls();
    write_notices(&instance).await;
    assert_eq!(world.dynamodb.take_calls(), []);
    let refused = world.edit(&admin, &key, json!({"note": key.secret})).await;
    assert_eq!(refused.problem(), (400, "misplaced-key".into()));
    let path = format!("{KEYS}?search={}", key.secret);
    assert_eq!(world.call("GET", &path, &admin, Value::Null).await.problem(), (400, "misplaced-key".into()));
    assert_eq!(world.count_events("acme", "EXPOSE_API_KEY").await, before);
}
