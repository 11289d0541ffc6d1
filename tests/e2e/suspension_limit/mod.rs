//! How many accounts a key may suspend and delete in an hour.

mod broken_off;
mod counted;
mod lowered;
mod policy;
mod released;
mod stops;

use std::time::Duration;

use harness::{ADMIN, Answer, Key, World};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_hours(1);

/// A key with this limit, and members `acme-m-1`, ….
async fn limited(world: &World, limit: impl Into<Value>, members: usize) -> (String, Key) {
    begin_hour(world);
    world.add_members("m", members).await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = ["deprovisioning", "scim"];
    let fields = json!({"scopes": scopes, "suspensionLimit": limit.into()});
    let key = world.create_key_with(&admin, fields).await;
    (admin, key)
}

/// Goes to the tenth minute of an hour, so that a test has time before the hour ends.
fn begin_hour(world: &World) {
    let passed = world.clock.now().millis().rem_euclid(3_600_000);
    let wait = (3_600_000 + 600_000 - passed).rem_euclid(3_600_000);
    world.advance(Duration::from_millis(u64::try_from(wait).expect("a time ahead")));
}

fn member(number: usize) -> String {
    format!("acme-m-{number}")
}

async fn suspend(world: &World, key: &Key, number: usize) -> Answer {
    world.suspend(key, &member(number)).await
}

/// Suspends these members in one request. Returns the outcomes.
async fn suspend_all(world: &World, key: &Key, members: impl Iterator<Item = usize>) -> Vec<String> {
    let accounts: Vec<_> = members.map(member).collect();
    let body = json!({"accounts": accounts});
    let answer = world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), body).await.ok();
    let results = answer["results"].as_array().expect("results").iter();
    let outcome = |result: &Value| match result["problem"]["status"].as_u64() {
        Some(status) => format!("{status} {}", result["problem"]["type"].as_str().unwrap_or_default()),
        None => result["outcome"].as_str().unwrap_or_default().to_owned(),
    };
    results.map(outcome).map(|outcome| outcome.replace("urn:", "")).collect()
}

/// How many members are suspended.
async fn suspended(world: &World) -> usize {
    let accounts = world.dynamodb.items("Accounts").await;
    let is_member =
        |account: &&Value| account["accountId"].as_str().is_some_and(|id| id.starts_with("acme-m-"));
    accounts.iter().filter(is_member).filter(|account| account["state"] == "suspended").count()
}

fn is_refused(answer: &Answer) -> bool {
    answer.status == 429 && answer.text.contains("suspension-limit-reached")
}
