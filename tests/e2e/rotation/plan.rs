//! Changes of the plan and of limits know both secrets.

use harness::{ADMIN, World};
use serde_json::json;

use super::{MEMBER, rotated};

fn plan(plan: &str) -> serde_json::Value {
    json!({"operation": "change-plan", "companyId": "acme", "plan": plan})
}

#[tokio::test]
async fn leaving_the_enterprise_plan_freezes_both_secrets() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for is_used in [false, true] {
        let (old, new) = rotated(&world, &admin, is_used).await;
        world.provision(plan("team")).await.expect("changed");
        for key in [&old, &new] {
            assert_eq!(world.read(key, MEMBER).await.status, 401);
        }
        let gates = world.dynamodb.items("KeyGates").await;
        let [first, second] = [world.digest_of(&old), world.digest_of(&new)];
        for digest in [first, second] {
            let of_secret = gates.iter().filter(|gate| gate["gate"].to_string().contains(&digest)).count();
            assert_eq!(of_secret, 16);
        }
        world.provision(plan("enterprise")).await.expect("changed");
        for key in [&old, &new] {
            world.read(key, MEMBER).await.ok();
        }
    }
}

#[tokio::test]
async fn both_secrets_get_the_companys_limits() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let before = world.create_key(&admin).await;
    let waiting = world.rotate(&admin, &before).await;
    world.change_limits("acme", json!({"key": 777})).await;
    let after = world.create_key(&admin).await;
    let newest = world.rotate(&admin, &after).await;
    for key in [&before, &waiting, &after, &newest] {
        let policy = world.own_key(key).await.header("ratelimit-policy").to_owned();
        assert!(policy.contains("\"key\";q=777;"), "{policy}");
    }
}

/// Nothing is in the way of a change of plan: secrets that have ended are left out.
#[tokio::test]
async fn ended_secrets_are_in_no_change_of_plan() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let canceled = world.rotate(&admin, &old).await;
    world.end_rotation(&admin, "cancel", &canceled).await.ok();
    let new = world.rotate(&admin, &old).await;
    world.end_rotation(&admin, "complete", &new).await.ok();
    for name in ["team", "enterprise"] {
        world.provision(plan(name)).await.expect("changed");
    }
    world.read(&new, MEMBER).await.ok();
    for key in [&old, &canceled] {
        assert_eq!(world.read(key, MEMBER).await.status, 401);
    }
}

/// Even if the freeze had missed a new secret, nobody could begin to use it.
#[tokio::test]
async fn a_new_secret_is_first_used_only_on_the_enterprise_plan() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (_, new) = rotated(&world, &admin, false).await;
    world.provision(plan("team")).await.expect("changed");
    let missed = json!({
        "TableName": "KeyDigests", "Key": {"digest": {"S": world.digest_of(&new)}}, "UpdateExpression": "REMOVE frozen",
    });
    world.dynamodb.ask("UpdateItem", &missed).await;
    assert_eq!(world.suspend(&new, MEMBER).await.problem(), (503, "unavailable".into()));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
    world.provision(plan("enterprise")).await.expect("changed");
    world.suspend(&new, MEMBER).await.ok();
}
