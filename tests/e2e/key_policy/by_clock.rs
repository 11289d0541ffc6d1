//! Fifty keys under policies that are tightened, relaxed and left alone, by the clock.

use std::time::Duration;

use domain::time::Timestamp;
use futures_util::future::join_all;
use harness::{ADMIN, KEYS, Key, World};
use serde_json::{Value, json};

use super::{DAY, POLICY};

/// Fifty keys, each with the number of its kind: which rules it breaks depends on that.
async fn fifty_keys(world: &World, admin: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    for number in 0..50 {
        let days = [None, Some(20), Some(50), Some(80), Some(200)][number % 5];
        let expiry = days.map(|days| world.clock.now().plus(days * DAY).to_string());
        let scopes = [json!(["scim"]), json!(["scim", "audit-log"])][number / 5 % 2].clone();
        let mut fields = json!({"name": number.to_string(), "scopes": scopes});
        if let Some(expiry) = expiry {
            fields["expiresAt"] = expiry.into();
        }
        keys.push(world.create_key_with(admin, fields).await);
    }
    keys
}

fn time(value: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(value.as_str().expect("a text")).expect("a time")
}

/// From when each key is held, as the policy says it, and as the list does. Both must agree.
async fn promised(world: &World, admin: &str, keys: &[Key]) -> Vec<Option<Timestamp>> {
    let state = world.call("GET", POLICY, admin, Value::Null).await.ok();
    let list = world.call("GET", KEYS, admin, Value::Null).await.ok();
    let find = |list: &Value, key: &Key| {
        let mut listed = list.as_array().into_iter().flatten().filter(|one| one["keyId"] == key.id);
        listed.next().cloned()
    };
    let promised = keys.iter().map(|key| {
        let breaking = find(&state["breaking"], key);
        let broken = breaking.iter().flat_map(|key| key["broken"].as_array().into_iter().flatten());
        let from = broken.map(|broken| time(&broken["heldFrom"])).min();
        let listed = find(&list["apiKeys"], key).map(|key| key["hold"].clone()).unwrap_or_default();
        assert_eq!(listed.get("from").map(time), from, "{listed}");
        from
    });
    promised.collect()
}

/// Which keys are refused, at this moment.
async fn refused(world: &World, keys: &[Key]) -> Vec<bool> {
    let statuses = join_all(keys.iter().map(async |key| world.own_key(key).await.status)).await;
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
    statuses.iter().map(|status| *status == 401).collect()
}

/// Moves time to this moment, which must be in the future.
fn move_to(world: &World, at: Timestamp) {
    let wait = at.millis() - world.clock.now().millis();
    world.advance(Duration::from_millis(u64::try_from(wait).expect("in the future")));
}

/// Goes through the times at which keys are held, and checks one moment before and one after each. Real time passes, too,
/// so the moment before is 20 s before. Unit tests of the domain check the millisecond.
async fn kept(world: &World, keys: &[Key], expiries: &[Option<Timestamp>], promised: &[Option<Timestamp>]) {
    let mut times: Vec<_> = promised.iter().flatten().copied().collect();
    times.sort();
    times.dedup();
    for at in times.into_iter().filter(|at| *at > world.clock.now().plus(Duration::from_secs(30))) {
        for moment in [Timestamp::from_millis(at.millis() - 20_000), at] {
            move_to(world, moment);
            let held = |number: usize| promised[number].is_some_and(|from| from <= moment);
            let expired = |number: usize| expiries[number].is_some_and(|expiry| expiry <= moment);
            let expected: Vec<_> = (0..keys.len()).map(|number| held(number) || expired(number)).collect();
            assert_eq!(refused(world, keys).await, expected, "at {moment}");
        }
    }
}

#[tokio::test]
async fn fifty_keys_are_held_when_that_was_promised_and_no_sooner() {
    let world = World::start().await;
    let mut admin = world.sign_in(ADMIN).await;
    let keys = fifty_keys(&world, &admin).await;
    let began = world.clock.now();
    let list = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    let expiries: Vec<_> = keys
        .iter()
        .map(|key| {
            let listed = list["apiKeys"].as_array().into_iter().flatten();
            let mut listed = listed.filter(|listed| listed["keyId"] == key.id);
            listed.find_map(|listed| listed.get("expiresAt").map(time))
        })
        .collect();
    let policies = [
        json!({"mustExpire": true, "graceDays": 2}),
        json!({"mustExpire": true, "graceDays": 9}),
        json!({"longestLifetimeDays": 90, "scopes": ["scim"], "graceDays": 4}),
        json!({"longestLifetimeDays": 60, "graceDays": 3}),
        json!({"longestLifetimeDays": 30, "scopes": ["scim"], "graceDays": 5}),
        json!({"mustExpire": true, "longestLifetimeDays": 90, "graceDays": 1}),
        json!({}),
        json!({"mustExpire": true, "scopes": ["scim"], "graceDays": 1}),
    ];
    let mut before: Vec<Option<Timestamp>> = vec![None; keys.len()];
    for (turn, policy) in policies.iter().enumerate() {
        let trial = world.call("PUT", &format!("{POLICY}?dryRun=true"), &admin, policy.clone()).await.ok();
        let set = world.set_policy(&admin, policy.clone()).await.ok();
        let ids = |state: &Value| -> Vec<Value> {
            state["breaking"].as_array().into_iter().flatten().map(|key| key["keyId"].clone()).collect()
        };
        assert_eq!(ids(&trial), ids(&set), "{policy}");
        let now = promised(&world, &admin, &keys).await;
        let grace = u32::try_from(policy["graceDays"].as_u64().unwrap_or(14)).expect("days");
        for (number, (old, new)) in before.iter().zip(&now).enumerate() {
            // Nobody is held sooner than that was promised, or than the days of grace.
            let earliest = old.unwrap_or(Timestamp::from_millis(i64::MAX));
            let earliest = earliest.min(time(&set["changedAt"]).plus(grace * DAY));
            let is_moved = new.is_some_and(|new| new < earliest);
            assert!(!is_moved, "{number}: {old:?}, {new:?} under {policy}");
        }
        world.set_policy(&admin, policy.clone()).await.ok();
        assert_eq!(promised(&world, &admin, &keys).await, now, "a repeat moves no time: {policy}");
        if turn % 3 == 2 {
            // The company leaves the plan for a day. Time goes on.
            for plan in ["team", "enterprise"] {
                let request = json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
                world.provision(request).await.expect("changed");
                if plan == "team" {
                    assert!(refused(&world, &keys).await.iter().all(|refused| *refused));
                    world.advance(DAY);
                }
            }
            admin = world.sign_in(ADMIN).await;
            assert_eq!(promised(&world, &admin, &keys).await, now, "the plan moves no time: {policy}");
        }
        kept(&world, &keys, &expiries, &now).await;
        admin = world.sign_in(ADMIN).await;
        before = now;
    }
    assert!(world.clock.now() > began.plus(10 * DAY));
}

/// The last use that the item of a secret has.
async fn used_on(world: &World, secret: &Key) -> Option<i64> {
    let digests = world.dynamodb.items("KeyDigests").await;
    let digest = world.digest_of(secret);
    digests.iter().find(|item| item["digest"] == digest)?["usedOn"].as_i64()
}

#[tokio::test]
async fn uses_on_other_days_keep_a_key_and_each_secret_counts_its_own() {
    let world = World::start().await;
    let mut admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.set_policy(&admin, json!({"unusedDays": 30, "graceDays": 1})).await.ok();
    // Late on a day, so that a minute later is another one.
    let next_day = |world: &World| {
        let millis = world.clock.now().millis().div_euclid(86_400_000) + 1;
        Timestamp::from_millis(millis * 86_400_000)
    };
    for days in [3, 29, 30] {
        move_to(&world, next_day(&world).plus((days - 1) * DAY));
        let now = world.clock.now();
        world.own_key(&key).await.ok();
        let noted = used_on(&world, &key).await.expect("noted before the answer");
        assert!((now.millis()..=world.clock.now().millis()).contains(&noted));
        world.own_key(&key).await.ok();
        assert_eq!(used_on(&world, &key).await, Some(noted), "the first use of the day");
    }
    admin = world.sign_in(ADMIN).await;
    let new = world.rotate_with(&admin, &key, json!({"overlapSeconds": 604_800})).await;
    move_to(&world, next_day(&world).plus(20 * DAY));
    world.own_key(&new).await.ok();
    let first = world.clock.now();
    // No rule about disuse applies to the old secret, which ends by itself.
    assert_eq!(used_on(&world, &key).await, None);
    let day = Timestamp::from_millis(first.millis().div_euclid(86_400_000) * 86_400_000);
    let held = day.plus(31 * DAY);
    move_to(&world, held.minus(Duration::from_secs(20)));
    admin = world.sign_in(ADMIN).await;
    let listed = world.listed(&admin, &key).await["hold"].clone();
    assert_eq!(time(&listed["from"]), held, "the page says when the current secret is held: {listed}");
    move_to(&world, held);
    assert_eq!(world.own_key(&new).await.status, 401);
    admin = world.sign_in(ADMIN).await;
    world.hold(&admin, "release", &key).await.ok();
    world.own_key(&new).await.ok();
    move_to(&world, next_day(&world).plus(30 * DAY).minus(Duration::from_secs(20)));
    world.own_key(&new).await.ok();
}
