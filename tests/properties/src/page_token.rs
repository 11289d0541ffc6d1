//! Page tokens: a token that is read is written back the same, and no list fails because of one, whatever it contains.
//! The functions themselves read the lists for each token from an embedded `DynamoDB`, which refuses what `DynamoDB`
//! refuses.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use local::{Options, Stack, functions::HTTP_FUNCTIONS};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use web::page_token::{read, write};

/// The values in tokens: numbers, texts and lists. No fractions, because two notations of one may have the same value.
type Content = (i64, Option<String>, Vec<String>);

const LISTS: [(&str, &str); 4] = [
    ("list-keys", "GET /admin/v1/api-keys"),
    ("members", "GET /admin/v1/accounts"),
    ("audit-log", "GET /admin/v1/audit-log"),
    ("audit-log", "GET /enterprise/v1/audit-log"),
];

static LABORATORY: LazyLock<Laboratory> = LazyLock::new(Laboratory::start);

/// Panics if the property is violated.
pub fn check(text: &str) {
    if let Ok(content) = read::<Content>(text) {
        assert_eq!(write(&content), text);
    }
    LABORATORY.begin_check();
    // The input as a token, and as the content of a token, because random input is rarely valid base64.
    for token in [text.to_owned(), URL_SAFE_NO_PAD.encode(text)] {
        for (function, route) in LISTS {
            let status = LABORATORY.ask(function, route, &json!({"nextToken": token}));
            assert!([200, 400].contains(&status), "{route}: {status}");
        }
    }
}

/// A stack, and the credentials that may read its lists.
struct Laboratory {
    runtime: Runtime,
    stack: Stack,
    authorization: String,
    checks: AtomicUsize,
}

impl Laboratory {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let stack = runtime.block_on(Stack::start(Options::in_memory())).expect("a stack");
        let mut laboratory =
            Self { runtime, stack, authorization: String::new(), checks: AtomicUsize::new(0) };
        let body = json!({"name": "Collector", "scopes": ["audit-log"]}).to_string();
        let made = laboratory.answer("create-key", "POST /admin/v1/api-keys", &json!({}), &body);
        let made: Value = serde_json::from_str(made["body"].as_str().expect("a text")).expect("JSON");
        laboratory.authorization = format!("apikey {}", made["key"].as_str().expect("a key"));
        laboratory
    }

    /// A check collects twice, and a key may collect 120 times a minute. So a minute passes every 50 checks.
    fn begin_check(&self) {
        if self.checks.fetch_add(1, Ordering::Relaxed).is_multiple_of(50) {
            self.stack.service.clock.advance(Duration::from_mins(1));
        }
    }

    fn ask(&self, function: &str, route: &str, query: &Value) -> i64 {
        self.answer(function, route, query, "")["statusCode"].as_i64().expect("a status")
    }

    fn answer(&self, function: &str, route: &str, query: &Value, body: &str) -> Value {
        let now = self.stack.service.clock.now().seconds();
        let claims = json!({"company_id": "acme", "account_id": "acme-admin", "auth_time": now});
        let event = json!({
            "routeKey": route,
            "headers": {"authorization": self.authorization},
            "queryStringParameters": query,
            "requestContext": {"requestId": "test", "authorizer": {"jwt": {"claims": claims}}},
            "body": body,
        });
        let event = serde_json::from_value(event).expect("an event");
        let function = HTTP_FUNCTIONS.iter().find(|known| known.name == function).expect("a function");
        let service = self.stack.service.clone();
        let response = self.runtime.block_on(async { (function.answer)(service, event).await });
        serde_json::to_value(response).expect("a response")
    }
}
