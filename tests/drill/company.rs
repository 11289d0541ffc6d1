//! The company that is attacked, and what its administrator does.

use std::time::Duration;

use domain::time::Timestamp;
use harness::{KEYS, Key, World, eventually};
use serde_json::{Value, json};

pub(crate) struct Company {
    pub(crate) world: World,
    pub(crate) members: Vec<String>,
}

/// What a key suspended.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) requests: usize,
    pub(crate) accounts: Vec<String>,
    undo: Vec<String>,
}

impl Found {
    /// For how many accounts an undo does this.
    pub(crate) fn count(&self, undo: &str) -> usize {
        self.undo.iter().filter(|one| *one == undo).count()
    }
}

/// What an undo did.
#[derive(Debug, Default)]
pub(crate) struct Undone {
    pub(crate) requests: usize,
    pub(crate) changed: usize,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

impl Company {
    pub(crate) async fn new(members: usize) -> Self {
        let world = World::start().await;
        let members = world.add_members("person", members).await;
        Self { world, members }
    }

    /// Moves time ahead to the second minute of an hour.
    pub(crate) fn begin_hour(&self) {
        let passed = self.world.clock.now().millis().rem_euclid(3_600_000);
        let left = u64::try_from(3_600_000 - passed).expect("positive");
        self.world.advance(Duration::from_millis(left) + Duration::from_mins(1));
    }

    /// Somebody leaves the company: the directory suspends the account.
    pub(crate) async fn leave(&self, directory: &Key, account: &str) {
        let body = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
        let path = format!("/enterprise/v1/scim/Users/{account}");
        self.world.call("PATCH", &path, &directory.authorization(), body).await.ok();
    }

    /// The members that are suspended.
    pub(crate) async fn suspended_accounts(&self) -> Vec<String> {
        let accounts = self.world.dynamodb.items("Accounts").await;
        let is_one = |account: &&Value| account["companyId"] == "acme" && account["state"] == "suspended";
        let ids = accounts.iter().filter(is_one).map(|account| text(&account["accountId"]));
        ids.filter(|id| self.members.contains(id)).collect()
    }

    pub(crate) async fn suspended(&self) -> usize {
        self.suspended_accounts().await.len()
    }

    /// The accounts that a key suspended, as the audit log says.
    pub(crate) async fn suspended_by(&self, key: &Key) -> Vec<String> {
        let events = self.world.events("acme").await;
        let is_one = |event: &&Value| event["action"] == "SUSPEND_ACCOUNT" && event["actor"]["id"] == key.id;
        events.iter().filter(is_one).map(|event| text(&event["affected"]["id"])).collect()
    }

    /// The keys that the list shows as stopped by the limit, as soon as it shows any.
    pub(crate) async fn stopped(&self, admin: &str) -> Vec<String> {
        let mut stopped = Vec::new();
        eventually("a key that reached its limit", async || {
            let list = self.world.call("GET", KEYS, admin, Value::Null).await.ok();
            let keys = list["apiKeys"].as_array().expect("a list").iter();
            let keys = keys.filter(|key| key["suspensionLimitReachedAt"].is_string());
            stopped = keys.map(|key| text(&key["keyId"])).collect();
            !stopped.is_empty()
        })
        .await;
        stopped
    }

    /// The event that says that a key reached its limit, as soon as there is one.
    pub(crate) async fn reached(&self, admin: &str) -> Value {
        let query = [("filter[action]", "REACH_SUSPENSION_LIMIT")];
        let mut event = Value::Null;
        eventually("an event", async || {
            let request = self.world.request("GET", "/admin/v1/audit-log").query(&query);
            let list = self.world.send(request.header("authorization", admin)).await.ok();
            event = list["data"][0].clone();
            event.is_object()
        })
        .await;
        event
    }

    /// Everything that a key suspended since a time.
    pub(crate) async fn list_harm(&self, admin: &str, key: &Key, since: Timestamp) -> Found {
        let path = format!("{KEYS}/{}/suspensions", key.id);
        let (mut found, mut token) = (Found::default(), None::<String>);
        loop {
            let request = self.world.request("GET", &path).header("authorization", admin);
            let request = request.query(&[("since", since.to_string())]);
            let request = match &token {
                Some(token) => request.query(&[("nextToken", token)]),
                None => request,
            };
            let page = self.world.send(request).await.ok();
            found.requests += 1;
            for one in page["suspensions"].as_array().expect("a list") {
                found.accounts.push(text(&one["accountId"]));
                found.undo.push(text(&one["undo"]));
            }
            token = page["nextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return found;
            }
        }
    }

    /// Takes back what a key suspended since a time.
    pub(crate) async fn undo(&self, admin: &str, key: &Key, since: Timestamp, accounts: &[String]) -> Undone {
        let path = format!("{KEYS}/{}/undo-suspensions", key.id);
        let (mut undone, mut id) = (Undone::default(), Value::Null);
        for accounts in accounts.chunks(100) {
            let mut body = json!({"since": since.to_string(), "accounts": accounts});
            if !id.is_null() {
                body["undoId"] = id;
            }
            let answer = self.world.call("POST", &path, admin, body).await;
            id = answer.ok()["undoId"].clone();
            undone.requests += 1;
            undone.changed += answer.outcomes().iter().filter(|outcome| *outcome == "changed").count();
        }
        undone
    }
}
