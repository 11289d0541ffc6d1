use std::time::Duration;

use harness::{Intervention, World};
use serde_json::json;

use super::{DAY, instance, is_ours, scene, watch, watch_again};

/// More companies than a page has. They have no keys.
async fn add_companies(world: &World, count: usize) {
    for number in 0..count {
        let company = json!({
            "companyId": {"S": format!("company-{number}")}, "name": {"S": "C"}, "plan": {"S": "enterprise"},
            "activeAdministrators": {"N": "1"}, "activeKeys": {"M": {}},
        });
        world.dynamodb.ask("PutItem", &json!({"TableName": "Companies", "Item": company})).await;
    }
}

fn scans(world: &World) -> Vec<bool> {
    let mut calls = world.dynamodb.take_calls();
    calls.retain(|call| is_ours(call) && call.action == "Scan");
    calls.iter().map(|call| !call.request["ExclusiveStartKey"].is_null()).collect()
}

#[tokio::test]
async fn a_run_without_time_left_is_continued_after_its_last_page() {
    let scene = scene().await;
    add_companies(&scene.world, 250).await;
    let mut pages = 0;
    scene.world.dynamodb.interfere(move |call| {
        pages += usize::from(is_ours(call) && call.action == "Scan");
        if pages >= 2 && is_ours(call) { Intervention::Hang } else { Intervention::Pass }
    });
    let time = Duration::from_secs(3);
    let (service, event) = (instance(&scene.world), json!({}));
    let report = key_watch::handle_within(&service, &event, "test-request", time);
    assert!(!Box::pin(report).await.expect("a report").complete);
    scene.world.dynamodb.let_pass();
    let _ = scans(&scene.world);
    let report = watch(&scene.world).await;
    assert!(report.complete);
    assert_eq!(scans(&scene.world), [true, true]);
    assert_eq!(scene.told().await, scene.expected);
    // The next day begins at the beginning.
    scene.world.advance(DAY);
    watch(&scene.world).await;
    assert_eq!(scans(&scene.world), [false, true, true]);
    watch_again(&scene.world).await;
    assert_eq!(scans(&scene.world), [false, true, true]);
}

/// A clock that was wrong once must not stop the runs of the days until then.
#[tokio::test]
async fn a_day_in_the_future_is_not_waited_for() {
    let scene = scene().await;
    watch(&scene.world).await;
    let far = json!({
        "TableName": "Notices", "Key": {"about": {"S": "watch"}, "notice": {"S": "progress"}},
        "UpdateExpression": "SET #day = :day", "ExpressionAttributeNames": {"#day": "day"},
        "ExpressionAttributeValues": {":day": {"S": "2999-01-01"}},
    });
    scene.world.dynamodb.ask("UpdateItem", &far).await;
    assert!(watch(&scene.world).await.companies > 0);
    assert_eq!(watch(&scene.world).await.companies, 0);
}

/// The stack of `cargo run` looks at everything when it is asked.
#[tokio::test]
async fn the_local_stack_looks_when_it_is_asked() {
    let scene = scene().await;
    for told in [scene.expected.len() + 6, 0] {
        let answer = scene.world.send(scene.world.request("POST", "/local/key-watch")).await.ok();
        assert_eq!((&answer["complete"], &answer["told"]), (&json!(true), &json!(told)));
    }
    assert_eq!(scene.told().await, scene.expected);
}
