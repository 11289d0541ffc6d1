use std::time::Duration;

use harness::{World, eventually};
use serde_json::{Value, json};

use super::{HOUR, is_refused, limited, member, suspend, suspend_all, suspended};

#[tokio::test]
async fn single_suspensions_and_deletions_count_together() {
    let world = World::start().await;
    let (admin, key) = limited(&world, 4, 9).await;
    let users = async |method: &str, number: usize, body: Value| {
        let path = format!("/enterprise/v1/scim/Users/{}", member(number));
        world.call(method, &path, &key.authorization(), body).await
    };
    let inactive = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    suspend(&world, &key, 1).await.ok();
    suspend(&world, &key, 1).await.ok();
    assert_eq!(users("PATCH", 2, inactive.clone()).await.status, 200);
    assert_eq!(users("DELETE", 3, Value::Null).await.status, 204);
    assert_eq!(users("DELETE", 2, Value::Null).await.status, 204, "a deletion of a suspended account counts");
    let refused = suspend(&world, &key, 4).await;
    assert_eq!(refused.problem(), (429, "suspension-limit-reached".into()));
    // The tenth minute: 50 minutes and the allowance are left.
    assert_eq!(refused.header("retry-after"), "3006");
    let refused = users("PATCH", 4, inactive.clone()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "3006"));
    assert_eq!(refused.json()["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!(users("DELETE", 4, Value::Null).await.status, 429);
    let both = json!({"Operations": [
        {"op": "replace", "path": "displayName", "value": "Gone"},
        {"op": "replace", "path": "active", "value": false},
    ]});
    assert_eq!(users("PATCH", 4, both).await.status, 429);
    assert_ne!(users("GET", 4, Value::Null).await.json()["displayName"], "Gone", "refused as a whole");
    // What takes nothing away goes on.
    suspend(&world, &key, 1).await.ok();
    world.unsuspend(&key, &member(1)).await.ok();
    world.read(&key, &member(4)).await.ok();
    let user = json!({"userName": "new@acme.example", "active": false});
    let created = world.call("POST", "/enterprise/v1/scim/Users", &key.authorization(), user).await;
    assert_eq!(created.status, 201, "a new account harms nobody: {}", created.text);
    assert!(is_refused(&suspend(&world, &key, 1).await), "unsuspending gives nothing back");
    // Administrators don't count.
    let body = json!({"accounts": [member(5), member(6), member(7)]});
    world.call("POST", "/admin/v1/accounts/suspend", &admin, body).await.ok();
    // Nor does another key.
    let other = world.create_key(&admin).await;
    suspend(&world, &other, 8).await.ok();
}

#[tokio::test]
async fn of_a_batch_the_first_that_fit_are_suspended() {
    let world = World::start().await;
    let (admin, key) = limited(&world, 60, 160).await;
    let outcomes = suspend_all(&world, &key, 1..=50).await;
    assert!(outcomes.iter().all(|outcome| outcome == "changed"), "{outcomes:?}");
    // Half of the names need no change, and don't count.
    let outcomes = suspend_all(&world, &key, 26..=125).await;
    let expected: Vec<_> = (0..100)
        .map(|place| match place {
            0..25 => "unchanged",
            25..35 => "changed",
            _ => "429",
        })
        .collect();
    let short: Vec<_> =
        outcomes.iter().map(|outcome| outcome.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(short, expected);
    assert!(outcomes[99].ends_with("suspension-limit-reached"), "{}", outcomes[99]);
    assert_eq!(suspended(&world).await, 60);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 60);
    // Administrators see that the key is stopped.
    eventually("noted", async || world.listed(&admin, &key).await.get("suspensionLimitReachedAt").is_some())
        .await;
    let events = world.events("acme").await;
    let reached: Vec<_> = events.iter().filter(|event| event["action"] == "REACH_SUSPENSION_LIMIT").collect();
    let [event] = reached.as_slice() else { panic!("{reached:?}") };
    assert_eq!((&event["actor"]["id"], &event["affected"]["id"]), (&json!(key.id), &json!(key.id)));
    assert_eq!(event["details"]["suspensionsPerHour"], 60);
}

#[tokio::test]
async fn a_batch_that_is_larger_than_the_limit_is_done_as_far_as_it_goes() {
    let world = World::start().await;
    let (_, key) = limited(&world, 5, 100).await;
    let outcomes = suspend_all(&world, &key, 1..=100).await;
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "changed").count(), 5);
    assert!(outcomes[..5].iter().all(|outcome| outcome == "changed"), "the first ones");
    assert_eq!(suspended(&world).await, 5);
}

#[tokio::test]
async fn the_next_hour_begins_anew() {
    let world = World::start().await;
    let (_, key) = limited(&world, 2, 9).await;
    for number in 1..=2 {
        suspend(&world, &key, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &key, 3).await));
    // 50 minutes later, the hour ends. What is done just before its end counts in the next one, too.
    world.advance(Duration::from_mins(50));
    let refused = suspend(&world, &key, 3).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "6"));
    world.advance(Duration::from_secs(6));
    for number in 3..=4 {
        suspend(&world, &key, number).await.ok();
    }
    assert!(is_refused(&suspend(&world, &key, 5).await));
}

#[tokio::test]
async fn what_is_done_at_the_boundary_counts_in_both_hours() {
    for offset in [-5, 5] {
        let world = World::start().await;
        let (_, key) = limited(&world, 2, 9).await;
        let to_boundary = i64::try_from(HOUR.as_secs()).expect("a number") - 600 + offset;
        world.advance(Duration::from_secs(u64::try_from(to_boundary).expect("a time ahead")));
        suspend(&world, &key, 1).await.ok();
        world.advance(Duration::from_mins(10));
        suspend(&world, &key, 2).await.ok();
        assert!(is_refused(&suspend(&world, &key, 3).await), "{offset} s from the boundary");
        world.advance(HOUR);
        suspend(&world, &key, 3).await.ok();
    }
}

#[tokio::test]
async fn both_secrets_of_a_key_count_together() {
    let world = World::start().await;
    let (admin, old) = limited(&world, 2, 9).await;
    let new = world.rotate(&admin, &old).await;
    suspend(&world, &new, 1).await.ok();
    suspend(&world, &old, 2).await.ok();
    for secret in [&old, &new] {
        assert!(is_refused(&suspend(&world, secret, 3).await));
    }
}
