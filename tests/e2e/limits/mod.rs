//! The limits of requests with keys: what a client sees, and what an administrator sees.

mod changed;
mod instances;
mod many;

use std::time::{Duration, Instant};

use harness::{ADMIN, Answer, Intervention, KEYS, Key, World, eventually};
use serde_json::{Value, json};

const USERS: &str = "/enterprise/v1/scim/Users";
const LOG: &str = "/enterprise/v1/audit-log?maxResults=1&filter[date][until]=2026-01-01";

async fn get(world: &World, key: &Key, path: &str) -> Answer {
    world.call("GET", path, &key.authorization(), Value::Null).await
}

/// What is left, from `RateLimit`.
fn left(answer: &Answer, policy: &str) -> Option<u64> {
    let items = answer.header("ratelimit").split(", ");
    let item = items.into_iter().find_map(|item| item.strip_prefix(&format!("\"{policy}\";r=")))?;
    item.split(';').next()?.parse().ok()
}

/// Reads an account until a limit refuses it. Returns how many were admitted, and the refusal.
async fn use_up(world: &World, key: &Key) -> (usize, Answer) {
    for admitted in 0..10_000 {
        let answer = world.read(key, "acme-member-1").await;
        if answer.status == 429 {
            return (admitted, answer);
        }
        answer.ok();
    }
    panic!("no limit");
}

#[tokio::test]
async fn a_key_is_limited_for_the_rest_of_the_minute() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    let (admitted, refused) = use_up(&world, &key).await;
    assert_eq!(admitted, 100);
    assert_eq!(refused.problem(), (429, "rate-limited".into()));
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    let detail = refused.string("detail");
    assert!(detail.contains("100 requests a minute with this API key"), "{detail}");
    assert!(detail.contains(&format!("in {seconds} s")), "{detail}");
    assert_eq!(refused.header("ratelimit-policy"), r#""key";q=100;w=60, "company";q=6000;w=60"#);
    assert_eq!(left(&refused, "key"), Some(0));
    // Another key of the company goes on, and what was refused didn't count against the company.
    use_up(&world, &key).await;
    assert_eq!(left(&world.read(&other, "acme-member-1").await, "company"), Some(6_000 - 101));
    // Writes and SCIM count too, and so would any other request with the key.
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 429);
    world.advance(Duration::from_secs(seconds));
    world.suspend(&key, "acme-member-1").await.ok();
}

#[tokio::test]
async fn the_first_refusal_in_order_is_the_one_that_is_sent() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    // 403 comes after the limits, so it counts.
    for remaining in (0..100).rev() {
        let forbidden = world.read(&key, "acme-member-1").await;
        assert_eq!((forbidden.status, left(&forbidden, "key")), (403, Some(remaining)));
    }
    assert_eq!(world.read(&key, "acme-member-1").await.status, 429);
    world.revoke(&admin, &key).await.ok();
    // A refused key says nothing about limits.
    let revoked = world.read(&key, "acme-member-1").await;
    assert_eq!(
        (revoked.status, revoked.header("ratelimit"), revoked.header("ratelimit-policy")),
        (401, "", "")
    );
}

#[tokio::test]
async fn every_answer_to_a_verified_key_has_the_headers() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "audit-log"]})).await;
    let scim = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    world.begin_minute();
    let account = "/enterprise/v1/accounts/acme-member-1";
    for (key, method, path, status, remaining) in [
        (&key, "GET", account, 200, 2_999),
        (&key, "GET", "/enterprise/v1/accounts/nobody", 404, 2_998),
        (&key, "GET", "/enterprise/v1/accounts/a%20b", 400, 2_997),
        (&key, "POST", "/enterprise/v1/accounts/acme-member-1/suspend", 200, 2_996),
        // Each function counts for itself until it reports.
        (&key, "GET", USERS, 403, 2_999),
        (&scim, "POST", USERS, 400, 2_999),
        (&scim, "DELETE", "/enterprise/v1/scim/Users/acme-member-2", 204, 2_998),
        (&scim, "DELETE", USERS, 405, 2_997),
    ] {
        let answer = world.call(method, path, &key.authorization(), Value::Null).await;
        assert_eq!((answer.status, left(&answer, "key")), (status, Some(remaining)), "{method} {path}");
        assert_eq!(answer.header("ratelimit-policy"), r#""key";q=3000;w=60, "company";q=6000;w=60"#);
    }
    let log = get(&world, &key, LOG).await;
    let policy = r#""key";q=3000;w=60, "audit-log";q=120;w=60, "company";q=6000;w=60"#;
    assert_eq!((log.status, log.header("ratelimit-policy")), (200, policy));
    assert_eq!((left(&log, "key"), left(&log, "audit-log")), (Some(2_999), Some(119)));
    // Also if the rest of the request fails.
    world.dynamodb.interfere(|call| {
        let reads_account = call.action == "GetItem" && call.request["TableName"] == "Accounts";
        if reads_account { Intervention::Fail } else { Intervention::Pass }
    });
    let failed = world.read(&key, "acme-member-1").await;
    assert_eq!((failed.status, left(&failed, "key")), (503, Some(2_995)));
    assert_eq!(failed.header("retry-after"), "1");
    world.dynamodb.let_pass();
    // No limits apply to people, or to descriptions that need no key.
    assert_eq!(world.call("GET", KEYS, &admin, Value::Null).await.header("ratelimit"), "");
    let public = world.send(world.request("GET", "/enterprise/v1/scim/Schemas")).await;
    assert_eq!((public.status, public.header("ratelimit")), (200, ""));
}

#[tokio::test]
async fn a_scim_client_gets_a_scim_error() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    world.change_limits("acme", json!({"company": 100})).await;
    world.begin_minute();
    let user = "/enterprise/v1/scim/Users/acme-member-1";
    for _ in 0..100 {
        get(&world, &key, user).await.ok();
    }
    let refused = get(&world, &key, user).await;
    assert_eq!((refused.status, refused.header("content-type")), (429, "application/scim+json"));
    let error = refused.json();
    assert_eq!(
        (&error["status"], &error["schemas"][0]),
        (&json!("429"), &json!("urn:ietf:params:scim:api:messages:2.0:Error"))
    );
    let detail = error["detail"].as_str().expect("a text");
    assert!(detail.contains("all API keys of the company") && detail.ends_with("(rate-limited)"), "{detail}");
    assert!(!refused.header("retry-after").is_empty());
}

#[tokio::test]
async fn the_audit_log_has_a_limit_of_its_own() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "audit-log"]})).await;
    world.begin_minute();
    for _ in 0..120 {
        get(&world, &key, LOG).await.ok();
    }
    let refused = get(&world, &key, LOG).await;
    assert_eq!(refused.problem(), (429, "rate-limited".into()));
    assert!(refused.string("detail").contains("120 requests a minute to the audit log"));
    // The rest of the key's limit is left.
    world.read(&key, "acme-member-1").await.ok();
}

/// A waiting request is counted for the other instances while it waits.
#[tokio::test]
async fn a_request_that_waits_is_reported_meanwhile() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["audit-log"]})).await;
    world.begin_minute();
    let until = world.clock.now().to_string();
    let path = format!("/enterprise/v1/audit-log?filter[date][until]={until}");
    let meanwhile = async {
        let began = Instant::now();
        eventually("it is reported", async || !world.windows().await.is_empty()).await;
        // The request waits for 8 s.
        assert!(began.elapsed() < Duration::from_secs(6));
        world.advance(Duration::from_secs(10));
    };
    let (answer, ()) = tokio::join!(get(&world, &key, &path), meanwhile);
    answer.ok();
}

#[tokio::test]
async fn administrators_see_that_a_key_was_limited() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, _other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    use_up(&world, &key).await;
    world.noted(&key, "limitedAt").await;
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    let keys = listed["apiKeys"].as_array().expect("keys");
    let limited: Vec<_> = keys.iter().filter(|key| key.get("limitedAt").is_some()).collect();
    assert_eq!(limited.len(), 1);
    assert_eq!((&limited[0]["keyId"], &limited[0]["limitedBy"]), (&json!(key.id), &json!("key")));
    // Once a minute.
    let _ = world.dynamodb.take_calls();
    for _ in 0..20 {
        assert_eq!(world.read(&key, "acme-member-1").await.status, 429);
    }
    assert_eq!(world.dynamodb.take_calls().iter().filter(|call| call.notes_limited()).count(), 0);
}
