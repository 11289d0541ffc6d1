use std::time::Duration;

use harness::{ADMIN, Contention, KEYS, SECOND_ADMIN, Weakness, World};
use serde_json::json;

use super::change;
use crate::invariants::{hold, until_held};

#[tokio::test]
async fn each_account_has_one_result_in_the_order_of_the_request() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let accounts = json!([
        "Member-2@acme.example",
        "nobody@acme.example",
        "acme-member-1",
        "acme-member-2",
        "basic-admin"
    ]);
    let answer = change(&world, &admin, "suspend", accounts.clone()).await;
    assert_eq!(answer.outcomes(), ["changed", "not-found", "changed", "unchanged", "not-found"]);
    let results = answer.ok();
    assert_eq!(results["results"][0]["account"]["accountId"], "acme-member-2");
    assert_eq!(results["results"][2]["account"]["state"], "suspended");
    assert_eq!(results["results"][1]["problem"]["status"], 404);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 2);

    let again = change(&world, &admin, "suspend", accounts).await;
    assert_eq!(again.outcomes(), ["unchanged", "not-found", "unchanged", "unchanged", "not-found"]);
    let back = change(&world, &admin, "unsuspend", json!(["acme-member-1", "acme-member-3"])).await;
    assert_eq!(back.outcomes(), ["changed", "unchanged"]);
    let events = world.events("acme").await;
    let last = events.last().expect("an event");
    assert_eq!((&last["action"], &last["actor"]["email"]), (&json!("UNSUSPEND_ACCOUNT"), &json!(ADMIN)));
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 2);
}

#[tokio::test]
async fn as_many_as_a_request_may_name() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let members = world.add_members("more", 70).await;
    let unknown = (1..=30).map(|number| format!("x{number}"));
    let accounts: Vec<_> = members.into_iter().chain(unknown).collect();
    let answer = change(&world, &admin, "suspend", json!(accounts)).await;
    let expected: Vec<_> = [["changed"; 70].as_slice(), &["not-found"; 30]].concat();
    assert_eq!(answer.outcomes(), expected);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 70);
}

/// Unlike a key, an administrator can unsuspend another one.
#[tokio::test]
async fn an_administrator_suspends_and_unsuspends_another() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    for (what, administrators) in [("suspend", 1), ("unsuspend", 2)] {
        assert_eq!(change(&world, &admin, what, json!(["acme-second-admin"])).await.outcomes(), ["changed"]);
        assert_eq!(world.company("acme").await["activeAdministrators"], administrators);
    }
}

#[tokio::test]
async fn administrators_can_suspend_themselves_unless_they_are_the_last() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    // They come last, because afterwards they have no authority any more.
    let answer =
        change(&world, &second, "suspend", json!([SECOND_ADMIN, "acme-member-1", "acme-member-3"])).await;
    assert_eq!(answer.outcomes(), ["changed"; 3]);
    assert_eq!(
        world.call("GET", KEYS, &second, json!(null)).await.problem(),
        (403, "account-suspended".into())
    );
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);

    let answer = change(&world, &admin, "suspend", json!(["acme-admin", "acme-member-2"])).await;
    assert_eq!(answer.outcomes(), ["last-administrator", "changed"]);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
}

#[tokio::test]
async fn of_the_last_two_administrators_the_caller_stays() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let answer = change(&world, &admin, "suspend", json!([ADMIN, "acme-member-1", SECOND_ADMIN])).await;
    assert_eq!(answer.outcomes(), ["last-administrator", "changed", "changed"]);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
}

/// Both requests have read two active administrators before either commits.
#[tokio::test]
async fn two_administrators_who_suspend_each_other_leave_one() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let permits = hold(&world, "members");
    let release = async {
        until_held(&world, "members", 2).await;
        world.dynamodb.let_pass();
        permits.add_permits(1_000);
    };
    let (first, other, ()) = tokio::join!(
        change(&world, &admin, "suspend", json!([SECOND_ADMIN])),
        change(&world, &second, "suspend", json!([ADMIN])),
        release
    );
    let mut both = [first.outcomes(), other.outcomes()];
    both.sort();
    assert_eq!(both, [["account-suspended"], ["changed"]]);
    assert_eq!(world.company("acme").await["activeAdministrators"], 1);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 1);
}

#[tokio::test]
async fn owners_of_keys_are_marked() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let (own, theirs) = (world.create_key(&admin).await, world.create_key(&second).await);
    change(&world, &admin, "suspend", json!([SECOND_ADMIN])).await.ok();
    let keys = world.call("GET", KEYS, &admin, json!(null)).await.ok();
    let owner = |id: &str| {
        let keys = keys["apiKeys"].as_array().expect("keys");
        keys.iter().find(|key| key["keyId"] == id).expect("the key")["createdBy"].clone()
    };
    assert_eq!(owner(&own.id), json!({"accountId": "acme-admin", "email": ADMIN}));
    assert_eq!(
        owner(&theirs.id),
        json!({"accountId": "acme-second-admin", "email": SECOND_ADMIN, "suspended": true})
    );
}

/// An edit by somebody else holds a member. The caller's own account waits for it, although it is free.
#[tokio::test]
async fn the_caller_comes_last_even_if_another_account_is_held() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    let key = world.create_key_with(&admin, json!({"scopes": ["scim"]})).await;
    let user = "/enterprise/v1/scim/Users/acme-member-1";
    world.call("GET", user, &key.authorization(), json!(null)).await.ok();
    world.noted(&key, "lastUsedAt").await;
    world.dynamodb.contend(&Contention::new(Duration::from_millis(300), Duration::ZERO, Weakness::None));
    let edit = async {
        let rename = json!({"Operations": [{"op": "replace", "path": "displayName", "value": "Renamed"}]});
        world.call("PATCH", user, &key.authorization(), rename).await.ok()
    };
    let batch = async {
        // From then on, the edit holds the member.
        until_held(&world, "scim-users", 1).await;
        change(&world, &second, "suspend", json!([SECOND_ADMIN, "acme-member-1", "acme-member-2"])).await
    };
    let (_, answer) = tokio::join!(edit, batch);
    assert_eq!(answer.outcomes(), ["changed"; 3]);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, 3);
}
