//! 4. Companies are isolated: nothing of another company is read or changed, and the response is the same as for an
//!    unknown object.

use harness::{ADMIN, KEYS, Key, World};
use local::issuer::IDENTITY_ISSUER;
use serde_json::{Value, json};

/// A second Enterprise company, whose accounts have the same identifiers as Acme's if possible.
async fn globex(world: &World) -> String {
    let person = |id: &str, email: &str| json!({"accountId": id, "email": email, "name": "G", "identity": {"issuer": IDENTITY_ISSUER, "subject": email}});
    let request = json!({
        "operation": "create-company", "companyId": "globex", "name": "Globex", "plan": "enterprise",
        "administrator": person("acme-admin", "admin@globex.example"),
    });
    world.provision(request).await.expect("made");
    let member = person("acme-member-1", "member@globex.example");
    world
        .provision(json!({"operation": "add-account", "companyId": "globex", "account": member}))
        .await
        .expect("made");
    world.sign_in("admin@globex.example").await
}

async fn acme_items(world: &World) -> Vec<Value> {
    let mut items = Vec::new();
    for table in ["Companies", "Accounts", "AccountLookups", "ApiKeys", "KeyDigests", "AuditEvents"] {
        let mut found = world.dynamodb.items(table).await;
        found.retain(|item| item["companyId"] == "acme");
        // The key's last use is noted a little later. It doesn't concern the other company.
        found.iter_mut().filter_map(Value::as_object_mut).for_each(|item| {
            item.remove("lastUsedAt");
        });
        found.sort_by_key(Value::to_string);
        items.extend(found);
    }
    items
}

#[tokio::test]
async fn a_key_of_another_company_reaches_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.create_key(&admin).await;
    let other = globex(&world).await;
    let key = world.create_key(&other).await;
    let before = acme_items(&world).await;
    let nothing = world.suspend(&key, "nobody").await.anonymous();
    for account in ["acme-member-2", "member-2%40acme.example", "acme-second-admin", "admin%40acme.example"] {
        assert_eq!(world.suspend(&key, account).await.anonymous(), nothing, "{account}");
        assert_eq!(world.unsuspend(&key, account).await.anonymous(), nothing, "{account}");
        assert_eq!(world.read(&key, account).await.anonymous(), nothing, "{account}");
    }
    // An identifier that both companies have means the account of the key's own company.
    assert_eq!(world.suspend(&key, "acme-member-1").await.ok()["email"], "member@globex.example");
    assert_eq!(acme_items(&world).await, before);
}

/// The same through SCIM, where names, addresses and external IDs identify accounts.
#[tokio::test]
async fn a_directory_of_another_company_reaches_nothing() {
    let world = World::start().await;
    let (admin, other) = (world.sign_in(ADMIN).await, globex(&world).await);
    let ours = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    let key = world.create_key_with(&other, json!({"scopes": ["scim"]})).await;
    let call = async |key: &Key, method: &str, path: &str, body: Value| {
        world.call(method, &format!("/enterprise/v1/scim/Users{path}"), &key.authorization(), body).await
    };
    let link = json!({"Operations": [{"op": "add", "path": "externalId", "value": "00u1"}]});
    call(&ours, "PATCH", "/acme-member-2", link).await.ok();
    let before = acme_items(&world).await;
    for account in ["acme-member-2", "member-2@acme.example", "admin@acme.example"] {
        for (method, body) in [
            ("GET", Value::Null),
            ("PUT", json!({"userName": "x@acme.example"})),
            ("PATCH", json!({"Operations": [{"op": "replace", "path": "active", "value": false}]})),
            ("DELETE", Value::Null),
        ] {
            let nothing = call(&key, method, "/nobody", body.clone()).await.anonymous();
            assert_eq!(nothing.0, 404);
            assert_eq!(
                call(&key, method, &format!("/{account}"), body).await.anonymous(),
                nothing,
                "{account}"
            );
        }
    }
    for filter in
        [r#"userName eq "member-2@acme.example""#, r#"externalId eq "00u1""#, r#"id eq "acme-member-2""#]
    {
        let request = world.request("GET", "/enterprise/v1/scim/Users").query(&[("filter", filter)]);
        let found = world.send(request.header("authorization", key.authorization())).await.ok();
        assert_eq!(found["totalResults"], 0, "{filter}");
    }
    let everybody = call(&key, "GET", "?startIndex=1", Value::Null).await;
    assert_eq!(everybody.ok()["totalResults"], 2);
    assert!(!everybody.text.contains("acme.example"), "{}", everybody.text);
    // A name that one company uses is free in another.
    let user = json!({"userName": "member-2@acme.example", "externalId": "00u1"});
    assert_eq!(call(&key, "POST", "", user).await.status, 201);
    assert_eq!(acme_items(&world).await, before);
}

/// The audit log shows only the caller's company, whatever the request asks for.
#[tokio::test]
async fn the_log_of_another_company_is_not_read() {
    let world = World::start().await;
    let (admin, other) = (world.sign_in(ADMIN).await, globex(&world).await);
    let theirs = world.create_key(&admin).await;
    world.suspend(&theirs, "acme-member-2").await.ok();
    let key = world.create_key_with(&other, json!({"scopes": ["audit-log"]})).await;
    world.advance(std::time::Duration::from_secs(30));
    for query in [
        String::new(),
        format!("?filter%5Binvolving%5D={}", theirs.id),
        "?filter%5Binvolving%5D=acme-member-2".into(),
        "?filter%5Bactor%5D=admin@acme.example".into(),
    ] {
        for (path, authorization) in
            [("/enterprise/v1/audit-log", &key.authorization()), ("/admin/v1/audit-log", &other)]
        {
            let log = world.call("GET", &format!("{path}{query}"), authorization, Value::Null).await;
            let events = log.ok();
            let ours = events["data"].as_array().expect("data").iter();
            assert!(ours.clone().all(|event| event["actor"]["company"] == "globex"), "{query}: {}", log.text);
            assert_eq!(ours.count() > 0, query.is_empty(), "{query}");
        }
    }
}

#[tokio::test]
async fn an_administrator_of_another_company_reaches_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let theirs = world.create_key(&admin).await;
    world.create_key(&admin).await;
    let other = globex(&world).await;
    let before = acme_items(&world).await;

    let unknown = Key { id: "01KDXJ7Q9W3T5V8YB2C4E6G8HZ".into(), secret: theirs.secret.clone() };
    let nothing = world.revoke(&other, &unknown).await.anonymous();
    assert_eq!(world.revoke(&other, &theirs).await.anonymous(), nothing);
    for query in ["", "?state=all", "?owner=me", "?state=revoked"] {
        assert_eq!(
            world.call("GET", &format!("{KEYS}{query}"), &other, Value::Null).await.ok(),
            json!({"apiKeys": []})
        );
    }
    // A page token of one company that another company sends is a position in the other company's own list.
    for state in ["active", "all"] {
        let page =
            world.call("GET", &format!("{KEYS}?limit=1&state={state}"), &admin, Value::Null).await.ok();
        let token = page["nextToken"].as_str().expect("a token").to_owned();
        let answer = world.call("GET", &format!("{KEYS}?nextToken={token}"), &other, Value::Null).await.ok();
        assert_eq!(answer, json!({"apiKeys": []}), "{state}");
    }
    // The same Idempotency-Key is a different one for an administrator of another company with the same account ID.
    let create = |authorization: &str| {
        let request =
            world.request("POST", KEYS).header("authorization", authorization).header("idempotency-key", "k");
        request.json(&json!({"name": "A", "scopes": ["deprovisioning"]}))
    };
    assert_eq!(world.send(create(&other)).await.status, 201);
    assert_eq!(acme_items(&world).await, before);
    assert_eq!(world.send(create(&admin)).await.status, 201);
}
