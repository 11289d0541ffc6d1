//! A function instance that ends like a crash: immediately, even in the middle of its work.

use std::time::Duration;

use harness::ADMIN;
use local::{Options, Stack};
use reqwest::Client;
use serde_json::{Value, json};
use store::Clock;
use tokio::runtime::{Builder, Runtime};

/// How often an instance tries to start.
const ATTEMPTS: usize = 5;

/// A stack with its own threads, on tables that others also use. When it is dropped, its tasks are dropped, and with
/// them every connection to its clients and to `DynamoDB`.
pub(crate) struct Instance {
    /// Its address.
    pub(crate) url: String,
    /// `Bearer …` of an administrator who signed in here.
    pub(crate) admin: String,
    /// Stops when it is dropped.
    _stack: Stack,
    runtime: Option<Runtime>,
}

impl Instance {
    /// Starts an instance.
    ///
    /// # Panics
    /// If the instance doesn't start.
    pub(crate) async fn start(dynamodb: &str, clock: &Clock, http: &Client) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let options = Options {
            dynamodb_endpoint: Some(dynamodb.to_owned()),
            clock: clock.clone(),
            ..Options::in_memory()
        };
        let mut attempts = 1..=ATTEMPTS;
        let stack = loop {
            let stack = runtime.spawn(Stack::start(options.clone())).await.expect("no panic");
            // A busy machine may be too slow for it.
            if stack.is_ok() || attempts.next() == Some(ATTEMPTS) {
                break stack.expect("a stack");
            }
        };
        let admin = loop {
            // Faults also affect the token gate, so the person tries to sign in again.
            let request = http.post(format!("{}/local/token", stack.url)).json(&json!({"email": ADMIN}));
            let token: Value = request.send().await.expect("an answer").json().await.unwrap_or_default();
            if let Some(token) = token["access_token"].as_str() {
                break format!("Bearer {token}");
            }
        };
        Self { url: stack.url.clone(), admin, _stack: stack, runtime: Some(runtime) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A clock that is this far from the true one.
pub(crate) fn skewed(truth: &Clock, by: i64) -> Clock {
    let clock = Clock::default();
    let ahead = truth.now().millis() - clock.now().millis() + by;
    clock.advance(Duration::from_millis(u64::try_from(ahead).expect("the true clock is ahead")));
    clock
}
