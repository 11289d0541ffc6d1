//! What is a first use, and what isn't.

use std::time::Duration;

use harness::{ADMIN, KEYS, World};
use serde_json::{Value, json};

use super::{MEMBER, listed};

/// A limit, a frozen key or a missing scope refuses the request, so nothing begins.
#[tokio::test]
async fn a_refused_request_is_no_first_use() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    world.begin_minute();
    world.change_limits("acme", json!({"key": 100})).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    for _ in 0..100 {
        world.read(&old, MEMBER).await.ok();
    }
    assert_eq!(world.read(&new, MEMBER).await.status, 429);
    world.advance(Duration::from_mins(1));
    assert_eq!(
        world.call("GET", "/enterprise/v1/audit-log", &new.authorization(), Value::Null).await.status,
        403
    );
    world.advance(Duration::from_mins(1));
    world.provision(plan("team")).await.expect("changed");
    assert_eq!(world.read(&new, MEMBER).await.status, 401);
    world.provision(plan("enterprise")).await.expect("changed");
    assert_eq!(listed(&world, &admin, &old.id).await["newSecret"]["mask"], new.mask());
    assert_eq!(world.count_events("acme", "USE_NEW_API_KEY_SECRET").await, 0);
    world.advance(Duration::from_mins(1));
    world.read(&new, MEMBER).await.ok();
    assert_eq!(listed(&world, &admin, &old.id).await["oldSecret"]["mask"], old.mask());
}

/// Even a request for an account that doesn't exist was admitted.
#[tokio::test]
async fn an_admitted_request_that_fails_is_a_first_use() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    assert_eq!(world.read(&new, "nobody").await.status, 404);
    assert_eq!(listed(&world, &admin, &old.id).await["mask"], new.mask());
}

/// So administrators see whether something still uses the old secret.
#[tokio::test]
async fn the_last_use_of_the_old_secret_is_listed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.read(&old, MEMBER).await.ok();
    world.read(&new, MEMBER).await.ok();
    world.noted(&new, "lastUsedAt").await;
    assert!(listed(&world, &admin, &old.id).await["oldSecret"].get("lastUsedAt").is_none());
    world.read(&old, MEMBER).await.ok();
    let is_noted = async || listed(&world, &admin, &old.id).await["oldSecret"].get("lastUsedAt").is_some();
    harness::eventually("noted", is_noted).await;
    world.advance(Duration::from_mins(2));
    world.read(&new, MEMBER).await.ok();
    let last_used = async || listed(&world, &admin, &old.id).await;
    let is_later = async || {
        let key = last_used().await;
        key["lastUsedAt"].as_str() > key["oldSecret"]["lastUsedAt"].as_str()
    };
    harness::eventually("the use of the new secret is noted", is_later).await;
}

#[tokio::test]
async fn many_first_uses_at_once_are_one() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for _ in 0..5 {
        let old = world.create_key(&admin).await;
        let new = world.rotate(&admin, &old).await;
        let uses = (0..8).map(|_| world.read(&new, MEMBER));
        for answer in futures_util::future::join_all(uses).await {
            answer.ok();
        }
        world.read(&old, MEMBER).await.ok();
    }
    assert_eq!(world.count_events("acme", "USE_NEW_API_KEY_SECRET").await, 5);
}

/// The event says what the first use means.
#[tokio::test]
async fn the_audit_log_tells_the_story_of_a_rotation() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let lost = world.rotate(&admin, &old).await;
    let new = world.rotate_with(&admin, &old, json!({"overlapSeconds": 3_600})).await;
    let before = world.clock.now();
    world.read(&new, MEMBER).await.ok();
    world.end_rotation(&admin, "complete", &new).await.ok();
    let unused = world.rotate(&admin, &new).await;
    world.end_rotation(&admin, "cancel", &unused).await.ok();
    world.clock.advance(Duration::from_secs(15));
    let log = world.call("GET", "/admin/v1/audit-log", &admin, Value::Null).await.ok();
    let events: Vec<_> = log["data"].as_array().expect("events").iter().rev().collect();
    let story: Vec<_> =
        events.iter().skip_while(|event| event["action"] != "CREATE_API_KEY").skip(1).collect();
    let told: Vec<_> = story
        .iter()
        .map(|event| {
            let secret = &event["secret"];
            (event["action"].as_str(), secret["mask"].as_str(), secret["endedMask"].as_str())
        })
        .collect();
    let [old, lost, new, unused] = [&old, &lost, &new, &unused].map(harness::Key::mask);
    assert_eq!(
        told,
        [
            (Some("ROTATE_API_KEY"), Some(lost.as_str()), None),
            (Some("ROTATE_API_KEY"), Some(&new), Some(lost.as_str())),
            (Some("USE_NEW_API_KEY_SECRET"), Some(&new), Some(&old)),
            (Some("COMPLETE_API_KEY_ROTATION"), Some(&new), Some(&old)),
            (Some("ROTATE_API_KEY"), Some(&unused), None),
            (Some("CANCEL_API_KEY_ROTATION"), Some(&new), Some(&unused)),
        ]
    );
    assert_eq!(story[1]["secret"]["overlapSeconds"], 3_600);
    let ends_at = story[2]["secret"]["endsAt"].as_str().expect("a time");
    let hour = Duration::from_hours(1);
    let expected = [before.plus(hour), world.clock.now().plus(hour)].map(|time| time.to_string());
    assert!(expected[0].as_str() <= ends_at && ends_at <= expected[1].as_str(), "{ends_at}");
    assert_eq!(story[2]["actor"]["mask"], new);
}

/// A frozen key's both secrets work again after the company returns to the Enterprise plan.
#[tokio::test]
async fn rotating_requires_the_enterprise_plan_and_ending_a_rotation_does_not() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    let keys = [world.create_key(&admin).await, world.create_key(&admin).await];
    let new = [world.rotate(&admin, &keys[0]).await, world.rotate(&admin, &keys[1]).await];
    world.provision(plan("team")).await.expect("changed");
    let rotate = world.call("POST", &format!("{KEYS}/{}/rotate", keys[0].id), &admin, Value::Null).await;
    assert_eq!(rotate.problem(), (403, "enterprise-plan-required".into()));
    world.end_rotation(&admin, "complete", &new[0]).await.ok();
    world.end_rotation(&admin, "cancel", &new[1]).await.ok();
    world.provision(plan("enterprise")).await.expect("changed");
    for (key, works) in [(&keys[0], false), (&new[0], true), (&keys[1], true), (&new[1], false)] {
        assert_eq!(world.read(key, MEMBER).await.status == 200, works);
    }
}
