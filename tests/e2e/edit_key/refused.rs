use harness::{ADMIN, KEYS, World};
use serde_json::{Value, json};

use super::MEMBER;

#[tokio::test]
async fn wrong_bodies_name_their_fields_and_change_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let before = world.listed(&admin, &key).await;
    let cases = [
        (json!({}), vec!["body"]),
        (json!({"name": ""}), vec!["name"]),
        (json!({"name": null}), vec!["name"]),
        (json!({"note": 7, "extra": 1}), vec!["note", "extra"]),
        (json!({"note": "x".repeat(501)}), vec!["note"]),
        (json!({"expiresAt": "2020-01-01T00:00:00Z"}), vec!["expiresAt"]),
        (json!({"expiresAt": "tomorrow"}), vec!["expiresAt"]),
        (json!({"selfRotation": {"lifetimeDays": 0}}), vec!["selfRotation"]),
        (json!({"scopes": []}), vec!["scopes"]),
        (json!({"scopes": null}), vec!["scopes"]),
        (json!({"scopes": ["everything"]}), vec!["scopes"]),
    ];
    for (body, fields) in cases {
        let refused = world.edit(&admin, &key, body.clone()).await;
        assert_eq!(refused.wrong_fields(), fields, "{body}");
    }
    let query = world.call("PATCH", &format!("{KEYS}/{}?x=1", key.id), &admin, json!({"name": "A"})).await;
    assert_eq!(query.wrong_fields(), ["x"]);
    let key_in_note = world.edit(&admin, &key, json!({"note": domain::key::EXAMPLE})).await;
    assert_eq!(key_in_note.problem(), (400, "misplaced-key".into()));
    for how in ["hold", "release"] {
        let path = format!("{KEYS}/{}/{how}", key.id);
        let refused = world.call("POST", &path, &admin, json!({"x": 1})).await;
        assert_eq!(refused.wrong_fields(), ["x"]);
    }
    assert_eq!(world.listed(&admin, &key).await, before);
    world.read(&key, MEMBER).await.ok();
}

#[tokio::test]
async fn only_active_keys_of_the_own_company_change() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let revoked = world.create_key(&admin).await;
    world.revoke(&admin, &revoked).await.ok();
    let request = json!({
        "operation": "create-company", "companyId": "globex", "name": "Globex", "plan": "enterprise",
        "administrator": {
            "email": "hank@globex.example", "name": "Hank",
            "identity": {"issuer": local::issuer::IDENTITY_ISSUER, "subject": "hank@globex.example"},
        },
    });
    world.provision(request).await.expect("a company");
    let foreign = world.create_key(&world.sign_in("hank@globex.example").await).await;
    let requests = [
        ("PATCH", "", json!({"name": "A"})),
        ("POST", "/hold", Value::Null),
        ("POST", "/release", Value::Null),
    ];
    for (method, more, body) in requests {
        let call =
            async |id: &str| world.call(method, &format!("{KEYS}/{id}{more}"), &admin, body.clone()).await;
        assert_eq!(call(&revoked.id).await.problem(), (409, "key-not-active".into()));
        assert_eq!(call(&foreign.id).await.problem(), (404, "not-found".into()));
        assert_eq!(call("01KDXJ7Q9W3T5V8YB2C4E6G8HZ").await.problem(), (404, "not-found".into()));
        assert_eq!(call("none").await.wrong_fields(), ["keyId"]);
    }
    world.own_key(&foreign).await.ok();
}
