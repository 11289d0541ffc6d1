use std::time::Duration;

use domain::time::Timestamp;
use harness::{ADMIN, World};
use serde_json::{Value, json};

use super::{DAY, POLICY, broken, days};

#[tokio::test]
async fn a_policy_names_the_keys_that_break_it_and_holds_them_when_it_says() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let named = async |name: &str, fields: Value| {
        let mut fields = fields;
        fields["name"] = name.into();
        world.create_key_with(&admin, fields).await
    };
    let forever = named("forever", json!({})).await;
    let long = named("long", json!({"expiresAt": days(&world, 200)})).await;
    let wide = named("wide", json!({"scopes": ["scim", "audit-log"], "expiresAt": days(&world, 60)})).await;
    let good = named("good", json!({"expiresAt": days(&world, 90)})).await;
    let policy =
        json!({"longestLifetimeDays": 90, "scopes": ["deprovisioning", "audit-log"], "graceDays": 2});
    let trial = world.call("PUT", &format!("{POLICY}?dryRun=true"), &admin, policy.clone()).await.ok();
    assert_eq!(broken(&trial), ["forever: expiry", "long: lifetime", "wide: scopes"]);
    let untouched = world.call("GET", POLICY, &admin, Value::Null).await.ok();
    assert_eq!(
        untouched["policy"],
        json!({"mustExpire": false, "networksRequired": false, "leakedKeys": "revoke", "graceDays": 14})
    );
    assert!(broken(&untouched).is_empty() && untouched.get("changedAt").is_none());

    let set = world.set_policy(&admin, policy.clone()).await.ok();
    assert_eq!(broken(&set), broken(&trial));
    let at = set["breaking"][0]["broken"][0]["heldFrom"].clone();
    let promised = Timestamp::parse_rfc3339(at.as_str().expect("a time")).expect("a time");
    let set_at = Timestamp::parse_rfc3339(set["changedAt"].as_str().expect("a time")).expect("a time");
    assert_eq!(promised, set_at.plus(2 * DAY));
    assert_eq!(world.listed(&admin, &forever).await["hold"]["from"], at);
    world.advance(DAY);
    let admin = world.sign_in(ADMIN).await;
    // A repeat moves no time, and neither does another grace.
    for policy in
        [policy.clone(), json!({"longestLifetimeDays": 90, "scopes": ["deprovisioning", "audit-log"]})]
    {
        let repeated = world.set_policy(&admin, policy).await.ok();
        assert_eq!(repeated["breaking"][0]["broken"][0]["heldFrom"], at);
    }
    world.advance(Duration::from_secs(86_380));
    for key in [&forever, &long, &wide, &good] {
        world.own_key(key).await.ok();
    }
    world.advance(Duration::from_secs(20));
    for key in [&forever, &long, &wide] {
        assert_eq!(world.own_key(key).await.status, 401);
    }
    world.own_key(&good).await.ok();
    assert_eq!(world.count_events("acme", "CHANGE_KEY_POLICY").await, 2);

    // Keys are released by edits that make them comply, and by a policy that allows them.
    let admin = world.sign_in(ADMIN).await;
    let release = world.hold(&admin, "release", &long).await;
    assert_eq!(release.problem(), (409, "key-policy".into()));
    let complying = json!({"expiresAt": days(&world, 80)});
    assert!(world.edit(&admin, &forever, complying).await.ok().get("hold").is_none());
    world.edit(&admin, &wide, json!({"scopes": ["audit-log"]})).await.ok();
    for key in [&forever, &wide] {
        world.own_key(key).await.ok();
    }
    let wider = world.set_policy(&admin, json!({"longestLifetimeDays": 300, "graceDays": 5})).await.ok();
    assert!(broken(&wider).is_empty());
    world.own_key(&long).await.ok();
    let narrower = world.set_policy(&admin, json!({"longestLifetimeDays": 90, "graceDays": 5})).await.ok();
    assert_eq!(broken(&narrower), ["long: lifetime"]);
    let again = narrower["breaking"][0]["broken"][0]["heldFrom"].as_str().expect("a time");
    let again = Timestamp::parse_rfc3339(again).expect("a time");
    assert!(again > world.clock.now().plus(4 * DAY), "notice is given anew");
}

#[tokio::test]
async fn the_first_refusal_by_a_policy_is_recorded_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let new = world.rotate(&admin, &key).await;
    world.set_policy(&admin, json!({"mustExpire": true, "graceDays": 1})).await.ok();
    world.advance(DAY);
    for secret in [&key, &new, &key] {
        assert_eq!(world.own_key(secret).await.status, 401);
        world.advance(Duration::from_mins(2));
    }
    world.noted(&key, "policyHold").await;
    let held = async || {
        world.events("acme").await.into_iter().filter(|event| event["action"] == "HOLD_API_KEY").collect()
    };
    let events: Vec<Value> = held().await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&event["details"]["heldBy"], &event["actor"]["id"]), (&json!("policy"), &json!(key.id)));

    // A hold by an administrator has its own event, and refusals need none.
    let other =
        world.create_key_with(&world.sign_in(ADMIN).await, json!({"expiresAt": days(&world, 9)})).await;
    world.hold(&world.sign_in(ADMIN).await, "hold", &other).await.ok();
    assert_eq!(world.own_key(&other).await.status, 401);
    let events: Vec<Value> = held().await;
    assert_eq!(events.len(), 2);
}
