//! `change-limits`: a company's own numbers.

use std::{sync::Arc, time::Duration};

use harness::{ADMIN, BASIC_ADMIN, Intervention, World, eventually};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::left;
use crate::invariants::{delay_first_copy, until_held};

#[expect(clippy::needless_pass_by_value, reason = "takes literals")]
fn change(limits: Value) -> Value {
    json!({"operation": "change-limits", "companyId": "acme", "limits": limits})
}

async fn policy(world: &World, key: &harness::Key) -> String {
    world.read(key, "acme-member-1").await.header("ratelimit-policy").to_owned()
}

fn numbers(key: u32, company: u32) -> String {
    format!(r#""key";q={key};w=60, "company";q={company};w=60"#)
}

#[tokio::test]
async fn limits_are_raised_lowered_and_reset_at_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    assert_eq!(policy(&world, &key).await, numbers(3_000, 6_000));
    let changed = world.provision(change(json!({"key": 5_000, "auditLog": 600}))).await.expect("changed");
    let limits = json!({"key": 5_000, "auditLog": 600, "company": 6_000});
    assert_eq!(changed, json!({"changed": true, "companyId": "acme", "limits": limits}));
    assert_eq!(policy(&world, &key).await, numbers(5_000, 6_000));
    // Repeated, and with what is so already.
    let again = world.provision(change(json!({"key": 5_000}))).await.expect("unchanged");
    assert_eq!(again, json!({"changed": false, "companyId": "acme", "limits": limits}));
    world.provision(change(json!({"key": 100, "company": 200}))).await.expect("changed");
    assert_eq!(policy(&world, &key).await, numbers(100, 200));
    // A new key has the company's numbers, and keeps them with the plan.
    let new = world.create_key(&admin).await;
    for plan in ["team", "enterprise"] {
        let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
        world.provision(request).await.expect("changed");
    }
    assert_eq!(policy(&world, &new).await, numbers(100, 200));
    let reset = json!({"key": null, "auditLog": null, "company": null});
    world.provision(change(reset.clone())).await.expect("reset");
    assert_eq!(world.provision(change(reset)).await.expect("unchanged")["changed"], false);
    assert_eq!(policy(&world, &new).await, numbers(3_000, 6_000));
    assert!(world.company("acme").await.get("limits").is_none());
    let events = world.events("acme").await;
    let events: Vec<_> = events.iter().filter(|event| event["action"] == "CHANGE_LIMITS").collect();
    assert_eq!(events.len(), 3);
    assert_eq!(events[1]["details"]["limits"], json!({"key": 100, "auditLog": 600, "company": 200}));
    let log =
        world.call("GET", "/admin/v1/audit-log?filter[action]=CHANGE_LIMITS", &admin, Value::Null).await;
    assert_eq!(log.ok()["data"][0]["limits"], json!({"key": 3_000, "auditLog": 120, "company": 6_000}));
}

#[tokio::test]
async fn other_companies_keep_theirs() {
    let world = World::start().await;
    let plan = json!({"operation": "change-plan", "companyId": "basic", "plan": "enterprise"});
    world.provision(plan).await.expect("changed");
    let basic = world.sign_in(BASIC_ADMIN).await;
    let key = world.create_key(&basic).await;
    world.provision(change(json!({"key": 100, "company": 100}))).await.expect("changed");
    let answer = world.read(&key, "nobody").await;
    assert_eq!((answer.status, answer.header("ratelimit-policy")), (404, numbers(3_000, 6_000).as_str()));
}

#[tokio::test]
async fn wrong_numbers_are_refused() {
    let world = World::start().await;
    for (limits, named) in [
        (json!({}), "name no limit"),
        (json!({"key": 99}), "key must be a whole number from 100 to 180000"),
        (json!({"auditLog": 6_001}), "auditLog must be"),
        (json!({"company": "many"}), "company must be"),
        (json!({"keys": 100}), "keys is unknown"),
        (json!(5), "must be a JSON object"),
    ] {
        let refused = world.provision(change(limits.clone())).await.expect_err("wrong");
        assert_eq!(refused.kind(), "invalid-request", "{limits}");
        assert!(refused.to_string().contains(named), "{refused}");
    }
    let unknown = json!({"operation": "change-limits", "companyId": "nobody", "limits": {"key": 100}});
    assert_eq!(world.provision(unknown).await.expect_err("refused").kind(), "not-found");
    assert_eq!(world.count_events("acme", "CHANGE_LIMITS").await, 0);
}

/// A key that is created while the limits change gets the new ones, whichever commits first.
#[tokio::test]
async fn a_key_that_is_created_meanwhile_gets_the_new_limits() {
    for held in ["create-key", "provision"] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        world.create_key(&admin).await;
        let permits = Arc::new(Semaphore::new(0));
        let hold = permits.clone();
        world.dynamodb.interfere(move |call| {
            let is_held = call.function == held && call.commits();
            if is_held { Intervention::Hold(hold.clone()) } else { Intervention::Pass }
        });
        let change = async {
            if held == "create-key" {
                until_held(&world, held, 1).await;
            }
            let changed = world.provision(change(json!({"key": 200}))).await.expect("changed");
            permits.add_permits(1_000);
            changed["changed"] == true
        };
        let create = async {
            if held == "provision" {
                until_held(&world, held, 1).await;
            }
            let key = world.create_key(&admin).await;
            permits.add_permits(1_000);
            key
        };
        let (changed, key) = tokio::join!(change, create);
        assert!(changed);
        world.dynamodb.let_pass();
        assert_eq!(policy(&world, &key).await, numbers(200, 6_000), "{held} was held");
        assert_eq!(world.count_events("acme", "CHANGE_LIMITS").await, 1);
    }
}

/// The first copy of a change arrives after another change. It has no effect.
#[tokio::test]
async fn a_late_copy_of_a_change_has_no_effect() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    delay_first_copy(&world);
    world.provision(change(json!({"key": 200}))).await.expect("changed");
    world.provision(change(json!({"key": null}))).await.expect("reset");
    eventually("every copy has arrived", async || world.dynamodb.is_idle()).await;
    assert_eq!(policy(&world, &key).await, numbers(3_000, 6_000));
    assert_eq!(world.count_events("acme", "CHANGE_LIMITS").await, 2);
}

/// Lower limits take effect in the minute in which they are set.
#[tokio::test]
async fn a_lower_limit_counts_what_was_admitted_before() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.begin_minute();
    for _ in 0..150 {
        world.read(&key, "acme-member-1").await.ok();
    }
    world.provision(change(json!({"key": 100}))).await.expect("changed");
    assert_eq!(world.read(&key, "acme-member-1").await.status, 429);
    world.provision(change(json!({"key": 200}))).await.expect("changed");
    assert_eq!(left(&world.read(&key, "acme-member-1").await, "key"), Some(49));
    world.advance(Duration::from_mins(1));
    assert_eq!(left(&world.read(&key, "acme-member-1").await, "key"), Some(199));
}
