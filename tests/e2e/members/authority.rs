//! Authority is current: if it ends between the read and the commit, this change and all that follow are refused.

use harness::{ADMIN, BASIC_ADMIN, Intervention, SECOND_ADMIN, World};
use serde_json::{Value, json};

use super::{ACCOUNTS, change, list};
use crate::invariants::meanwhile;

fn role(role: &str) -> Value {
    json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": role})
}

async fn suspend_while(world: &World, accounts: Value, operations: Vec<Value>) -> Vec<String> {
    let second = world.sign_in(SECOND_ADMIN).await;
    let request = change(world, &second, "suspend", accounts);
    let operate = async {
        for operation in operations {
            world.provision(operation).await.expect("carried out");
        }
    };
    meanwhile(world, "members", request, operate).await.outcomes()
}

#[tokio::test]
async fn a_demotion_before_the_commit_refuses_the_request() {
    let world = World::start().await;
    let found = suspend_while(&world, json!(["acme-member-1", "acme-member-2"]), vec![role("member")]).await;
    assert_eq!(found, ["not-company-administrator"; 2]);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

#[tokio::test]
async fn leaving_the_plan_before_the_commit_refuses_the_request() {
    let world = World::start().await;
    let leave = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    // For a member, the plan has its own check. For an administrator, it is checked together with the counter.
    for account in ["acme-member-1", "acme-admin"] {
        let found = suspend_while(&world, json!([account]), vec![leave.clone()]).await;
        assert_eq!(found, ["enterprise-plan-required"], "{account}");
        let back = json!({"operation": "change-plan", "companyId": "acme", "plan": "enterprise"});
        world.provision(back).await.expect("changed");
    }
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
}

/// If administrators change their own account, authority is a condition of the same write.
#[tokio::test]
async fn suspending_oneself_while_being_demoted() {
    let world = World::start().await;
    let found = suspend_while(&world, json!([SECOND_ADMIN]), vec![role("member")]).await;
    assert_eq!(found, ["not-company-administrator"]);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 0);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
}

/// The administrator is demoted and promoted again: the account has changed since the read, but the authority holds.
#[tokio::test]
async fn suspending_oneself_while_the_account_changes() {
    let world = World::start().await;
    let round = vec![role("member"), role("company_admin")];
    assert_eq!(suspend_while(&world, json!([SECOND_ADMIN]), round).await, ["changed"]);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
}

#[tokio::test]
async fn members_keys_and_other_plans_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let (member, basic) = (world.sign_in("member-1@acme.example").await, world.sign_in(BASIC_ADMIN).await);
    for (who, expected) in
        [(&member, (403, "not-company-administrator")), (&basic, (403, "enterprise-plan-required"))]
    {
        let (status, kind) = expected;
        assert_eq!(list(&world, who, "").await.problem(), (status, kind.into()));
        for what in ["suspend", "unsuspend"] {
            assert_eq!(
                change(&world, who, what, json!(["acme-member-1"])).await.problem(),
                (status, kind.into())
            );
        }
    }
    let answer = world.call("GET", ACCOUNTS, &key.authorization(), Value::Null).await;
    assert_eq!(answer.status, 401);
}

/// If `DynamoDB` doesn't respond, the response still says what was done.
#[tokio::test]
async fn a_failure_of_the_tables_is_reported_for_its_account() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let mut transactions = 0;
    world.dynamodb.interfere(move |call| {
        transactions += usize::from(call.action == "TransactWriteItems");
        let throttled = call.action == "TransactWriteItems" && transactions > 1;
        if throttled { Intervention::Throttle } else { Intervention::Pass }
    });
    // The members are in the first transaction.
    let accounts = json!(["acme-member-1", SECOND_ADMIN, "acme-member-3"]);
    let answer = change(&world, &admin, "suspend", accounts.clone()).await;
    assert_eq!(answer.outcomes(), ["changed", "unavailable", "changed"]);
    world.dynamodb.let_pass();
    let again = change(&world, &admin, "suspend", accounts).await;
    assert_eq!(again.outcomes(), ["unchanged", "changed", "unchanged"]);
}

/// A conflict is retried. Nothing is done twice.
#[tokio::test]
async fn conflicts_are_retried() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.dynamodb.interfere_with_first(2, "TransactWriteItems", Intervention::Conflict);
    assert_eq!(change(&world, &admin, "suspend", json!([SECOND_ADMIN])).await.outcomes(), ["changed"]);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
}
