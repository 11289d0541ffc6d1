//! The networks from which a key may be used.

mod edited;
mod refused;

use harness::{Answer, Key, World};
use serde_json::{Value, json};

const MEMBER: &str = "acme-member-1";
/// The host of a company's scripts.
const OFFICE: &str = "127.0.7.1";
/// Another host.
const ELSEWHERE: &str = "127.0.8.1";

fn office(mode: &str) -> Value {
    json!({"mode": mode, "ranges": ["127.0.7.0/24", "2001:db8::/48"]})
}

/// Reads an account from this address.
async fn read_from(world: &World, address: &str, key: &Key) -> Answer {
    call_from(world, address, key, "GET", &format!("/enterprise/v1/accounts/{MEMBER}"), Value::Null).await
}

async fn call_from(world: &World, address: &str, key: &Key, method: &str, path: &str, body: Value) -> Answer {
    let request = world.request_from(address, method, path).header("authorization", key.authorization());
    world.send(if body.is_null() { request } else { request.json(&body) }).await
}
