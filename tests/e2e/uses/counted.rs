use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use harness::{ADMIN, Intervention, World};
use serde_json::{Value, json};

use super::{Request, answered, details, instance, request};

const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 3_600_000;

/// Moves time ahead to an hour before midnight.
fn move_before_midnight(world: &World) {
    let until = (DAY - HOUR - world.clock.now().millis().rem_euclid(DAY)).rem_euclid(DAY);
    world.advance(Duration::from_millis(u64::try_from(until).expect("ahead")));
}

fn today(world: &World) -> String {
    world.clock.now().to_string()[..10].to_owned()
}

/// Whatever the instances and the time between requests, the table has each request once after the next report.
#[tokio::test]
async fn the_counts_of_several_instances_are_what_they_admitted() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = json!({"scopes": ["deprovisioning", "scim"]});
    let keys =
        [world.create_key_with(&admin, scopes.clone()).await, world.create_key_with(&admin, scopes).await];
    move_before_midnight(&world);
    let instances: Vec<_> = (0..3).map(|_| instance(&world)).collect();
    let mut admitted = BTreeMap::<(String, String, &str), i64>::new();
    for step in 0..60_usize {
        if step == 30 {
            world.advance(Duration::from_hours(1));
        }
        let (key, instance) = (&keys[step % 7 % 2], &instances[step % 3]);
        let (what, attribute) = [
            (Request::Account, "scope:accounts:read"),
            (Request::User, "scope:scim:read"),
            (Request::Itself, "anyScope"),
        ][step % 5 % 3];
        assert_eq!(request(instance, key, what, Some("192.0.2.1")).await, 200);
        *admitted.entry((key.id.clone(), today(&world), attribute)).or_default() += 1;
        world.advance(Duration::from_millis(90));
    }
    // What is left is reported after the next request of each instance.
    world.advance(Duration::from_secs(1));
    join_all(instances.iter().map(async |instance| {
        assert_eq!(request(instance, &keys[0], Request::Itself, None).await, 200);
    }))
    .await;
    *admitted.entry((keys[0].id.clone(), today(&world), "anyScope")).or_default() += 3;
    let mut counted = BTreeMap::new();
    for key in &keys {
        let days = world.uses(key).await;
        assert_eq!(days.len(), 2);
        for day in days {
            let date = day["window"].as_str().and_then(|window| window.rsplit('#').next()).expect("a day");
            for attribute in ["scope:accounts:read", "scope:scim:read", "anyScope"] {
                let count = day[attribute].as_i64().expect("a count");
                counted.insert((key.id.clone(), date.to_owned(), attribute), count);
            }
        }
    }
    assert_eq!(counted, admitted);
}

#[tokio::test]
async fn refused_requests_are_counted_by_their_reason() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let expires = world.clock.now().plus(Duration::from_hours(1)).to_string();
    let key = world.create_key_with(&admin, json!({"expiresAt": expires})).await;
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    let instance = instance(&world);
    for _ in 0..3 {
        assert_eq!(request(&instance, &key, Request::User, None).await, 403);
    }
    let mut statuses = Vec::new();
    for _ in 0..100 {
        statuses.push(request(&instance, &key, Request::Account, None).await);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 3);
    let hold = format!("{}/{}/hold", harness::KEYS, key.id);
    world.call("POST", &hold, &admin, Value::Null).await.ok();
    for _ in 0..2 {
        assert_eq!(request(&instance, &key, Request::Account, None).await, 401);
    }
    let release = format!("{}/{}/release", harness::KEYS, key.id);
    world.call("POST", &release, &admin, Value::Null).await.ok();
    let team = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    world.provision(team).await.expect("changed");
    assert_eq!(request(&instance, &key, Request::Account, None).await, 401);
    let enterprise = json!({"operation": "change-plan", "companyId": "acme", "plan": "enterprise"});
    world.provision(enterprise).await.expect("changed");
    world.advance(Duration::from_hours(1));
    assert_eq!(request(&instance, &key, Request::Account, None).await, 401);
    let admin = world.sign_in(ADMIN).await;
    let uses = details(&world, &admin, &key).await["uses"].take();
    let counts: Vec<_> = uses["days"].as_array().expect("days").iter().collect();
    let sum = |member: &str, count: &str| -> i64 {
        counts.iter().map(|day| day[member][count].as_i64().unwrap_or(0)).sum()
    };
    assert_eq!(["limited", "scope", "held", "expired"].map(|reason| sum("refused", reason)), [3, 3, 3, 1]);
    assert_eq!((sum("scopes", "accounts:read"), sum("scopes", "scim:read")), (97, 0));
}

/// A request that names too many accounts is refused after it was admitted. It counts as refused.
#[tokio::test]
async fn a_request_that_its_accounts_make_too_large_counts_as_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    for _ in 0..40 {
        world.read(&key, "acme-member-1").await.ok();
    }
    let accounts: Vec<_> = (0..70).map(|number| format!("nobody-{number}")).collect();
    let many = json!({"accounts": accounts});
    let refused = world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), many).await;
    assert_eq!(refused.status, 429);
    world.read(&key, "acme-member-1").await.ok();
    world.advance(Duration::from_secs(1));
    world.read(&key, "acme-member-1").await.ok();
    let is_counted = |day: &Value| {
        day["scope:accounts:read"] == 42
            && day["scope:deprovisioning"].as_i64().unwrap_or(0) == 0
            && day["refused:limited"] == 1
    };
    harness::eventually("counted", async || world.uses(&key).await.iter().any(is_counted)).await;
}

#[tokio::test]
async fn the_last_use_has_its_time_its_address_and_its_scope() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
    let instance = instance(&world);
    assert_eq!(request(&instance, &key, Request::Account, Some("192.0.2.1")).await, 200);
    world.advance(Duration::from_secs(1));
    let before = world.clock.now().to_string();
    assert_eq!(request(&instance, &key, Request::User, Some("2001:db8::7")).await, 200);
    let last_use = async || details(&world, &admin, &key).await["uses"]["lastUse"].take();
    let last = last_use().await;
    assert!(
        (before.as_str()..=&*world.clock.now().to_string()).contains(&last["at"].as_str().expect("a time"))
    );
    assert_eq!((&last["ip"], &last["scope"]), (&json!("2001:db8::7"), &json!("scim:read")));
    // A refused request is no use.
    let reads_log = world.call("GET", "/enterprise/v1/audit-log", &key.authorization(), Value::Null).await;
    assert_eq!(reads_log.status, 403);
    let is_refused = |day: &Value| day["refused:scope"] == 1;
    harness::eventually("counted", async || world.uses(&key).await.iter().any(is_refused)).await;
    assert_eq!(last_use().await, last);
    world.advance(Duration::from_secs(1));
    assert_eq!(request(&instance, &key, Request::Itself, None).await, 200);
    let itself = last_use().await;
    assert!(itself["at"].as_str() > last["at"].as_str());
    assert_eq!((&itself["ip"], &itself["scope"]), (&Value::Null, &Value::Null));
}

/// What is written: plain additions without a condition, which expire, at most once a second for a key.
#[tokio::test]
async fn counts_are_added_at_most_once_a_second() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    move_before_midnight(&world);
    let instance = instance(&world);
    let _ = world.dynamodb.take_calls();
    let began = world.clock.now().millis();
    for _ in 0..25 {
        assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
        world.advance(Duration::from_millis(100));
    }
    let calls = world.dynamodb.take_calls();
    let written: Vec<_> = calls.iter().filter(|call| call.counts_uses()).collect();
    // One more keeps the day on which counting began.
    let seconds = usize::try_from((world.clock.now().millis() - began) / 1_000).expect("few");
    assert!((3..=2 + seconds).contains(&written.len()), "{} in {seconds} s", written.len());
    assert!(written.iter().all(|call| call.request["ConditionExpression"] == Value::Null));
    // No read was added: each request reads the key and the account.
    assert_eq!(calls.iter().filter(|call| call.action == "GetItem").count(), 2 * 25);
    assert!(calls.iter().all(|call| !["BatchGetItem", "Query"].contains(&call.action.as_str())));
    let days = world.uses(&key).await;
    assert_eq!(days.len(), 1);
    let began = world.clock.now().millis().div_euclid(DAY) * 86_400;
    assert_eq!(days[0]["expiry"], began + 92 * 86_400);
}

/// The uses are counted while other notices are written, so the time after a response doesn't grow. One after the other would
/// take twice as long, so a single faster time is proof, even on a busy machine.
#[tokio::test]
async fn counts_are_added_while_other_notices_are_written() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let (instance, delay) = (instance(&world), Duration::from_millis(200));
    assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        world.dynamodb.let_pass();
        world.advance(Duration::from_secs(61));
        assert_eq!(answered(&instance, &key, Request::Account, None).await, 200);
        let _ = world.dynamodb.take_calls();
        world.dynamodb.interfere(move |_| Intervention::Delay(delay));
        let began = Instant::now();
        store::write_notices(&instance).await;
        fastest = fastest.min(began.elapsed());
        let calls = world.dynamodb.take_calls();
        assert_eq!(calls.iter().filter(|call| call.counts_uses()).count(), 1);
        assert_eq!(calls.iter().filter(|call| call.notes_use()).count(), 1);
    }
    assert!((delay..2 * delay).contains(&fastest), "{fastest:?}");
}
