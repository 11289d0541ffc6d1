use std::time::Duration;

use harness::{ADMIN, KEYS, World};
use serde_json::json;

/// `^[0-9A-Za-z]{22}_cak1_[0-9A-Za-z]{28}$`
fn has_the_format(key: &str) -> bool {
    let alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    key.len() == 56 && &key[22..28] == "_cak1_" && alphanumeric(&key[..22]) && alphanumeric(&key[28..])
}

#[tokio::test]
async fn a_key_is_shown_once_and_listed_by_its_mask() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let body =
        json!({"name": "  Nightly  ", "scopes": ["deprovisioning"], "expiresAt": "2099-01-01T00:00:00Z"});
    let mut body = body;
    body["expiresAt"] = world.clock.now().plus(Duration::from_hours(48)).to_string().into();
    let created = world.call("POST", KEYS, &admin, body.clone()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(created.header("cache-control"), "no-store");
    let key = created.string("key");
    assert!(has_the_format(&key), "{key}");

    let listed = world.call("GET", KEYS, &admin, json!(null)).await.ok();
    let keys = listed["apiKeys"].as_array().expect("a list");
    assert_eq!(keys.len(), 1);
    let mut expected = created.json();
    expected.as_object_mut().expect("an object").remove("key");
    assert_eq!(keys[0], expected);
    assert_eq!(keys[0]["name"], "Nightly");
    assert_eq!(keys[0]["mask"], format!("{}…{}", &key[..4], &key[52..]));
    assert_eq!(keys[0]["scopes"], json!(["deprovisioning"]));
    assert_eq!(keys[0]["createdBy"], json!({"accountId": "acme-admin", "email": ADMIN}));
    assert_eq!(keys[0]["expiresAt"], body["expiresAt"]);
    for absent in ["lastUsedAt", "revokedAt", "revokedBy", "frozen"] {
        assert!(keys[0].get(absent).is_none(), "{absent}");
    }
}

/// By default, `curl -d` sends the content type of a form. API Gateway encodes such a body.
#[tokio::test]
async fn the_content_type_does_not_matter() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let body = json!({"name": "A", "scopes": ["deprovisioning"]}).to_string();
    for content_type in
        ["application/x-www-form-urlencoded", "application/octet-stream", "application/json; charset=utf-8"]
    {
        let request =
            world.request("POST", KEYS).header("authorization", &admin).header("content-type", content_type);
        assert_eq!(world.send(request.body(body.clone())).await.status, 201, "{content_type}");
    }
}

#[tokio::test]
async fn one_transaction_leaves_items_counter_and_event() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let company = world.company("acme").await;
    assert_eq!(company["activeKeys"], json!({&key.id: null}));
    let events = world.events("acme").await;
    let event = events.last().expect("an event");
    assert_eq!(event["action"], "CREATE_API_KEY");
    assert_eq!(
        event["actor"],
        json!({"type": "account", "id": "acme-admin", "email": ADMIN, "name": "Admin"})
    );
    assert_eq!(event["affected"]["id"], key.id);
    assert_eq!(event["ip"], "127.0.0.1");
    let digests = world.dynamodb.items("KeyDigests").await;
    assert!(digests.iter().any(|item| item["keyId"] == key.id && item["companyId"] == "acme"));
}

#[tokio::test]
async fn an_expired_key_is_refused_and_not_listed_as_active() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let expiry = world.clock.now().plus(Duration::from_mins(10)).to_string();
    let key = world.create_key_with(&admin, json!({"expiresAt": expiry})).await;
    assert_eq!(world.read(&key, "acme-member-1").await.status, 200);
    world.advance(Duration::from_mins(10));
    assert_eq!(world.read(&key, "acme-member-1").await.problem(), (401, "unauthenticated".into()));
    let list = async |state: &str| {
        let answer = world.call("GET", &format!("{KEYS}?state={state}"), &admin, json!(null)).await.ok();
        answer["apiKeys"].as_array().expect("a list").len()
    };
    assert_eq!((list("active").await, list("expired").await, list("all").await), (0, 1, 1));
}
