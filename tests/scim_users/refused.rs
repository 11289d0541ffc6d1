use serde_json::{Value, json};

use super::{Directory, PATCH_OP, error};

fn invalid(keyword: &str) -> (u16, Option<String>, String) {
    (400, Some(keyword.into()), "invalid-request".into())
}

#[tokio::test]
async fn operations_that_are_wrong() {
    let directory = Directory::start().await;
    for (operation, keyword) in [
        (json!({"op": "move", "path": "active", "value": true}), "invalidSyntax"),
        (json!({"path": "active", "value": true}), "invalidSyntax"),
        (json!("replace"), "invalidSyntax"),
        (json!({"op": "replace", "path": "active", "value": "maybe"}), "invalidValue"),
        (json!({"op": "replace", "path": "active", "value": 1}), "invalidValue"),
        (json!({"op": "replace", "path": "active"}), "invalidValue"),
        (json!({"op": "replace", "value": "active"}), "invalidValue"),
        (json!({"op": "replace"}), "invalidValue"),
        (json!({"op": "remove"}), "noTarget"),
        (json!({"op": "remove", "path": "active"}), "mutability"),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (json!({"op": "remove", "path": "emails"}), "mutability"),
        (json!({"op": "replace", "path": "emails", "value": []}), "mutability"),
        (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
        (json!({"op": "add", "path": "roles", "value": [{"value": "company_admin"}]}), "mutability"),
        (json!({"op": "replace", "path": "meta.created", "value": "x"}), "mutability"),
        (json!({"op": "replace", "path": "actve", "value": false}), "invalidPath"),
        (json!({"op": "replace", "path": "name.nick", "value": "x"}), "invalidPath"),
        (json!({"op": "replace", "path": "active[value eq true]", "value": false}), "invalidPath"),
        (json!({"op": "replace", "path": "emails[display eq \"x\"].value", "value": "a@b"}), "invalidPath"),
        (json!({"op": "replace", "path": "emails.domain", "value": "b"}), "invalidPath"),
        (json!({"op": "replace", "path": "", "value": false}), "invalidPath"),
        (json!({"op": "replace", "path": "/active", "value": false}), "invalidPath"),
        (json!({"op": "replace", "path": 7, "value": false}), "invalidPath"),
        (json!({"op": "replace", "path": "userName", "value": ""}), "invalidValue"),
        (json!({"op": "replace", "path": "userName", "value": "a\u{202E}b"}), "invalidValue"),
        (json!({"op": "replace", "path": "userName", "value": "x".repeat(321)}), "invalidValue"),
        (json!({"op": "replace", "path": "externalId", "value": "x".repeat(513)}), "invalidValue"),
        (json!({"op": "replace", "path": "displayName", "value": "x".repeat(101)}), "invalidValue"),
        (json!({"op": "replace", "path": "displayName", "value": ["x"]}), "invalidValue"),
        (json!({"op": "replace", "path": "name", "value": "Grace"}), "invalidValue"),
        (json!({"op": "replace", "path": "emails", "value": [{"value": "no address"}]}), "invalidValue"),
        (json!({"op": "replace", "value": {"active": true, "ACTIVE": false}}), "invalidSyntax"),
    ] {
        let good = json!({"op": "replace", "path": "displayName", "value": "Changed"});
        let answer = directory.patch("acme-member-1", json!([good, operation])).await;
        assert_eq!(error(&answer), invalid(keyword), "{operation}");
    }
    // Nothing of a request with a wrong part was done.
    assert_eq!(directory.get("/Users/acme-member-1").await.ok()["displayName"], "Member 1");
}

#[tokio::test]
async fn bodies_that_are_wrong() {
    let directory = Directory::start().await;
    for body in [
        json!([]),
        json!("x"),
        json!({}),
        json!({"Operations": []}),
        json!({"Operations": {"op": "replace"}}),
    ] {
        let answer = directory.call("PATCH", "/Users/acme-member-1", body.clone()).await;
        assert_eq!(error(&answer), invalid("invalidSyntax"), "{body}");
    }
    for user in [
        json!({}),
        json!({"userName": null}),
        json!({"userName": 7}),
        json!({"userName": "no-address"}),
        json!({"userName": "no-address", "emails": []}),
        json!({"userName": "a@acme.example", "active": "maybe"}),
        json!({"userName": "a@acme.example", "name": "Grace"}),
        json!({"userName": "a@acme.example", "emails": [{"value": 7}]}),
    ] {
        let answer = directory.call("POST", "/Users", user.clone()).await;
        assert_eq!(error(&answer), invalid("invalidValue"), "{user}");
    }
    for text in ["", "{", "null", "{\"a\": 1, \"a\": 2}", "\u{FEFF}{}", &"[".repeat(10_000)] {
        for (method, path) in [
            ("POST", "Users"),
            ("PUT", "Users/acme-member-1"),
            ("PATCH", "Users/acme-member-1"),
            ("POST", ".search"),
        ] {
            let request = directory.world.request(method, &format!("/enterprise/v1/scim/{path}"));
            let request = request.header("authorization", directory.key.authorization());
            let answer = directory
                .world
                .send(request.header("content-type", "application/scim+json").body(text.to_owned()))
                .await;
            assert_eq!(error(&answer).0, 400, "{method} {path} {text}");
        }
    }
    let long = json!({"userName": "a@acme.example", "title": "x".repeat(40_000)});
    let answer = directory.call("POST", "/Users", long).await;
    assert_eq!(error(&answer), (413, None, "payload-too-large".into()));
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let directory = Directory::start().await;
    for path in [
        "/Groups",
        "/Me",
        "/users",
        "/Bulk",
        "/Users/acme-member-1/x",
        "/Schemas/urn:x",
        "/Users/nobody",
        "/Users/a%20b",
        "/Users/x@y",
    ] {
        let answer = directory.get(path).await;
        assert_eq!(error(&answer), (404, None, "not-found".into()), "{path}");
    }
    for (method, path, allow) in [
        ("DELETE", "/Users", "GET, POST"),
        ("PUT", "/Users", "GET, POST"),
        ("POST", "/Users/acme-member-1", "GET, PUT, PATCH, DELETE"),
        ("GET", "/.search", "POST"),
        ("POST", "/ServiceProviderConfig", "GET"),
        ("DELETE", "/Schemas", "GET"),
        ("PATCH", "/ResourceTypes/User", "GET"),
    ] {
        let answer = directory.call(method, path, Value::Null).await;
        assert_eq!(error(&answer), (405, None, "method-not-allowed".into()), "{method} {path}");
        assert_eq!(answer.header("allow"), allow);
    }
}

#[tokio::test]
async fn keys_that_are_not_accepted() {
    let directory = Directory::start().await;
    let world = &directory.world;
    let gone = world.create_key_with(&directory.admin, json!({"scopes": ["scim"]})).await;
    world.revoke(&directory.admin, &gone).await.ok();
    let path = "/enterprise/v1/scim/Users/acme-member-1";
    let revoked = world.call("GET", path, &gone.authorization(), Value::Null).await;
    assert_eq!(error(&revoked), (401, None, "unauthenticated".into()));
    for authorization in ["apikey x", "Bearer not-a-key", "Basic YTpi", directory.admin.as_str(), "non-token"]
    {
        let answer = world.call("GET", path, authorization, Value::Null).await;
        assert_eq!(answer.anonymous(), revoked.anonymous(), "{authorization}");
    }
    let missing = world.send(world.request("GET", path)).await;
    assert_eq!((missing.status, missing.header("www-authenticate")), (401, "apikey, Bearer"));
    let misplaced =
        world.send(world.request("GET", &format!("{path}?attributes={}", directory.key.secret))).await;
    assert_eq!(error(&misplaced), (400, None, "misplaced-key".into()));
    for document in [
        "ServiceProviderConfig",
        "ResourceTypes",
        "ResourceTypes/User",
        "Schemas",
        "Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    ] {
        let _ = world.dynamodb.take_calls();
        let answer = world.send(world.request("GET", &format!("/enterprise/v1/scim/{document}"))).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/scim+json"));
        assert!(!answer.text.contains("null"), "{}", answer.text);
        assert_eq!(world.dynamodb.take_calls(), []);
    }
}

/// A key with the other scope does what the other API does, and nothing else.
#[tokio::test]
async fn a_deprovisioning_key_patches_active_and_nothing_else() {
    let directory = Directory::start().await;
    let world = &directory.world;
    let key = world.create_key(&directory.admin).await;
    let patch = async |operations: Value| {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        world
            .call("PATCH", "/enterprise/v1/scim/Users/member-1@acme.example", &key.authorization(), body)
            .await
    };
    assert_eq!(
        patch(json!([{"op": "replace", "path": "active", "value": "false"}])).await.ok()["active"],
        false
    );
    assert_eq!(patch(json!([{"op": "replace", "value": {"active": true}}])).await.ok()["active"], true);
    for operations in [
        json!([{"op": "replace", "path": "displayName", "value": "X"}]),
        json!([{"op": "replace", "path": "active", "value": false}, {"op": "remove", "path": "externalId"}]),
        json!([{"op": "replace", "value": {"active": false, "userName": "x@acme.example"}}]),
        json!([{"op": "replace", "value": {"active": false, "title": "X"}}]),
        json!([{"op": "replace", "path": "urn:x:title", "value": "X"}]),
    ] {
        let refused = patch(operations.clone()).await;
        assert_eq!(error(&refused), (403, None, "insufficient-scope".into()), "{operations}");
    }
    assert_eq!(directory.get("/Users/acme-member-1").await.ok()["active"], true);
    for (method, path) in [
        ("GET", "/Users"),
        ("GET", "/Users/acme-member-1"),
        ("POST", "/Users"),
        ("PUT", "/Users/acme-member-1"),
        ("DELETE", "/Users/acme-member-1"),
        ("POST", "/.search"),
    ] {
        let answer =
            world.call(method, &format!("/enterprise/v1/scim{path}"), &key.authorization(), json!({})).await;
        assert_eq!(error(&answer), (403, None, "insufficient-scope".into()), "{method} {path}");
    }
    // And the other way round.
    assert_eq!(
        world.suspend(&directory.key, "acme-member-1").await.problem(),
        (403, "insufficient-scope".into())
    );
}
