use std::time::Duration;

use futures_util::future::join_all;
use harness::{ADMIN, Answer, Intervention, KEYS, Key, SECOND_ADMIN, World};
use serde_json::{Value, json};

async fn create(world: &World, admin: &str, idempotency_key: &str, body: &Value) -> Answer {
    let request =
        world.request("POST", KEYS).header("authorization", admin).header("idempotency-key", idempotency_key);
    world.send(request.json(body)).await
}

fn body(name: &str) -> Value {
    json!({"name": name, "scopes": ["deprovisioning"]})
}

async fn keys(world: &World, admin: &str) -> usize {
    world.call("GET", KEYS, admin, json!(null)).await.ok()["apiKeys"].as_array().expect("a list").len()
}

#[tokio::test]
async fn a_repetition_finds_the_key_without_its_secret() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let first = create(&world, &admin, "once", &body("A")).await;
    assert_eq!(first.status, 201);
    let again = create(&world, &admin, "once", &body("A")).await;
    assert_eq!(again.status, 200, "{}", again.text);
    for member in ["keyId", "mask", "name"] {
        assert_eq!(again.string(member), first.string(member));
    }
    assert!(again.json().get("key").is_none());
    assert!(again.string("notice").contains("not stored"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(keys(&world, &admin).await, 1);
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 1);
}

#[tokio::test]
async fn another_body_with_the_same_key_is_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(create(&world, &admin, "once", &body("A")).await.status, 201);
    let other = create(&world, &admin, "once", &body("B")).await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused".into()));
    assert_eq!(keys(&world, &admin).await, 1);
}

#[tokio::test]
async fn another_administrator_may_use_the_same_idempotency_key() {
    let world = World::start().await;
    let (admin, second) = (world.sign_in(ADMIN).await, world.sign_in(SECOND_ADMIN).await);
    assert_eq!(create(&world, &admin, "once", &body("A")).await.status, 201);
    assert_eq!(create(&world, &second, "once", &body("A")).await.status, 201);
    assert_eq!(keys(&world, &admin).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_at_once_create_one_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let body = body("A");
    let answers = join_all((0..10).map(|_| create(&world, &admin, "once", &body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 9);
    assert_eq!(keys(&world, &admin).await, 1);
}

/// The transaction commits and every response of `DynamoDB` is lost: the caller gets a 503, and a retry finds the key.
#[tokio::test]
async fn a_lost_response_and_a_retry_leave_one_key() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.dynamodb.interfere_with("TransactWriteItems", Intervention::LoseResponse);
    let lost = create(&world, &admin, "once", &body("A")).await;
    assert_eq!(lost.problem(), (503, "unavailable".into()));
    assert_eq!(lost.header("retry-after"), "1");
    world.dynamodb.let_pass();
    let again = create(&world, &admin, "once", &body("A")).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(keys(&world, &admin).await, 1);
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 1);
}

/// `DynamoDB` answers the SDK's repeats that the first attempt is still in progress, and that attempt commits. The
/// caller gets the key, because this response is the only one that can contain it.
#[tokio::test]
async fn a_creation_with_an_unknown_outcome_still_shows_its_key() {
    for idempotency_key in [Some("once"), None] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let mut calls = 0;
        world.dynamodb.interfere(move |call| {
            calls += usize::from(call.action == "TransactWriteItems");
            let at_work = call.action == "TransactWriteItems" && calls <= 3;
            if at_work { Intervention::InProgress } else { Intervention::Pass }
        });
        let request = world.request("POST", KEYS).header("authorization", &admin).json(&body("A"));
        let request = match idempotency_key {
            Some(idempotency_key) => request.header("idempotency-key", idempotency_key),
            None => request,
        };
        let created = world.send(request).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let key = Key { id: created.string("keyId"), secret: created.string("key") };
        world.dynamodb.let_pass();
        world.read(&key, "acme-member-1").await.ok();
        assert_eq!(keys(&world, &admin).await, 1);
        assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 1);
    }
}

#[tokio::test]
async fn a_repeat_may_come_after_the_key_has_expired() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let mut short = body("A");
    short["expiresAt"] = world.clock.now().plus(Duration::from_mins(5)).to_string().into();
    let first = create(&world, &admin, "once", &short).await;
    world.advance(Duration::from_mins(6));
    let again = create(&world, &admin, "once", &short).await;
    assert_eq!((again.status, again.string("keyId")), (200, first.string("keyId")));
    assert_eq!(create(&world, &admin, "another", &short).await.wrong_fields(), ["expiresAt"]);
}

#[tokio::test]
async fn a_conflict_is_retried() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    world.dynamodb.interfere_with_first(2, "TransactWriteItems", Intervention::Conflict);
    assert_eq!(create(&world, &admin, "once", &body("A")).await.status, 201);
    assert_eq!(world.count_events("acme", "CREATE_API_KEY").await, 1);
}

#[tokio::test]
async fn a_day_later_the_idempotency_key_is_free_again() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(create(&world, &admin, "once", &body("A")).await.status, 201);
    world.advance(Duration::from_hours(25));
    let admin = world.sign_in(ADMIN).await;
    assert_eq!(create(&world, &admin, "once", &body("A")).await.status, 201);
    assert_eq!(keys(&world, &admin).await, 2);
}
