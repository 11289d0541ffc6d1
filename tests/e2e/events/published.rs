use harness::ADMIN;
use serde_json::{Value, json};

use super::{Lab, ids, names, numbers, text};

#[tokio::test]
async fn an_event_is_put_on_the_bus_as_a_cloud_event() {
    let lab = Lab::start().await;
    let admin = lab.world.sign_in(ADMIN).await;
    let key = lab.world.create_key_with(&admin, json!({"name": "Nightly"})).await;
    let event = lab.last_changes(1).await;
    assert!(lab.invoke(event.clone()).await.is_empty());
    let log = lab.world.call("GET", "/admin/v1/audit-log", &admin, Value::Null).await.ok();
    let mut logged = log["data"][0].clone();
    logged.as_object_mut().expect("an object").remove("snapshotDate");
    let published = lab.services.published();
    let [published] = published.as_slice() else { panic!("{published:?}") };
    let expected = json!({
        "specversion": "1.0", "id": logged["id"], "source": "urn:company-api-keys:company:acme",
        "type": "company-api-keys.CREATE_API_KEY", "time": logged["date"], "subject": format!("api-key/{}", key.id),
        "datacontenttype": "application/json", "dataschema": "urn:company-api-keys:schema:audit-event:1",
        "data": logged,
    });
    assert_eq!(published, &expected);
    let calls = lab.services.take_calls();
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    let entry = &call.request["Entries"][0];
    assert_eq!(
        (&entry["EventBusName"], &entry["Source"], &entry["DetailType"]),
        (&"company-api-keys".into(), &"company-api-keys".into(), &"CREATE_API_KEY".into())
    );
    let seconds = entry["Time"].as_f64().expect("a number");
    let at = domain::ulid::time_of_ulid(&ids(&event)[0]).expect("a time");
    #[expect(clippy::cast_precision_loss, reason = "the time has 41 bits")]
    let expected = at.millis() as f64 / 1_000.0;
    assert!((seconds - expected).abs() < 0.000_1, "{seconds} {expected}");
    let text = lab.services.published()[0].to_string();
    assert!(!text.contains(&key.secret), "{text}");
}

/// The role of the function may do nothing else.
#[tokio::test]
async fn the_events_of_a_batch_are_read_at_once_and_strongly_consistent() {
    let lab = Lab::start().await;
    let event = lab.last_changes(25).await;
    let _ = lab.world.dynamodb.take_calls();
    assert!(lab.invoke(event.clone()).await.is_empty());
    let calls = lab.world.dynamodb.take_calls();
    let [read] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(read.operations, [("AuditEvents".to_owned(), "BatchGetItem".to_owned())].into());
    assert_eq!(read.request["RequestItems"]["AuditEvents"]["ConsistentRead"], true);
    let mut expected = ids(&event);
    expected.sort();
    assert_eq!(lab.published_ids(), expected);
    let counts: Vec<_> = lab.services.take_calls().iter().map(|call| entries(&call.request)).collect();
    assert_eq!((counts.len(), counts.iter().sum::<usize>(), counts.iter().max()), (3, 25, Some(&10)));
}

fn entries(request: &Value) -> usize {
    request["Entries"].as_array().expect("entries").len()
}

#[tokio::test]
async fn more_events_than_a_read_takes_are_published() {
    let lab = Lab::start().await;
    let admin = lab.world.sign_in(ADMIN).await;
    let key = lab.world.create_key(&admin).await;
    for number in 0..110 {
        let name = format!("Name {number}");
        lab.world.edit(&admin, &key, json!({"name": name})).await.ok();
    }
    let event = lab.last_changes(111).await;
    assert!(lab.invoke(event.clone()).await.is_empty());
    let mut expected = ids(&event);
    expected.sort();
    assert_eq!(lab.published_ids(), expected);
}

/// TTL removes expired events. Nothing modifies one, but a restore of other tables might one day.
#[tokio::test]
async fn removals_and_modifications_publish_nothing() {
    let lab = Lab::start().await;
    let [modified, removed] = names(&lab.last_changes(2).await).try_into().expect("two");
    let key =
        |name: &Value| json!({"companyId": {"S": name["companyId"]}, "eventId": {"S": name["eventId"]}});
    let update = json!({
        "TableName": "AuditEvents", "Key": key(&modified),
        "UpdateExpression": "SET ip = :ip", "ExpressionAttributeValues": {":ip": {"S": "192.0.2.1"}},
    });
    lab.world.dynamodb.ask("UpdateItem", &update).await;
    lab.world.dynamodb.ask("DeleteItem", &json!({"TableName": "AuditEvents", "Key": key(&removed)})).await;
    let mut event = lab.last_changes(2).await;
    let kinds: Vec<_> =
        event["Records"].as_array().expect("records").iter().map(|one| text(&one["eventName"])).collect();
    assert_eq!(kinds, ["MODIFY", "REMOVE"]);
    event["Records"][1]["userIdentity"] = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    let _ = lab.world.dynamodb.take_calls();
    assert!(lab.invoke(event).await.is_empty());
    assert!(lab.services.take_calls().is_empty() && lab.world.dynamodb.take_calls().is_empty());
}

#[tokio::test]
async fn an_event_that_is_gone_is_dropped_and_the_others_are_published() {
    let lab = Lab::start().await;
    let event = lab.last_changes(3).await;
    let gone = &names(&event)[1];
    let key = json!({"companyId": {"S": gone["companyId"]}, "eventId": {"S": gone["eventId"]}});
    lab.world.dynamodb.ask("DeleteItem", &json!({"TableName": "AuditEvents", "Key": key})).await;
    assert!(lab.invoke(event.clone()).await.is_empty());
    let [first, _, third] = ids(&event).try_into().expect("three");
    assert_eq!(lab.published_ids(), [first, third]);
    assert!(lab.queued().is_empty());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_goes_to_the_queue_and_the_others_are_published() {
    let lab = Lab::start().await;
    let event = lab.last_changes(3).await;
    let [first, corrupt, third] = names(&event).try_into().expect("three");
    let update = json!({
        "TableName": "AuditEvents",
        "Key": {"companyId": {"S": corrupt["companyId"]}, "eventId": {"S": corrupt["eventId"]}},
        "UpdateExpression": "REMOVE actor",
    });
    lab.world.dynamodb.ask("UpdateItem", &update).await;
    assert!(lab.invoke(event).await.is_empty());
    assert_eq!(lab.published_ids(), [text(&first["eventId"]), text(&third["eventId"])]);
    assert_eq!(lab.queued(), [corrupt]);
}

#[tokio::test]
async fn a_record_that_names_no_event_is_skipped() {
    let lab = Lab::start().await;
    let event = lab.last_changes(1).await;
    let good = event["Records"][0].clone();
    let mut poison = Vec::new();
    for change in [
        json!({"Keys": {}}),
        json!({"Keys": null}),
        json!({"Keys": {"companyId": {"S": "acme"}}}),
        json!({"Keys": {"companyId": {"S": "a b"}, "eventId": {"S": "01JZZZZZZZZZZZZZZZZZZZZZZZ"}}}),
        json!({"Keys": {"companyId": {"S": "acme"}, "eventId": {"S": ""}}}),
        json!({"Keys": {"companyId": {"N": "1"}, "eventId": {"S": "x".repeat(1_000)}}}),
        json!(1),
    ] {
        let mut record = good.clone();
        match change.as_object() {
            Some(members) => {
                members.iter().for_each(|(name, value)| record["dynamodb"][name] = value.clone());
            }
            None => record["dynamodb"] = change,
        }
        poison.push(record);
    }
    poison.insert(3, good);
    poison.extend([json!({"dynamodb": {}}), json!("x")]);
    assert!(lab.invoke(json!({"Records": poison})).await.is_empty());
    assert_eq!(lab.published_ids(), ids(&event));
}

#[tokio::test]
async fn a_record_of_the_queue_is_published_and_one_that_names_nothing_fails() {
    let lab = Lab::start().await;
    let name = names(&lab.last_changes(1).await)[0].clone();
    let message = |id: &str, body: &str| json!({"messageId": id, "body": body, "eventSource": "aws:sqs"});
    let event = json!({"Records": [
        message("bad", "{}"), message("good", &name.to_string()), message("worse", "not JSON"),
    ]});
    assert_eq!(lab.invoke(event).await, ["bad", "worse"]);
    assert_eq!(lab.published_ids(), [text(&name["eventId"])]);
    assert!(lab.queued().is_empty());
}

#[tokio::test]
async fn another_event_is_not_understood() {
    let lab = Lab::start().await;
    let function = lab.function(super::FROM_STREAM);
    for event in [json!({}), json!(null), json!({"Records": 1}), json!({"Records": [{"s3": {}}]})] {
        assert!(function(event, "test-request".into()).await.is_err());
    }
    assert!(lab.invoke(json!({"Records": []})).await.is_empty());
    assert!(numbers(&json!({"Records": []})).is_empty());
}
