//! 5. Authority is current: a write by an administrator carries conditions on their account and company.

use harness::{ADMIN, KEYS, SECOND_ADMIN, World};
use serde_json::{Value, json};

use super::meanwhile;

async fn create_while(world: &World, operation: Value) -> (u16, String) {
    let second = world.sign_in(SECOND_ADMIN).await;
    let create = world.call("POST", KEYS, &second, json!({"name": "A", "scopes": ["deprovisioning"]}));
    let change = async {
        world.provision(operation).await.expect("changed");
    };
    let answer = meanwhile(world, "create-key", create, change).await;
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 0);
    answer.problem()
}

#[tokio::test]
async fn a_demotion_before_the_commit_refuses_the_request() {
    let world = World::start().await;
    let demote = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
    assert_eq!(create_while(&world, demote).await, (403, "not-company-administrator".into()));
}

#[tokio::test]
async fn leaving_the_plan_before_the_commit_refuses_the_request() {
    let world = World::start().await;
    let leave = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    assert_eq!(create_while(&world, leave).await, (403, "enterprise-plan-required".into()));
}

#[tokio::test]
async fn a_suspension_before_the_commit_refuses_the_request() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    let create = world.call("POST", KEYS, &second, json!({"name": "A", "scopes": ["deprovisioning"]}));
    let suspend = async {
        world.suspend(&key, "acme-second-admin").await.ok();
    };
    let answer = meanwhile(&world, "create-key", create, suspend).await;
    assert_eq!(answer.problem(), (403, "account-suspended".into()));
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 1);
}

/// The administrator is suspended and unsuspended between authentication and commit: the earlier session is void.
#[tokio::test]
async fn a_session_from_before_the_suspension_is_void() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key(&admin).await;
    let create = world.call("POST", KEYS, &second, json!({"name": "A", "scopes": ["deprovisioning"]}));
    let round = async {
        world.suspend(&key, "acme-second-admin").await.ok();
        let unsuspend =
            json!({"operation": "unsuspend-account", "companyId": "acme", "accountId": "acme-second-admin"});
        world.provision(unsuspend).await.expect("unsuspended");
    };
    let answer = meanwhile(&world, "create-key", create, round).await;
    assert_eq!(answer.problem(), (401, "unauthenticated".into()));
}
