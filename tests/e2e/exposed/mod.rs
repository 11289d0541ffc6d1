//! Keys in places that are often logged: the request is refused, and the administrators of a real key get an event.

mod bounded;
mod places;
mod told;

use harness::{Key, World, eventually};
use serde_json::{Value, json};
use store::{Service, write_notices};

/// The address that requests come from.
const ADDRESS: &str = "192.0.2.7";

/// A request with a key in its query, as API Gateway passes it on.
fn in_query(secret: &str) -> Value {
    json!({
        "routeKey": "GET /enterprise/v1/accounts/{account}",
        "rawPath": "/enterprise/v1/accounts/acme-member-1",
        "rawQueryString": format!("key={secret}"),
        "queryStringParameters": {"key": secret},
        "pathParameters": {"account": "acme-member-1"},
        "requestContext": {"requestId": "test", "http": {"method": "GET", "sourceIp": ADDRESS}},
    })
}

/// Answers a request. What follows the response is not written yet.
async fn answered(instance: &Service, event: &Value) -> Value {
    let event = serde_json::from_value(event.clone()).expect("an event");
    let response = web::answer(account_status::NAME, instance, event, account_status::handle).await;
    serde_json::to_value(response).expect("plain data")
}

/// Makes a request with this key in its query, and waits until what follows the response is written.
async fn expose(instance: &Service, secret: &str) {
    let response = answered(instance, &in_query(secret)).await;
    assert_eq!(response["statusCode"], 400);
    write_notices(instance).await;
}

/// The same, until there are so many events about the key. What follows a response has a time limit, which may be too short on a busy
/// machine. Then the next request tries again.
async fn expose_until(count: usize, world: &World, instance: &Service, company_id: &str, key: &Key) {
    eventually("the exposure is recorded", async || {
        expose(instance, &key.secret).await;
        exposures(world, company_id, key).await.len() >= count
    })
    .await;
    assert_eq!(exposures(world, company_id, key).await.len(), count);
}

/// The events of a company that say that this key was exposed.
async fn exposures(world: &World, company_id: &str, key: &Key) -> Vec<Value> {
    let mut events = world.events(company_id).await;
    events.retain(|event| event["action"] == "EXPOSE_API_KEY" && event["actor"]["id"] == key.id);
    events
}
