use domain::key::{ApiKey, Digest};
use harness::{ADMIN, Answer, BASIC_ADMIN, Key, World};
use serde_json::{Value, json};
use store::random;

use super::events;
use crate::invariants::meanwhile;

/// Reports these texts as GitHub does, each with the address at which it was found.
async fn report(world: &World, matches: Value) -> Answer {
    world.send(world.request("POST", "/local/github/report").json(&matches)).await
}

fn found(key: &Key, url: &str) -> Value {
    json!({"token": key.secret, "type": "company_api_key", "url": url, "source": "content"})
}

fn feedback(token: &str, label: &str) -> Value {
    json!({"token_hash": Digest::of(token.as_bytes()).to_hex(), "token_type": "company_api_key", "label": label})
}

const FILE: &str = "https://github.com/acme/scripts/blob/main/leave.sh";

#[tokio::test]
async fn what_github_finds_is_revoked_and_github_learns_what_is_real() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, gone) = (world.create_key(&admin).await, world.create_key(&admin).await);
    world.revoke(&admin, &gone).await.ok();
    let made_up = random::api_key().expose().to_owned();
    let other = |token: &str| json!({"token": token, "type": "company_api_key", "url": "", "source": "npm"});
    let matches = json!([
        found(&key, &format!("{FILE}?a=b#L1")),
        other(&made_up),
        found(&gone, FILE),
        other("text"),
        found(&key, "https://gist.github.com/1"),
    ]);
    let answer = report(&world, matches.clone()).await;
    let labels = json!([
        feedback(&key.secret, "true_positive"),
        feedback(&made_up, "false_positive"),
        feedback(&gone.secret, "true_positive"),
        feedback("text", "false_positive"),
        feedback(&key.secret, "true_positive"),
    ]);
    assert_eq!(answer.ok(), labels);
    assert!(!answer.text.contains(&key.secret));
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
    let recorded = events(&world, &admin, "REVOKE_LEAKED_API_KEY").await;
    let [event] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!(event["actor"], json!({"email": null, "name": "GitHub", "company": "acme", "type": "GITHUB"}));
    assert_eq!((&event["affected"]["id"], event.get("ip")), (&json!(key.id), None));
    assert_eq!(event["foundAt"], json!([FILE, "https://gist.github.com/1"]));
    let listed = world.call("GET", "/admin/v1/api-keys?state=revoked", &admin, Value::Null).await.ok();
    let listed = listed["apiKeys"].as_array().expect("keys").iter().find(|listed| listed["keyId"] == key.id);
    assert_eq!(listed.expect("the key")["revokedByReporter"], "github");
    // A replay gets the same response and changes nothing.
    assert_eq!(report(&world, matches).await.ok(), labels);
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 1);
    let by_github =
        world.call("GET", "/admin/v1/audit-log?filter[actor]=github", &admin, Value::Null).await.ok();
    assert_eq!(by_github["data"].as_array().map(Vec::len), Some(1));
}

/// A company can decide that it ends its keys itself.
#[tokio::test]
async fn a_policy_can_demand_that_administrators_are_only_told() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"leakedKeys": "alert"})).await.ok();
    let key = world.create_key(&admin).await;
    let matches = json!([found(&key, FILE)]);
    for _ in 0..3 {
        let labels = report(&world, matches.clone()).await.ok();
        assert_eq!(labels, json!([feedback(&key.secret, "true_positive")]));
    }
    world.read(&key, "acme-member-1").await.ok();
    let recorded = events(&world, &admin, "REPORT_LEAKED_API_KEY").await;
    let [event] = recorded.as_slice() else { panic!("{recorded:?}") };
    assert_eq!((&event["foundAt"], &event["leakedMask"]), (&json!([FILE]), &json!(key.mask())));
    assert_eq!((&event["actor"]["type"], &event["affected"]["id"]), (&json!("GITHUB"), &json!(key.id)));
    assert!(world.listed(&admin, &key).await["leakReportedAt"].is_string());
    // Another place is another report. At most 20 are recorded.
    for n in 0..25 {
        report(&world, json!([found(&key, &format!("{FILE}/{n}"))])).await.ok();
    }
    assert_eq!(world.count_events("acme", "REPORT_LEAKED_API_KEY").await, 20);
    // With its new secret in place and the leaked one ended, the key isn't leaked any more.
    let new = world.rotate(&admin, &key).await;
    world.read(&new, "acme-member-1").await.ok();
    assert!(world.listed(&admin, &key).await["leakReportedAt"].is_string());
    world.end_rotation(&admin, "complete", &new).await.ok();
    assert_eq!(world.listed(&admin, &key).await.get("leakReportedAt"), None);
    // The ended secret is reported once more, which says nothing. The new one begins anew.
    report(&world, matches).await.ok();
    assert_eq!(world.count_events("acme", "REPORT_LEAKED_API_KEY").await, 20);
    report(&world, json!([found(&new, FILE)])).await.ok();
    assert_eq!(world.count_events("acme", "REPORT_LEAKED_API_KEY").await, 21);
    assert!(world.listed(&admin, &key).await["leakReportedAt"].is_string());
    assert_eq!(super::report_key(&world, &new).await.status, 202);
    assert_eq!(world.read(&new, "acme-member-1").await.status, 401);
    assert_eq!(world.count_events("acme", "REVOKE_LEAKED_API_KEY").await, 1);
}

/// Each company has its own policy, and one report may be about keys of several.
#[tokio::test]
async fn each_key_follows_the_policy_of_its_company() {
    let world = World::start().await;
    let (admin, basic) = (world.sign_in(ADMIN).await, world.sign_in(BASIC_ADMIN).await);
    let enterprise = json!({"operation": "change-plan", "companyId": "basic", "plan": "enterprise"});
    world.provision(enterprise).await.expect("changed");
    world.set_policy(&admin, json!({"leakedKeys": "alert"})).await.ok();
    let (alerted, revoked) = (world.create_key(&admin).await, world.create_key(&basic).await);
    report(&world, json!([found(&alerted, FILE), found(&revoked, FILE)])).await.ok();
    assert_eq!(world.own_key(&alerted).await.status, 200);
    assert_eq!(world.own_key(&revoked).await.status, 401);
    assert_eq!(world.count_events("acme", "REPORT_LEAKED_API_KEY").await, 1);
    assert_eq!(world.count_events("basic", "REVOKE_LEAKED_API_KEY").await, 1);
}

#[tokio::test]
async fn unsigned_and_altered_reports_do_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let body = json!([found(&key, FILE)]);
    let answer = world.send(world.request("POST", "/leaks/v1/github").json(&body)).await;
    assert_eq!(answer.problem(), (403, "signature-refused".into()));
    let headers = [("Github-Public-Key-Identifier", "a"), ("Github-Public-Key-Signature", "MEUCIQ==")];
    let request =
        headers.into_iter().fold(world.request("POST", "/leaks/v1/github"), |r, (n, v)| r.header(n, v));
    assert_eq!(world.send(request.json(&body)).await.problem(), (403, "signature-refused".into()));
    world.read(&key, "acme-member-1").await.ok();
    // What GitHub signs must still be a report.
    for wrong in [json!({}), json!([1]), json!([{"type": "t"}]), json!("text")] {
        assert_eq!(report(&world, wrong.clone()).await.wrong_fields(), ["body"], "{wrong}");
    }
    assert_eq!(report(&world, json!([])).await.ok(), json!([]));
    let in_query = format!("/leaks/v1/github?key={}", key.secret);
    let answer = world.send(world.request("POST", &in_query).json(&json!([]))).await;
    assert_eq!(answer.problem(), (400, "misplaced-key".into()));
}

/// A report may have many matches. Each different key is read once.
#[tokio::test]
async fn many_matches_at_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let mut matches: Vec<_> = (0..2_500)
        .map(|_| json!({"token": random::api_key().expose(), "type": "company_api_key", "url": FILE}))
        .collect();
    matches.push(found(&key, FILE));
    matches.push(found(&key, FILE));
    let _ = world.dynamodb.take_calls();
    let labels = report(&world, json!(matches)).await.ok();
    let real = labels.as_array().expect("labels").iter().filter(|label| label["label"] == "true_positive");
    assert_eq!((labels.as_array().map(Vec::len), real.count()), (Some(2_502), 2));
    let reads = world.dynamodb.take_calls().into_iter().filter(|call| call.action == "BatchGetItem").count();
    assert_eq!(reads, 26);
    assert_eq!(world.read(&key, "acme-member-1").await.status, 401);
}

/// While two secrets work, a report about one doesn't hide one about the other.
#[tokio::test]
async fn a_key_is_leaked_until_no_reported_secret_works() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"leakedKeys": "alert"})).await.ok();
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.read(&new, "acme-member-1").await.ok();
    report(&world, json!([found(&new, FILE), found(&old, FILE)])).await.ok();
    assert_eq!(world.count_events("acme", "REPORT_LEAKED_API_KEY").await, 2);
    world.end_rotation(&admin, "complete", &new).await.ok();
    assert!(world.listed(&admin, &new).await["leakReportedAt"].is_string());
}

/// A secret that ends while its report is carried out isn't recorded.
#[tokio::test]
async fn a_secret_that_ends_meanwhile_says_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"leakedKeys": "alert"})).await.ok();
    let old = world.create_key(&admin).await;
    let new = world.rotate(&admin, &old).await;
    world.read(&new, "acme-member-1").await.ok();
    let complete = async {
        world.end_rotation(&admin, "complete", &new).await.ok();
    };
    let reported = report(&world, json!([found(&old, FILE)]));
    let answer = meanwhile(&world, "leaked-keys", reported, complete).await;
    assert_eq!(answer.ok(), json!([feedback(&old.secret, "true_positive")]));
    world.read(&new, "acme-member-1").await.ok();
    assert_eq!(world.listed(&admin, &new).await.get("leakReportedAt"), None);
    assert_eq!(world.count_events("acme", "REPORT_LEAKED_API_KEY").await, 0);
}

/// A key that can't be read doesn't protect the others.
#[tokio::test]
async fn one_broken_item_stops_no_report() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (broken, orphan, whole) =
        (world.create_key(&admin).await, world.create_key(&admin).await, world.create_key(&admin).await);
    let digest = |key: &Key| json!({"S": ApiKey::parse(&key.secret).expect("a key").digest().to_hex()});
    let request = json!({
        "TableName": "KeyDigests", "Key": {"digest": digest(&broken)}, "UpdateExpression": "REMOVE keyId",
    });
    world.dynamodb.ask("UpdateItem", &request).await;
    let request =
        json!({"TableName": "ApiKeys", "Key": {"companyId": {"S": "acme"}, "keyId": {"S": orphan.id}}});
    world.dynamodb.ask("DeleteItem", &request).await;
    let keys = json!({"keys": [broken.secret, orphan.secret, whole.secret]});
    assert_eq!(super::report(&world, keys).await.status, 202);
    assert_eq!(world.own_key(&whole).await.status, 401);
}
