//! The basis of the tests: the complete stack in memory, with an observer between the functions and the engine.

mod answer;
mod audit_events;
mod between;
mod contention;
mod database;
mod description;
mod generation;
mod leaks;
mod log;
mod numbers;
mod observed;
mod observer;
mod ses;

use std::time::Duration;

use domain::limits::Limit;
use local::{Options, Stack, engine::Engine};
use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use store::Clock;

pub use answer::Answer;
pub use audit_events::{all_audit_events, usual_audit_events};
pub use between::{Between, Fault, ServiceCall};
pub use contention::{Behavior, Committed, Contention, Release, Stalls, Weakness};
pub use database::Database;
pub use log::Log;
pub use numbers::Numbers;
pub use observed::{Observed, Operation};
pub use observer::{Intervention, Observer};
pub use ses::{Delivery, Mail, Ses};

/// A running stack for one test.
pub struct World {
    /// The stack.
    pub stack: Stack,
    /// The calls of the functions to `DynamoDB`.
    pub dynamodb: Observer,
    /// The stack's clock.
    pub clock: Clock,
    http: Client,
}

/// An API key that a test created.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key's public identifier.
    pub id: String,
    /// The key itself.
    pub secret: String,
}

impl Key {
    /// The body of the request to revoke it.
    #[must_use]
    pub fn characters(&self) -> Value {
        json!({"firstFour": self.secret[..4], "lastFour": self.secret[52..]})
    }

    /// The key's mask.
    #[must_use]
    pub fn mask(&self) -> String {
        format!("{}…{}", &self.secret[..4], &self.secret[52..])
    }

    /// `apikey …`
    #[must_use]
    pub fn authorization(&self) -> String {
        format!("apikey {}", self.secret)
    }
}

/// An administrator of the demonstration's company Acme.
pub const ADMIN: &str = "admin@acme.example";
/// Another administrator of Acme.
pub const SECOND_ADMIN: &str = "second-admin@acme.example";
/// The administrator of company Basic, which isn't on the Enterprise plan.
pub const BASIC_ADMIN: &str = "admin@basic.example";
/// The route of keys.
pub const KEYS: &str = "/admin/v1/api-keys";

/// Waits until a condition is met.
///
/// # Panics
/// If the condition isn't met within 30 s.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap_or_else(|_| panic!("{what}: never"));
}

impl World {
    /// Waits until a notice about the key is written, which happens after the response: `lastUsedAt`, `refusedSince`.
    pub async fn noted(&self, key: &Key, notice: &str) {
        let noted = |item: &Value| item["keyId"] == key.id && item.get(notice).is_some();
        eventually(notice, async || self.dynamodb.items("ApiKeys").await.iter().any(noted)).await;
    }

    /// The counts of requests in each minute, which instances share for the limits.
    pub async fn windows(&self) -> Vec<Value> {
        let mut items = self.dynamodb.items("KeyUsage").await;
        items.retain(|item| {
            let is_other = |window: &str| {
                [observed::USES, observed::SUSPENSIONS].iter().any(|other| window.starts_with(other))
            };
            !item["window"].as_str().is_some_and(is_other)
        });
        items
    }

    /// What this key was used for on each day, as the table has it.
    pub async fn uses(&self, key: &Key) -> Vec<Value> {
        let mut items = self.dynamodb.items("KeyUsage").await;
        let window = format!("{}{}#", observed::USES, key.id);
        items.retain(|item| item["window"].as_str().is_some_and(|name| name.starts_with(&window)));
        items.sort_by_key(|item| item["window"].to_string());
        items
    }

    /// Starts a stack with the demonstration.
    ///
    /// # Panics
    /// If the stack doesn't start.
    pub async fn start() -> Self {
        let engine = Engine::start(([127, 0, 0, 1], 0).into(), None).await.expect("an engine");
        Self::with(Observer::before(engine).await).await
    }

    /// Starts a stack with the demonstration, with its tables behind this observer.
    ///
    /// # Panics
    /// If the stack doesn't start.
    pub async fn with(dynamodb: Observer) -> Self {
        let options = Options { dynamodb_endpoint: Some(dynamodb.url.clone()), ..Options::in_memory() };
        let clock = options.clock.clone();
        let stack = Stack::start(options).await.expect("a stack");
        let http = Client::builder()
            .timeout(Duration::from_mins(1))
            .redirect(Policy::none())
            .build()
            .expect("a client");
        let world = Self { stack, dynamodb, clock, http };
        world.forget_new_policies().await;
        world
    }

    /// Makes the companies older than limits of suspensions, so that no test reaches one that isn't about them.
    async fn forget_new_policies(&self) {
        for (table, id, forgotten) in
            [("Companies", "companyId", "keyPolicy"), ("KeyDigests", "digest", "suspensionsPerHour")]
        {
            for item in self.dynamodb.items(table).await {
                let key = json!({id: {"S": item[id]}});
                let update = json!({"TableName": table, "Key": key, "UpdateExpression": format!("REMOVE {forgotten}")});
                self.dynamodb.ask("UpdateItem", &update).await;
            }
        }
    }

    /// Moves time ahead.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// A request to the stack. Complete it and pass it to [`World::send`].
    ///
    /// # Panics
    /// If the method isn't one.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.http.request(method, format!("{}{path}", self.stack.url))
    }

    /// The same from this address of the machine, such as `127.0.7.1`.
    ///
    /// # Panics
    /// If the address or the method isn't one.
    pub fn request_from(&self, address: &str, method: &str, path: &str) -> RequestBuilder {
        let address: std::net::IpAddr = address.parse().expect("an address");
        let client = Client::builder().local_address(address).build().expect("a client");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        client.request(method, format!("{}{path}", self.stack.url))
    }

    /// Sends a request, and compares the response with `openapi.json`.
    ///
    /// # Panics
    /// If there is no response, or the document doesn't describe it.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let answer = Answer::of(client.execute(request).await.expect("a response")).await;
        description::check(&method, &path, &answer);
        answer
    }

    /// Sends a request with this `Authorization` and this JSON body (none if null).
    pub async fn call(&self, method: &str, path: &str, authorization: &str, body: Value) -> Answer {
        let request = self.request(method, path).header("authorization", authorization);
        self.send(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// `Bearer …` for a person who signs in now.
    ///
    /// # Panics
    /// If the person gets no token.
    pub async fn sign_in(&self, email: &str) -> String {
        let answer = self.send(self.request("POST", "/local/token").json(&json!({"email": email}))).await;
        format!("Bearer {}", answer.ok()["access_token"].as_str().expect("a token"))
    }

    /// Creates a key as this administrator.
    pub async fn create_key(&self, admin: &str) -> Key {
        self.create_key_with(admin, json!({})).await
    }

    /// Creates a key with these fields in addition to name and scopes.
    ///
    /// # Panics
    /// If no key is created.
    pub async fn create_key_with(&self, admin: &str, fields: Value) -> Key {
        let mut body = json!({"name": "Test", "scopes": ["deprovisioning"]});
        for (name, value) in fields.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let answer = self.call("POST", KEYS, admin, body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        Key { id: answer.string("keyId"), secret: answer.string("key") }
    }

    /// Rotates a key, with this body. Returns the new secret.
    ///
    /// # Panics
    /// If the key isn't rotated.
    pub async fn rotate_with(&self, admin: &str, key: &Key, body: Value) -> Key {
        let answer = self.call("POST", &format!("{KEYS}/{}/rotate", key.id), admin, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Key { id: answer.string("keyId"), secret: answer.string("key") }
    }

    /// Rotates a key. Returns the new secret.
    pub async fn rotate(&self, admin: &str, key: &Key) -> Key {
        self.rotate_with(admin, key, Value::Null).await
    }

    /// Ends a rotation: `complete` or `cancel`. The characters are those of the new secret.
    pub async fn end_rotation(&self, admin: &str, how: &str, new: &Key) -> Answer {
        let path = format!("{KEYS}/{}/{how}-rotation", new.id);
        self.call("POST", &path, admin, new.characters()).await
    }

    /// Edits a key.
    pub async fn edit(&self, admin: &str, key: &Key, body: Value) -> Answer {
        self.call("PATCH", &format!("{KEYS}/{}", key.id), admin, body).await
    }

    /// Holds or releases a key: `hold` or `release`.
    pub async fn hold(&self, admin: &str, how: &str, key: &Key) -> Answer {
        self.call("POST", &format!("{KEYS}/{}/{how}", key.id), admin, Value::Null).await
    }

    /// Sets the key policy.
    pub async fn set_policy(&self, admin: &str, policy: Value) -> Answer {
        self.call("PUT", "/admin/v1/key-policy", admin, policy).await
    }

    /// A key as an administrator sees it in the list.
    ///
    /// # Panics
    /// If the list doesn't have it.
    pub async fn listed(&self, admin: &str, key: &Key) -> Value {
        let list = self.call("GET", KEYS, admin, Value::Null).await.ok();
        let mut keys = list["apiKeys"].as_array().into_iter().flatten();
        keys.find(|listed| listed["keyId"] == key.id).expect("the key").clone()
    }

    /// What a key sees of itself.
    pub async fn own_key(&self, key: &Key) -> Answer {
        self.call("GET", "/enterprise/v1/api-key", &key.authorization(), Value::Null).await
    }

    /// A key that rotates itself.
    pub async fn rotate_itself(&self, key: &Key, body: Value) -> Answer {
        self.call("POST", "/enterprise/v1/api-key/rotate", &key.authorization(), body).await
    }

    /// Revokes a key.
    pub async fn revoke(&self, admin: &str, key: &Key) -> Answer {
        self.call("POST", &format!("{KEYS}/{}/revoke", key.id), admin, key.characters()).await
    }

    /// Suspends an account with a key.
    pub async fn suspend(&self, key: &Key, account: &str) -> Answer {
        let path = format!("/enterprise/v1/accounts/{account}/suspend");
        self.call("POST", &path, &key.authorization(), Value::Null).await
    }

    /// Unsuspends an account with a key.
    pub async fn unsuspend(&self, key: &Key, account: &str) -> Answer {
        let path = format!("/enterprise/v1/accounts/{account}/unsuspend");
        self.call("POST", &path, &key.authorization(), Value::Null).await
    }

    /// Reads an account with a key.
    pub async fn read(&self, key: &Key, account: &str) -> Answer {
        let path = format!("/enterprise/v1/accounts/{account}");
        self.call("GET", &path, &key.authorization(), Value::Null).await
    }

    /// Runs `provision` as an operator.
    pub async fn provision(&self, mut request: Value) -> Result<Value, provision::Refused> {
        request["operator"] = "Test Operator".into();
        let outcome = Box::pin(provision::handle(&self.stack.service, request, "test-request")).await?;
        Ok(serde_json::to_value(outcome).expect("plain data"))
    }

    /// Changes a company's limits of requests, `{"key": …, "auditLog": …, "company": …}`.
    ///
    /// # Panics
    /// If they can't be changed.
    pub async fn change_limits(&self, company_id: &str, limits: Value) {
        let request = json!({"operation": "change-limits", "companyId": company_id, "limits": limits});
        self.provision(request).await.expect("changed limits");
    }

    /// Gives a company the highest limits that exist, for a test that makes more requests than the default ones allow.
    pub async fn raise_limits(&self, company_id: &str) {
        let highest = Limit::ALL.map(|limit| (limit.id().to_owned(), json!(limit.range().end())));
        self.change_limits(company_id, Value::Object(highest.into_iter().collect())).await;
    }

    /// Moves time ahead to the beginning of a minute, so that the next requests belong to the same one.
    pub fn begin_minute(&self) {
        let passed = self.clock.now().millis().rem_euclid(60_000);
        self.advance(Duration::from_millis(u64::try_from(60_000 - passed).unwrap_or(0)));
    }

    /// Adds members `acme-NAME-1`, `acme-NAME-2`, … to company Acme. Returns their account IDs.
    ///
    /// # Panics
    /// If an account can't be added.
    pub async fn add_members(&self, name: &str, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for number in 1..=count {
            let id = format!("acme-{name}-{number}");
            let account =
                json!({"accountId": id, "email": format!("{name}-{number}@acme.example"), "name": id});
            let request = json!({"operation": "add-account", "companyId": "acme", "account": account});
            self.provision(request).await.expect("an account");
            ids.push(id);
        }
        ids
    }

    /// The audit events of a company, oldest first.
    pub async fn events(&self, company_id: &str) -> Vec<Value> {
        let mut events = self.dynamodb.items("AuditEvents").await;
        events.retain(|event| event["companyId"] == company_id);
        events.sort_by_key(|event| event["eventId"].to_string());
        events
    }

    /// The number of events with an action in the audit log of a company.
    pub async fn count_events(&self, company_id: &str, action: &str) -> usize {
        self.events(company_id).await.iter().filter(|event| event["action"] == action).count()
    }

    /// The number of a company's accounts, as its counters say.
    ///
    /// # Panics
    /// If there is no such company.
    pub async fn account_count(&self, company_id: &str) -> i64 {
        let began = self.company(company_id).await["accounts"].as_i64().expect("a number");
        let mut parts = self.dynamodb.items("AccountCounts").await;
        parts.retain(|part| part["companyId"] == company_id);
        began + parts.iter().map(|part| part["accounts"].as_i64().expect("a number")).sum::<i64>()
    }

    /// A company's item.
    ///
    /// # Panics
    /// If there is no such item.
    pub async fn company(&self, company_id: &str) -> Value {
        let companies = self.dynamodb.items("Companies").await;
        companies.into_iter().find(|company| company["companyId"] == company_id).expect("a company")
    }
}
