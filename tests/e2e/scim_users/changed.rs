use serde_json::{Value, json};

use super::{Directory, error, items_of};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

async fn actions(directory: &Directory, account: &str) -> Vec<String> {
    let events = directory.world.events("acme").await;
    let theirs = events.iter().filter(|event| event["affected"]["id"] == account);
    let mut actions: Vec<_> =
        theirs.map(|event| event["action"].as_str().expect("an action").to_owned()).collect();
    actions.sort();
    actions
}

#[tokio::test]
async fn a_user_is_created_as_sent() {
    let directory = Directory::start().await;
    let sent = json!({
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": "ghopper",
        "externalId": "00u1",
        "name": {"givenName": "Grace", "familyName": "Hopper", "formatted": "Grace B. Hopper", "middleName": "B."},
        "displayName": "Grace",
        "emails": [{"value": "home@acme.example", "type": "home"}, {"value": "Grace@acme.example", "type": "work", "primary": true}],
        "title": "Rear Admiral",
        "password": "never kept",
        "roles": [{"value": "company_admin"}],
        "id": "of-their-own",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Navy"},
        "groups": [],
    });
    let answer = directory.call("POST", "/Users", sent).await;
    assert_eq!((answer.status, answer.header("content-type")), (201, "application/scim+json"));
    let user = answer.json();
    let id = user["id"].as_str().expect("an ID").to_owned();
    assert_ne!(id, "of-their-own");
    let location = format!("{}/enterprise/v1/scim/Users/{id}", directory.world.stack.url);
    assert_eq!(answer.header("location"), location);
    let mut expected = json!({
        "schemas": [USER],
        "id": id,
        "externalId": "00u1",
        "userName": "ghopper",
        "name": {"givenName": "Grace", "familyName": "Hopper", "formatted": "Grace B. Hopper"},
        "displayName": "Grace",
        "emails": [{"value": "Grace@acme.example", "type": "work", "primary": true}],
        "active": true,
        "roles": [{"value": "member", "display": "Member"}],
    });
    expected["meta"] = user["meta"].clone();
    assert_eq!(user, expected);
    assert_eq!(user["meta"]["resourceType"], "User");
    assert_eq!(user["meta"]["location"], location);
    assert!(user["meta"]["created"].as_str().is_some_and(|time| time.ends_with('Z')));
    for named in [&id, "grace%40acme.example", "GRACE@acme.example"] {
        assert_eq!(directory.get(&format!("/Users/{named}")).await.ok(), user, "{named}");
    }
    assert_eq!(actions(&directory, &id).await, ["CREATE_ACCOUNT"]);
    assert_eq!(directory.world.account_count("acme").await, 23);
    // The account, and one lookup each for user name, address and external ID.
    assert_eq!(items_of(&directory.world, &id).await.len(), 4);
    let stored = directory.world.dynamodb.items("Accounts").await;
    assert!(!json!(stored).to_string().contains("never kept"));
}

#[tokio::test]
async fn a_user_can_be_created_suspended() {
    let directory = Directory::start().await;
    let user = directory.create(json!({"userName": "new@acme.example", "active": "False"})).await;
    assert_eq!(user["active"], false);
    let id = user["id"].as_str().expect("an ID");
    assert_eq!(actions(&directory, id).await, ["CREATE_ACCOUNT", "SUSPEND_ACCOUNT"]);
    assert_eq!(user["emails"][0]["value"], "new@acme.example");
    assert!(user.get("name").is_none() && user.get("displayName").is_none());
}

#[tokio::test]
async fn a_name_belongs_to_one_account() {
    let directory = Directory::start().await;
    directory
        .create(
            json!({"userName": "ghopper", "externalId": "00u1", "emails": [{"value": "grace@acme.example"}]}),
        )
        .await;
    let before = directory.world.dynamodb.items("Accounts").await.len();
    let taken = (409, Some("uniqueness".to_owned()), "already-exists".to_owned());
    for user in [
        json!({"userName": "MEMBER-1@acme.example"}),
        json!({"userName": "GHopper", "emails": [{"value": "other@acme.example"}]}),
        json!({"userName": "other", "emails": [{"value": "GRACE@acme.example"}]}),
        json!({"userName": "grace@acme.example"}),
        json!({"userName": "other@acme.example", "externalId": "00u1"}),
    ] {
        assert_eq!(error(&directory.call("POST", "/Users", user.clone()).await), taken, "{user}");
    }
    for operation in [
        json!({"op": "replace", "path": "userName", "value": "ghopper"}),
        json!({"op": "replace", "path": "emails[type eq \"work\"].value", "value": "grace@acme.example"}),
        json!({"op": "add", "path": "externalId", "value": "00u1"}),
    ] {
        let answer = directory
            .patch(
                "acme-member-1",
                json!([{"op": "replace", "path": "displayName", "value": "X"}, operation]),
            )
            .await;
        assert_eq!(error(&answer), taken);
    }
    // All or nothing: the name in the same request did not change either.
    assert_eq!(directory.get("/Users/acme-member-1").await.ok()["displayName"], "Member 1");
    assert_eq!(directory.world.dynamodb.items("Accounts").await.len(), before);
    assert_eq!(directory.world.count_events("acme", "UPDATE_ACCOUNT").await, 0);
}

#[tokio::test]
async fn a_user_is_replaced() {
    let directory = Directory::start().await;
    let user = directory
        .create(json!({
            "userName": "grace@acme.example", "externalId": "00u1", "displayName": "Grace",
            "name": {"givenName": "Grace", "familyName": "Hopper"},
        }))
        .await;
    let id = user["id"].as_str().expect("an ID").to_owned();
    let path = format!("/Users/{id}");
    // A request with the current values changes nothing.
    assert_eq!(directory.call("PUT", &path, user.clone()).await.ok(), user);
    assert_eq!(actions(&directory, &id).await, ["CREATE_ACCOUNT"]);
    // Omitted names are removed, but the account's identifiers stay.
    let replaced = directory
        .call("PUT", &path, json!({"userName": "hopper@acme.example", "name": {"familyName": "H"}}))
        .await
        .ok();
    assert_eq!(replaced["userName"], "hopper@acme.example");
    assert_eq!(replaced["emails"][0]["value"], "hopper@acme.example");
    assert_eq!((replaced["externalId"].clone(), replaced["active"].clone()), (json!("00u1"), json!(true)));
    assert_eq!(replaced["name"], json!({"familyName": "H"}));
    assert!(replaced.get("displayName").is_none());
    assert_eq!(directory.get("/Users/grace@acme.example").await.status, 404);
    assert_eq!(items_of(&directory.world, &id).await.len(), 3);
    // The old name is free again.
    directory.create(json!({"userName": "grace@acme.example"})).await;
    let suspended =
        directory.call("PUT", &path, json!({"userName": "hopper@acme.example", "active": false})).await.ok();
    assert_eq!(suspended["active"], false);
    assert_eq!(
        actions(&directory, &id).await,
        ["CREATE_ACCOUNT", "SUSPEND_ACCOUNT", "UPDATE_ACCOUNT", "UPDATE_ACCOUNT"]
    );
    // A suspended user who is replaced without `active` stays suspended.
    let replaced = directory.call("PUT", &path, json!({"userName": "hopper@acme.example"})).await.ok();
    assert_eq!(replaced["active"], false);
}

#[tokio::test]
async fn several_operations_are_one_change() {
    let directory = Directory::start().await;
    let operations = json!([
        {"op": "REPLACE", "path": "active", "value": "false"},
        {"op": "Add", "path": "name.givenName", "value": "Grace"},
        {"op": "add", "value": {"name.familyName": "Hopper", "externalId": "00u1", "urn:x:y": {"z": 1}}},
        {"op": "remove", "path": "displayName"},
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:userName", "value": "grace@acme.example"},
        {"op": "replace", "path": "title", "value": "Admiral"},
        {"op": "replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Navy"},
    ]);
    let user = directory.patch("member-1@acme.example", operations.clone()).await.ok();
    assert_eq!(user["id"], "acme-member-1");
    assert_eq!(user["userName"], "grace@acme.example");
    assert_eq!(user["name"], json!({"givenName": "Grace", "familyName": "Hopper"}));
    assert_eq!((user["active"].clone(), user["externalId"].clone()), (json!(false), json!("00u1")));
    let expected = ["CREATE_ACCOUNT", "SUSPEND_ACCOUNT", "UPDATE_ACCOUNT"];
    assert_eq!(actions(&directory, "acme-member-1").await, expected);
    // A repeat changes nothing.
    assert_eq!(directory.patch("acme-member-1", operations).await.ok(), user);
    assert_eq!(actions(&directory, "acme-member-1").await, expected);
    // The last operation counts.
    let operations = json!([{"op": "replace", "path": "active", "value": false}, {"op": "replace", "value": {"active": true}}]);
    assert_eq!(directory.patch("acme-member-1", operations).await.ok()["active"], true);
}

#[tokio::test]
async fn a_deleted_user_does_not_exist_and_its_names_are_free() {
    let directory = Directory::start().await;
    let token = directory.world.sign_in("member-1@acme.example").await;
    assert!(token.starts_with("Bearer "));
    let answer = directory.call("DELETE", "/Users/member-1%40acme.example", Value::Null).await;
    assert_eq!((answer.status, answer.text.as_str(), answer.header("content-type")), (204, "", ""));
    assert_eq!(items_of(&directory.world, "acme-member-1").await, Vec::<Value>::new());
    assert_eq!(directory.world.account_count("acme").await, 21);
    assert_eq!(actions(&directory, "acme-member-1").await, ["CREATE_ACCOUNT", "DELETE_ACCOUNT"]);
    assert_eq!(directory.get("/Users/acme-member-1").await.status, 404);
    assert_eq!(directory.call("DELETE", "/Users/acme-member-1", Value::Null).await.status, 404);
    // Nobody can use the account's old sign-in, and the events keep what they recorded.
    let refused =
        directory.world.request("POST", "/local/token").json(&json!({"email": "member-1@acme.example"}));
    assert_eq!(directory.world.send(refused).await.status, 404);
    let events = directory.world.events("acme").await;
    let deleted = events.iter().find(|event| event["action"] == "DELETE_ACCOUNT").expect("an event");
    assert_eq!(deleted["affected"]["email"], "member-1@acme.example");
    let again = directory.create(json!({"userName": "member-1@acme.example"})).await;
    assert_ne!(again["id"], "acme-member-1");
}

/// Through SCIM, through the Deprovisioning API and from the dashboard: the same state, rules and events.
#[tokio::test]
async fn every_api_changes_accounts_in_the_same_way() {
    let directory = Directory::start().await;
    let world = &directory.world;
    let key = world.create_key(&directory.admin).await;
    let before = world.dynamodb.items("Accounts").await;
    let operations = |active| json!([{"op": "replace", "path": "active", "value": active}]);
    directory.patch("acme-member-1", operations(false)).await.ok();
    world.suspend(&key, "acme-member-2").await.ok();
    let people = |what: &str| {
        let path = format!("/admin/v1/accounts/{what}");
        let request = world.request("POST", &path).header("authorization", &directory.admin);
        request.json(&json!({"accounts": ["acme-member-3"]}))
    };
    world.send(people("suspend")).await.ok();
    let shape = |item: &Value| {
        let earlier = before.iter().find(|earlier| earlier["accountId"] == item["accountId"]);
        let version = |item: &Value| item["version"].as_u64().expect("a version");
        let changes = version(item) - version(earlier.expect("the same account"));
        let item = item.as_object().expect("an item");
        let mut shape: Vec<_> =
            item.iter().map(|(name, value)| (name.clone(), value["type"].clone())).collect();
        shape.sort_by_key(|(name, _)| name.clone());
        (shape, item["state"].clone(), changes)
    };
    let accounts = world.dynamodb.items("Accounts").await;
    let shapes: Vec<_> = (1..=3)
        .map(|number| accounts.iter().find(|item| item["accountId"] == format!("acme-member-{number}")))
        .map(|item| shape(item.expect("an account")))
        .collect();
    assert!(shapes[0] == shapes[1] && shapes[1] == shapes[2], "{shapes:?}");
    let events = world.events("acme").await;
    let suspensions: Vec<_> = events.iter().filter(|event| event["action"] == "SUSPEND_ACCOUNT").collect();
    assert_eq!(suspensions.len(), 3);
    for event in suspensions {
        let mut members: Vec<_> = event.as_object().expect("an event").keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(
            members,
            ["action", "actor", "affected", "companyId", "eventId", "expiry", "ip", "requestId"]
        );
    }
    directory.patch("acme-member-2", operations(true)).await.ok();
    world.unsuspend(&key, "acme-member-3").await.ok();
    world
        .call(
            "POST",
            "/admin/v1/accounts/unsuspend",
            &directory.admin,
            json!({"accounts": ["acme-member-1"]}),
        )
        .await
        .ok();
    assert_eq!(world.count_events("acme", "UNSUSPEND_ACCOUNT").await, 3);
    // The rule for the last administrator.
    world.suspend(&key, "acme-second-admin").await.ok();
    let last = directory.patch("acme-admin", operations(false)).await;
    assert_eq!(error(&last), (409, None, "last-administrator".into()));
    assert_eq!(world.suspend(&key, "acme-admin").await.problem(), (409, "last-administrator".into()));
}
