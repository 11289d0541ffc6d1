//! A server between the functions and the stand-ins for other services than `DynamoDB`: records every call on the wire, and
//! interferes if a test asks for it. The stand-ins never fail, so this server does.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A call to another service.
#[derive(Clone, Debug)]
pub struct ServiceCall {
    /// The calling function: the access key ID with which it signed.
    pub function: String,
    /// `PutEvents`, `SendMessageBatch`, …
    pub action: String,
    /// The complete request.
    pub request: Value,
}

/// What to do with a call to another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Let it pass.
    Pass,
    /// Refuse these of its entries, and carry out the others.
    RefuseEntries(Vec<usize>),
    /// Refuse it, without an effect.
    Refuse,
    /// Respond with a failure of the service, without an effect.
    Fail,
    /// Respond that the request rate is too high.
    Throttle,
    /// Never answer, without an effect.
    Hang,
    /// Carry it out and never answer.
    HangAfterwards,
    /// Break the connection, without an effect.
    Disconnect,
    /// Carry it out and break the connection.
    DisconnectAfterwards,
    /// Respond with something that isn't a response, without an effect.
    Garbage,
}

type Loss = Box<dyn FnMut(&ServiceCall) -> bool + Send>;
type Interference = Box<dyn FnMut(&ServiceCall) -> Fault + Send>;

struct Shared {
    endpoint: String,
    http: Client,
    calls: Mutex<Vec<ServiceCall>>,
    carried_out: Mutex<Vec<Value>>,
    interference: Mutex<Option<Interference>>,
    afterwards: Mutex<Option<Loss>>,
}

/// The server.
#[derive(Clone)]
pub struct Between {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}

impl Between {
    /// Starts it in front of the stand-ins at this address.
    ///
    /// # Panics
    /// If it can't listen.
    pub async fn before(endpoint: &str) -> Self {
        let shared = Arc::new(Shared {
            endpoint: endpoint.into(),
            http: Client::new(),
            calls: Mutex::default(),
            carried_out: Mutex::default(),
            interference: Mutex::default(),
            afterwards: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().fallback(serve).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// Interferes with every call from now on.
    pub fn interfere(&self, with: impl FnMut(&ServiceCall) -> Fault + Send + 'static) {
        *lock(&self.shared.interference) = Some(Box::new(with));
    }

    /// Interferes with every call of one action from now on.
    pub fn interfere_with(&self, action: &'static str, fault: Fault) {
        self.interfere(move |call| if call.action == action { fault.clone() } else { Fault::Pass });
    }

    /// Asks after every call that was carried out whether its response is lost: then nobody ever gets an answer.
    pub fn afterwards(&self, is_lost: impl FnMut(&ServiceCall) -> bool + Send + 'static) {
        *lock(&self.shared.afterwards) = Some(Box::new(is_lost));
    }

    /// Lets everything pass again.
    pub fn let_pass(&self) {
        *lock(&self.shared.interference) = None;
        *lock(&self.shared.afterwards) = None;
    }

    /// Returns and forgets all calls since the last time.
    #[must_use]
    pub fn take_calls(&self) -> Vec<ServiceCall> {
        std::mem::take(&mut lock(&self.shared.calls))
    }

    /// The details of all events that the bus took, with repeats, whether the caller was told or not.
    #[must_use]
    pub fn published(&self) -> Vec<Value> {
        lock(&self.shared.carried_out).clone()
    }
}

async fn serve(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let function = text("authorization");
    let function = function.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
    let call = ServiceCall {
        function: function.unwrap_or_default().to_owned(),
        action: text("x-amz-target").rsplit('.').next().unwrap_or_default().to_owned(),
        request: serde_json::from_slice(&body).unwrap_or_default(),
    };
    lock(&shared.calls).push(call.clone());
    let fault = lock(&shared.interference).as_mut().map_or(Fault::Pass, |interference| interference(&call));
    match fault {
        Fault::Pass => {}
        Fault::RefuseEntries(places) => return refuse_entries(&shared, &headers, &call, &places).await,
        Fault::Refuse => return error(StatusCode::BAD_REQUEST, "AccessDeniedException"),
        Fault::Fail => return error(StatusCode::INTERNAL_SERVER_ERROR, "InternalException"),
        Fault::Throttle => return error(StatusCode::BAD_REQUEST, "ThrottlingException"),
        Fault::Hang => return std::future::pending().await,
        Fault::Disconnect => return disconnected(),
        Fault::Garbage => return "x".into_response(),
        Fault::HangAfterwards => {
            forward(&shared, &headers, &call).await;
            return std::future::pending().await;
        }
        Fault::DisconnectAfterwards => {
            forward(&shared, &headers, &call).await;
            return disconnected();
        }
    }
    let response = forward(&shared, &headers, &call).await;
    let is_lost = lock(&shared.afterwards).as_mut().is_some_and(|is_lost| is_lost(&call));
    if is_lost { std::future::pending().await } else { response.into_response() }
}

/// The beginning of a response, and then the end of the connection.
fn disconnected() -> Response {
    let broken = futures_util::stream::once(async { Err::<Bytes, _>("the connection is broken") });
    Body::from_stream(broken).into_response()
}

fn error(status: StatusCode, code: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    // A message must not get into a log.
    (status, headers, json!({"__type": code, "message": "ada@acme.example"}).to_string()).into_response()
}

/// The response of a stand-in.
struct Forwarded {
    status: StatusCode,
    body: Value,
}

impl IntoResponse for Forwarded {
    fn into_response(self) -> Response {
        let headers = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
        (self.status, headers, self.body.to_string()).into_response()
    }
}

/// Carries out a call, and notes the events that the bus took.
async fn forward(shared: &Shared, headers: &HeaderMap, call: &ServiceCall) -> Forwarded {
    let mut headers = headers.clone();
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    let request = shared.http.post(&shared.endpoint).headers(headers).body(call.request.to_string());
    let response = request.send().await.expect("the stand-in answers");
    let status = response.status();
    let body: Value = response.json().await.expect("JSON");
    if call.action == "PutEvents" {
        let entries = call.request["Entries"].as_array().into_iter().flatten();
        let results = body["Entries"].as_array().into_iter().flatten();
        let taken = entries.zip(results).filter(|(_, result)| result["EventId"].is_string());
        let details = taken.map(|(entry, _)| entry["Detail"].as_str().expect("a text"));
        let details = details.map(|detail| serde_json::from_str(detail).expect("JSON"));
        lock(&shared.carried_out).extend(details);
    }
    Forwarded { status, body }
}

/// Carries out a call without these of its entries, and reports them as refused.
async fn refuse_entries(
    shared: &Shared,
    headers: &HeaderMap,
    call: &ServiceCall,
    places: &[usize],
) -> Response {
    let entries = call.request["Entries"].as_array().expect("entries");
    let is_refused = |place: usize| places.contains(&place);
    let mut rest = call.clone();
    let taken = entries.iter().enumerate().filter(|(place, _)| !is_refused(*place));
    rest.request["Entries"] = taken.map(|(_, entry)| entry.clone()).collect();
    let nothing = rest.request["Entries"].as_array().is_some_and(Vec::is_empty);
    let forwarded = if nothing {
        Forwarded { status: StatusCode::OK, body: json!({"Entries": [], "Successful": [], "Failed": []}) }
    } else {
        forward(shared, headers, &rest).await
    };
    let mut body = forwarded.body;
    if call.action == "PutEvents" {
        let mut taken = body["Entries"].as_array().cloned().unwrap_or_default().into_iter();
        let refused = json!({"ErrorCode": "InternalFailure", "ErrorMessage": "ada@acme.example"});
        let results = (0..entries.len())
            .map(|place| if is_refused(place) { refused.clone() } else { taken.next().unwrap_or_default() });
        body = json!({"FailedEntryCount": places.len(), "Entries": results.collect::<Vec<_>>()});
    } else {
        let refused = entries.iter().enumerate().filter(|(place, _)| is_refused(*place)).map(|(_, entry)| {
            json!({"Id": entry["Id"], "Code": "InternalError", "Message": "ada@acme.example", "SenderFault": false})
        });
        body["Failed"] = refused.collect();
    }
    Forwarded { body, ..forwarded }.into_response()
}
