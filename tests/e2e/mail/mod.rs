//! Mails to Company Administrators, with a stand-in for SES that fails as the tests say.

mod broken_off;
mod counted;
mod outbox;
mod recipients;
mod refused;
mod told;

use std::{collections::BTreeSet, time::Duration};

use harness::{ADMIN, Mail, SECOND_ADMIN, Ses, World};
use send_mail::{Answer, Failed, Mailer, Places};
use serde_json::{Value, json};
use store::{Service, Settings, Tables};

const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);
/// How long an attempt to send has, before another one begins.
const ATTEMPT: Duration = Duration::from_mins(5);
const KEY_ID: &str = "01KDXJ7Q9W3T5V8YB2C4E6G8HA";
const MASK: &str = "K7fQ…mibC";

/// A world with a stand-in for SES.
struct Scene {
    world: World,
    ses: Ses,
}

impl Scene {
    async fn new() -> Self {
        let world = World::start().await;
        let ses = Ses::start(world.clock.clone()).await;
        Self { world, ses }
    }

    /// An instance of the function.
    fn mailer(&self) -> Mailer {
        self.mailer_of(Some("Company API Keys <keys@acme.example>".into()))
    }

    fn mailer_of(&self, sender: Option<String>) -> Mailer {
        let settings =
            Settings::for_endpoint(&self.world.dynamodb.url, send_mail::NAME).with_mail_sender(sender);
        let service = Service::new(Tables::new(settings.clone()), self.world.clock.clone());
        let places = Places {
            identity: None,
            dashboard: "https://dashboard.example".into(),
            endpoint: Some(self.ses.url.clone()),
        };
        Mailer::new(service, &settings, places)
    }

    /// Delivers these events of Acme, as the queue does. All of them are taken.
    async fn deliver(&self, mailer: &Mailer, events: &[Value]) {
        let answer = Box::pin(send_mail::handle(mailer, queue(events), "test-request")).await;
        assert_eq!(answer.expect("an answer"), Answer::default());
    }

    /// Sends what is due, as the schedule does.
    async fn due(&self, mailer: &Mailer) -> Result<Answer, Failed> {
        Box::pin(send_mail::handle(mailer, json!({"due": true}), "test-request")).await
    }

    /// What was sent to whom since the last time: the recipient and the number of events.
    fn sent(&self) -> BTreeSet<(String, usize)> {
        let mails = self.ses.take();
        let sent: BTreeSet<_> = mails.iter().map(|mail| (mail.to.clone(), count(mail))).collect();
        assert_eq!(sent.len(), mails.len(), "somebody got two mails: {mails:?}");
        sent
    }
}

/// Everybody got a mail about this number of events.
fn both(count: usize) -> BTreeSet<(String, usize)> {
    [ADMIN, SECOND_ADMIN].map(|to| (to.to_owned(), count)).into()
}

/// The number of events that a mail is about, if all are of one action.
fn count(mail: &Mail) -> usize {
    let counted =
        mail.text.split_once("This mail is about ").and_then(|(_, rest)| rest.split_once(" events"));
    counted.map_or(1, |(number, _)| number.parse().expect("a number"))
}

/// An audit event of Acme as the bus passes it on.
#[expect(clippy::needless_pass_by_value, reason = "takes literals")]
fn event(number: u32, action: &str, more: Value) -> Value {
    let id = format!("01KDXJ7Q9W3T5V8YB2C4{number:06}");
    let key = json!({"id": KEY_ID, "name": "Nightly offboarding", "email": null, "mask": MASK, "company": "acme", "type": "API_KEY"});
    let mut data = json!({"id": id, "action": action, "actor": key, "affected": key, "date": "2026-11-27T12:31:05.123Z"});
    for (name, value) in more.as_object().into_iter().flatten() {
        data[name] = value.clone();
    }
    let detail = json!({
        "specversion": "1.0", "id": id, "source": "urn:company-api-keys:company:acme",
        "type": format!("company-api-keys.{action}"), "time": data["date"], "subject": format!("api-key/{KEY_ID}"),
        "datacontenttype": "application/json", "data": data,
    });
    json!({
        "version": "0", "id": "b1946ac9-2492-d234-7c3d-0e9f4f3c2a11", "detail-type": action, "source": "company-api-keys",
        "account": "123456789012", "time": "2026-11-27T12:31:06Z", "region": "us-east-1", "resources": [], "detail": detail,
    })
}

/// A use of a revoked key.
fn used(number: u32) -> Value {
    event(number, "USE_REVOKED_API_KEY", json!({"ip": "203.0.113.7", "times": 1}))
}

/// The same, of another of the company's keys.
fn used_of(key: usize, number: u32) -> Value {
    let key = json!({"id": format!("01KDXJ7Q9W3T5V8YB2C4E6{key:04}"), "name": "K", "mask": MASK, "type": "API_KEY"});
    event(number, "USE_REVOKED_API_KEY", json!({"affected": key}))
}

/// An account of Acme as the actor of an event.
fn person(id: &str) -> Value {
    json!({"id": id, "email": format!("{id}@acme.example"), "name": "Ada Lovelace", "company": "acme", "type": "USER"})
}

/// The messages of the queue with these events. The identifier of each message is that of its event, as far as it has one.
fn queue(events: &[Value]) -> Value {
    let records = events.iter().enumerate().map(|(place, event)| {
        json!({
            "messageId": format!("message-{place}"), "receiptHandle": "r", "body": event.to_string(), "attributes": {},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "us-east-1",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:Mails",
        })
    });
    json!({"Records": records.collect::<Vec<_>>()})
}
