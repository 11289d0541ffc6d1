mod late;
mod recorded;

use std::time::Duration;

use harness::{ADMIN, BASIC_ADMIN, Intervention, KEYS, SECOND_ADMIN, World, eventually};
use serde_json::{Value, json};

use crate::invariants::meanwhile;

#[tokio::test]
async fn revoking_again_returns_the_same_receipt() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    let receipt = world.revoke(&second, &key).await.ok();
    assert_eq!(receipt["keyId"], key.id);
    assert_eq!(receipt["mask"], format!("{}…{}", &key.secret[..4], &key.secret[52..]));
    assert_eq!(receipt["revokedBy"], json!({"accountId": "acme-second-admin", "email": SECOND_ADMIN}));
    world.advance(Duration::from_mins(5));
    assert_eq!(world.revoke(&admin, &key).await.ok(), receipt);
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 1);
    assert_eq!(world.company("acme").await["activeKeys"], json!({}));
}

#[tokio::test]
async fn wrong_characters_revoke_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let path = format!("{KEYS}/{}/revoke", key.id);
    let (first, last) = (&key.secret[..4], &key.secret[52..]);
    for body in
        [json!({"firstFour": "zzzz", "lastFour": last}), json!({"firstFour": first, "lastFour": "zzzz"})]
    {
        assert_eq!(world.call("POST", &path, &admin, body).await.problem(), (409, "key-mismatch".into()));
    }
    world.read(&key, "acme-member-1").await.ok();
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 0);
    assert!(world.dynamodb.items("KeyDigests").await.iter().all(|item| item.get("generation").is_none()));
}

#[tokio::test]
async fn wrong_requests_are_named() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let path = format!("{KEYS}/{}/revoke", key.id);
    for (path, body, wrong) in [
        (path.as_str(), json!({}), vec!["firstFour", "lastFour"]),
        (&path, json!({"firstFour": "abc", "lastFour": 7}), vec!["firstFour", "lastFour"]),
        (&path, json!({"firstFour": "ab_c", "lastFour": "abcd", "reason": "x"}), vec!["firstFour", "reason"]),
        (&format!("{KEYS}/nonsense/revoke"), key.characters(), vec!["keyId"]),
        (
            &format!("{KEYS}/nonsense/revoke?x=1"),
            json!({"firstFour": "abcd"}),
            vec!["x", "lastFour", "keyId"],
        ),
    ] {
        assert_eq!(world.call("POST", path, &admin, body.clone()).await.wrong_fields(), wrong, "{body}");
    }
    let unknown = format!("{KEYS}/01KDXJ7Q9W3T5V8YB2C4E6G8HZ/revoke");
    assert_eq!(
        world.call("POST", &unknown, &admin, key.characters()).await.problem(),
        (404, "not-found".into())
    );
}

#[tokio::test]
async fn revoking_requires_no_plan() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "acme", "plan": plan});
    world.provision(plan("team")).await.expect("changed");
    world.revoke(&admin, &key).await.ok();
    world.provision(plan("enterprise")).await.expect("changed");
    assert_eq!(world.read(&key, "acme-member-1").await.problem(), (401, "unauthenticated".into()));
    let basic = world.sign_in(BASIC_ADMIN).await;
    assert_eq!(world.revoke(&basic, &key).await.problem(), (404, "not-found".into()));
}

/// Conflicts are retried within milliseconds. After the key has begun to end, nothing can block a revocation permanently.
#[tokio::test]
async fn conflicts_do_not_stop_a_revocation() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere_with_first(20, "TransactWriteItems", Intervention::Conflict);
    world.revoke(&admin, &key).await.ok();
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 1);
}

/// The key begins to end before the transaction commits: even if the transaction can't commit, the key is already
/// refused. Administrators see that the revocation didn't end, and repeating it ends it.
#[tokio::test]
async fn a_revocation_that_was_broken_off_refuses_the_key_and_is_shown() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere(|call| if call.commits() { Intervention::Throttle } else { Intervention::Pass });
    assert_eq!(world.revoke(&admin, &key).await.problem(), (503, "unavailable".into()));
    assert_eq!(world.read(&key, "acme-member-1").await.problem(), (401, "unauthenticated".into()));
    world.dynamodb.let_pass();
    let listed = async |state: &str| {
        let path = format!("{KEYS}?state={state}");
        world.call("GET", &path, &admin, Value::Null).await.ok()["apiKeys"][0].clone()
    };
    assert_eq!(listed("active").await["keyId"], key.id);
    assert!(listed("active").await["revocationBeganAt"].is_string());
    world.revoke(&admin, &key).await.ok();
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 1);
    let revoked = listed("revoked").await;
    assert_eq!((&revoked["keyId"], revoked.get("revocationBeganAt")), (&json!(key.id), None));
}

/// An administrator who is demoted between authentication and commit changes nothing: the key keeps working.
#[tokio::test]
async fn a_revocation_without_authority_leaves_the_key_as_it_was() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    let demote = async {
        let request = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
        world.provision(request).await.expect("demoted");
    };
    let answer = meanwhile(&world, "revoke-key", world.revoke(&second, &key), demote).await;
    assert_eq!(answer.problem(), (403, "not-company-administrator".into()));
    world.dynamodb.let_pass();
    world.read(&key, "acme-member-1").await.ok();
    world.suspend(&key, "acme-member-1").await.ok();
    assert_eq!(world.count_events("acme", "REVOKE_API_KEY").await, 0);
    let listed = world.call("GET", KEYS, &admin, Value::Null).await.ok();
    assert_eq!(listed["apiKeys"][0].get("revocationBeganAt"), None);
}

/// One administrator's revocation has an unknown outcome. The key stays refused, whatever the outcome of another one.
#[tokio::test]
async fn an_attempt_does_not_undo_another() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    world.dynamodb.interfere(|call| if call.commits() { Intervention::Throttle } else { Intervention::Pass });
    assert_eq!(world.revoke(&admin, &key).await.status, 503);
    let demote = async {
        let two = |item: &Value| item["ending"].as_array().is_some_and(|attempts| attempts.len() == 2);
        assert!(world.dynamodb.items("KeyDigests").await.iter().any(two));
        let request = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
        world.provision(request).await.expect("demoted");
    };
    let answer = meanwhile(&world, "revoke-key", world.revoke(&second, &key), demote).await;
    assert_eq!(answer.problem(), (403, "not-company-administrator".into()));
    world.dynamodb.let_pass();
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
}

#[tokio::test]
async fn the_use_of_a_revoked_key_is_recorded_once_a_minute() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    // A valid use shortly before, on the same instance, must not hide the use of the revoked key.
    world.read(&key, "acme-member-1").await.ok();
    world.revoke(&admin, &key).await.ok();
    for _ in 0..5 {
        assert_eq!(world.suspend(&key, "acme-member-1").await.problem(), (401, "unauthenticated".into()));
    }
    let recorded = async |count| world.count_events("acme", "USE_REVOKED_API_KEY").await == count;
    eventually("the use is recorded", async || recorded(1).await).await;
    world.advance(Duration::from_secs(61));
    assert_eq!(world.suspend(&key, "acme-member-1").await.status, 401);
    eventually("the use is recorded", async || recorded(2).await).await;
    let events = world.events("acme").await;
    let uses: Vec<&Value> = events.iter().filter(|event| event["action"] == "USE_REVOKED_API_KEY").collect();
    assert_eq!(uses.len(), 2);
    assert_eq!(uses[0]["actor"]["type"], "api_key");
    assert_eq!(uses[0]["actor"]["id"], key.id);
    assert_eq!(uses[0]["ip"], "127.0.0.1");
}
