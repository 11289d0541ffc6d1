use std::sync::Arc;

use harness::{ADMIN, BASIC_ADMIN, Intervention, SECOND_ADMIN, World};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tokio::sync::{Notify, Semaphore};

const NOTIFICATIONS: &str = "/admin/v1/notifications";
/// The kinds that an administrator gets by default, in their order, and one that they don't get.
const DEFAULTS: [(&str, bool); 6] = [
    ("expiring", true),
    ("leaked", true),
    ("used-after-end", true),
    ("suspension-limit", true),
    ("made-or-rotated", true),
    ("unused", false),
];

/// What is expected after these choices.
fn choices(chosen: &[(&str, bool)]) -> Value {
    let kinds = DEFAULTS.map(|(kind, default)| {
        let wanted = chosen.iter().find(|(name, _)| *name == kind).map_or(default, |(_, wanted)| *wanted);
        json!({"kind": kind, "wanted": wanted, "default": default})
    });
    json!({"mail": {"sent": false}, "kinds": kinds})
}

async fn read(world: &World, admin: &str) -> Value {
    world.call("GET", NOTIFICATIONS, admin, Value::Null).await.ok()
}

async fn choose(world: &World, admin: &str, kinds: Value) -> Value {
    world.call("PUT", NOTIFICATIONS, admin, json!({"kinds": kinds})).await.ok()
}

#[tokio::test]
async fn an_administrator_chooses_for_nobody_else() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    assert_eq!(read(&world, &admin).await, choices(&[]));
    let off = choices(&[("leaked", false), ("unused", true)]);
    assert_eq!(choose(&world, &admin, json!({"leaked": false, "unused": true})).await, off);
    assert_eq!(read(&world, &admin).await, off);
    assert_eq!(read(&world, &second).await, choices(&[]));
    // Omitted kinds stay, and a repeat changes nothing.
    let further = choices(&[("leaked", false), ("unused", true), ("expiring", false)]);
    for _ in 0..2 {
        assert_eq!(choose(&world, &admin, json!({"expiring": false})).await, further);
    }
    let all: Vec<_> = DEFAULTS.map(|(kind, _)| (kind, true)).into();
    let every = json!({"expiring": true, "leaked": true, "used-after-end": true, "suspension-limit": true, "made-or-rotated": true, "unused": true});
    assert_eq!(choose(&world, &admin, every).await, choices(&all));
}

#[tokio::test]
async fn members_and_strangers_choose_nothing() {
    let world = World::start().await;
    let member = world.sign_in("member-1@acme.example").await;
    for (method, body) in [("GET", Value::Null), ("PUT", json!({"kinds": {"leaked": false}}))] {
        let answer = world.call(method, NOTIFICATIONS, &member, body).await;
        assert_eq!(answer.problem().1, "not-company-administrator");
    }
    assert_eq!(world.dynamodb.items("Notices").await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_plan_may_choose() {
    let world = World::start().await;
    let admin = world.sign_in(BASIC_ADMIN).await;
    assert_eq!(choose(&world, &admin, json!({"leaked": false})).await, choices(&[("leaked", false)]));
}

#[tokio::test]
async fn wrong_requests_change_nothing() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let wrong = [
        json!({}),
        json!({"kinds": {}}),
        json!({"kinds": null}),
        json!({"kinds": ["leaked"]}),
        json!({"kinds": {"leaked": false, "weekly": true}}),
        json!({"kinds": {"leaked": "no"}}),
        json!({"kinds": {"leaked": null}}),
        json!({"kinds": {"leaked": false}, "accountId": "acme-second-admin"}),
    ];
    for body in wrong {
        let answer = world.call("PUT", NOTIFICATIONS, &admin, body.clone()).await;
        assert_eq!(answer.problem().1, "invalid-request", "{body}");
    }
    let answer =
        world.call("GET", &format!("{NOTIFICATIONS}?account=acme-second-admin"), &admin, Value::Null).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST.as_u16());
    assert_eq!(read(&world, &admin).await, choices(&[]));
}

/// The administrator loses the role between the check and the write.
#[tokio::test]
async fn a_choice_commits_only_with_authority() {
    let world = World::start().await;
    let second = world.sign_in(SECOND_ADMIN).await;
    let request = world.call("PUT", NOTIFICATIONS, &second, json!({"kinds": {"leaked": false}}));
    let demoted = async {
        let role = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-second-admin", "role": "member"});
        world.provision(role).await.expect("demoted");
    };
    // The write is held until the role is gone.
    let permits = Arc::new(Semaphore::new(0));
    let (held, notify) = (permits.clone(), Arc::new(Notify::new()));
    let begun = notify.clone();
    world.dynamodb.interfere(move |call| {
        if call.function != notifications::NAME || call.action != "TransactWriteItems" {
            return Intervention::Pass;
        }
        begun.notify_one();
        Intervention::Hold(held.clone())
    });
    let demoted = async {
        notify.notified().await;
        demoted.await;
        permits.add_permits(10);
    };
    let (answer, ()) = tokio::join!(request, demoted);
    assert_eq!(answer.problem().1, "not-company-administrator");
    assert_eq!(world.dynamodb.items("Notices").await, Vec::<Value>::new());
}

/// Two choices of the same person at the same time, about different kinds: both count.
#[tokio::test]
async fn choices_at_the_same_time_both_count() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (one, other) = (
        choose(&world, &admin, json!({"leaked": false})),
        choose(&world, &admin, json!({"expiring": false})),
    );
    tokio::join!(one, other);
    assert_eq!(read(&world, &admin).await, choices(&[("leaked", false), ("expiring", false)]));
}

/// An account that was deleted and created again under the same ID belongs to another person.
#[tokio::test]
async fn another_person_with_the_same_identifier_has_chosen_nothing() {
    let world = World::start().await;
    let second = world.sign_in(SECOND_ADMIN).await;
    choose(&world, &second, json!({"leaked": false, "unused": true})).await;
    let later = world.clock.now().plus(std::time::Duration::from_secs(1)).millis().to_string();
    let update = json!({
        "TableName": "Notices",
        "Key": {"about": {"S": "company#acme"}, "notice": {"S": "choice#acme-second-admin"}},
        "UpdateExpression": "SET accountCreatedAt = :later", "ExpressionAttributeValues": {":later": {"N": later}},
    });
    world.dynamodb.ask("UpdateItem", &update).await;
    assert_eq!(read(&world, &second).await, choices(&[]));
    assert_eq!(choose(&world, &second, json!({"expiring": false})).await, choices(&[("expiring", false)]));
    assert_eq!(read(&world, &second).await, choices(&[("expiring", false)]));
}
