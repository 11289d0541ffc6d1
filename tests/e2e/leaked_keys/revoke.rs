use std::time::Duration;

use domain::key::ApiKey;
use harness::{ADMIN, Answer, BASIC_ADMIN, Intervention, Key, SECOND_ADMIN, World};
use serde_json::{Value, json};
use store::random;

use super::{REVOKE, events, report, report_key};

/// A well-formed key that doesn't exist.
fn made_up() -> ApiKey {
    random::api_key()
}

#[tokio::test]
async fn a_found_key_is_refused_everywhere_after_one_request() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let scopes = json!({"scopes": ["deprovisioning", "scim", "audit-log"]});
    let key = world.create_key_with(&admin, scopes).await;
    let line = format!("curl -H 'Authorization: apikey {}' https://api.acme.example", key.secret);
    let url = "https://github.com/acme/scripts/blob/main/leave.sh?plain=1#L3";
    let answer = report(&world, json!({"keys": [line], "url": url})).await;
    assert_eq!((answer.status, answer.json()), (202, json!({"received": 1})));
    for path in [
        "/enterprise/v1/accounts/acme-member-1",
        "/enterprise/v1/scim/Users",
        "/enterprise/v1/audit-log",
        "/enterprise/v1/api-key",
    ] {
        assert_eq!(world.call("GET", path, &key.authorization(), Value::Null).await.status, 401, "{path}");
    }
    let listed = world.call("GET", "/admin/v1/api-keys?state=revoked", &admin, Value::Null).await.ok();
    let listed = &listed["apiKeys"][0];
    assert_eq!((&listed["keyId"], &listed["revokedByReporter"]), (&json!(key.id), &json!("finder")));
    assert_eq!((listed.get("revokedBy"), listed.get("revokedByKey")), (None, None));
    assert_eq!(world.company("acme").await["activeKeys"], json!({}));

    let recorded = events(&world, &admin, "REVOKE_LEAKED_API_KEY").await;
    let [event] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!(event["actor"], json!({"email": null, "name": null, "company": "acme", "type": "FINDER"}));
    assert_eq!((&event["affected"]["id"], &event["leakedMask"]), (&json!(key.id), &json!(key.mask())));
    assert_eq!(event["foundAt"], json!(["https://github.com/acme/scripts/blob/main/leave.sh"]));
    assert_eq!(event["ip"], "127.0.0.1");
    // An administrator's revocation finds that it is done.
    let receipt = world.revoke(&admin, &key).await.ok();
    assert_eq!((&receipt["revokedByReporter"], receipt.get("revokedBy")), (&json!("finder"), None));
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 0);
}

/// Somebody who has a made-up key, one of long ago or a text learns nothing, and nothing is written for them.
#[tokio::test]
async fn unknown_and_ended_keys_get_the_same_response_with_the_same_calls() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (revoked, expired) = (world.create_key(&admin).await, {
        let soon = world.clock.now().plus(Duration::from_mins(5)).to_string();
        world.create_key_with(&admin, json!({"expiresAt": soon})).await
    });
    world.revoke(&admin, &revoked).await.ok();
    world.advance(Duration::from_mins(6));
    let unknown = made_up();
    let mut seen = Vec::new();
    for secret in [unknown.expose(), &revoked.secret, &expired.secret] {
        let _ = world.dynamodb.take_calls();
        let answer = report(&world, json!({"keys": [secret]})).await;
        let calls: Vec<_> =
            world.dynamodb.take_calls().into_iter().flat_map(|call| call.operations).collect();
        seen.push((answer.status, answer.text.clone(), headers(&answer), calls));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    assert_eq!((seen[0].0, seen[0].3.len()), (202, 1), "{:?}", seen[0].3);
    // Nothing is read for a text without a well-formed key.
    let mut wrong = unknown.expose().to_owned();
    wrong.replace_range(50..51, if wrong.as_bytes()[50] == b'a' { "b" } else { "a" });
    let answer = report(&world, json!({"keys": [wrong]})).await;
    assert_eq!((answer.status, &answer.text), (202, &seen[0].1));
    assert_eq!(world.dynamodb.take_calls(), []);
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 0);
}

/// The headers that could differ, without the identifier of the request and the time.
fn headers(answer: &Answer) -> Vec<String> {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["apigw-requestid", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn a_rotated_key_ends_with_all_its_secrets_when_one_is_found() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for found in ["waiting", "current", "old"] {
        let current = world.create_key(&admin).await;
        let new = world.rotate(&admin, &current).await;
        let leaked = match found {
            "waiting" => &new,
            "current" => &current,
            _ => {
                world.read(&new, "acme-member-1").await.ok();
                &current
            }
        };
        assert_eq!(report_key(&world, leaked).await.status, 202, "{found}");
        for key in [&current, &new] {
            assert_eq!(world.read(key, "acme-member-1").await.status, 401, "{found}");
        }
        let newest = events(&world, &admin, "REVOKE_LEAKED_API_KEY").await[0].clone();
        assert_eq!(
            (&newest["affected"]["id"], &newest["leakedMask"]),
            (&json!(current.id), &json!(leaked.mask()))
        );
    }
}

/// Having a secret is the right to end the key only while the secret could be used.
#[tokio::test]
async fn an_ended_secret_ends_no_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.read(&new, "acme-member-1").await.ok();
    world.end_rotation(&admin, "complete", &new).await.ok();
    let canceled = world.rotate(&admin, &new).await;
    world.end_rotation(&admin, "cancel", &canceled).await.ok();
    for ended in [&old, &canceled] {
        assert_eq!(report_key(&world, ended).await.status, 202);
        world.read(&new, "acme-member-1").await.ok();
    }
    // An old secret that ended with time.
    let newest = world.rotate(&admin, &new).await;
    world.read(&newest, "acme-member-1").await.ok();
    world.advance(Duration::from_hours(25));
    assert_eq!(report_key(&world, &new).await.status, 202);
    world.read(&newest, "acme-member-1").await.ok();
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 0);
}

/// What refuses a key only for a time doesn't protect it from a finder.
#[tokio::test]
async fn held_frozen_and_confined_keys_are_revoked_too() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let held = world.create_key(&admin).await;
    world.hold(&admin, "hold", &held).await.ok();
    let networks = json!({"networks": {"mode": "enforce", "ranges": ["198.51.100.0/24"]}});
    let confined = world.create_key_with(&admin, networks).await;
    let frozen = world.create_key(&admin).await;
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    world.provision(plan("team")).await.expect("changed");
    for key in [&held, &confined, &frozen] {
        assert_eq!(report_key(&world, key).await.status, 202);
    }
    world.provision(plan("enterprise")).await.expect("changed");
    for key in [&held, &confined, &frozen] {
        let details =
            world.call("GET", &format!("/admin/v1/api-keys/{}", key.id), &admin, Value::Null).await.ok();
        assert_eq!(details["revokedByReporter"], "finder", "{details}");
    }
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 3);
}

#[tokio::test]
async fn many_keys_of_several_companies_in_one_report() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let company = json!({
        "operation": "create-company", "companyId": "globex", "name": "Globex", "plan": "enterprise",
        "administrator": {"email": "admin@globex.example", "name": "G", "identity": {"issuer": "i", "subject": "s"}},
    });
    world.provision(company).await.expect("created");
    let mut keys = Vec::new();
    for _ in 0..4 {
        keys.push(world.create_key(&admin).await);
    }
    let one_text = format!("KEY={}\nOTHER={}\n", keys[0].secret, keys[1].secret);
    let mut texts = vec![one_text, keys[2].secret.clone(), keys[2].secret.clone(), made_up().expose().into()];
    texts.resize(20, "text".into());
    let answer = report(&world, json!({"keys": texts})).await;
    assert_eq!((answer.status, answer.json()), (202, json!({"received": 20})));
    for (key, status) in keys.iter().zip([401, 401, 401, 200]) {
        assert_eq!(world.read(key, "acme-member-1").await.status, status);
    }
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 3);
    // Repeating it changes nothing.
    report(&world, json!({"keys": [keys[0].secret, keys[1].secret]})).await;
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 3);
}

#[tokio::test]
async fn wrong_reports_are_named_and_end_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let secret = &key.secret;
    let too_many = (0..=20).map(|_| made_up().expose().to_owned()).collect::<Vec<_>>().join(" ");
    for (body, wrong) in [
        (json!({}), vec!["keys"]),
        (json!({"keys": []}), vec!["keys"]),
        (json!({"keys": secret}), vec!["keys"]),
        (json!({"keys": [secret, 1]}), vec!["keys"]),
        (json!({"keys": vec![secret; 21]}), vec!["keys"]),
        (json!({"keys": [secret, too_many]}), vec!["keys"]),
        (json!({"keys": [secret], "url": 7}), vec!["url"]),
        (json!({"keys": [secret], "url": "a".repeat(2_001)}), vec!["url"]),
        (json!({"keys": [secret], secret: 1}), vec!["(another field)"]),
        (json!([secret]), vec!["body"]),
    ] {
        let answer = report(&world, body.clone()).await;
        assert_eq!(answer.wrong_fields(), wrong, "{body}");
        assert!(!answer.text.contains(secret.as_str()), "{}", answer.text);
    }
    for text in ["", "not JSON", "{\"keys\":"] {
        let request = world.request("POST", REVOKE).header("content-type", "application/json").body(text);
        assert_eq!(world.send(request).await.wrong_fields(), ["body"], "{text}");
    }
    let in_query = format!("{REVOKE}?key={secret}");
    let answer = world.send(world.request("POST", &in_query).json(&json!({"keys": [secret]}))).await;
    assert_eq!(answer.problem(), (400, "misplaced-key".into()));
    let big = |size: usize| json!({"keys": [format!("{}{secret}", " ".repeat(size))]});
    assert_eq!(report(&world, big(1024 * 1024)).await.problem(), (413, "payload-too-large".into()));
    world.read(&key, "acme-member-1").await.ok();
    assert_eq!(report(&world, big(1024 * 1024 - 100)).await.status, 202);
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
}

/// A revocation that somebody else began and lost is completed.
#[tokio::test]
async fn a_finder_completes_what_was_broken_off() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere(|call| if call.commits() { Intervention::Throttle } else { Intervention::Pass });
    assert_eq!(world.revoke(&second, &key).await.status, 503);
    world.dynamodb.let_pass();
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
    assert_eq!(report_key(&world, &key).await.status, 202);
    let listed = world.call("GET", "/admin/v1/api-keys?state=revoked", &admin, Value::Null).await.ok();
    assert_eq!(listed["apiKeys"][0]["revokedByReporter"], "finder");
}

/// The plan of the company doesn't matter, and neither does that of the administrator.
#[tokio::test]
async fn nobody_needs_to_sign_in() {
    let world = World::start().await;
    let admin = world.sign_in(BASIC_ADMIN).await;
    let key = Key { id: String::new(), secret: made_up().expose().into() };
    assert_eq!(report_key(&world, &key).await.status, 202);
    let answer = world.call("POST", REVOKE, &admin, json!({"keys": [key.secret]})).await;
    assert_eq!(answer.status, 202);
}
