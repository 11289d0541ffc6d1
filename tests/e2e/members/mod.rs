//! `GET /admin/v1/accounts`, `POST /admin/v1/accounts/suspend` and `…/unsuspend`.

mod authority;
mod changed;
mod invalid;
mod listed;

use harness::{Answer, World};
use serde_json::{Value, json};

const ACCOUNTS: &str = "/admin/v1/accounts";

async fn list(world: &World, admin: &str, query: &str) -> Answer {
    world.call("GET", &format!("{ACCOUNTS}{query}"), admin, Value::Null).await
}

async fn change(world: &World, admin: &str, change: &str, accounts: Value) -> Answer {
    world.call("POST", &format!("{ACCOUNTS}/{change}"), admin, json!({"accounts": accounts})).await
}
