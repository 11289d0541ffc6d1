//! A server between the functions and the engine: records every call on the wire, and interferes if a test asks for it.
//! The embedded engine never conflicts and never fails, so this server does.

mod answers;
mod contended;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use local::{
    engine::Engine,
    notices::{Stream, audit_events},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{Contention, Database, Observed, observed::operations};
use answers::{canceled, disconnected, error, item_is_held, json_response};
use contended::contended;

/// What to do with a call.
#[derive(Clone, Debug)]
pub enum Intervention {
    /// Let it pass.
    Pass,
    /// Cancel the transaction, or refuse the plain write, as `DynamoDB` does when another transaction holds an item.
    Conflict,
    /// Cancel the transaction: another holds one of the items, and a condition on the next has failed.
    ConflictAndFailure,
    /// Carry it out, and respond that it is still in progress.
    InProgress,
    /// Carry it out and lose the response.
    LoseResponse,
    /// Carry it out and break the connection.
    Disconnect,
    /// Carry it out and never answer.
    Hang,
    /// Break the connection, without an effect.
    Refuse,
    /// Respond with a failure, without an effect.
    Fail,
    /// Respond that the request rate is too high.
    Throttle,
    /// Refuse the request, without an effect, with a message that repeats it.
    Invalid,
    /// Respond with an invalid response that repeats the request, without an effect.
    Garbage,
    /// Leave out all keys of a batch as unprocessed.
    Unprocessed,
    /// Wait until the test adds a permit, then let it pass.
    Hold(Arc<Semaphore>),
    /// Carry it out after a while, even if the client has gone.
    Delay(Duration),
}

type Interference = Box<dyn FnMut(&Observed) -> Intervention + Send>;

struct Shared {
    running: Engine,
    engine: Database,
    contention: Mutex<Option<Arc<Contention>>>,
    http: Client,
    calls: Mutex<Vec<Observed>>,
    interference: Mutex<Option<Interference>>,
    /// The number of calls that are being carried out or will be.
    working: AtomicUsize,
    /// The number of those that count what keys were used for. They may be made at any time, so they belong to no round trip.
    counting: AtomicUsize,
}

/// A call that is being carried out, until this is dropped.
struct Working {
    shared: Arc<Shared>,
    counts: bool,
}

impl Working {
    fn begin(shared: &Arc<Shared>, call: &Observed) -> Self {
        let counts = call.counts_uses();
        shared.counting.fetch_add(usize::from(counts), Ordering::SeqCst);
        shared.working.fetch_add(1, Ordering::SeqCst);
        Self { shared: shared.clone(), counts }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.shared.working.fetch_sub(1, Ordering::SeqCst);
        self.shared.counting.fetch_sub(usize::from(self.counts), Ordering::SeqCst);
    }
}

impl Shared {
    /// Whether no call of an operation is being carried out.
    fn is_between_round_trips(&self) -> bool {
        self.working.load(Ordering::SeqCst) <= self.counting.load(Ordering::SeqCst)
    }
}

/// The server.
#[derive(Clone)]
pub struct Observer {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
}

impl Observer {
    /// Starts it in front of an engine.
    ///
    /// # Panics
    /// If it can't listen.
    pub async fn before(engine: Engine) -> Self {
        let shared = Arc::new(Shared {
            engine: Database::at(&engine.url),
            running: engine,
            contention: Mutex::default(),
            http: Client::new(),
            calls: Mutex::default(),
            interference: Mutex::default(),
            working: AtomicUsize::default(),
            counting: AtomicUsize::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(observe).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// The stream of audit events, as the engine has it.
    #[must_use]
    pub fn audit_stream(&self) -> Stream {
        audit_events(&self.shared.running)
    }

    /// Returns and forgets all calls since the last time.
    ///
    /// # Panics
    /// If a test has panicked.
    #[must_use]
    pub fn take_calls(&self) -> Vec<Observed> {
        std::mem::take(&mut self.shared.calls.lock().expect("not poisoned"))
    }

    /// Interferes with every call from now on.
    ///
    /// # Panics
    /// If a test has panicked.
    pub fn interfere(&self, with: impl FnMut(&Observed) -> Intervention + Send + 'static) {
        *self.shared.interference.lock().expect("not poisoned") = Some(Box::new(with));
    }

    /// Interferes with every call of one action from now on.
    pub fn interfere_with(&self, action: &'static str, intervention: Intervention) {
        self.interfere(
            move |call| if call.action == action { intervention.clone() } else { Intervention::Pass },
        );
    }

    /// Interferes with the first `count` calls of one action from now on.
    pub fn interfere_with_first(&self, mut count: usize, action: &'static str, intervention: Intervention) {
        self.interfere(move |call| {
            if call.action == action && count > 0 {
                count -= 1;
                return intervention.clone();
            }
            Intervention::Pass
        });
    }

    /// Lets everything pass again.
    ///
    /// # Panics
    /// If a test has panicked.
    pub fn let_pass(&self) {
        *self.shared.interference.lock().expect("not poisoned") = None;
    }

    /// Whether no call is in progress, including calls whose client has disconnected.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.shared.working.load(Ordering::SeqCst) == 0
    }

    /// Adds contention to the engine from now on.
    ///
    /// # Panics
    /// If a test has panicked.
    pub fn contend(&self, contention: &Arc<Contention>) {
        *self.shared.contention.lock().expect("not poisoned") = Some(contention.clone());
    }

    /// All items of a table, in plain JSON.
    ///
    /// # Panics
    /// If the engine doesn't respond.
    pub async fn items(&self, table: &str) -> Vec<Value> {
        self.shared.engine.items(table).await
    }

    /// Calls the engine directly, unobserved.
    ///
    /// # Panics
    /// If the engine refuses the call.
    pub async fn ask(&self, action: &str, request: &Value) -> Value {
        self.shared.engine.ask(action, request).await
    }
}

async fn observe(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let function = text("authorization");
    let function = function.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
    let action = text("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let call = Observed {
        function: function.unwrap_or_default().to_owned(),
        operations: operations(&action, &request),
        action: action.clone(),
        request,
        begins_round_trip: shared.is_between_round_trips(),
    };
    let intervention = match shared.interference.lock().expect("not poisoned").as_mut() {
        Some(interference) => interference(&call),
        None => Intervention::Pass,
    };
    let request = if matches!(intervention, Intervention::Pass) { Value::Null } else { call.request.clone() };
    shared.calls.lock().expect("not poisoned").push(call.clone());
    let working = Working::begin(&shared, &call);
    // Nothing happens before this is awaited.
    let effect = carry_out(shared, headers, call, body);
    match intervention {
        Intervention::Pass => effect.await,
        Intervention::Conflict if action == "TransactWriteItems" => {
            canceled(&request, &["TransactionConflict"])
        }
        Intervention::Conflict => item_is_held(),
        Intervention::ConflictAndFailure => {
            canceled(&request, &["None", "TransactionConflict", "ConditionalCheckFailed"])
        }
        Intervention::InProgress => {
            effect.await;
            error("TransactionInProgressException", "The transaction is in progress", &json!({}))
        }
        Intervention::LoseResponse => {
            effect.await;
            // The SDK treats this like a broken connection: as a failure with an unknown outcome.
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Intervention::Disconnect => {
            effect.await;
            disconnected()
        }
        Intervention::Hang => {
            effect.await;
            std::future::pending().await
        }
        Intervention::Refuse => disconnected(),
        Intervention::Fail => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Intervention::Throttle => error("ThrottlingException", "Rate exceeded", &json!({})),
        Intervention::Invalid => error("ValidationException", &request.to_string(), &json!({})),
        Intervention::Garbage => {
            ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], format!("{request}}}")).into_response()
        }
        Intervention::Unprocessed => json_response(&json!({
            "Responses": {}, "UnprocessedKeys": request["RequestItems"],
        })),
        Intervention::Hold(permits) => {
            permits.acquire().await.expect("never closed").forget();
            effect.await
        }
        Intervention::Delay(by) => {
            let late = async move {
                tokio::time::sleep(by).await;
                let response = effect.await;
                drop(working);
                response
            };
            tokio::spawn(late).await.expect("an answer")
        }
    }
}

/// Carries out a call, with contention if it is on, and to its end even if the client has disconnected.
async fn carry_out(shared: Arc<Shared>, headers: HeaderMap, call: Observed, body: Bytes) -> Response {
    let contention = shared.contention.lock().expect("not poisoned").clone();
    let Some(contention) = contention else { return forward(&shared, headers, body).await };
    let working = Working::begin(&shared, &call);
    let contended = async move {
        let response = contended(&contention, &shared, headers, &call, body).await;
        drop(working);
        response
    };
    tokio::spawn(contended).await.expect("an answer")
}

async fn forward(shared: &Shared, mut headers: HeaderMap, body: Bytes) -> Response {
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let response = shared.http.post(&shared.engine.url).headers(headers).body(body).send().await;
    let response = response.expect("the engine answers");
    let (status, headers) = (response.status(), response.headers().clone());
    let mut forwarded = response.bytes().await.expect("a body").into_response();
    *forwarded.status_mut() = status;
    for (name, value) in &headers {
        if !["transfer-encoding", "content-length", "connection"].contains(&name.as_str()) {
            forwarded.headers_mut().insert(name, value.clone());
        }
    }
    forwarded
}
