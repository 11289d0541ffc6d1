//! Invariant 9: a well-formed PATCH or PUT with `active: false` suspends the user, whatever else it contains.

use serde_json::{Value, json};

use super::{Directory, error};

fn cases() -> Value {
    serde_json::from_str(include_str!("cases.json")).expect("JSON")
}

/// The case with the values in braces filled in.
fn filled(case: &Value, email: &str) -> Value {
    let text = case.to_string().replace("{email}", email).replace("{150 letters}", &"x".repeat(150));
    serde_json::from_str(&text).expect("JSON")
}

async fn add(directory: &Directory, number: usize, role: &str) -> (String, String) {
    let (id, email) = (format!("leaver-{number}"), format!("leaver-{number}@acme.example"));
    let account = json!({"accountId": id, "email": email, "name": "Ada Lovelace", "role": role});
    let add = json!({"operation": "add-account", "companyId": "acme", "account": account});
    directory.world.provision(add).await.expect("added");
    (id, email)
}

/// Sends the request of a case, which changes a user.
async fn send(directory: &Directory, case: &Value, id: &str) -> harness::Answer {
    if case["user"].is_object() {
        return directory.call("PUT", &format!("/Users/{id}"), case["user"].clone()).await;
    }
    directory.patch(id, case["operations"].clone()).await
}

#[tokio::test]
async fn requests_of_directories_for_leavers_suspend() {
    let directory = Directory::start().await;
    for (number, case) in cases()["mustSuspend"].as_array().expect("cases").iter().enumerate() {
        let role = if case["administrator"] == true { "company_admin" } else { "member" };
        let (id, email) = add(&directory, number, role).await;
        let case = filled(case, &email);
        let user = send(&directory, &case, &id).await.ok();
        assert_eq!(user["active"], false, "{case}");
        let read = directory.get(&format!("/Users/{id}")).await.ok();
        assert_eq!((&read, &read["roles"][0]["value"]), (&user, &json!(role)), "{case}");
        // The same request doesn't re-identify anybody.
        if role == "company_admin" || !case.to_string().contains("0011223344") {
            assert_eq!(user["emails"][0]["value"], email, "{case}");
        }
        let suspensions = directory.world.events("acme").await;
        let theirs = |event: &&Value| event["affected"]["id"] == id && event["action"] == "SUSPEND_ACCOUNT";
        assert_eq!(suspensions.iter().filter(theirs).count(), 1, "{case}");
    }
}

#[tokio::test]
async fn a_private_address_replaces_nothing() {
    let directory = Directory::start().await;
    for (number, case) in cases()["addressMustStay"].as_array().expect("cases").iter().enumerate() {
        let (id, email) = add(&directory, number, "member").await;
        let user = send(&directory, &filled(case, &email), &id).await.ok();
        assert_eq!(user["emails"], json!([{"value": email, "type": "work", "primary": true}]), "{case}");
    }
}

#[tokio::test]
async fn users_are_created_as_directories_write_them() {
    let directory = Directory::start().await;
    for case in cases()["mustBeCreated"].as_array().expect("cases") {
        let user = directory.create(case["user"].clone()).await;
        if case["email"].is_string() {
            assert_eq!(user["emails"][0]["value"], case["email"], "{case}");
        }
    }
}

/// Of several addresses one is stored: the primary one, otherwise the work address, and the first one only if the
/// account has none.
#[tokio::test]
async fn the_primary_or_work_address_is_stored() {
    let directory = Directory::start().await;
    let home = json!({"type": "home", "value": "home@x.example"});
    let work = json!({"Type": "Work", "VALUE": "work@x.example", "primary": false});
    let primary = json!({"type": "home", "value": "primary@x.example", "Primary": "True"});
    let untyped = json!({"value": "untyped@x.example"});
    let stays = "";
    for (op, path, value, expected) in [
        ("add", "emails", json!([home, work]), stays),
        ("add", "emails", json!([home, primary]), "primary@x.example"),
        ("add", "emails", json!([untyped]), stays),
        ("add", "emails[type eq \"work\"].value", json!("added@x.example"), "added@x.example"),
        ("replace", "emails", json!([home, work, primary]), "primary@x.example"),
        ("replace", "emails", json!([home, untyped, work]), "work@x.example"),
        ("replace", "emails", json!([home]), stays),
        ("replace", "emails", json!([{"type": "work", "value": null}, home]), stays),
        ("replace", "emails", json!([untyped]), "untyped@x.example"),
        ("replace", "emails[type eq \"home\"].value", json!("x@x.example"), stays),
        ("replace", "emails[primary eq true].value", json!("p@x.example"), "p@x.example"),
        ("replace", "emails", json!("plain@x.example"), "plain@x.example"),
    ] {
        let number = directory.world.dynamodb.items("Accounts").await.len();
        let (id, email) = add(&directory, number, "member").await;
        let operation = json!({"op": op, "path": path, "value": value});
        let user = directory.patch(&id, json!([operation])).await.ok();
        let expected = if expected == stays { &email } else { expected };
        assert_eq!(user["emails"][0]["value"], *expected, "{operation}");
        directory.call("DELETE", &format!("/Users/{id}"), Value::Null).await;
    }
    let first = directory.create(json!({"userName": "first", "emails": [home]})).await;
    assert_eq!(first["emails"][0]["value"], "home@x.example");
}

/// Old clients of Entra ID put single values into lists.
#[tokio::test]
async fn single_values_in_lists_are_read() {
    let directory = Directory::start().await;
    let operations = json!([
        {"op": "Replace", "path": "displayName", "value": [{"$ref": null, "value": "Grace"}]},
        {"op": "Add", "path": "name.familyName", "value": [{"value": "Hopper"}]},
        {"op": "Replace", "path": "userName", "value": [{"Value": "grace@acme.example"}]},
        {"op": "Add", "path": "active", "value": [{"value": "False"}]},
    ]);
    let user = directory.patch("acme-member-1", operations).await.ok();
    assert_eq!((&user["displayName"], &user["name"]["familyName"]), (&json!("Grace"), &json!("Hopper")));
    assert_eq!((&user["userName"], &user["active"]), (&json!("grace@acme.example"), &json!(false)));
}

/// The members of one object have no order. Elsewhere the last value counts.
#[tokio::test]
async fn false_counts_if_active_occurs_more_than_once() {
    let directory = Directory::start().await;
    let urn = "urn:ietf:params:scim:schemas:core:2.0:User";
    for value in [
        json!({"active": true, "ACTIVE": false}),
        json!({"active": false, "ACTIVE": true}),
        json!({"active": false, urn: {"active": true}}),
        json!({"active": true, urn: {"active": false}}),
        json!({"active": true, format!("{urn}:active"): "False"}),
    ] {
        let user = directory.patch("acme-member-1", json!([{"op": "replace", "value": value}])).await.ok();
        assert_eq!(user["active"], false, "{value}");
        let both =
            json!([{"op": "replace", "value": value}, {"op": "replace", "path": "active", "value": true}]);
        if value.get("ACTIVE").is_none() {
            assert_eq!(directory.patch("acme-member-1", both).await.ok()["active"], true);
        } else {
            assert_eq!(error(&directory.patch("acme-member-1", both).await).0, 400);
        }
        directory
            .patch("acme-member-1", json!([{"op": "replace", "path": "active", "value": true}]))
            .await
            .ok();
    }
}

/// An administrator's names appear in the audit log, so no key changes them.
#[tokio::test]
async fn a_key_cannot_change_an_administrators_names() {
    let directory = Directory::start().await;
    let before = directory.get("/Users/acme-admin").await.ok();
    for operations in [
        json!([{"op": "replace", "path": "displayName", "value": "Thief"}]),
        json!([{"op": "remove", "path": "displayName"}]),
        json!([{"op": "replace", "path": "name", "value": {"givenName": "T", "familyName": "Hief"}}]),
    ] {
        assert_eq!(directory.patch("acme-admin", operations).await.ok(), before);
    }
    assert_eq!(directory.world.count_events("acme", "UPDATE_ACCOUNT").await, 0);
    // If the request also contains permitted changes, the name is ignored and recorded.
    let link = json!([
        {"op": "add", "path": "externalId", "value": "7"},
        {"op": "replace", "path": "displayName", "value": "Thief"},
    ]);
    let linked = directory.patch("acme-admin", link).await.ok();
    assert_eq!((&linked["externalId"], &linked["displayName"]), (&json!("7"), &before["displayName"]));
    let events = directory.world.events("acme").await;
    let details = &events.last().expect("an event")["details"];
    assert_eq!(*details, json!({"changed": ["externalId"], "leftAlone": ["displayName"]}));
}

/// If one name is free and another is taken, the account gets the free one.
#[tokio::test]
async fn only_the_taken_name_is_ignored() {
    let directory = Directory::start().await;
    let work = "emails[type eq \"work\"].value";
    let operations = json!([
        {"op": "Replace", "path": "userName", "value": "free@acme.example"},
        {"op": "Replace", "path": work, "value": "MEMBER-2@acme.example"},
        {"op": "Replace", "path": "active", "value": "False"},
    ]);
    let user = directory.patch("acme-member-1", operations).await.ok();
    assert_eq!((&user["userName"], &user["active"]), (&json!("free@acme.example"), &json!(false)));
    let events = directory.world.events("acme").await;
    let updated = events.iter().find(|event| event["action"] == "UPDATE_ACCOUNT").expect("an event");
    let details = &updated["details"];
    assert_eq!(details["leftAlone"], json!(["emails"]));
    assert_eq!(details["emailBefore"], "member-1@acme.example");
}

/// The last active administrator is the only user who can't be suspended.
#[tokio::test]
async fn the_last_administrator_cannot_be_suspended() {
    let directory = Directory::start().await;
    let suspend = |more: Value| json!([more, {"op": "Replace", "path": "active", "value": "False"}]);
    let title = json!({"op": "add", "path": "title", "value": "x"});
    directory.patch("acme-second-admin", suspend(title)).await.ok();
    let taken = json!({"op": "replace", "path": "userName", "value": "member-1@acme.example"});
    let refused = directory.patch("acme-admin", suspend(taken)).await;
    assert_eq!(error(&refused), (409, None, "last-administrator".into()));
}

/// A replacement with `active: false` needs nothing else.
#[tokio::test]
async fn a_replacement_without_a_user_name_suspends() {
    let directory = Directory::start().await;
    let user = directory.call("PUT", "/Users/acme-member-1", json!({"active": false})).await.ok();
    assert_eq!((&user["active"], &user["userName"]), (&json!(false), &json!("member-1@acme.example")));
    let refused = directory.call("PUT", "/Users/acme-member-1", json!({"active": true})).await;
    assert_eq!(error(&refused).0, 400);
}

/// Pictures and entitlements can make a user large.
#[tokio::test]
async fn a_large_user_is_suspended() {
    let directory = Directory::start().await;
    let photo = json!([{"value": format!("data:image/png;base64,{}", "A".repeat(900_000))}]);
    let user = json!({"userName": "member-1@acme.example", "photos": photo, "active": false});
    assert_eq!(directory.call("PUT", "/Users/acme-member-1", user).await.ok()["active"], false);
    let user = json!({"userName": "x".repeat(1024 * 1024), "active": false});
    assert_eq!(error(&directory.call("PUT", "/Users/acme-member-2", user).await).0, 413);
}

/// No path that RFC 7644 allows prevents a suspension, and neither does the user schema as a path.
#[tokio::test]
async fn every_path_of_rfc_7644_allows_a_suspension() {
    let directory = Directory::start().await;
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    let suspend = json!({"op": "Replace", "path": "active", "value": "False"});
    let with = |path: &str| json!([{"op": "replace", "path": path, "value": "x"}, suspend]);
    let key = directory.world.create_key(&directory.admin).await;
    for operations in [
        json!([{"op": "replace", "path": user, "value": {"active": false, "displayName": "New"}}]),
        json!([{"op": "replace", "path": user.to_uppercase(), "value": {"Active": "False"}}]),
        json!([{"op": "replace", "path": format!("{user}.active"), "value": false}]),
        json!([{"op": "add", "path": "", "value": {"active": false}}]),
        with("emails[type ne \"work\"].value"),
        with("emails[not (type eq \"home\")].value"),
        with("emails[type eq \"work\" or primary eq true].value"),
        with("roles[value co \"x\"]"),
        with("roles[value pr]"),
        with("addresses[type eq \"work\" or type eq \"home\"].formatted"),
        with("http://acme.example/schema:costGroup"),
        with(&format!("urn:{}:x", "y".repeat(3_000))),
    ] {
        let suspended = directory.patch("acme-member-1", operations.clone()).await.ok();
        assert_eq!(suspended["active"], false, "{operations}");
        assert_eq!(suspended["emails"][0]["value"], "member-1@acme.example", "{operations}");
        let back = json!([{"op": "replace", "path": "active", "value": true}]);
        directory.patch("acme-member-1", back.clone()).await.ok();
        // A key with the other scope also suspends.
        let path = "/enterprise/v1/scim/Users/acme-member-1";
        let body = json!({"Operations": operations});
        let answer = directory.world.call("PATCH", path, &key.authorization(), body).await;
        assert_eq!(answer.ok()["active"], false, "{operations}");
        directory.patch("acme-member-1", back).await.ok();
    }
}

/// A name that can't be stored is not an omitted name.
#[tokio::test]
async fn a_replacement_keeps_a_name_whose_new_value_cannot_be_stored() {
    let directory = Directory::start().await;
    let long = "x".repeat(300);
    for names in [
        json!({"displayName": long, "name": {"givenName": "a\nb", "familyName": long}}),
        json!({"displayName": ["a", "b"], "name": "Ada"}),
    ] {
        let (number, keep) = (directory.world.dynamodb.items("Accounts").await.len(), "Ada Keep");
        let email = format!("{number}@acme.example");
        let name = json!({"givenName": "Ada", "familyName": "Keep"});
        let user = directory.create(json!({"userName": email, "displayName": keep, "name": name})).await;
        let path = format!("/Users/{}", user["id"].as_str().expect("an ID"));
        let mut body = names.clone();
        body["userName"] = email.into();
        assert_eq!(error(&directory.call("PUT", &path, body.clone()).await).0, 400);
        body["active"] = false.into();
        let after = directory.call("PUT", &path, body).await.ok();
        assert_eq!(
            (&after["active"], &after["displayName"], &after["name"]),
            (&json!(false), &json!(keep), &name)
        );
        let events = directory.world.events("acme").await;
        assert_eq!(events.last().expect("an event")["action"], "SUSPEND_ACCOUNT", "{names}");
    }
    // A replacement that omits an administrator's names doesn't list them as ignored.
    let body = json!({"userName": "second-admin@acme.example", "externalId": "7", "active": false});
    directory.call("PUT", "/Users/acme-second-admin", body).await.ok();
    let events = directory.world.events("acme").await;
    let last = events.last().expect("an event");
    assert_eq!(last["details"].get("leftAlone"), None, "{last}");
}

/// A body whose meaning is clear is read, whatever its notation.
#[tokio::test]
async fn bodies_with_a_clear_meaning_are_read() {
    let directory = Directory::start().await;
    let operations = |more: &str, value: &str| {
        format!(
            r#"{{"Operations": [{more} {{"op": "replace", "value": {{"active": {value}, "displayName": "a\ud83d"}}}}]}}"#
        )
        .into_bytes()
    };
    let latin: Vec<u8> = operations(r#"{"op": "add", "path": "title", "value": "M~ller"},"#, "false")
        .into_iter()
        .map(|byte| if byte == b'~' { 0xFC } else { byte })
        .collect();
    for body in [
        operations("", "false"),
        [b"\xEF\xBB\xBF", operations("", "false").as_slice()].concat(),
        operations(r#"{"op": "add", "path": "x", "value": 1e999},"#, "\"False\""),
        operations("", "false, \"active\": true"),
        operations("", "true, \"active\": false"),
        latin,
    ] {
        let request = directory.world.request("PATCH", "/enterprise/v1/scim/Users/acme-member-1");
        let request = request.header("authorization", directory.key.authorization());
        let request = request.header("content-type", "application/scim+json").body(body.clone());
        let user = directory.world.send(request).await.ok();
        assert_eq!(user["active"], false, "{}", String::from_utf8_lossy(&body));
        assert_eq!(user["displayName"], "a\u{FFFD}");
        directory
            .patch("acme-member-1", json!([{"op": "replace", "path": "active", "value": true}]))
            .await
            .ok();
    }
}

/// The exact letters of an administrator's address appear in the audit log, too.
#[tokio::test]
async fn an_administrators_address_keeps_its_case() {
    let directory = Directory::start().await;
    let before = directory.get("/Users/acme-admin").await.ok();
    for (path, value) in
        [("userName", "ADMIN@acme.example"), ("emails[type eq \"work\"].value", "Admin@ACME.example")]
    {
        let same = json!([{"op": "replace", "path": path, "value": value}]);
        assert_eq!(directory.patch("acme-admin", same).await.ok(), before);
    }
}

/// What is stored and recorded has a limit, whatever a directory sends.
#[tokio::test]
async fn the_number_of_recorded_names_is_limited() {
    let directory = Directory::start().await;
    let mut operations: Vec<_> = (0..100)
        .map(|number| json!({"op": "add", "path": format!("urn:x:attribute{number}"), "value": "x"}))
        .collect();
    operations.push(json!({"op": "add", "path": format!("urn:{}:a", "x".repeat(1_000)), "value": "x"}));
    operations.push(json!({"op": "replace", "path": "active", "value": false}));
    directory.patch("acme-member-1", json!(operations)).await.ok();
    let events = directory.world.events("acme").await;
    let noted = events.last().expect("an event")["details"]["leftAlone"].as_array().expect("a list").clone();
    assert_eq!((noted.len(), &noted[20]), (21, &json!("(another attribute)")));
}
