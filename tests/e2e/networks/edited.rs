use std::sync::Arc;

use harness::{ADMIN, Intervention, World, eventually};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{ELSEWHERE, MEMBER, OFFICE, call_from, office, read_from};
use crate::invariants::meanwhile;

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

#[tokio::test]
async fn a_list_is_set_changed_and_removed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    assert_eq!(world.listed(&admin, &key).await.get("networks"), None);
    for (networks, status) in [
        (office("report"), 200),
        (office("enforce"), 403),
        (json!({"mode": "enforce", "ranges": ["127.0.0.0/8"]}), 200),
        (json!({"mode": "enforce", "ranges": ["::ffff:127.0.7.0/120"]}), 403),
        (Value::Null, 200),
    ] {
        let edited = world.edit(&admin, &key, json!({"networks": networks})).await.ok();
        assert_eq!(edited.get("networks").is_some(), !networks.is_null(), "{edited}");
        assert_eq!(read_from(&world, ELSEWHERE, &key).await.status, status, "{networks}");
        assert_eq!(read_from(&world, OFFICE, &key).await.status, 200, "{networks}");
    }
    let mapped =
        world.edit(&admin, &key, json!({"networks": {"mode": "report", "ranges": ["::ffff:127.0.7.0/120"]}}));
    assert_eq!(mapped.await.ok()["networks"]["ranges"], json!(["127.0.7.0/24"]));
    let event = world.events("acme").await.pop().expect("an event");
    assert_eq!(event["details"]["changed"], json!(["networks"]));
    assert_eq!(event["details"]["remains"]["networks"]["mode"], "report");
}

#[tokio::test]
async fn lists_that_cannot_be_read_are_refused_with_a_reason() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let many = |count: u8| (0..count).map(|n| format!("192.0.2.{n}")).collect::<Vec<_>>();
    let list = |ranges: Value| json!({"mode": "enforce", "ranges": ranges});
    world.edit(&admin, &key, json!({"networks": list(json!(many(20)))})).await.ok();
    for (networks, reason) in [
        (list(json!(many(21))), "1 to 20"),
        (list(json!([])), "1 to 20"),
        (list(json!(["127.0.7.1/24"])), "127.0.7.0/24"),
        (list(json!(["127.0.7.0/24", "office"])), "range 2"),
        (list(json!(["10.0.0.0/33"])), "range 1"),
        (json!({"ranges": ["127.0.7.0/24"]}), "mode"),
        (json!({"mode": "block", "ranges": ["127.0.7.0/24"]}), "mode"),
        (json!([]), "mode"),
    ] {
        let answer = world.edit(&admin, &key, json!({"networks": networks})).await;
        assert_eq!(answer.problem(), (400, "invalid-request".into()), "{networks}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["field"], "networks");
        assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(reason)), "{error}");
    }
    assert_eq!(world.listed(&admin, &key).await["networks"]["ranges"].as_array().map(Vec::len), Some(20));
}

/// After the response, no write of a request from elsewhere commits, not even one that was verified before.
#[tokio::test]
async fn a_request_in_flight_from_elsewhere_commits_nothing_after_the_list_is_enforced() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    world.dynamodb.interfere(move |call| {
        let is_change = call.function == "account-status" && call.action == "TransactWriteItems";
        if is_change && !call.notes_use() { Intervention::Hold(held.clone()) } else { Intervention::Pass }
    });
    let suspend = format!("/enterprise/v1/accounts/{MEMBER}/suspend");
    let suspending = call_from(&world, ELSEWHERE, &key, "POST", &suspend, Value::Null);
    let enforcing = async {
        eventually("in flight", async || {
            let calls = world.dynamodb.take_calls();
            calls.iter().any(|call| call.function == "account-status" && call.action == "TransactWriteItems")
        })
        .await;
        world.edit(&admin, &key, json!({"networks": office("enforce")})).await.ok();
        gate.add_permits(100);
    };
    let (answer, ()) = tokio::join!(suspending, enforcing);
    assert_eq!(answer.problem(), (403, "network-not-allowed".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

#[tokio::test]
async fn a_policy_demands_lists_that_are_enforced() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (open, reporting, listed) = (
        world.create_key(&admin).await,
        world.create_key_with(&admin, json!({"networks": office("report")})).await,
        world.create_key_with(&admin, json!({"networks": office("enforce")})).await,
    );
    let state = world.set_policy(&admin, json!({"networksRequired": true, "graceDays": 3})).await.ok();
    let breaking: Vec<_> = state["breaking"].as_array().expect("keys").iter().collect();
    assert_eq!(breaking.len(), 2, "{state}");
    assert!(breaking.iter().all(|key| key["broken"][0]["rule"] == "networks" && key["keyId"] != listed.id));
    let body = json!({"name": "Open", "scopes": ["scim"]});
    let refused = world.call("POST", harness::KEYS, &admin, body).await;
    assert_eq!(refused.problem(), (409, "key-policy".into()));
    assert_eq!(refused.json()["errors"][0]["field"], "networks");
    assert_eq!(world.edit(&admin, &listed, json!({"networks": null})).await.problem().1, "key-policy");
    world.advance(3 * DAY);
    let admin = world.sign_in(ADMIN).await;
    for key in [&open, &reporting] {
        assert_eq!(read_from(&world, OFFICE, key).await.status, 401);
    }
    read_from(&world, OFFICE, &listed).await.ok();
    world.edit(&admin, &open, json!({"networks": office("enforce")})).await.ok();
    read_from(&world, OFFICE, &open).await.ok();
    world.set_policy(&admin, json!({})).await.ok();
    assert_eq!(read_from(&world, OFFICE, &reporting).await.status, 401, "absent is unchanged");
    world.set_policy(&admin, json!({"networksRequired": false})).await.ok();
    read_from(&world, OFFICE, &reporting).await.ok();
}

/// A key that rotates itself learns why it is refused.
#[tokio::test]
async fn a_rotation_in_flight_from_elsewhere_is_refused_like_every_request_from_there() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"selfRotation": {"lifetimeDays": 30}})).await;
    let rotating = call_from(&world, ELSEWHERE, &key, "POST", "/enterprise/v1/api-key/rotate", json!({}));
    let enforcing = async {
        world.edit(&admin, &key, json!({"networks": office("enforce")})).await.ok();
    };
    let answer = meanwhile(&world, "own-key", rotating, enforcing).await;
    assert_eq!(answer.problem(), (403, "network-not-allowed".into()));
}
