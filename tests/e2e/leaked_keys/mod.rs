mod find;
mod github;
mod revoke;

use harness::{Answer, Key, World};
use serde_json::{Value, json};

/// The route for anybody.
pub(crate) const REVOKE: &str = "/leaks/v1/revoke";

/// Reports keys that somebody found.
pub(crate) async fn report(world: &World, body: Value) -> Answer {
    world.send(world.request("POST", REVOKE).json(&body)).await
}

/// Reports one key, without a place.
pub(crate) async fn report_key(world: &World, key: &Key) -> Answer {
    report(world, json!({"keys": [key.secret]})).await
}

/// The events with this action, as the company's administrators see them.
async fn events(world: &World, admin: &str, action: &str) -> Vec<Value> {
    let path = format!("/admin/v1/audit-log?filter[action]={action}");
    let log = world.call("GET", &path, admin, Value::Null).await.ok();
    log["data"].as_array().expect("events").clone()
}
