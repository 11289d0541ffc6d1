//! Who is told of which key, and that the response tells nobody whether it is real.

use std::time::Duration;

use harness::{ADMIN, BASIC_ADMIN, Intervention, Key, Observed, World, eventually};
use serde_json::{Value, json};
use store::{NOTICE_TIMEOUT, random, write_notices};

use super::{ADDRESS, answered, expose, expose_until, exposures, in_query, places::escaped};
use crate::uses::instance;

/// A well-formed key that nobody has.
fn made_up() -> Key {
    Key { id: String::new(), secret: random::api_key().expose().to_owned() }
}

/// Keys that can be used, or could be again, and secrets that have ended. The names say what they are.
async fn keys(world: &World, admin: &str) -> (Vec<(&'static str, Key)>, Vec<(&'static str, Key)>) {
    let soon = world.clock.now().plus(Duration::from_mins(1)).to_string();
    let expired = world.create_key_with(admin, json!({"expiresAt": soon})).await;
    let elsewhere = json!({"networks": {"mode": "enforce", "ranges": ["198.51.100.0/24"]}});
    let abroad = world.create_key_with(admin, elsewhere).await;
    let active = world.create_key(admin).await;
    let unused = world.rotate(admin, &active).await;
    let held = world.create_key(admin).await;
    world.hold(admin, "hold", &held).await.ok();
    let old = world.create_key(admin).await;
    let new = world.rotate(admin, &old).await;
    world.read(&new, "acme-member-1").await.ok();
    let ended = world.create_key(admin).await;
    let completing = world.rotate(admin, &ended).await;
    world.end_rotation(admin, "complete", &completing).await.ok();
    let canceled = world.rotate(admin, &completing).await;
    world.end_rotation(admin, "cancel", &canceled).await.ok();
    let revoked = world.create_key(admin).await;
    world.revoke(admin, &revoked).await.ok();
    world.advance(Duration::from_mins(2));
    (
        vec![
            ("active", active),
            ("new and unused", unused),
            ("held", held),
            ("for other networks", abroad),
            ("old and alive", old),
            ("current", new),
        ],
        vec![
            ("expired", expired),
            ("canceled", canceled),
            ("ended", ended),
            ("revoked", revoked),
            ("made up", made_up()),
        ],
    )
}

/// The calls, without what differs between keys.
fn kinds(calls: &[Observed]) -> Vec<(String, Vec<(String, String)>)> {
    calls.iter().map(|call| (call.action.clone(), call.operations.iter().cloned().collect())).collect()
}

#[tokio::test]
async fn only_keys_that_can_be_used_are_told_of_and_the_response_is_always_the_same() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (usable, ended) = keys(&world, &admin).await;
    let expected = answered(&instance(&world), &in_query(&made_up().secret)).await;
    assert_eq!(expected["statusCode"], 400);
    let groups = [(true, usable), (false, ended)];
    for (is_told, (what, key)) in
        groups.into_iter().flat_map(|(told, keys)| keys.into_iter().map(move |key| (told, key)))
    {
        // The secrets of one key are told of once a minute.
        world.advance(Duration::from_mins(2));
        let before = exposures(&world, "acme", &key).await.len();
        let instance = instance(&world);
        let _ = world.dynamodb.take_calls();
        assert_eq!(answered(&instance, &in_query(&key.secret)).await, expected, "{what}");
        assert_eq!(world.dynamodb.take_calls(), [], "{what}: nothing is read before the response");
        write_notices(&instance).await;
        let calls = world.dynamodb.take_calls();
        let writes = calls.iter().filter(|call| call.action != "GetItem").count();
        assert!(calls.len() - writes == 1 && writes <= usize::from(is_told), "{what}: {calls:?}");
        if is_told {
            expose_until(before + 1, &world, &instance, "acme", &key).await;
        }
        let events = exposures(&world, "acme", &key).await;
        assert_eq!(events.len(), before + usize::from(is_told), "{what}");
        if is_told {
            let event = events.last().expect("an event");
            assert_eq!(event["actor"]["mask"], key.mask(), "{what}: the secret that was exposed");
            assert_eq!((&event["ip"], &event["requestId"]), (&json!(ADDRESS), &json!("test")));
        }
    }
}

/// An exposure is no use of the key.
#[tokio::test]
async fn an_exposure_changes_nothing_of_the_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    let before = world.listed(&admin, &old).await;
    expose_until(1, &world, &instance(&world), "acme", &new).await;
    expose(&instance(&world), &old.secret).await;
    assert_eq!(exposures(&world, "acme", &old).await.len(), 1, "one event for both secrets");
    assert_eq!(world.listed(&admin, &old).await, before);
    assert_eq!(world.uses(&old).await, Vec::<Value>::new());
    world.read(&old, "acme-member-1").await.ok();
}

#[tokio::test]
async fn a_frozen_key_is_told_of() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let plan = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    world.provision(plan).await.expect("changed");
    expose_until(1, &world, &instance(&world), "acme", &key).await;
}

/// The company of the key learns of it, and nothing of the company whose request contained it. That one learns nothing.
#[tokio::test]
async fn only_the_company_of_the_key_is_told() {
    let world = World::start().await;
    let plan = json!({"operation": "change-plan", "companyId": "basic", "plan": "enterprise"});
    world.provision(plan).await.expect("changed");
    let (acme, basic) = (world.sign_in(ADMIN).await, world.sign_in(BASIC_ADMIN).await);
    let (caller, key) = (world.create_key(&acme).await, world.create_key(&basic).await);
    let before = world.events("acme").await;
    let instance = instance(&world);
    let mut event = in_query(&key.secret);
    event["headers"] = json!({"authorization": caller.authorization()});
    let expected = answered(&instance, &in_query(&made_up().secret)).await;
    assert_eq!(answered(&instance, &event).await, expected);
    write_notices(&instance).await;
    expose_until(1, &world, &instance, "basic", &key).await;
    let told = exposures(&world, "basic", &key).await;
    assert!(!told[0].to_string().contains("acme"), "{told:?}");
    assert_eq!(world.events("acme").await, before);
}

/// A key that only a parser finds is found after authentication. Nothing before the response depends on what it is.
#[tokio::test]
async fn an_escaped_key_costs_no_other_reads_than_a_made_up_one() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (caller, key) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let request = |secret: &str| {
        let mut event = in_query("");
        event["routeKey"] = "POST /enterprise/v1/accounts/suspend".into();
        event["headers"] = json!({"authorization": caller.authorization()});
        event["body"] = format!("{{\"accounts\": [\"{}\"]}}", escaped(secret)).into();
        event
    };
    let mut seen = Vec::new();
    for secret in [&key.secret, &made_up().secret] {
        let instance = instance(&world);
        world.advance(Duration::from_mins(2));
        let _ = world.dynamodb.take_calls();
        let mut response = answered(&instance, &request(secret)).await;
        let before = kinds(&world.dynamodb.take_calls());
        assert_eq!(before.len(), 1, "authentication");
        for headers in ["headers", "multiValueHeaders"] {
            // What is left of a limit differs between requests.
            response[headers].as_object_mut().expect("headers").remove("ratelimit");
        }
        seen.push((response, before));
        eventually("the key is looked up and told of, if it is real", async || {
            write_notices(&instance).await;
            let told = exposures(&world, "acme", &key).await.len();
            let is_done = told == 1;
            if !is_done {
                answered(&instance, &request(secret)).await;
            }
            is_done
        })
        .await;
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].0["body"].to_string().contains("misplaced-key"));
    assert_eq!(exposures(&world, "acme", &key).await.len(), 1);
}

/// The event's transaction may arrive late. It has the condition that the key was not revoked since.
#[tokio::test]
async fn no_event_follows_a_revocation() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (late, later) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let instance = instance(&world);
    world.dynamodb.interfere(move |call| {
        let late = Intervention::Delay(10 * NOTICE_TIMEOUT);
        if call.records_exposure() { late } else { Intervention::Pass }
    });
    eventually("a transaction is late", async || {
        expose(&instance, &late.secret).await;
        world.dynamodb.take_calls().iter().any(Observed::records_exposure)
    })
    .await;
    world.dynamodb.let_pass();
    answered(&instance, &in_query(&later.secret)).await;
    for key in [&late, &later] {
        world.revoke(&admin, key).await.ok();
    }
    let _ = world.dynamodb.take_calls();
    write_notices(&instance).await;
    eventually("all calls have ended", async || world.dynamodb.is_idle()).await;
    assert_eq!(world.count_events("acme", "EXPOSE_API_KEY").await, 0);
    assert!(!world.dynamodb.take_calls().iter().any(Observed::records_exposure), "the other was looked up");
}
