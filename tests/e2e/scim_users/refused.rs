use serde_json::{Value, json};

use super::{Directory, PATCH_OP, error};

fn invalid(keyword: &str) -> (u16, Option<String>, String) {
    (400, Some(keyword.into()), "invalid-request".into())
}

/// A malformed PATCH is refused, whatever else it contains.
#[tokio::test]
async fn malformed_operations_are_refused() {
    let directory = Directory::start().await;
    for (operation, keyword) in [
        (json!({"op": "move", "path": "active", "value": true}), "invalidSyntax"),
        (json!({"path": "active", "value": true}), "invalidSyntax"),
        (json!("replace"), "invalidSyntax"),
        (json!({"op": "replace", "path": "/active", "value": false}), "invalidPath"),
        (json!({"op": "replace", "path": "emails[type eq", "value": "a@b"}), "invalidPath"),
        (json!({"op": "replace", "path": 7, "value": false}), "invalidPath"),
    ] {
        let suspend = json!({"op": "replace", "path": "active", "value": false});
        let answer = directory.patch("acme-member-1", json!([suspend, operation])).await;
        assert_eq!(error(&answer), invalid(keyword), "{operation}");
    }
    assert_eq!(directory.get("/Users/acme-member-1").await.ok()["active"], true);
}

/// A change that can't be made refuses the complete request, unless the request suspends the user.
#[tokio::test]
async fn operations_that_cannot_be_made_are_refused() {
    let directory = Directory::start().await;
    for (operation, keyword, left_alone) in [
        (json!({"op": "replace", "path": "active", "value": "maybe"}), "invalidValue", ""),
        (json!({"op": "replace", "path": "active", "value": 1}), "invalidValue", ""),
        (json!({"op": "replace", "path": "active"}), "invalidValue", ""),
        (json!({"op": "remove", "path": "active"}), "mutability", ""),
        (json!({"op": "replace", "value": "active"}), "invalidValue", "(another attribute)"),
        (json!({"op": "replace"}), "invalidValue", "(another attribute)"),
        (json!({"op": "remove"}), "noTarget", "(another attribute)"),
        (json!({"op": "remove", "path": "userName"}), "mutability", "userName"),
        (json!({"op": "remove", "path": "emails"}), "mutability", "emails"),
        (
            json!({"op": "replace", "path": "emails[display eq \"x\"].value", "value": "a@b"}),
            "noTarget",
            "emails",
        ),
        (
            json!({"op": "replace", "path": "emails", "value": [{"value": "no address"}]}),
            "invalidValue",
            "emails",
        ),
        (json!({"op": "replace", "path": "emails", "value": [{"value": 7}]}), "invalidValue", "emails"),
        (json!({"op": "replace", "path": "emails.value", "value": "a\u{200B}@b"}), "invalidValue", "emails"),
        (json!({"op": "replace", "path": "userName", "value": ""}), "invalidValue", "userName"),
        (json!({"op": "replace", "path": "userName", "value": "a\u{202E}b"}), "invalidValue", "userName"),
        (json!({"op": "replace", "path": "userName", "value": "a\u{AD}b"}), "invalidValue", "userName"),
        (json!({"op": "replace", "path": "userName", "value": "x".repeat(321)}), "invalidValue", "userName"),
        (
            json!({"op": "replace", "path": "externalId", "value": "x".repeat(513)}),
            "invalidValue",
            "externalId",
        ),
        (
            json!({"op": "replace", "path": "displayName", "value": "x".repeat(257)}),
            "invalidValue",
            "displayName",
        ),
        (json!({"op": "replace", "path": "displayName", "value": "a\nb"}), "invalidValue", "displayName"),
        (json!({"op": "replace", "path": "displayName", "value": ["x"]}), "invalidValue", "displayName"),
        (json!({"op": "replace", "path": "name", "value": "Grace"}), "invalidValue", "name"),
        (
            json!({"op": "replace", "path": "name", "value": {"givenName": 7}}),
            "invalidValue",
            "name.givenName",
        ),
        (
            json!({"op": "replace", "value": {"displayName": "A", "DISPLAYNAME": "B"}}),
            "invalidSyntax",
            "displayName",
        ),
        (json!({"op": "add", "path": "externalId", "value": "taken"}), "uniqueness", "externalId"),
    ] {
        let number = directory.world.dynamodb.items("Accounts").await.len();
        let user = directory.create(json!({"userName": format!("{number}@acme.example")})).await;
        let id = user["id"].as_str().expect("an ID");
        if keyword == "uniqueness" {
            directory.create(json!({"userName": "taken@acme.example", "externalId": "taken"})).await;
        }
        let good = json!({"op": "replace", "path": "name.familyName", "value": "Changed"});
        let refused = directory.patch(id, json!([good, operation])).await;
        assert_eq!(error(&refused).1.as_deref(), Some(keyword), "{operation}");
        assert_eq!(directory.get(&format!("/Users/{id}")).await.ok(), user, "{operation}");

        let suspend = json!({"op": "Replace", "path": "active", "value": "False"});
        let suspended = directory.patch(id, json!([operation, good, suspend])).await.ok();
        assert_eq!(
            (suspended["active"].clone(), suspended["userName"].clone()),
            (json!(false), user["userName"].clone())
        );
        assert_eq!(suspended["name"]["familyName"], "Changed", "{operation}");
        let events = directory.world.events("acme").await;
        let event = events.iter().rev().find(|event| event["action"] == "SUSPEND_ACCOUNT").expect("an event");
        let noted = &event["details"]["leftAlone"];
        let expected = if left_alone.is_empty() { Value::Null } else { json!([left_alone]) };
        assert_eq!((noted, &event["affected"]["id"]), (&expected, &user["id"]), "{operation}");
    }
}

/// Attributes that we don't store, and read-only attributes, are ignored.
#[tokio::test]
async fn operations_on_attributes_that_are_not_stored_are_ignored() {
    let directory = Directory::start().await;
    let before = directory.get("/Users/acme-member-1").await.ok();
    for operation in [
        json!({"op": "replace", "path": "id", "value": "x"}),
        json!({"op": "add", "path": "roles", "value": [{"value": "company_admin"}]}),
        json!({"op": "add", "path": "groups", "value": [{"value": "7"}]}),
        json!({"op": "replace", "path": "meta.created", "value": "x"}),
        json!({"op": "replace", "path": "nickName", "value": "x"}),
        json!({"op": "replace", "path": "actve", "value": false}),
        json!({"op": "replace", "path": "name.nick", "value": "x"}),
        json!({"op": "replace", "path": "emails.domain", "value": "b"}),
        json!({"op": "replace", "path": "emails", "value": []}),
        json!({"op": "replace", "path": "emails", "value": null}),
        json!({"op": "replace", "path": "emails", "value": [{"type": "work", "value": ""}]}),
        json!({"op": "remove", "path": "phoneNumbers[type eq \"work\"]"}),
        json!({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:costGroup", "value": 7}),
        json!({"op": "replace", "path": "urn:x:y:department", "value": "x"}),
        json!({"op": "replace", "value": {"urn:x:y": {"department": "x"}, "a b": 7}}),
    ] {
        assert_eq!(directory.patch("acme-member-1", json!([operation])).await.ok(), before, "{operation}");
    }
    assert_eq!(directory.world.count_events("acme", "UPDATE_ACCOUNT").await, 0);
}

#[tokio::test]
async fn invalid_bodies_are_refused() {
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
    for text in ["", "{", "null", "\u{FEFF}{", "{\"a\": \"\\ud83", &"[".repeat(10_000)] {
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
    let long = json!({"userName": "a@acme.example", "title": "x".repeat(1_100_000)});
    let answer = directory.call("POST", "/Users", long).await;
    assert_eq!(error(&answer), (413, None, "payload-too-large".into()));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
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
    // For an unknown path below the base address, the response says where the users are.
    let users = format!("{}{}", directory.world.stack.url, super::USERS);
    for path in ["", "/", "/v2", "/v2/Users", "/Users/acme-member-1/x", "/Groups", "/x/y/z"] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = directory.call(method, path, Value::Null).await;
            if (path, method) != ("/Users/acme-member-1/x", "POST") {
                assert_eq!(error(&answer).0, 404, "{method} {path}");
            }
            assert!(
                answer.text.contains(&users) || path.starts_with("/Users/"),
                "{method} {path}: {}",
                answer.text
            );
        }
    }
    // An extra `/` is ignored.
    for path in ["//Users//acme-member-1", "/Users//acme-member-1/", "//Users/acme-member-1"] {
        assert_eq!(directory.get(path).await.ok()["id"], "acme-member-1", "{path}");
    }
    assert_eq!(
        directory.get("//Users?COUNT=1&StartIndex=2&Attributes=userName").await.ok()["itemsPerPage"],
        1
    );
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
async fn every_unusable_key_is_refused() {
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
    assert_eq!((missing.status, missing.header("x-amzn-remapped-www-authenticate")), (401, "apikey, Bearer"));
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
    // Its administrators learn of it after the response.
    let misplaced =
        world.send(world.request("GET", &format!("{path}?attributes={}", directory.key.secret))).await;
    assert_eq!(error(&misplaced), (400, None, "misplaced-key".into()));
}

/// A key with the other scope sees only what the other API shows.
#[tokio::test]
async fn a_deprovisioning_key_sees_only_what_its_own_api_shows() {
    let directory = Directory::start().await;
    let user = directory
        .create(json!({
            "userName": "ghopper", "externalId": "00u1", "emails": [{"value": "grace@acme.example"}],
            "name": {"givenName": "Grace", "familyName": "Hopper"},
        }))
        .await;
    let key = directory.world.create_key(&directory.admin).await;
    let body = json!({"Operations": [{"op": "replace", "path": "active", "value": false}]});
    let path = "/enterprise/v1/scim/Users/grace@acme.example";
    let answer = directory.world.call("PATCH", path, &key.authorization(), body).await.ok();
    let mut expected = json!({
        "schemas": user["schemas"], "id": user["id"], "userName": "grace@acme.example", "displayName": "Grace Hopper",
        "emails": user["emails"], "active": false, "roles": user["roles"], "meta": user["meta"],
    });
    let meta = expected["meta"].as_object_mut().expect("an object");
    meta.retain(|name, _| ["resourceType", "location"].contains(&name.as_str()));
    assert_eq!(answer, expected);
}

/// A key with the other scope can do only what the other API does.
#[tokio::test]
async fn a_deprovisioning_key_can_only_patch_active() {
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
        json!([{"op": "replace", "path": "active", "value": true}, {"op": "remove", "path": "externalId"}]),
        json!([{"op": "replace", "value": {"active": true, "userName": "x@acme.example"}}]),
        json!([{"op": "replace", "value": {"active": "maybe", "title": "X"}}]),
        json!([{"op": "replace", "path": "urn:x:title", "value": "X"}]),
    ] {
        let refused = patch(operations.clone()).await;
        assert_eq!(error(&refused), (403, None, "insufficient-scope".into()), "{operations}");
    }
    assert_eq!(directory.get("/Users/acme-member-1").await.ok()["active"], true);
    // With `active: false`, the rest is ignored. The last value counts.
    let mix = json!([
        {"op": "replace", "value": {"active": true, "userName": "x@acme.example", "title": "X"}},
        {"op": "replace", "path": "displayName", "value": "x".repeat(500)},
        {"op": "replace", "path": "active", "value": false},
    ]);
    let before = directory.get("/Users/acme-member-1").await.ok();
    assert_eq!(patch(mix).await.ok()["active"], false);
    let after = directory.get("/Users/acme-member-1").await.ok();
    assert_eq!((&after["userName"], &after["displayName"]), (&before["userName"], &before["displayName"]));
    let events = world.events("acme").await;
    let suspended = events.iter().rev().find(|event| event["action"] == "SUSPEND_ACCOUNT").expect("an event");
    assert_eq!(suspended["details"]["leftAlone"], json!(["title", "userName", "displayName"]));
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
    // The same in the other order.
    assert_eq!(
        world.suspend(&directory.key, "acme-member-1").await.problem(),
        (403, "insufficient-scope".into())
    );
}
