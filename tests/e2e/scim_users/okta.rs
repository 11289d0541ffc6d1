//! The requests that Okta sends, in its order
//! (<https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/>), and those of its test suite for new
//! services (<https://developer.okta.com/docs/guides/scim-provisioning-integration-test/main/>).

use serde_json::{Value, json};

use super::{Directory, PATCH_OP, error, names};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn new_user() -> Value {
    json!({
        "schemas": [USER],
        "userName": "test.user@acme.example",
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": "test.user@acme.example", "type": "work"}],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq",
        "active": true,
    })
}

#[tokio::test]
async fn okta_assigns_updates_deactivates_and_reactivates_a_user() {
    let directory = Directory::start().await;
    // It first searches with a filter, then creates.
    let look = r#"userName eq "test.user@acme.example""#;
    let none = directory.list(&[("filter", look), ("startIndex", "1"), ("count", "100")]).await;
    assert_eq!((none.ok()["totalResults"].clone(), names(&none).len()), (json!(0), 0));
    let created = directory.call("POST", "/Users", new_user()).await;
    assert_eq!(created.status, 201);
    let id = created.string("id");
    assert_eq!(directory.list(&[("filter", look)]).await.ok()["Resources"][0]["id"], id);
    // Changes: GET, then PUT with what it got and what it changes.
    let path = format!("/Users/{id}");
    let mut user = directory.get(&path).await.ok();
    user["name"]["familyName"] = "Name".into();
    user["displayName"] = "Test Name".into();
    let updated = directory.call("PUT", &path, user).await.ok();
    assert_eq!(updated["name"]["familyName"], "Name");
    // Deactivation, as integrations of its network do: GET, then PUT with active=false.
    let mut user = directory.get(&path).await.ok();
    user["active"] = false.into();
    assert_eq!(directory.call("PUT", &path, user).await.ok()["active"], false);
    assert_eq!(directory.world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
    // As custom integrations do: PATCH without a path.
    for active in [true, false] {
        let body =
            json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": {"active": active}}]});
        assert_eq!(directory.call("PATCH", &path, body).await.ok()["active"], active);
    }
    // It also finds inactive users, to link them instead of creating them again.
    assert_eq!(directory.list(&[("filter", look)]).await.ok()["Resources"][0]["active"], false);
}

/// An administrator who leaves is suspended by either form.
#[tokio::test]
async fn an_administrator_is_deactivated_by_a_put_of_what_was_read() {
    let directory = Directory::start().await;
    let mut user = directory.get("/Users/second-admin@acme.example").await.ok();
    user["active"] = false.into();
    let put = directory.call("PUT", "/Users/acme-second-admin", user.clone()).await.ok();
    assert_eq!(
        (put["active"].clone(), put["roles"][0]["value"].clone()),
        (json!(false), json!("company_admin"))
    );
    user["active"] = true.into();
    let back = directory.call("PUT", "/Users/acme-second-admin", user).await;
    assert_eq!(error(&back), (403, None, "administrator-protected".into()));
}

/// The sequence of its suite: lists, an unknown ID, a filter in upper case, duplicates, a wrong header.
#[tokio::test]
async fn oktas_test_suite_for_new_services_passes() {
    let directory = Directory::start().await;
    let list = directory.list(&[("count", "1"), ("startIndex", "1")]).await.ok();
    assert_eq!(list["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
    for member in ["totalResults", "itemsPerPage", "startIndex"] {
        assert!(list[member].is_u64(), "{member}");
    }
    let first = &list["Resources"][0];
    for member in ["id", "userName", "active", "displayName", "emails"] {
        assert!(first.get(member).is_some(), "{member}");
    }
    // Operators give one name, which is split. Accounts from before the parts were stored also have them.
    for member in ["givenName", "familyName"] {
        assert_eq!(first["name"][member], "Admin");
    }
    let member = directory.get("/Users/acme-member-1").await.ok();
    assert_eq!(member["name"], json!({"givenName": "Member", "familyName": "1"}));
    let one = directory.get(&format!("/Users/{}", first["id"].as_str().expect("an ID"))).await.ok();
    assert_eq!(&one, first);

    let unknown = directory.get("/Users/00000000-0000-0000-0000-000000000000").await;
    assert_eq!(error(&unknown).0, 404);
    assert_eq!(unknown.json()["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
    assert_eq!(names(&directory.filter(r#"userName eq "abcdefgh@atko.com""#).await).len(), 0);
    assert_eq!(names(&directory.filter(r#"USERNAME eq "MEMBER-1@ACME.EXAMPLE""#).await).len(), 1);

    let created = directory.call("POST", "/Users", new_user()).await;
    assert_eq!((created.status, created.json()["active"].clone()), (201, json!(true)));
    let duplicate = directory.call("POST", "/Users", new_user()).await;
    assert_eq!(error(&duplicate), (409, Some("uniqueness".into()), "already-exists".into()));
    let mut upper = new_user();
    upper["userName"] = "TEST.USER@ACME.EXAMPLE".into();
    assert_eq!(directory.call("POST", "/Users", upper).await.status, 409);

    let refused = directory.world.call("GET", super::USERS, "non-token", Value::Null).await;
    assert_eq!(error(&refused).0, 401);
}
