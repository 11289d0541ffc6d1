//! Invariant 1, never stored, if `DynamoDB` fails: no log line repeats a request, whatever the response repeats and
//! whatever the log level.
//!
//! It is a separate program, because it logs as a function on Lambda does.

use std::{
    panic::{catch_unwind, set_hook, take_hook},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::key::ApiKey;
use harness::{ADMIN, Intervention, KEYS, Key, Log, World, eventually};
use serde_json::{Value, json};
use store::{
    Clock, Service, Settings, Tables,
    published_keys::{KeySource, SignatureRefused, verify},
};
use tracing_subscriber::util::SubscriberInitExt;
use web::{answer, telemetry};

/// Where somebody found a key.
const FOUND_AT: &str = "https://found.example/public/page";

/// Makes every kind of call to `DynamoDB`: reads, transactions, plain updates, queries, and notices about keys.
async fn call_everything(world: &World, admin: &str, key: &Key, gone: &Key) {
    world.suspend(key, "member-1%40acme.example").await;
    world.read(gone, "acme-member-1").await;
    let exposing = format!("/enterprise/v1/accounts/acme-member-1?key={}", key.secret);
    world.call("GET", &exposing, "apikey none", Value::Null).await;
    world.call("POST", KEYS, admin, json!({"name": "A", "scopes": ["deprovisioning"]})).await;
    world.call("GET", &format!("{KEYS}?state=all"), admin, Value::Null).await;
    world.call("GET", "/admin/v1/audit-log", admin, Value::Null).await;
    world.edit(admin, key, json!({"name": "B", "note": "C", "scopes": ["accounts:read"]})).await;
    for how in ["hold", "release"] {
        world.hold(admin, how, key).await;
    }
    world.set_policy(admin, json!({"mustExpire": true, "unusedDays": 30})).await;
    let digest = json!({"digest": world.digest_of(key)});
    world.call("POST", &format!("{KEYS}/find"), admin, digest).await;
    let found = json!({"keys": [format!("KEY={}", key.secret), gone.secret], "url": FOUND_AT});
    world.send(world.request("POST", "/leaks/v1/revoke").json(&found)).await;
    world.sign_as_github(&json!([{"token": key.secret, "type": "t", "url": FOUND_AT}])).await;
    world.revoke(admin, key).await;
    let request = json!({
        "operation": "add-account", "companyId": "acme", "account": {"email": "new@acme.example", "name": "New"},
    });
    let _ = world.provision(request).await;
    let event = json!({
        "region": "local", "userPoolId": "demonstration",
        "request": {"userAttributes": {"sub": "admin@acme.example"}},
    });
    let _ = token_gate::handle(&world.stack.service, event, "test-request").await;
}

/// Verifies a signature of GitHub with a stored key, while the keys can't be fetched again.
async fn fetch_in_vain(world: &World) {
    let fetched_at = json!({"N": world.clock.now().minus(Duration::from_hours(2)).millis().to_string()});
    let mut point = [0; 65];
    point[0] = 4;
    let key = json!({"identifier": {"S": "key-of-github"}, "point": {"S": STANDARD.encode(point)}});
    let item = json!({
        "publisher": {"S": "github"}, "keys": {"L": [{"M": key}]}, "fetchedAt": fetched_at, "attemptedAt": fetched_at,
    });
    world.dynamodb.ask("PutItem", &json!({"TableName": "PublishedKeys", "Item": item})).await;
    // Nothing listens at this address.
    let source = KeySource::at("http://127.0.0.1:1/path-of-keys").expect("an address");
    let settings = Settings::for_endpoint(&world.dynamodb.url, "published-keys").with_github_keys(source);
    let service = Service::new(Tables::new(settings), world.clock.clone());
    let refused = verify(&service, "key-of-github", "c2lnbmVk", b"member-1@acme.example").await;
    assert!(matches!(refused, Err(SignatureRefused::Refused)), "{refused:?}");
    let unavailable = verify(&service, "another-key-of-github", "c2lnbmVk", b"member-1@acme.example").await;
    assert!(matches!(unavailable, Err(SignatureRefused::Unavailable(_))), "{unavailable:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_log_line_repeats_a_request() {
    let log = Log::default();
    telemetry::subscriber(Some("trace"), log.clone()).init();
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, gone) = (world.create_key(&admin).await, world.create_key(&admin).await);
    world.revoke(&admin, &gone).await.ok();
    for intervention in [Intervention::Invalid, Intervention::Garbage, Intervention::Refuse] {
        // First the reads fail. Then the reads succeed and the writes fail.
        for spared in
            [&[][..], &["GetItem", "BatchGetItem", "Query"], &["GetItem", "BatchGetItem", "UpdateItem"]]
        {
            let intervention = intervention.clone();
            world.dynamodb.interfere(move |call| {
                if spared.contains(&&*call.action) { Intervention::Pass } else { intervention.clone() }
            });
            call_everything(&world, &admin, &key, &gone).await;
        }
        eventually("the notice is given up", async || log.text().contains("a notice was not written")).await;
    }
    eventually("a lookup is given up", async || log.text().contains("\"an exposed key\"")).await;
    world.dynamodb.let_pass();
    fetch_in_vain(&world).await;
    // Nothing listens at this address.
    let nowhere =
        Service::new(Tables::new(Settings::for_endpoint("http://127.0.0.1:1", "nowhere")), Clock::default());
    let event = json!({
        "routeKey": "GET /enterprise/v1/audit-log", "headers": {"authorization": key.authorization()},
        "requestContext": {"requestId": "test", "http": {"method": "GET", "sourceIp": "192.0.2.1"}},
    });
    let event = serde_json::from_value(event).expect("an event");
    assert_eq!(answer(audit_log::NAME, &nowhere, event, audit_log::handle).await.status_code, 503);
    // A panic with a message from outside.
    let hook = take_hook();
    set_hook(Box::new(telemetry::note_panic));
    let panicked = catch_unwind(|| panic!("member-1@acme.example"));
    set_hook(hook);
    panicked.expect_err("a panic");

    let text = log.text();
    for expected in [
        "ValidationException",
        "no code",
        "no connection",
        "outcome",
        "panicked",
        "DEBUG",
        "metrics",
        "GitHubKeysNotFetched",
        "the last ones still count",
        "the connection failed",
    ] {
        assert!(text.contains(expected), "the log lacks {expected}: {text}");
    }
    // The failed fetch, and the verification that needed its keys. Those of requests have an identifier.
    let counts = |line: &&str| line.contains("GitHubKeysNotFetched") && !line.contains("requestId");
    let counted: Vec<_> = text.lines().filter(counts).collect();
    assert_eq!(counted.len(), 2, "{counted:?}");
    let digests = [&key, &gone].map(|key| ApiKey::parse(&key.secret).expect("a key").digest().to_hex());
    let token = admin.strip_prefix("Bearer ").expect("a token");
    let never = [
        "acme.example",
        "found.example",
        "public/page",
        "127.0.0.1",
        "192.0.2.1",
        "TableName",
        "TransactItems",
        "Expression",
        "key-of-github",
        "path-of-keys",
        "c2lnbmVk",
        token,
    ];
    let never = never.into_iter().chain(digests.iter().map(String::as_str));
    for secret in never.chain([&*key.secret, &*gone.secret]) {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "a log line contains {secret}: {line:?}");
    }
}
