//! 6. The last active administrator of a company stays.

use harness::{ADMIN, World};
use serde_json::json;

use super::{hold, until_held};

/// Both requests have read two active administrators before either commits.
#[tokio::test]
async fn two_concurrent_suspensions_of_the_last_two_leave_one() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let permits = hold(&world, "account-status");
    let release = async {
        until_held(&world, "account-status", 2).await;
        world.dynamodb.let_pass();
        permits.add_permits(1_000);
    };
    let (first, second, ()) =
        tokio::join!(world.suspend(&key, "acme-admin"), world.suspend(&key, "acme-second-admin"), release);
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let refused = if first.status == 409 { first } else { second };
    assert_eq!(refused.problem(), (409, "last-administrator".into()));
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
}

#[tokio::test]
async fn suspending_one_while_the_other_is_demoted() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let demote = async {
        let request = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-admin", "role": "member"});
        world.provision(request).await.expect("demoted");
    };
    let suspend = world.suspend(&key, "acme-second-admin");
    let answer = super::meanwhile(&world, "account-status", suspend, demote).await;
    assert_eq!(answer.problem(), (409, "last-administrator".into()));
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
}
