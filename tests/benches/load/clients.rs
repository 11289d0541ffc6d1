//! The clients, their requests, and the expected data afterwards.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::future::{BoxFuture, FutureExt};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The observations of one or all clients.
#[derive(Debug, Default)]
pub struct Seen {
    /// The duration of each request, by operation.
    pub times: BTreeMap<&'static str, Vec<Duration>>,
    /// Wrong responses.
    pub failures: Vec<String>,
}

impl Seen {
    /// Adds the observations of another.
    pub fn add(&mut self, other: Self) {
        for (operation, times) in other.times {
            self.times.entry(operation).or_default().extend(times);
        }
        self.failures.extend(other.failures);
    }
}

/// The expected content of the tables.
#[derive(Debug, Default)]
pub struct Expected {
    /// Accounts by ID: active, suspended or deleted.
    pub accounts: BTreeMap<String, &'static str>,
    /// Keys by ID, and whether they are revoked.
    pub keys: BTreeMap<String, bool>,
    /// Audit events by action.
    pub events: BTreeMap<&'static str, usize>,
}

impl Expected {
    /// Adds the expectations of another.
    pub fn add(&mut self, other: Self) {
        self.accounts.extend(other.accounts);
        self.keys.extend(other.keys);
        for (action, count) in other.events {
            *self.events.entry(action).or_default() += count;
        }
    }

    fn event(&mut self, action: &'static str) {
        *self.events.entry(action).or_default() += 1;
    }
}

/// Runs all clients. Each continues until the end, and finishes what it has begun.
pub fn all(url: &str, end: Instant) -> Vec<BoxFuture<'static, (Seen, Expected)>> {
    let client = |number| Traffic { url: url.to_owned(), number, ..Traffic::default() };
    let directories = (0..5).map(|number| client(number).directory(end).boxed());
    let administrators = (5..7).map(|number| client(number).administrator(end).boxed());
    let readers = (7..8).map(|number| client(number).reader(end).boxed());
    directories.chain(administrators).chain(readers).collect()
}

#[derive(Default)]
struct Traffic {
    url: String,
    number: usize,
    http: Client,
    authorization: String,
    seen: Seen,
    expected: Expected,
}

impl Traffic {
    /// A request that must be answered with this status.
    async fn send(
        &mut self,
        what: &'static str,
        status: u16,
        method: Method,
        path: &str,
        body: Value,
    ) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let mut request = request.header("authorization", &self.authorization);
        if !body.is_null() {
            request = request.json(&body);
        }
        let began = Instant::now();
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                self.seen.failures.push(format!("{what}: {error}"));
                return Value::Null;
            }
        };
        let answered = response.status().as_u16();
        let text = response.text().await.unwrap_or_default();
        self.seen.times.entry(what).or_default().push(began.elapsed());
        if answered != status {
            self.seen.failures.push(format!("{what}: {answered} {text}"));
        }
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn sign_in(&mut self) {
        let body = json!({"email": "admin@acme.example"});
        let token = self.send("sign in", 200, Method::POST, "/local/token", body).await;
        self.authorization = format!("Bearer {}", token["access_token"].as_str().unwrap_or_default());
    }

    /// Creates a key. Returns its identifier and the key.
    async fn create_key(&mut self) -> (String, String) {
        // In an hour, a directory of this test suspends and deletes more people than any limit allows.
        let scopes = json!(["deprovisioning", "scim", "audit-log"]);
        let body = json!({"name": "Load", "scopes": scopes, "suspensionLimit": "unlimited"});
        let key = self.send("create a key", 201, Method::POST, "/admin/v1/api-keys", body).await;
        self.expected.event("CREATE_API_KEY");
        let text = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
        self.expected.keys.insert(text("keyId"), false);
        (text("keyId"), text("key"))
    }

    /// An identity provider with its own key.
    async fn directory(mut self, end: Instant) -> (Seen, Expected) {
        self.sign_in().await;
        let (_, key) = self.create_key().await;
        self.authorization = format!("apikey {key}");
        for turn in 0.. {
            if Instant::now() >= end {
                break;
            }
            let user = json!({"userName": format!("load-{}-{turn}@acme.example", self.number)});
            let users = "/enterprise/v1/scim/Users";
            let made = self.send("SCIM: create", 201, Method::POST, users, user).await;
            let id = made["id"].as_str().unwrap_or_default().to_owned();
            self.expected.event("CREATE_ACCOUNT");
            let account = format!("/enterprise/v1/accounts/{id}");
            self.expected.accounts.insert(id.clone(), "active");
            for _ in 0..3 {
                self.send("read", 200, Method::GET, &account, Value::Null).await;
            }
            for again in [false, true] {
                let path = format!("{account}/suspend");
                let what = if again { "suspend again" } else { "suspend" };
                self.send(what, 200, Method::POST, &path, Value::Null).await;
            }
            self.expected.event("SUSPEND_ACCOUNT");
            self.expected.accounts.insert(id.clone(), "suspended");
            let user = format!("{users}/{id}");
            if turn % 2 == 0 {
                self.send("unsuspend", 200, Method::POST, &format!("{account}/unsuspend"), Value::Null).await;
                self.expected.event("UNSUSPEND_ACCOUNT");
                self.expected.accounts.insert(id.clone(), "active");
            }
            if turn % 3 == 0 {
                let change = json!([{"op": "replace", "path": "displayName", "value": "Load"}]);
                let change = json!({"Operations": change});
                self.send("SCIM: change", 200, Method::PATCH, &user, change).await;
                self.expected.event("UPDATE_ACCOUNT");
            }
            if turn % 4 != 3 {
                self.send("SCIM: delete", 204, Method::DELETE, &user, Value::Null).await;
                self.expected.event("DELETE_ACCOUNT");
                self.expected.accounts.insert(id, "deleted");
            }
        }
        (self.seen, self.expected)
    }

    /// An administrator who creates, tries and revokes keys.
    async fn administrator(mut self, end: Instant) -> (Seen, Expected) {
        self.sign_in().await;
        while Instant::now() < end {
            let (id, key) = self.create_key().await;
            let person = std::mem::replace(&mut self.authorization, format!("apikey {key}"));
            let account = "/enterprise/v1/accounts/acme-member-1";
            self.send("read", 200, Method::GET, account, Value::Null).await;
            self.authorization.clone_from(&person);
            self.send("list keys", 200, Method::GET, "/admin/v1/api-keys", Value::Null).await;
            let body = json!({"firstFour": key.get(..4), "lastFour": key.get(52..)});
            let path = format!("/admin/v1/api-keys/{id}/revoke");
            self.send("revoke", 200, Method::POST, &path, body).await;
            self.expected.event("REVOKE_API_KEY");
            self.expected.keys.insert(id, true);
            self.authorization = format!("apikey {key}");
            self.send("use a revoked key", 401, Method::GET, account, Value::Null).await;
            self.authorization = person;
        }
        (self.seen, self.expected)
    }

    /// A collector of audit events, and an administrator who reads lists.
    async fn reader(mut self, end: Instant) -> (Seen, Expected) {
        self.sign_in().await;
        let (_, key) = self.create_key().await;
        let person = self.authorization.clone();
        while Instant::now() < end {
            self.authorization = format!("apikey {key}");
            let log = "/enterprise/v1/audit-log?maxResults=100";
            self.send("audit log", 200, Method::GET, log, Value::Null).await;
            let users = "/enterprise/v1/scim/Users?count=50";
            self.send("SCIM: list", 200, Method::GET, users, Value::Null).await;
            self.authorization.clone_from(&person);
            self.send("list members", 200, Method::GET, "/admin/v1/accounts", Value::Null).await;
            // The range has a size that doesn't grow with the other clients' requests.
            let log = "/admin/v1/audit-log?maxResults=50";
            self.send("activity", 200, Method::GET, log, Value::Null).await;
        }
        (self.seen, self.expected)
    }
}
