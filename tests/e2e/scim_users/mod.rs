//! SCIM users: RFC 7643, RFC 7644, and the requests of real directories.

mod authority;
mod changed;
mod conformance;
mod entra;
mod leavers;
mod listed;
mod matrix;
mod mural;
mod okta;
mod random;
mod refused;

use harness::{ADMIN, Answer, Key, World};
use serde_json::{Value, json};

pub(crate) const USERS: &str = "/enterprise/v1/scim/Users";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A directory with its own key.
pub(crate) struct Directory {
    pub(crate) world: World,
    pub(crate) admin: String,
    pub(crate) key: Key,
}

impl Directory {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
        Self { world, admin, key }
    }

    /// A request below `/enterprise/v1/scim`.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let path = format!("/enterprise/v1/scim{path}");
        self.world.call(method, &path, &self.key.authorization(), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) async fn list(&self, query: &[(&str, &str)]) -> Answer {
        let request = self.world.request("GET", USERS).query(query);
        self.world.send(request.header("authorization", self.key.authorization())).await
    }

    pub(crate) async fn filter(&self, filter: &str) -> Answer {
        self.list(&[("filter", filter)]).await
    }

    pub(crate) async fn create(&self, user: Value) -> Value {
        let answer = self.call("POST", "/Users", user).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()
    }

    pub(crate) async fn patch(&self, user: &str, operations: Value) -> Answer {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        self.call("PATCH", &format!("/Users/{user}"), body).await
    }
}

/// The status, the keyword and the name of a SCIM Error.
///
/// # Panics
/// If it isn't an error as defined in RFC 7644 §3.12.
pub(crate) fn error(answer: &Answer) -> (u16, Option<String>, String) {
    assert_eq!(answer.header("content-type"), "application/scim+json", "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(body["status"], answer.status.to_string());
    let detail = body["detail"].as_str().expect("a detail");
    let (_, name) = detail.rsplit_once(" (").expect("a name at its end");
    let keyword = body.get("scimType").map(|keyword| keyword.as_str().expect("a string").to_owned());
    (answer.status, keyword, name.trim_end_matches(')').to_owned())
}

/// The user names of a list.
pub(crate) fn names(answer: &Answer) -> Vec<String> {
    let list = answer.ok();
    let users = list["Resources"].as_array().expect("resources").clone();
    assert_eq!(list["itemsPerPage"], users.len());
    users.iter().map(|user| user["userName"].as_str().expect("a name").to_owned()).collect()
}

/// The items of a user's account and its lookups.
pub(crate) async fn items_of(world: &World, account_id: &str) -> Vec<Value> {
    let mut items = Vec::new();
    for table in ["Accounts", "AccountLookups", "Identities"] {
        let found = world.dynamodb.items(table).await;
        items.extend(found.into_iter().filter(|item| item["accountId"] == account_id));
    }
    items
}
