mod expiry;
mod first_use;
mod flow;
mod itself;
mod limit;
mod plan;
mod refused;

use harness::{KEYS, Key, World};
use serde_json::Value;

const MEMBER: &str = "acme-member-1";

/// The key as an administrator sees it.
async fn listed(world: &World, admin: &str, id: &str) -> Value {
    let list = world.call("GET", KEYS, admin, Value::Null).await.ok();
    let keys = list["apiKeys"].as_array().expect("keys").clone();
    keys.into_iter().find(|key| key["keyId"] == id).expect("the key")
}

/// A key's first secret, and the one after it, which was perhaps used.
async fn rotated(world: &World, admin: &str, is_used: bool) -> (Key, Key) {
    let old = world.create_key(admin).await;
    let new = world.rotate(admin, &old).await;
    if is_used {
        world.own_key(&new).await.ok();
    }
    (old, new)
}
