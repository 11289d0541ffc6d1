//! What the service notices about keys by itself.

mod at_once;
mod broken_off;
mod corrupt;
mod ended;
mod meanwhile;
mod once;
mod progress;
mod told;

use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, Key, Observed, World};
use key_watch::Report;
use serde_json::{Value, json};
use store::{Service, Settings, Tables};

/// A day.
const DAY: Duration = Duration::from_hours(24);

/// The service of an instance of the function.
fn instance(world: &World) -> Service {
    let settings = Settings::for_endpoint(&world.dynamodb.url, key_watch::NAME);
    Service::new(Tables::new(settings), world.clock.clone())
}

/// Invokes the function as the schedule does.
async fn watch(world: &World) -> Report {
    let report = Box::pin(key_watch::handle(&instance(world), &json!({}), "test-request")).await;
    report.expect("it looked at the keys")
}

/// Looks at everything again.
async fn watch_again(world: &World) -> Report {
    let event = json!({"again": true});
    let report = Box::pin(key_watch::handle(&instance(world), &event, "test-request")).await;
    report.expect("it looked at the keys")
}

/// An event that the service wrote by itself: the action, the key's ID, and the days.
type Told = (String, String, Option<i64>);

/// What was told to a company, oldest first.
async fn told(world: &World, company: &str) -> Vec<Told> {
    let mut events = world.events(company).await;
    events.retain(|event| event["actor"]["type"] == "service");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let told = events.iter().map(|event| {
        (text(&event["action"]), text(&event["affected"]["id"]), event["details"]["days"].as_i64())
    });
    told.collect()
}

/// The IDs of the events that tell it, oldest first.
async fn event_ids(world: &World, company: &str) -> Vec<String> {
    let mut events = world.events(company).await;
    events.retain(|event| event["actor"]["type"] == "service");
    events.iter().map(|event| event["eventId"].as_str().expect("a ULID").to_owned()).collect()
}

fn finding(action: &str, key: &Key, days: Option<i64>) -> Told {
    (action.to_owned(), key.id.clone(), days)
}

fn announced(key: &Key, days: i64) -> Told {
    finding("ANNOUNCE_API_KEY_EXPIRY", key, Some(days))
}

fn expired(key: &Key) -> Told {
    finding("EXPIRE_API_KEY", key, None)
}

fn unused(key: &Key) -> Told {
    finding("REPORT_UNUSED_API_KEY", key, Some(90))
}

fn unused_secret(key: &Key) -> Told {
    finding("REPORT_UNUSED_API_KEY_SECRET", key, Some(7))
}

/// In this many days.
fn in_days(world: &World, days: u32) -> Timestamp {
    world.clock.now().plus(DAY * days)
}

/// Creates a key that expires in this many days.
async fn key_for(world: &World, admin: &str, days: u32) -> Key {
    world.create_key_with(admin, json!({"expiresAt": in_days(world, days).to_string()})).await
}

/// Keys about which there is everything to tell.
struct Scene {
    world: World,
    /// What there is to tell about Acme's keys, sorted.
    expected: Vec<Told>,
    /// A key of Acme that has expired and gave its place to another.
    ended: Key,
}

/// Of Acme's keys, one expires soon and is not used, one has expired, one is not used, one has a new secret that is not used, one
/// gave its place to another, one is held and two were revoked.
async fn scene() -> Scene {
    let world = World::start().await;
    let mut admin = world.sign_in(ADMIN).await;
    let expires = key_for(&world, &admin, 105).await;
    let expires_and_used = key_for(&world, &admin, 107).await;
    let has_expired = key_for(&world, &admin, 50).await;
    let is_unused = world.create_key(&admin).await;
    let ended = key_for(&world, &admin, 40).await;
    let held = world.create_key(&admin).await;
    world.hold(&admin, "hold", &held).await.ok();
    let revoked = key_for(&world, &admin, 99).await;
    world.revoke(&admin, &revoked).await.ok();
    world.advance(DAY * 90);
    admin = world.sign_in(ADMIN).await;
    let rotated = world.create_key(&admin).await;
    world.rotate(&admin, &rotated).await;
    world.read(&expires_and_used, "acme-member-1").await.ok();
    world.noted(&expires_and_used, "lastUsedAt").await;
    world.advance(DAY * 10);
    push_out(&world, &ended).await;
    let mut expected = vec![
        announced(&expires, 7),
        unused(&expires),
        announced(&expires_and_used, 7),
        expired(&has_expired),
        unused(&is_unused),
        unused_secret(&rotated),
        expired(&ended),
    ];
    expected.sort();
    Scene { world, expected, ended }
}

/// Moves an expired key from the active ones to those that gave their place to others.
async fn push_out(world: &World, key: &Key) {
    let update = json!({
        "TableName": "Companies", "Key": {"companyId": {"S": "acme"}},
        "UpdateExpression": "REMOVE activeKeys.#key ADD endedKeys :ended",
        "ExpressionAttributeNames": {"#key": key.id},
        "ExpressionAttributeValues": {":ended": {"SS": [key.id]}},
    });
    world.dynamodb.ask("UpdateItem", &update).await;
}

impl Scene {
    /// What was told, sorted.
    async fn told(&self) -> Vec<Told> {
        let mut told = told(&self.world, "acme").await;
        told.sort();
        told
    }

    /// Forgets everything that was told, and the progress.
    async fn forget(&self) {
        for (table, names) in [("Notices", ["about", "notice"]), ("AuditEvents", ["companyId", "eventId"])] {
            for item in self.world.dynamodb.items(table).await {
                if table == "Notices" || item["actor"]["type"] == "service" {
                    let key = json!({names[0]: {"S": item[names[0]]}, names[1]: {"S": item[names[1]]}});
                    self.world.dynamodb.ask("DeleteItem", &json!({"TableName": table, "Key": key})).await;
                }
            }
        }
        push_out(&self.world, &self.ended).await;
    }
}

/// Whether the function made the call.
fn is_ours(call: &Observed) -> bool {
    call.function == key_watch::NAME
}

/// The calls of the function since the last time that write something.
fn writes(world: &World) -> Vec<Observed> {
    let mut calls = world.dynamodb.take_calls();
    calls.retain(|call| is_ours(call) && !["GetItem", "BatchGetItem", "Scan"].contains(&&*call.action));
    calls
}
