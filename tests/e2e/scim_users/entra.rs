//! The requests that Microsoft Entra ID sends
//! (<https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups>), as it
//! sends them by default and with the flag `aadOptscim062020`
//! (<https://learn.microsoft.com/en-us/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility>).

use serde_json::{Value, json};

use super::{Directory, PATCH_OP, error, names};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The user name is the principal name, which differs from the mail address.
fn new_user() -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": "Test_User_ab6490ee@acme.onmicrosoft.example",
        "active": true,
        "emails": [{"primary": true, "type": "work", "value": "Test_User@acme.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
        "roles": [],
        "title": "Engineer",
        ENTERPRISE: {"department": "R&D", "manager": {"value": "x"}},
    })
}

async fn patch(directory: &Directory, id: &str, operations: Value) -> Value {
    let body = json!({"schemas": [PATCH_OP], "Operations": operations});
    directory.call("PATCH", &format!("/Users/{id}"), body).await.ok()
}

#[tokio::test]
async fn test_connection_create_match_update_disable_and_delete() {
    let directory = Directory::start().await;
    // "Test Connection" asks for a user that doesn't exist, and expects an empty list.
    let probe = r#"userName eq "8d24a0b8-34a9-4c7e-9b4a-7a2a7d5a6c11""#;
    let answer = directory.filter(probe).await;
    assert_eq!((answer.status, answer.ok()["totalResults"].clone()), (200, json!(0)));
    let created = directory.call("POST", "/Users", new_user()).await;
    assert_eq!(created.status, 201);
    let id = created.string("id");
    assert_eq!(created.json()["emails"][0]["value"], "Test_User@acme.example");
    assert_eq!(created.json()["userName"], "Test_User_ab6490ee@acme.onmicrosoft.example");
    for filter in [
        r#"userName eq "test_user_AB6490ee@acme.onmicrosoft.example""#,
        r#"externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef""#,
        r#"emails[type eq "work"].value eq "test_user@acme.example""#,
    ] {
        assert_eq!(names(&directory.filter(filter).await).len(), 1, "{filter}");
    }
    let one = directory.get(&format!("/Users/{id}")).await.ok();
    assert_eq!(one, created.json());

    // By default: `Replace` with a capital letter, and one operation for each attribute.
    let updated = patch(
        &directory,
        &id,
        json!([
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updated@acme.example"},
            {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
            {"op": "Add", "path": "phoneNumbers[type eq \"work\"].value", "value": "555"},
            {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
            {"op": "Replace", "path": "userName", "value": "5b50642d-79fc-4410-9e90-4c077cdd1a59@acme.example"},
        ]),
    )
    .await;
    assert_eq!(updated["emails"][0]["value"], "updated@acme.example");
    assert_eq!(updated["name"]["familyName"], "updatedFamilyName");
    assert_eq!(updated["userName"], "5b50642d-79fc-4410-9e90-4c077cdd1a59@acme.example");
    let disabled =
        patch(&directory, &id, json!([{"op": "Replace", "path": "active", "value": "False"}])).await;
    assert_eq!(disabled["active"], false);
    assert_eq!(
        patch(&directory, &id, json!([{"op": "Replace", "path": "active", "value": "True"}])).await["active"],
        true
    );

    // With the flag: RFC 7644's forms, several attributes without a path.
    let updated = patch(
        &directory,
        &id,
        json!([{"op": "replace", "value": {
            "displayName": "Bjfe", "name.givenName": "Kaitlyn", "emails[type eq \"work\"].value": "kaitlyn@acme.example",
            format!("{ENTERPRISE}:employeeNumber"): "7", "active": false,
        }}]),
    )
    .await;
    assert_eq!((updated["displayName"].clone(), updated["active"].clone()), (json!("Bjfe"), json!(false)));
    assert_eq!(updated["name"]["givenName"], "Kaitlyn");
    assert_eq!(updated["emails"][0]["value"], "kaitlyn@acme.example");
    let enabled = patch(&directory, &id, json!([{"op": "replace", "path": "active", "value": true}])).await;
    assert_eq!(enabled["active"], true);
    // An attribute is removed.
    let emptied = patch(
        &directory,
        &id,
        json!([{"op": "remove", "path": "displayName"}, {"op": "Remove", "path": "title"}]),
    )
    .await;
    assert!(emptied.get("displayName").is_none());

    // When a user is permanently deleted: DELETE. Then the user doesn't exist.
    assert_eq!(directory.call("DELETE", &format!("/Users/{id}"), Value::Null).await.status, 204);
    assert_eq!(error(&directory.get(&format!("/Users/{id}")).await).0, 404);
}

#[tokio::test]
async fn a_duplicate_is_a_conflict_and_the_existing_user_is_matched() {
    let directory = Directory::start().await;
    directory.create(new_user()).await;
    let duplicate = directory.call("POST", "/Users", new_user()).await;
    assert_eq!(error(&duplicate), (409, Some("uniqueness".into()), "already-exists".into()));
    // A member who existed before the directory is matched by address and gets the directory's identifier.
    let found = directory.filter(r#"userName eq "Member-1@acme.example""#).await.ok();
    let id = found["Resources"][0]["id"].as_str().expect("an ID").to_owned();
    let linked = patch(&directory, &id, json!([{"op": "Add", "path": "externalId", "value": "77"}])).await;
    assert_eq!(linked["externalId"], "77");
    assert_eq!(names(&directory.filter(r#"externalId eq "77""#).await), ["member-1@acme.example"]);
}
