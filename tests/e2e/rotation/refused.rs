//! Requests to rotate keys that are refused.

use harness::{ADMIN, BASIC_ADMIN, KEYS, World};
use serde_json::{Value, json};

use super::MEMBER;

#[tokio::test]
async fn wrong_requests_are_named() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let path = |operation: &str| format!("{KEYS}/{}/{operation}", key.id);
    for (path, body, wrong) in [
        (path("rotate"), json!({"overlapSeconds": 604_801}), vec!["overlapSeconds"]),
        (
            path("rotate"),
            json!({"overlapSeconds": null, "expiresAt": 7}),
            vec!["expiresAt", "overlapSeconds"],
        ),
        (path("rotate?x=1"), json!({"name": "x"}), vec!["x", "name"]),
        (path("rotate"), json!([]), vec!["body"]),
        (format!("{KEYS}/nonsense/rotate"), Value::Null, vec!["keyId"]),
        (path("complete-rotation"), json!({"firstFour": "abcd"}), vec!["lastFour"]),
        (path("cancel-rotation"), json!({"lastFour": "abcd"}), vec!["firstFour"]),
        (path("cancel-rotation"), json!({"firstFour": "a", "lastFour": "abcd"}), vec!["firstFour"]),
        (path("cancel-rotation?x=1"), Value::Null, vec!["x"]),
    ] {
        assert_eq!(
            world.call("POST", &path, &admin, body.clone()).await.wrong_fields(),
            wrong,
            "{path} {body}"
        );
    }
    assert_eq!(world.count_events("acme", "ROTATE_API_KEY").await, 0);
}

#[tokio::test]
async fn only_the_companys_own_active_keys_are_rotated() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let new = world.rotate(&admin, &key).await;
    let other = json!({
        "operation": "create-company", "companyId": "globex", "name": "Globex", "plan": "enterprise",
        "administrator": {
            "email": "admin@globex.example", "name": "G",
            "identity": {"issuer": local::issuer::IDENTITY_ISSUER, "subject": "admin@globex.example"},
        },
    });
    world.provision(other).await.expect("a company");
    let stranger = world.sign_in("admin@globex.example").await;
    for operation in ["rotate", "complete-rotation", "cancel-rotation"] {
        let call = async |id: &str, who: &str| {
            world.call("POST", &format!("{KEYS}/{id}/{operation}"), who, Value::Null).await.problem()
        };
        assert_eq!(call(&key.id, &stranger).await, (404, "not-found".into()), "{operation}");
        let unknown = "01KDXJ7Q9W3T5V8YB2C4E6G8HZ";
        assert_eq!(call(unknown, &admin).await, (404, "not-found".into()), "{operation}");
    }
    let basic = world.sign_in(BASIC_ADMIN).await;
    let rotate = world.call("POST", &format!("{KEYS}/{}/rotate", key.id), &basic, Value::Null).await;
    assert_eq!(rotate.problem(), (403, "enterprise-plan-required".into()));
    for key in [&key, &new] {
        world.read(key, MEMBER).await.ok();
    }
    world.revoke(&admin, &key).await.ok();
    for operation in ["rotate", "complete-rotation", "cancel-rotation"] {
        let refused =
            world.call("POST", &format!("{KEYS}/{}/{operation}", key.id), &admin, Value::Null).await;
        assert_eq!(refused.problem(), (409, "key-not-active".into()), "{operation}");
    }
}

/// A repeat of a creation is recognized with its self-rotation, too.
#[tokio::test]
async fn self_rotation_is_part_of_what_an_idempotency_key_stands_for() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let create = async |days: Value| {
        let mut body = json!({"name": "A", "scopes": ["scim"]});
        if !days.is_null() {
            body["selfRotation"] = json!({"lifetimeDays": days});
        }
        let request =
            world.request("POST", KEYS).header("authorization", &admin).header("idempotency-key", "once");
        world.send(request.json(&body)).await
    };
    assert_eq!(create(json!(30)).await.status, 201);
    let repeated = create(json!(30)).await;
    assert_eq!((repeated.status, &repeated.json()["selfRotation"]), (200, &json!({"lifetimeDays": 30})));
    for other in [json!(31), Value::Null] {
        assert_eq!(create(other).await.problem(), (422, "idempotency-key-reused".into()));
    }
    for wrong in [json!(0), json!(367), json!("30")] {
        assert_eq!(create(wrong).await.wrong_fields(), ["selfRotation"]);
    }
}
