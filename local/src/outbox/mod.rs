//! A stand-in for Amazon SES, API v2: mails land in a folder and on a page of this machine, and nobody gets them.

mod kept;
mod page;

use std::path::Path;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use store::{Clock, random};
use tokio::task::JoinHandle;

use crate::engine::hidden_listener;
use kept::Kept;
pub use kept::Mail;

/// Where the page of the outbox is.
pub const PLACE: &str = "/local/outbox";
/// The most recipients of a mail that SES accepts.
const MOST_RECIPIENTS: usize = 50;

/// The outbox, and the stand-in that fills it. The stand-in listens at a hidden address, as the engine does.
#[derive(Debug)]
pub struct Outbox {
    kept: Kept,
    /// The stand-in's address.
    pub endpoint: String,
    task: JoinHandle<()>,
}

impl Outbox {
    /// Starts it. Mails are kept below this folder, and without one in memory.
    pub async fn start(folder: Option<&Path>, clock: Clock) -> Result<Self, String> {
        let kept = Kept::new(folder.map(|folder| folder.join("outbox")), clock);
        let listener =
            hidden_listener().await.map_err(|error| format!("no port is free on this machine: {error}"))?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(|error| error.to_string())?);
        let router = Router::new().route("/v2/email/outbound-emails", post(send)).with_state(kept.clone());
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the stand-in for SES ended");
            }
        });
        Ok(Self { kept, endpoint, task })
    }

    /// The mails, the latest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.kept.latest()
    }

    /// Answers a request for a page of the outbox. `None` if it has no such page.
    pub(crate) fn answer(&self, path: &str) -> Option<Response> {
        page::answer(&self.kept, path)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// `SendEmail` (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>).
async fn send(State(kept): State<Kept>, body: Bytes) -> Response {
    let Some(mail) = serde_json::from_slice(&body).ok().and_then(|request| read(&request)) else {
        return refuse("The mail lacks something, or has too much of it");
    };
    if let Err(error) = kept.keep(mail) {
        tracing::error!(%error, "a mail could not be written");
        return refuse("The outbox can't be written");
    }
    let id = random::ulid(store::system_time());
    ([(header::CONTENT_TYPE, "application/json")], json!({"MessageId": id}).to_string()).into_response()
}

fn refuse(message: &str) -> Response {
    let headers = [("content-type", "application/json"), ("x-amzn-errortype", "BadRequestException")];
    (StatusCode::BAD_REQUEST, headers, json!({"message": message}).to_string()).into_response()
}

/// Reads a mail with simple content. SES refuses line breaks in headers, and so does this.
fn read(request: &Value) -> Option<Mail> {
    let simple = &request["Content"]["Simple"];
    let line = |value: &Value| {
        let line = value.as_str()?;
        (!line.is_empty() && !line.chars().any(char::is_control)).then(|| line.to_owned())
    };
    let to: Vec<_> =
        request["Destination"]["ToAddresses"].as_array()?.iter().map(line).collect::<Option<_>>()?;
    let headers = simple["Headers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let headers = headers.iter().map(|header| Some((line(&header["Name"])?, line(&header["Value"])?)));
    let text = |part: &str| simple["Body"][part]["Data"].as_str().map(str::to_owned);
    if !(1..=MOST_RECIPIENTS).contains(&to.len()) {
        return None;
    }
    Some(Mail {
        id: String::new(),
        from: line(&request["FromEmailAddress"])?,
        to,
        subject: line(&simple["Subject"]["Data"])?,
        headers: headers.collect::<Option<_>>()?,
        text: text("Text")?,
        html: text("Html")?,
    })
}
