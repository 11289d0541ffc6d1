use harness::{ADMIN, World};
use serde_json::{Value, json};

#[tokio::test]
async fn suspend_and_unsuspend_by_id_and_by_address() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for account in ["acme-member-1", "member-2%40acme.example", "MEMBER-3@ACME.example"] {
        let suspended = world.suspend(&key, account).await.ok();
        assert_eq!(suspended["state"], "suspended");
        assert!(suspended["suspendedAt"].is_string());
        assert_eq!(world.read(&key, account).await.ok(), suspended);
        let active = world.unsuspend(&key, account).await.ok();
        assert_eq!(active["state"], "active");
        assert!(active.get("suspendedAt").is_none());
        assert_eq!(world.read(&key, account).await.ok(), active);
    }
}

#[tokio::test]
async fn the_account_has_the_documented_shape() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let expected = json!({
        "accountId": "acme-member-1", "email": "member-1@acme.example", "name": "Member 1", "role": "member",
        "state": "active",
    });
    assert_eq!(world.read(&key, "acme-member-1").await.ok(), expected);
}

#[tokio::test]
async fn a_repetition_changes_nothing_and_leaves_one_event() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    assert_eq!(world.unsuspend(&key, "acme-member-1").await.ok()["state"], "active");
    assert_eq!(world.count_events("acme", "UNSUSPEND_ACCOUNT").await, 0);
    let first = world.suspend(&key, "acme-member-1").await.ok();
    world.advance(std::time::Duration::from_secs(5));
    assert_eq!(world.suspend(&key, "acme-member-1").await.ok(), first);
    let events = world.events("acme").await;
    let suspensions: Vec<&Value> =
        events.iter().filter(|event| event["action"] == "SUSPEND_ACCOUNT").collect();
    assert_eq!(suspensions.len(), 1);
    assert_eq!(suspensions[0]["actor"]["id"], key.id);
    assert_eq!(
        suspensions[0]["affected"],
        json!({"type": "account", "id": "acme-member-1", "email": "member-1@acme.example", "name": "Member 1"})
    );
}

#[tokio::test]
async fn every_accepted_way_to_send_a_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    for scheme in ["apikey", "ApiKey", "APIKEY", "bearer", "Bearer"] {
        let authorization = format!("{scheme} {}", key.secret);
        world.call("GET", "/enterprise/v1/accounts/acme-member-1", &authorization, Value::Null).await.ok();
    }
}
