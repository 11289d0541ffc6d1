use std::time::Duration;

use harness::{ADMIN, BASIC_ADMIN, Intervention, KEYS, Key, SECOND_ADMIN, World};
use serde_json::{Value, json};

use super::{Request, details, instance, request};

const DAY: Duration = Duration::from_hours(24);

fn date(world: &World, ago: u32) -> String {
    world.clock.now().minus(DAY * ago).to_string()[..10].to_owned()
}

/// An administrator sees the days, the last use, and which scopes a key doesn't need. Nothing is said about the scopes before
/// uses were counted for 90 days.
#[tokio::test]
async fn a_key_is_shown_with_its_uses() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key =
        world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim:read", "audit-log"]})).await;
    let unused = details(&world, &admin, &key).await;
    assert_eq!(unused["keyId"], key.id);
    let scope = |scope: &str| json!({"scope": scope});
    let scopes = ["deprovisioning", "scim:read", "audit-log"].map(scope);
    assert_eq!(unused["uses"], json!({"days": [], "scopes": scopes}));

    let instance = instance(&world);
    for what in [Request::User, Request::Account, Request::Itself] {
        assert_eq!(request(&instance, &key, what, None).await, 200);
        world.advance(Duration::from_secs(1));
    }
    for (later, what) in [(60, Request::Account), (1, Request::Account), (28, Request::Itself)] {
        world.advance(DAY * later);
        assert_eq!(request(&instance, &key, what, None).await, 200);
    }
    let admin = world.sign_in(ADMIN).await;
    let uses = details(&world, &admin, &key).await["uses"].take();
    let day = |ago: u32, count: Value| {
        let mut day = json!({"date": date(&world, ago), "scopes": {}, "refused": {}});
        day.as_object_mut().expect("an object").extend(count.as_object().expect("an object").clone());
        day
    };
    let reads = || json!({"scopes": {"accounts:read": 1}});
    let days = json!([day(0, json!({"anyScope": 1})), day(28, reads()), day(29, reads())]);
    assert_eq!(uses["days"], days);
    assert!(uses["lastUse"]["at"].as_str().is_some_and(|at| at.starts_with(&date(&world, 0))));
    assert_eq!(uses["scopes"][0], json!({"scope": "deprovisioning"}));
    assert_eq!(uses["scopes"][1], json!({"scope": "scim:read", "lastUsedOn": date(&world, 89)}));
    assert_eq!((&uses["unusedScopes"], &uses["narrowed"]), (&Value::Null, &Value::Null));

    // A day later nobody has used the SCIM API for 90 days.
    world.advance(DAY);
    let admin = world.sign_in(ADMIN).await;
    let uses = details(&world, &admin, &key).await["uses"].take();
    assert_eq!(uses["days"], json!([day(1, json!({"anyScope": 1})), day(29, reads())]));
    assert_eq!(uses["unusedScopes"], json!(["deprovisioning", "scim:read", "audit-log"]));
    assert_eq!(uses["narrowed"], json!(["accounts:read"]));
    world.revoke(&admin, &key).await.ok();
    let revoked = details(&world, &admin, &key).await;
    assert!(revoked["revokedAt"].is_string() && revoked["uses"]["lastUse"].is_object());
    assert_eq!(revoked["uses"]["unusedScopes"], Value::Null);
}

/// Keys from before uses were counted: their scopes may have been used.
#[tokio::test]
async fn nothing_is_said_about_uses_that_were_not_counted() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.advance(DAY * 100);
    let other = world.create_key(&world.sign_in(ADMIN).await).await;
    assert_eq!(request(&instance(&world), &other, Request::Account, None).await, 200);
    world.advance(DAY * 89);
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(details(&world, &admin, &key).await["uses"]["unusedScopes"], Value::Null);
    world.advance(DAY);
    let admin = world.sign_in(ADMIN).await;
    let uses = details(&world, &admin, &key).await["uses"].take();
    assert_eq!((&uses["unusedScopes"], &uses["narrowed"]), (&json!(["deprovisioning"]), &Value::Null));
}

#[tokio::test]
async fn only_administrators_of_the_company_see_a_key() {
    let world = World::start().await;
    let (admin, basic) = (world.sign_in(ADMIN).await, world.sign_in(BASIC_ADMIN).await);
    let key = world.create_key(&admin).await;
    assert_eq!(request(&instance(&world), &key, Request::Account, None).await, 200);
    let get = async |key_id: &str, authorization: &str| {
        world.call("GET", &format!("{KEYS}/{key_id}"), authorization, Value::Null).await
    };
    let nobody = "01KDXJ7Q9W3T5V8YB2C4E6G8HA";
    let _ = world.dynamodb.take_calls();
    let others = get(&key.id, &basic).await;
    // Its uses are not read before it is known whose key it is.
    assert!(!world.dynamodb.take_calls().iter().any(|call| call.request.to_string().contains("uses#")));
    assert_eq!(others.anonymous(), get(nobody, &basic).await.anonymous());
    assert_eq!(get(nobody, &admin).await.problem(), (404, "not-found".into()));
    assert_eq!(get("x", &admin).await.wrong_fields(), ["keyId"]);
    assert_eq!(get(&key.id, &key.authorization()).await.status, 401);
    // Other administrators see it, and that its owner is suspended.
    let second = world.sign_in(SECOND_ADMIN).await;
    let accounts = json!({"accounts": ["acme-admin"]});
    world.call("POST", "/admin/v1/accounts/suspend", &second, accounts).await.ok();
    assert_eq!(details(&world, &second, &key).await["createdBy"]["suspended"], true);
}

/// If `DynamoDB` leaves days out, there is no response without them.
#[tokio::test]
async fn days_are_read_at_once_and_completely() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.advance(DAY * 200);
    let admin = world.sign_in(ADMIN).await;
    let _ = world.dynamodb.take_calls();
    details(&world, &admin, &key).await;
    let calls = world.dynamodb.take_calls();
    assert_eq!(calls.len(), 2);
    let reads =
        |call: &harness::Observed| call.request["RequestItems"]["KeyUsage"]["Keys"].as_array().map(Vec::len);
    assert_eq!(calls.iter().filter_map(reads).collect::<Vec<_>>(), [92]);
    world.dynamodb.interfere(move |call| {
        if reads(call).is_some() { Intervention::Unprocessed } else { Intervention::Pass }
    });
    let answer = world.call("GET", &format!("{KEYS}/{}", key.id), &admin, Value::Null).await;
    assert_eq!(answer.status, 503);
}

/// Finds keys by name, mask, an end of the mask, and ID, in any state and over several pages.
#[tokio::test]
async fn keys_are_found_by_what_people_know_of_them() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let mut keys = Vec::<Key>::new();
    for name in ["Nightly offboarding", "Über-Sync", "nightly report", "NIGHTLY export"] {
        keys.push(world.create_key_with(&admin, json!({"name": name})).await);
        world.advance(Duration::from_millis(5));
    }
    world.revoke(&admin, &keys[3]).await.ok();
    let new = world.rotate(&admin, &keys[0]).await;
    let find = async |search: &str, more: &str| {
        let request = world.request("GET", &format!("{KEYS}?{more}")).query(&[("search", search)]);
        let list = world.send(request.header("authorization", &admin)).await.ok();
        let found = list["apiKeys"].as_array().expect("keys").iter();
        let found = found.map(|key| key["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>();
        (found, list["nextToken"].as_str().map(str::to_owned))
    };
    let mask = keys[1].mask();
    let (first, last) = mask.split_once('…').expect("a mask");
    for (search, more, found) in [
        ("NIGHTLY", "", vec!["nightly report", "Nightly offboarding"]),
        (" nightly ", "state=all", vec!["NIGHTLY export", "nightly report", "Nightly offboarding"]),
        ("nightly", "state=revoked", vec!["NIGHTLY export"]),
        ("über", "", vec!["Über-Sync"]),
        (&mask, "", vec!["Über-Sync"]),
        (first, "state=all", vec!["Über-Sync"]),
        (last, "", vec!["Über-Sync"]),
        (&keys[0].id, "", vec!["Nightly offboarding"]),
        (&keys[0].id.to_lowercase(), "", vec!["Nightly offboarding"]),
        (&mask.replace('…', "..."), "", vec!["Über-Sync"]),
        (&new.mask(), "", vec!["Nightly offboarding"]),
        (&keys[0].id[..25], "state=all", vec![]),
        (&mask[..3], "state=all", vec![]),
    ] {
        assert_eq!(find(search, more).await.0, found, "{search} {more}");
    }
    for state in ["active", "all"] {
        let (mut found, mut token) = find("nightly", &format!("limit=1&state={state}")).await;
        while let Some(next) = token {
            let page = world.call("GET", &format!("{KEYS}?nextToken={next}"), &admin, Value::Null).await.ok();
            found.extend(page["apiKeys"].as_array().expect("keys").iter().map(|key| key["name"].to_string()));
            token = page["nextToken"].as_str().map(str::to_owned);
        }
        assert_eq!(found.len(), if state == "all" { 3 } else { 2 }, "{state}: {found:?}");
    }
    for wrong in ["", "%20", &"x".repeat(101)] {
        let answer = world.call("GET", &format!("{KEYS}?search={wrong}"), &admin, Value::Null).await;
        assert_eq!(answer.wrong_fields(), ["search"], "{wrong}");
    }
    let holding = world.call("GET", &format!("{KEYS}?search={}", keys[0].secret), &admin, Value::Null).await;
    assert_eq!(holding.problem(), (400, "misplaced-key".into()));
}
