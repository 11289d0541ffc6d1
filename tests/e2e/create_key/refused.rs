use harness::{ADMIN, BASIC_ADMIN, KEYS, SECOND_ADMIN, World};
use serde_json::{Value, json};

fn body() -> Value {
    json!({"name": "A", "scopes": ["deprovisioning"]})
}

#[tokio::test]
async fn a_member_and_a_company_without_the_plan_are_refused() {
    let world = World::start().await;
    let member = world.sign_in("member-1@acme.example").await;
    let basic = world.sign_in(BASIC_ADMIN).await;
    assert_eq!(
        world.call("POST", KEYS, &member, body()).await.problem(),
        (403, "not-company-administrator".into())
    );
    assert_eq!(
        world.call("GET", KEYS, &member, Value::Null).await.problem(),
        (403, "not-company-administrator".into())
    );
    assert_eq!(
        world.call("POST", KEYS, &basic, body()).await.problem(),
        (403, "enterprise-plan-required".into())
    );
    assert_eq!(world.call("GET", KEYS, &basic, Value::Null).await.ok(), json!({"apiKeys": []}));
}

/// A token is valid for up to 15 minutes after the suspension, but its authority ends immediately.
#[tokio::test]
async fn a_suspended_administrator_is_refused() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    world.suspend(&key, "acme-second-admin").await.ok();
    for (method, path, body) in
        [("POST", KEYS, body()), ("GET", KEYS, Value::Null), ("GET", "/admin/v1/me", Value::Null)]
    {
        assert_eq!(
            world.call(method, path, &second, body).await.problem(),
            (403, "account-suspended".into())
        );
    }
    // After being unsuspended, the administrator must sign in again: the old session is void.
    let unsuspend =
        json!({"operation": "unsuspend-account", "companyId": "acme", "accountId": "acme-second-admin"});
    world.provision(unsuspend).await.expect("unsuspended");
    assert_eq!(
        world.call("GET", KEYS, &second, Value::Null).await.problem(),
        (401, "unauthenticated".into())
    );
    world.advance(std::time::Duration::from_secs(2));
    let second = world.sign_in(SECOND_ADMIN).await;
    world.call("GET", KEYS, &second, Value::Null).await.ok();
}

#[tokio::test]
async fn a_demoted_administrator_loses_authority_immediately() {
    let world = World::start().await;
    let second = world.sign_in(SECOND_ADMIN).await;
    world.create_key(&second).await;
    let demote = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
    world.provision(demote).await.expect("demoted");
    assert_eq!(
        world.call("POST", KEYS, &second, body()).await.problem(),
        (403, "not-company-administrator".into())
    );
}
