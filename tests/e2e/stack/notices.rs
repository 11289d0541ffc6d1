//! What the functions for notices do, for the test of rights.

use harness::{Ses, World};
use send_mail::{Mailer, Places};
use serde_json::{Value, json};
use store::{Service, Settings, Tables};

/// Everything that mails do: an event, one that waits, and what is due.
pub(super) async fn mails(world: &World, admin: &str) {
    let path = "/admin/v1/notifications";
    world.call("GET", path, admin, Value::Null).await.ok();
    world.call("PUT", path, admin, json!({"kinds": {"unused": true}})).await.ok();
    let ses = Ses::start(world.clock.clone()).await;
    let settings = Settings::for_endpoint(&world.dynamodb.url, send_mail::NAME)
        .with_mail_sender(Some("keys@acme.example".into()));
    let service = Service::new(Tables::new(settings.clone()), world.clock.clone());
    let dashboard = "https://dashboard.example".into();
    let mailer = Mailer::new(
        service,
        &settings,
        Places { identity: None, dashboard, endpoint: Some(ses.url.clone()) },
    );
    for id in ["01KDXJ7Q9W3T5V8YB2C4000001", "01KDXJ7Q9W3T5V8YB2C4000002"] {
        let data = json!({"action": "EXPIRE_API_KEY", "affected": {"type": "API_KEY", "id": "01KDXJ7Q9W3T5V8YB2C4E6G8HA"}});
        let detail = json!({"id": id, "source": "urn:company-api-keys:company:acme", "data": data});
        let event = json!({"Records": [{"messageId": id, "body": json!({"detail": detail}).to_string()}]});
        let answer = Box::pin(send_mail::handle(&mailer, event, "test-request")).await.expect("an answer");
        assert_eq!(answer, send_mail::Answer::default());
    }
    assert!(!ses.take().is_empty());
    Box::pin(send_mail::handle(&mailer, json!({"due": true}), "test-request")).await.expect("an answer");
}
