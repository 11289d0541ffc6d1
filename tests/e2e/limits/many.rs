//! A request that names many accounts counts once for each.

use harness::{ADMIN, Answer, Key, World};
use serde_json::{Value, json};

use super::left;

async fn suspend(world: &World, key: &Key, accounts: Value) -> Answer {
    let path = "/enterprise/v1/accounts/suspend";
    world.call("POST", path, &key.authorization(), json!({"accounts": accounts})).await
}

#[tokio::test]
async fn each_account_counts_and_what_is_refused_does_not() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    let members = world.add_members("counted", 60).await;
    // Names of the same account, and names of none, count too.
    let named: Vec<_> = members[..20].iter().chain(&members[..20]).chain(&members[..19]).collect();
    let answer = suspend(&world, &key, json!(named)).await;
    assert_eq!((answer.status, left(&answer, "key")), (200, Some(41)));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 20);

    // 42 don't fit. None of them is suspended, and the request counts nothing.
    let refused = suspend(&world, &key, json!(members[18..])).await;
    assert_eq!(refused.problem(), (429, "rate-limited".into()));
    assert_eq!(left(&refused, "key"), Some(41));
    let detail = refused.string("detail");
    assert!(detail.contains("41 are left, and this request counts once for each account"), "{detail}");
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 20);
    // A body that is refused counts once.
    let invalid = suspend(&world, &key, json!([])).await;
    assert_eq!((invalid.status, left(&invalid, "key")), (400, Some(40)));

    let rest = suspend(&world, &key, json!(members[20..])).await;
    assert_eq!((rest.status, left(&rest, "key")), (200, Some(0)));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 60);
    assert_eq!(suspend(&world, &key, json!(["acme-member-1"])).await.status, 429);
}
