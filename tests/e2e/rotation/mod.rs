mod expiry;
mod first_use;
mod flow;
mod itself;
mod limit;
mod plan;
mod refused;

use harness::{KEYS, World};
use serde_json::Value;

const MEMBER: &str = "acme-member-1";

/// The key as an administrator sees it.
async fn listed(world: &World, admin: &str, id: &str) -> Value {
    let list = world.call("GET", KEYS, admin, Value::Null).await.ok();
    let keys = list["apiKeys"].as_array().expect("keys").clone();
    keys.into_iter().find(|key| key["keyId"] == id).expect("the key")
}
