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

/// The outcomes, and for refusals, their kinds.
fn outcomes(answer: &Answer) -> Vec<String> {
    let results = answer.ok()["results"].as_array().expect("results").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let outcome = |result: &Value| match &result["problem"] {
        Value::Null => text(&result["outcome"]),
        problem => text(&problem["type"]).replace(web::TYPE_PREFIX, ""),
    };
    results.iter().map(outcome).collect()
}
