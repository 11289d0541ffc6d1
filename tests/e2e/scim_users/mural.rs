//! The requests that MURAL's Enterprise API documents (<https://developers.mural.co/enterprise/docs/scim-examples>),
//! with our host.

use serde_json::{Value, json};

use super::{Directory, PATCH_OP};

#[tokio::test]
async fn suspend_and_unsuspend_by_email_address() {
    let directory = Directory::start().await;
    // The key of such a script has the scope `deprovisioning`.
    let key = directory.world.create_key(&directory.admin).await;
    for (value, active) in [("false", false), ("false", false), ("true", true)] {
        let path = "/enterprise/v1/scim/Users/member-1@acme.example";
        let request = directory.world.request("PATCH", path).header("authorization", key.authorization());
        let body = json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": value}]});
        let request = request.header("content-type", "application/json").body(body.to_string());
        let user = directory.world.send(request).await.ok();
        assert_eq!(
            (user["active"].clone(), user["userName"].clone()),
            (json!(active), json!("member-1@acme.example"))
        );
    }
    assert_eq!(directory.world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
    assert_eq!(directory.world.count_events("acme", "UNSUSPEND_ACCOUNT").await, 1);
}

/// Clients request its lists with a `/` at the end, and its users have these members.
#[tokio::test]
async fn members_are_listed_and_found_by_address() {
    let directory = Directory::start().await;
    let list = directory.get("/Users/").await.ok();
    assert_eq!((list["totalResults"].clone(), list["startIndex"].clone()), (json!(22), json!(1)));
    let found = directory.get("/Users?filter=userName%20eq%20%22member-1@acme.example%22").await.ok();
    let user = &found["Resources"][0];
    for member in ["active", "emails", "id", "meta", "schemas", "userName"] {
        assert!(user.get(member).is_some(), "{member}");
    }
    assert_eq!(user["emails"][0]["primary"], true);
    assert_eq!(directory.call("DELETE", "/Users/acme-member-1/", Value::Null).await.status, 204);
}
