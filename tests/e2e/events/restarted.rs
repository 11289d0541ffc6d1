//! The whole stack, as `cargo run` starts it, and its restart.

use std::{fs, path::Path};

use harness::eventually;
use local::{Options, Stack};
use serde_json::{Value, json};

use super::text;

async fn events(stack: &Stack, after: u64) -> (Vec<Value>, u64) {
    let page = reqwest::get(format!("{}/local/events?after={after}", stack.url)).await.expect("an answer");
    let page: Value = page.json().await.expect("JSON");
    (page["events"].as_array().expect("events").clone(), page["last"].as_u64().expect("a number"))
}

async fn stored(stack: &Stack) -> Vec<String> {
    let items = harness::Database::at(&stack.dynamodb_url).items("AuditEvents").await;
    let mut ids: Vec<_> = items.iter().map(|item| text(&item["eventId"])).collect();
    ids.sort();
    ids
}

/// Waits until the stack has published this many events, and returns their identifiers in order.
async fn published(stack: &Stack, count: usize) -> Vec<String> {
    eventually("published", async || events(stack, 0).await.0.len() >= count).await;
    let mut ids: Vec<_> = events(stack, 0).await.0.iter().map(|event| text(&event["id"])).collect();
    ids.sort();
    ids
}

async fn create_key(stack: &Stack, name: &str) {
    let http = reqwest::Client::new();
    let post = |path: &str| http.post(format!("{}{path}", stack.url));
    let token =
        post("/local/token").json(&json!({"email": "admin@acme.example"})).send().await.expect("an answer");
    let token: Value = token.json().await.expect("JSON");
    let request = post("/admin/v1/api-keys").bearer_auth(token["access_token"].as_str().expect("a token"));
    let created = request.json(&json!({"name": name, "scopes": ["deprovisioning"]})).send().await;
    assert_eq!(created.expect("an answer").status(), 201);
}

#[tokio::test]
async fn the_stack_publishes_what_happens_and_a_restart_neither_loses_nor_repeats_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("events-restarted");
    let _ = fs::remove_dir_all(&folder);
    let options = Options { folder: Some(folder.clone()), ..Options::in_memory() };
    let stack = Stack::start(options.clone()).await.expect("a stack");
    create_key(&stack, "First").await;
    let before = stored(&stack).await;
    assert_eq!(published(&stack, before.len()).await, before);
    // `after` goes on where the last response ended.
    let (_, last) = events(&stack, 0).await;
    create_key(&stack, "Second").await;
    eventually("the second key", async || !events(&stack, last).await.0.is_empty()).await;
    let (new, _) = events(&stack, last).await;
    let [event] = new.as_slice() else { panic!("{new:?}") };
    assert_eq!(
        (&event["type"], &event["data"]["affected"]["name"]),
        (&"company-api-keys.CREATE_API_KEY".into(), &"Second".into())
    );
    // The stack ends before the third is published.
    create_key(&stack, "Third").await;
    let mut all = stored(&stack).await;
    let known: Vec<_> = events(&stack, 0).await.0.iter().map(|event| text(&event["id"])).collect();
    stack.stop().await;

    let stack = Stack::start(options).await.expect("a stack");
    create_key(&stack, "Fourth").await;
    let now = stored(&stack).await;
    all.retain(|id| !known.contains(id));
    let fresh: Vec<_> = now.iter().filter(|id| !known.contains(id)).cloned().collect();
    let after = published(&stack, 1).await;
    eventually("the fourth key", async || {
        events(&stack, 0).await.0.iter().any(|event| event["data"]["affected"]["name"] == "Fourth")
    })
    .await;
    let after_all = published(&stack, after.len()).await;
    assert!(after_all.len() <= 2, "everything was repeated: {}", after_all.len());
    let mut union = known;
    union.extend(after_all);
    for id in &fresh {
        assert!(union.contains(id), "{id} was lost");
    }
    stack.stop().await;
    fs::remove_dir_all(folder).expect("removed");
}

/// A stack with another `DynamoDB` says what is missing.
#[tokio::test]
async fn a_stack_on_another_dynamodb_publishes_nothing_and_says_so() {
    let world = harness::World::start().await;
    let answer = world.request("GET", "/local/events").send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
    let body: Value = answer.json().await.expect("JSON");
    assert!(text(&body["message"]).contains("start one without --dynamodb-endpoint"), "{body}");
    assert!(!world.stack.publishes_events());
}
