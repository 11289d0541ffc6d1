//! What the functions for notices do, for the test of rights.

use harness::{Ses, World};
use local::notices::{Queues, StandIns};
use publish_events::Publisher;
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

/// Everything that `key-watch` does: it tells of a key, forgets one that ended, and tries a company again.
pub(super) async fn watch(world: &World, admin: &str) {
    let key = world.create_key(admin).await;
    let change = |table: &str, key: Value, expression: &str, value: Value| {
        json!({
            "TableName": table, "Key": key, "UpdateExpression": expression,
            "ExpressionAttributeValues": {":value": value},
        })
    };
    let of_key = json!({"companyId": {"S": "acme"}, "keyId": {"S": key.id}});
    // Created in 1970, and never used.
    let old = change("ApiKeys", of_key, "SET createdAt = :value", json!({"N": "1"}));
    let ended = json!({"SS": ["01KDXJ7Q9W3T5V8YB2C4E6G8H9"]});
    let ended = change("Companies", json!({"companyId": {"S": "acme"}}), "ADD endedKeys :value", ended);
    for request in [old, ended] {
        world.dynamodb.ask("UpdateItem", &request).await;
    }
    let settings = Settings::for_endpoint(&world.dynamodb.url, key_watch::NAME);
    let service = Service::new(Tables::new(settings), world.clock.clone());
    let look = async || {
        Box::pin(key_watch::handle(&service, &json!({}), "test-request"))
            .await
            .expect("it looked at the keys")
    };
    assert!(look().await.told > 0);
    let progress = json!({"about": {"S": "watch"}, "notice": {"S": "progress"}});
    let again = change("Notices", progress, "SET again = :value", json!({"SS": ["acme"]}));
    world.dynamodb.ask("UpdateItem", &again).await;
    assert!(look().await.complete);
    world.revoke(admin, &key).await.ok();
}

/// Everything that `publish-events` does with the tables.
pub(super) async fn publish(world: &World) {
    let stand_ins = StandIns::start(local::template::SOURCE).await.expect("stand-ins");
    let settings = Settings::for_endpoint(&world.dynamodb.url, publish_events::NAME);
    let service = Service::new(Tables::new(settings.clone()), world.clock.clone());
    let places = publish_events::Places {
        bus: "company-api-keys".into(),
        queue: Queues::url(&stand_ins.endpoint, "RefusedEvents"),
        bus_endpoint: Some(stand_ins.endpoint.clone()),
        queue_endpoint: Some(stand_ins.endpoint.clone()),
    };
    let event = world.events("acme").await.pop().expect("an event");
    let keys = json!({"companyId": {"S": "acme"}, "eventId": {"S": event["eventId"]}});
    let change = json!({
        "ApproximateCreationDateTime": 1_769_897_982, "Keys": keys, "SequenceNumber": "1", "SizeBytes": 60,
        "StreamViewType": "KEYS_ONLY",
    });
    let record = json!({
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "r",
        "dynamodb": change,
    });
    let publisher = Publisher::new(service, &settings, places);
    let answer = publish_events::handle(&publisher, json!({"Records": [record]}), "test-request").await;
    assert_eq!(answer.expect("an answer"), publish_events::Answer::default());
    assert_eq!(stand_ins.bus.events_after(0).events.len(), 1);
}
