use harness::{Intervention, World};
use serde_json::{Value, json};

use super::{Scene, is_ours, scene, watch, watch_again};

async fn set(world: &World, table: &str, key: Value, attribute: &str, value: Value) {
    let update = json!({
        "TableName": table, "Key": key, "UpdateExpression": "SET #attribute = :value",
        "ExpressionAttributeNames": {"#attribute": attribute}, "ExpressionAttributeValues": {":value": value},
    });
    world.dynamodb.ask("UpdateItem", &update).await;
}

/// Everything but what there is to tell about this key.
fn without(scene: &Scene, key_id: &str) -> Vec<super::Told> {
    scene.expected.iter().filter(|(_, id, _)| id != key_id).cloned().collect()
}

#[tokio::test]
async fn a_company_that_cannot_be_read_stops_no_other() {
    let scene = scene().await;
    let broken = json!({"companyId": {"S": "events"}});
    set(&scene.world, "Companies", broken, "activeKeys", json!({"S": "?"})).await;
    let report = watch(&scene.world).await;
    assert_eq!(scene.told().await, scene.expected);
    // Trying again would not help.
    assert_eq!((report.complete, report.keys_not_watched), (true, 1));
}

#[tokio::test]
async fn a_key_that_cannot_be_read_stops_no_other() {
    let scene = scene().await;
    let (_, key_id, _) = &scene.expected[0];
    let broken = json!({"companyId": {"S": "acme"}, "keyId": {"S": key_id}});
    set(&scene.world, "ApiKeys", broken.clone(), "mask", json!({"S": "?"})).await;
    let report = watch(&scene.world).await;
    assert_eq!(scene.told().await, without(&scene, key_id));
    assert_eq!((report.complete, report.keys_not_watched), (true, 1));
    // The key that gave its place to another was told nevertheless.
    assert_eq!(scene.world.company("acme").await.get("endedKeys"), None);
    set(&scene.world, "ApiKeys", broken, "mask", json!({"S": "abcd…efgh"})).await;
    watch_again(&scene.world).await;
    assert_eq!(scene.told().await, scene.expected);
}

#[tokio::test]
async fn a_mark_that_cannot_be_read_stops_no_other_key() {
    let scene = scene().await;
    watch(&scene.world).await;
    let told = scene.told().await;
    let (_, key_id, _) = &scene.expected[0];
    scene.forget().await;
    let broken = json!({"about": {"S": "company#acme"}, "notice": {"S": format!("key#{key_id}")}});
    set(&scene.world, "Notices", broken, "version", json!({"S": "?"})).await;
    let report = watch(&scene.world).await;
    assert_eq!(scene.told().await, without(&scene, key_id));
    assert!(told.len() > without(&scene, key_id).len());
    assert_eq!((report.complete, report.keys_not_watched), (true, 1));
}

/// A company that `DynamoDB` fails to read is looked at by the next invocation of the day.
#[tokio::test]
async fn a_company_that_failed_is_tried_again() {
    let scene = scene().await;
    scene.world.dynamodb.interfere(|call| {
        let is_of_acme = call.request["RequestItems"]["ApiKeys"].to_string().contains("\"acme\"");
        if is_ours(call) && is_of_acme { Intervention::Fail } else { Intervention::Pass }
    });
    for _ in 0..2 {
        let report = watch(&scene.world).await;
        assert!(!report.complete && report.keys_not_watched > 5, "{report:?}");
        assert_eq!(scene.told().await, []);
    }
    scene.world.dynamodb.let_pass();
    let report = watch(&scene.world).await;
    assert_eq!((report.complete, report.companies, report.keys_not_watched), (true, 1, 0));
    assert_eq!(scene.told().await, scene.expected);
    assert_eq!(watch(&scene.world).await.companies, 0);
}
