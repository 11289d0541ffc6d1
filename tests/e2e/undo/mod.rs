//! `GET /admin/v1/api-keys/{keyId}/suspensions` and `POST …/undo-suspensions`.

mod listed;
mod meanwhile;
mod refused;
mod shared;
mod undone;
mod washed;

use std::time::Duration;

use harness::{ADMIN, Answer, KEYS, Key, World};
use serde_json::{Value, json};

/// A stack in which somebody has stolen a key and a directory goes on with its own.
struct Theft {
    world: World,
    admin: String,
    thief: Key,
    directory: Key,
    /// A moment before the theft, and after everything that a test did to prepare it.
    since: String,
}

impl Theft {
    async fn start() -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let thief =
            world.create_key_with(&admin, json!({"name": "Offboarding", "suspensionLimit": null})).await;
        let scim = json!({"name": "Directory", "scopes": ["scim"]});
        let directory = world.create_key_with(&admin, scim).await;
        let mut theft = Self { world, admin, thief, directory, since: String::new() };
        theft.begin();
        theft
    }

    /// From now on, what the key does is theft.
    fn begin(&mut self) {
        self.world.advance(Duration::from_secs(1));
        self.since = self.world.clock.now().to_string();
    }

    async fn steal(&self, account: &str) {
        self.world.suspend(&self.thief, account).await.ok();
    }

    /// The directory says that the person has left, or is back.
    async fn leaves(&self, account: &str, has_left: bool) -> Answer {
        let operation = json!({"op": "replace", "path": "active", "value": !has_left});
        let path = format!("/enterprise/v1/scim/Users/{account}");
        let body = json!({"Operations": [operation]});
        self.world.call("PATCH", &path, &self.directory.authorization(), body).await
    }

    async fn as_administrator(&self, change: &str, account: &str) -> Answer {
        let path = format!("/admin/v1/accounts/{change}");
        self.world.call("POST", &path, &self.admin, json!({"accounts": [account]})).await
    }

    async fn undo_with(&self, key: &Key, body: Value) -> Answer {
        let path = format!("{KEYS}/{}/undo-suspensions", key.id);
        self.world.call("POST", &path, &self.admin, body).await
    }

    async fn undo(&self, accounts: &[&str]) -> Answer {
        self.undo_with(&self.thief, json!({"since": self.since, "accounts": accounts})).await
    }

    async fn list_of(&self, key: &Key, query: &[(&str, &str)]) -> Answer {
        let path = format!("{KEYS}/{}/suspensions", key.id);
        let request = self.world.request("GET", &path).query(query);
        self.world.send(request.header("authorization", &self.admin)).await
    }

    /// The rows of what the thief did.
    async fn list(&self) -> Vec<Value> {
        let list = self.list_of(&self.thief, &[("since", &self.since)]).await.ok();
        list["suspensions"].as_array().expect("rows").clone()
    }

    /// What the list says that an undo would do with this account.
    async fn announced(&self, account: &str) -> String {
        let rows = self.list().await;
        let row = rows.iter().find(|row| row["accountId"] == account).expect("a row");
        row["undo"].as_str().expect("a text").to_owned()
    }

    async fn account(&self, account: &str) -> Value {
        let accounts = self.world.dynamodb.items("Accounts").await;
        let is_it = |item: &Value| item["companyId"] == "acme" && item["accountId"] == account;
        accounts.into_iter().find(is_it).expect("an account")
    }

    async fn is_suspended(&self, account: &str) -> bool {
        self.account(account).await["state"] == "suspended"
    }

    /// The events with this action.
    async fn events(&self, action: &str) -> Vec<Value> {
        let mut events = self.world.events("acme").await;
        events.retain(|event| event["action"] == action);
        events
    }
}

/// Changes an account's item past the service.
async fn set(world: &World, account: &str, expression: &str) {
    let key = json!({"companyId": {"S": "acme"}, "accountId": {"S": account}});
    let mut update = json!({"TableName": "Accounts", "Key": key, "UpdateExpression": expression});
    if expression.contains("#type") {
        update["ExpressionAttributeNames"] = json!({"#type": "type"});
    }
    world.dynamodb.ask("UpdateItem", &update).await;
}
