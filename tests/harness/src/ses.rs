//! A stand-in for Amazon SES that fails as a test says.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use domain::time::Timestamp;
use futures_util::stream;
use serde_json::{Value, json};
use store::Clock;
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

/// A mail that SES accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The recipient.
    pub to: String,
    /// The identifier that all copies have in common.
    pub id: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When SES accepted it.
    pub at: Timestamp,
    /// The whole request.
    pub request: Value,
}

/// What SES does with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It accepts the mail.
    Accept,
    /// It refuses the mail with this status and this code.
    Refuse(u16, &'static str),
    /// It never responds, and sends nothing.
    Hang,
    /// It accepts the mail and never responds.
    AcceptAndHang,
    /// It accepts the mail, and the connection ends before the response does.
    AcceptAndDisconnect,
}

type Decision = Box<dyn FnMut(&Mail) -> Delivery + Send>;

struct Shared {
    clock: Clock,
    accepted: Mutex<Vec<Mail>>,
    decision: Mutex<Option<Decision>>,
    hung: Notify,
}

/// The stand-in.
pub struct Ses {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Ses {
    /// Starts it.
    ///
    /// # Panics
    /// If it can't listen.
    pub async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (accepted, decision, hung) = Default::default();
        let shared = Arc::new(Shared { clock, accepted, decision, hung });
        let router = Router::new().route("/v2/email/outbound-emails", post(send)).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, shared, task }
    }

    /// Decides about every mail from now on.
    ///
    /// # Panics
    /// If a test has panicked.
    pub fn decide(&self, decision: impl FnMut(&Mail) -> Delivery + Send + 'static) {
        *self.shared.decision.lock().expect("not poisoned") = Some(Box::new(decision));
    }

    /// Accepts every mail again.
    ///
    /// # Panics
    /// If a test has panicked.
    pub fn accept(&self) {
        *self.shared.decision.lock().expect("not poisoned") = None;
    }

    /// Waits until it doesn't respond to a mail.
    pub async fn hangs(&self) {
        self.shared.hung.notified().await;
    }

    /// Returns and forgets the mails that it accepted.
    ///
    /// # Panics
    /// If a test has panicked.
    #[must_use]
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.shared.accepted.lock().expect("not poisoned"))
    }
}

impl Drop for Ses {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).expect("JSON");
    let simple = &request["Content"]["Simple"];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let headers = simple["Headers"].as_array().expect("headers");
    let id =
        headers.iter().find(|header| header["Name"] == "X-Company-Api-Keys-Event").expect("an identifier");
    let to = request["Destination"]["ToAddresses"].as_array().expect("recipients");
    assert_eq!(to.len(), 1, "one recipient for each mail");
    let mail = Mail {
        to: text(&to[0]),
        id: text(&id["Value"]),
        subject: text(&simple["Subject"]["Data"]),
        text: text(&simple["Body"]["Text"]["Data"]),
        at: shared.clock.now(),
        request: request.clone(),
    };
    let delivery = match shared.decision.lock().expect("not poisoned").as_mut() {
        Some(decision) => decision(&mail),
        None => Delivery::Accept,
    };
    if !matches!(delivery, Delivery::Refuse(..) | Delivery::Hang) {
        shared.accepted.lock().expect("not poisoned").push(mail);
    }
    match delivery {
        Delivery::Accept => ([("content-type", "application/json")], r#"{"MessageId":"1"}"#).into_response(),
        Delivery::Refuse(status, code) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let message = json!({"message": "Email address is not verified: admin@acme.example"}).to_string();
            (status, [("content-type", "application/json"), ("x-amzn-errortype", code)], message)
                .into_response()
        }
        Delivery::Hang | Delivery::AcceptAndHang => {
            shared.hung.notify_one();
            std::future::pending().await
        }
        Delivery::AcceptAndDisconnect => {
            let parts = [Ok(Bytes::from_static(b"{\"Mess")), Err(std::io::Error::other("the end"))];
            Body::from_stream(stream::iter(parts)).into_response()
        }
    }
}
