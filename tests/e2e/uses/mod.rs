//! What keys are used for: `KeyUsage` counts it on each day, and administrators see it.

mod counted;
mod failing;
mod shown;

use harness::{Key, World};
use serde_json::{Value, json};
use store::{Service, Settings, Tables, write_notices};
use web::{Call, Problem, Reply, answer};

/// An instance of a function with its own memory.
pub(crate) fn instance(world: &World) -> Service {
    let settings = Settings::for_endpoint(&world.dynamodb.url, "account-status");
    Service::new(Tables::new(settings), world.clock.clone())
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    /// Reads an account, which needs `accounts:read`.
    Account,
    /// Reads a user, which needs `scim:read`.
    User,
    /// Reads the key itself, which any scope allows.
    Itself,
}

/// Makes a request from this address, and waits until what follows the response has been written. Returns the status.
pub(crate) async fn request(instance: &Service, key: &Key, what: Request, address: Option<&str>) -> i64 {
    let status = answered(instance, key, what, address).await;
    write_notices(instance).await;
    status
}

pub(crate) async fn answered(instance: &Service, key: &Key, what: Request, address: Option<&str>) -> i64 {
    match what {
        Request::Account => {
            let route = "GET /enterprise/v1/accounts/{account}";
            call(instance, event(key, route, address), ::account_status::NAME, ::account_status::handle).await
        }
        Request::User => {
            let route = "ANY /enterprise/v1/scim/{proxy+}";
            call(instance, event(key, route, address), ::scim_users::NAME, ::scim_users::handle).await
        }
        Request::Itself => {
            let route = "GET /enterprise/v1/api-key";
            call(instance, event(key, route, address), own_key::NAME, own_key::handle).await
        }
    }
}

async fn call<F, Fut>(instance: &Service, event: Value, name: &'static str, handle: F) -> i64
where
    F: FnOnce(Service, Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
{
    let event = serde_json::from_value(event).expect("an event");
    answer(name, instance, event, handle).await.status_code
}

fn event(key: &Key, route: &str, address: Option<&str>) -> Value {
    json!({
        "routeKey": route,
        "rawPath": "/enterprise/v1/scim/Users/acme-member-1",
        "headers": {"authorization": key.authorization()},
        "pathParameters": {"account": "acme-member-1", "proxy": "Users/acme-member-1"},
        "requestContext": {"requestId": "test", "http": {"method": "GET", "sourceIp": address}},
    })
}

/// The key with its uses, as the administrator sees it.
pub(crate) async fn details(world: &World, admin: &str, key: &Key) -> Value {
    let path = format!("{}/{}", harness::KEYS, key.id);
    world.call("GET", &path, admin, Value::Null).await.ok()
}
