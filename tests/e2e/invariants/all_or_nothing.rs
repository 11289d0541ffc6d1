//! 3. All or nothing.

use harness::{ADMIN, KEYS, SECOND_ADMIN, World};
use serde_json::{Value, json};

use super::meanwhile;

/// Everything that is stored, except the operator's own changes.
async fn everything(world: &World) -> Vec<Value> {
    let mut items = Vec::new();
    for table in ["Companies", "ApiKeys", "KeyDigests", "IdempotencyRecords"] {
        let mut found = world.dynamodb.items(table).await;
        found.sort_by_key(Value::to_string);
        items.extend(found);
    }
    items
}

/// A creation that is refused at its commit leaves no item, no count, no event.
#[tokio::test]
async fn a_refused_creation_leaves_nothing() {
    let world = World::start().await;
    let second = world.sign_in(SECOND_ADMIN).await;
    let before = everything(&world).await;
    let request =
        world.request("POST", KEYS).header("authorization", &second).header("idempotency-key", "once");
    let create = world.send(request.json(&json!({"name": "A", "scopes": ["deprovisioning"]})));
    let demote = async {
        let request = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
        world.provision(request).await.expect("demoted");
    };
    let answer = meanwhile(&world, "create-key", create, demote).await;
    assert_eq!(answer.problem(), (403, "not-company-administrator".into()));
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 0);
    let promote = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "company_admin"});
    world.provision(promote).await.expect("promoted");
    assert_eq!(everything(&world).await, before);
}

/// Each operation is one transaction, which contains its event.
#[tokio::test]
async fn each_operation_is_one_transaction_with_its_event() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let transactions = |world: &World| {
        let calls = world.dynamodb.take_calls();
        let transactions: Vec<_> = calls.into_iter().filter(harness::Observed::commits).collect();
        assert_eq!(transactions.len(), 1);
        let writes_event = transactions[0].operations.contains(&("AuditEvents".into(), "PutItem".into()));
        assert!(writes_event, "{transactions:?}");
    };
    let _ = world.dynamodb.take_calls();
    let key = world.create_key(&admin).await;
    transactions(&world);
    world.suspend(&key, "acme-member-1").await.ok();
    transactions(&world);
    world.unsuspend(&key, "acme-member-1").await.ok();
    transactions(&world);
    world.revoke(&admin, &key).await.ok();
    transactions(&world);
    world
        .provision(json!({"operation": "change-plan", "companyId": "acme", "plan": "team"}))
        .await
        .expect("changed");
    transactions(&world);
}

/// After every possible operation, the counters equal a recount.
#[tokio::test]
async fn counters_equal_a_recount() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, gone) = (world.create_key(&admin).await, world.create_key(&admin).await);
    world.revoke(&admin, &gone).await.ok();
    world.suspend(&key, "acme-second-admin").await.ok();
    world.suspend(&key, "acme-second-admin").await.ok();
    world.suspend(&key, "acme-member-1").await.ok();
    let role = |account: &str, role: &str| json!({"operation": "change-role", "companyId": "acme", "accountId": account, "role": role});
    world.provision(role("acme-member-1", "company_admin")).await.expect("a suspended administrator");
    world.provision(role("acme-member-2", "company_admin")).await.expect("an active administrator");
    let unsuspend =
        json!({"operation": "unsuspend-account", "companyId": "acme", "accountId": "acme-member-1"});
    world.provision(unsuspend).await.expect("unsuspended");
    let directory = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    let users = async |method: &str, path: &str, body: Value| {
        world
            .call(method, &format!("/enterprise/v1/scim/Users{path}"), &directory.authorization(), body)
            .await
            .status
    };
    for user in ["a@acme.example", "b@acme.example", "a@acme.example"] {
        users("POST", "", json!({"userName": user, "active": user != "b@acme.example"})).await;
    }
    for user in ["acme-member-3", "acme-member-3", "b@acme.example", "acme-admin"] {
        users("DELETE", &format!("/{user}"), Value::Null).await;
    }
    world.revoke(&admin, &directory).await.ok();

    let accounts = world.dynamodb.items("Accounts").await;
    let accounts: Vec<_> = accounts.iter().filter(|account| account["companyId"] == "acme").collect();
    let administrators =
        accounts.iter().filter(|a| a["role"] == "company_admin" && a["state"] == "active").count();
    let company = world.company("acme").await;
    assert_eq!(company["activeAdministrators"], administrators);
    assert_eq!(administrators, 3);
    assert_eq!(usize::try_from(world.account_count("acme").await), Ok(accounts.len()));
    assert_eq!(company["activeKeys"], json!({&key.id: null}));
}
