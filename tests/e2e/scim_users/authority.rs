//! Authority at the commit: changes since the request was read count.

use serde_json::{Value, json};

use super::{Directory, error, items_of};
use crate::invariants::meanwhile;

fn promote(account: &str) -> Value {
    json!({"operation": "change-role", "companyId": "acme", "accountId": account, "role": "company_admin"})
}

#[tokio::test]
async fn a_revocation_before_the_commit_refuses_the_request() {
    let directory = Directory::start().await;
    let requests = [
        ("POST", "/Users", json!({"userName": "new@acme.example"})),
        ("PUT", "/Users/acme-member-1", json!({"userName": "new@acme.example"})),
        (
            "PATCH",
            "/Users/acme-member-1",
            json!({"Operations": [{"op": "replace", "path": "active", "value": false}]}),
        ),
        ("DELETE", "/Users/acme-member-1", Value::Null),
    ];
    let before = directory.world.events("acme").await.len();
    let accounts = directory.world.dynamodb.items("Accounts").await;
    for (method, path, body) in requests {
        let key = directory.world.create_key_with(&directory.admin, json!({"scopes": ["scim"]})).await;
        let path = format!("/enterprise/v1/scim{path}");
        let authorization = key.authorization();
        let request = directory.world.call(method, &path, &authorization, body);
        let revoke = async {
            directory.world.revoke(&directory.admin, &key).await.ok();
        };
        let answer = meanwhile(&directory.world, "scim-users", request, revoke).await;
        assert_eq!(error(&answer), (401, None, "unauthenticated".into()), "{method}");
    }
    assert_eq!(directory.world.dynamodb.items("Accounts").await, accounts);
    // Four keys were created and revoked. Nothing else happened.
    assert_eq!(directory.world.events("acme").await.len(), before + 8);
}

/// A member becomes an administrator between the key's read and its commit.
#[tokio::test]
async fn a_promotion_before_the_commit_protects_the_account() {
    let directory = Directory::start().await;
    // Another external ID re-identifies the user. A first one does not.
    directory.patch("acme-member-4", json!([{"op": "add", "path": "externalId", "value": "6"}])).await.ok();
    let requests = [
        ("acme-member-1", "DELETE", Value::Null),
        (
            "acme-member-2",
            "PATCH",
            json!({"Operations": [{"op": "replace", "path": "userName", "value": "new@acme.example"}]}),
        ),
        ("acme-member-3", "PUT", json!({"userName": "new@acme.example"})),
        (
            "acme-member-4",
            "PATCH",
            json!({"Operations": [{"op": "add", "path": "externalId", "value": "7"}]}),
        ),
    ];
    for (account, method, body) in requests {
        let before = items_of(&directory.world, account).await.len();
        let path = format!("/Users/{account}");
        let request = directory.call(method, &path, body);
        let change = async {
            directory.world.provision(promote(account)).await.expect("promoted");
        };
        let answer = meanwhile(&directory.world, "scim-users", request, change).await;
        assert_eq!(error(&answer), (403, None, "administrator-protected".into()), "{account}");
        assert_eq!(items_of(&directory.world, account).await.len(), before);
    }
}

/// Two directories give the same name to two people at the same time: only one of them gets it.
#[tokio::test]
async fn a_name_that_two_requests_want_goes_to_one() {
    let directory = Directory::start().await;
    let create = |number: usize| {
        directory.call(
            "POST",
            "/Users",
            json!({"userName": "new@acme.example", "displayName": number.to_string()}),
        )
    };
    let (one, other) = tokio::join!(create(1), create(2));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(directory.world.account_count("acme").await, 23);
    let accounts = directory.world.dynamodb.items("Accounts").await;
    assert_eq!(accounts.iter().filter(|account| account["email"] == "new@acme.example").count(), 1);
}

/// The tables' response to a creation is lost: the account is created once, and the response says so.
#[tokio::test]
async fn a_creation_whose_response_is_lost_is_carried_out_once() {
    let directory = Directory::start().await;
    let mut first = true;
    directory.world.dynamodb.interfere(move |call| {
        let interferes = call.commits() && std::mem::take(&mut first);
        if interferes { harness::Intervention::LoseResponse } else { harness::Intervention::Pass }
    });
    let user = directory.create(json!({"userName": "new@acme.example"})).await;
    assert_eq!(user["userName"], "new@acme.example");
    assert_eq!(directory.world.account_count("acme").await, 23);
    let events = directory.world.events("acme").await;
    assert_eq!(events.iter().filter(|event| event["affected"]["id"] == user["id"]).count(), 1);
}
