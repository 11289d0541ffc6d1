//! What the policy says about keys that GitHub reports.

use harness::{ADMIN, BASIC_ADMIN, World};
use serde_json::{Value, json};

use super::POLICY;

async fn response(world: &World, admin: &str) -> Value {
    let state = world.call("GET", POLICY, admin, Value::Null).await.ok();
    let me = world.call("GET", "/admin/v1/me", admin, Value::Null).await.ok();
    // Absent until somebody sets a policy.
    let offered = me["company"].get("keyPolicy").unwrap_or(&state["policy"]);
    assert_eq!(offered, &state["policy"], "the dashboard offers what applies");
    assert_eq!(me["company"].get("keyPolicy").is_some(), state.get("changedAt").is_some());
    state["policy"]["leakedKeys"].clone()
}

/// The policies that the company's events name, oldest first.
async fn recorded(world: &World) -> Vec<Value> {
    let mut events = world.events("acme").await;
    events.retain(|event| event["action"] == "CHANGE_KEY_POLICY");
    events.sort_by_key(|event| event["eventId"].to_string());
    events.into_iter().map(|event| event["details"]["keyPolicy"]["leakedKeys"].clone()).collect()
}

#[tokio::test]
async fn keys_that_github_reports_are_revoked_unless_the_policy_says_otherwise() {
    let world = World::start().await;
    for email in [ADMIN, BASIC_ADMIN] {
        let admin = world.sign_in(email).await;
        assert_eq!(response(&world, &admin).await, "revoke", "{email}");
    }
    assert!(world.company("acme").await.get("keyPolicy").is_none());
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.report_from_github(&key, "https://github.com/a/b").await;
    assert_eq!(world.own_key(&key).await.status, 401);
}

#[tokio::test]
async fn a_policy_that_only_alerts_is_stored_shown_and_recorded() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let alert = json!({"leakedKeys": "alert"});
    let trial = world.call("PUT", &format!("{POLICY}?dryRun=true"), &admin, alert.clone()).await.ok();
    assert_eq!(trial["policy"]["leakedKeys"], "alert");
    assert_eq!(response(&world, &admin).await, "revoke", "a trial changes nothing");

    let set = world.set_policy(&admin, alert.clone()).await.ok();
    assert_eq!((&set["policy"]["leakedKeys"], &set["breaking"]), (&json!("alert"), &json!([])));
    assert_eq!(response(&world, &admin).await, "alert");
    let stored = async || world.company("acme").await["keyPolicy"]["policy"]["leakedKeys"].clone();
    assert_eq!(stored().await, "alert");
    // A policy without the rule leaves it as it is, as those do that an older client sends.
    for policy in [json!({"unusedDays": 90}), json!({})] {
        let set = world.set_policy(&admin, policy).await.ok();
        assert_eq!(set["policy"]["leakedKeys"], "alert");
    }
    let trial = world.call("PUT", &format!("{POLICY}?dryRun=true"), &admin, json!({})).await.ok();
    assert_eq!(trial["policy"]["leakedKeys"], "alert");
    // The rule never holds a key.
    world.own_key(&key).await.ok();
    world.report_from_github(&key, "https://github.com/a/b").await;
    world.own_key(&key).await.ok();

    let set = world.set_policy(&admin, json!({"leakedKeys": "revoke"})).await.ok();
    assert_eq!(set["policy"]["leakedKeys"], "revoke");
    assert_eq!(response(&world, &admin).await, "revoke");
    assert_eq!(stored().await, Value::Null, "what applies by default is not stored");
    // A change to the same changes nothing.
    world.set_policy(&admin, json!({"leakedKeys": "revoke"})).await.ok();
    assert_eq!(recorded(&world).await, [json!("alert"), json!("alert"), json!("alert"), Value::Null]);
    let events = world.call("GET", "/admin/v1/audit-log", &admin, Value::Null).await.ok();
    let shown = events["data"].as_array().into_iter().flatten();
    let shown = shown.filter(|event| event["action"] == "CHANGE_KEY_POLICY");
    let shown: Vec<_> = shown.map(|event| event["policy"]["leakedKeys"].clone()).collect();
    assert_eq!(shown, ["revoke", "alert", "alert", "alert"], "newest first");
}

/// The policy of one company says nothing about the keys of another.
#[tokio::test]
async fn each_company_decides_for_its_own_keys() {
    let world = World::start().await;
    let (admin, other) = (world.sign_in(ADMIN).await, world.sign_in("admin@events.example").await);
    let (alerted, revoked) = (world.create_key(&admin).await, world.create_key(&other).await);
    world.set_policy(&admin, json!({"leakedKeys": "alert"})).await.ok();
    for key in [&alerted, &revoked] {
        world.report_from_github(key, "https://github.com/a/b").await;
    }
    world.own_key(&alerted).await.ok();
    assert_eq!(world.own_key(&revoked).await.status, 401);
}
