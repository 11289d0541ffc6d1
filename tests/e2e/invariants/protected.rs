//! 8. No key grants authority.

use harness::{ADMIN, World};
use serde_json::json;

use super::meanwhile;

#[tokio::test]
async fn a_key_can_suspend_but_not_unsuspend_an_administrator() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    // An active administrator is already as requested, so there is nothing to refuse.
    assert_eq!(world.unsuspend(&key, "acme-second-admin").await.ok()["state"], "active");
    assert_eq!(world.suspend(&key, "acme-second-admin").await.ok()["state"], "suspended");
    for account in ["acme-second-admin", "second-admin%40acme.example"] {
        assert_eq!(world.unsuspend(&key, account).await.problem(), (403, "administrator-protected".into()));
    }
    assert_eq!(world.read(&key, "acme-second-admin").await.ok()["state"], "suspended");
    assert_eq!(world.count_events("acme", "UNSUSPEND_ACCOUNT").await, 0);
}

/// A suspended member becomes an administrator between the key's read and its commit.
#[tokio::test]
async fn a_key_cannot_unsuspend_a_just_promoted_administrator() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.suspend(&key, "acme-member-1").await.ok();
    let promote = async {
        let request = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-member-1", "role": "company_admin"});
        world.provision(request).await.expect("promoted");
    };
    let unsuspend = world.unsuspend(&key, "acme-member-1");
    let answer = meanwhile(&world, "account-status", unsuspend, promote).await;
    assert_eq!(answer.problem(), (403, "administrator-protected".into()));
    assert_eq!(world.read(&key, "acme-member-1").await.ok()["state"], "suspended");
}
