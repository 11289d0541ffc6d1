//! Many writers with one API key, under contention like `DynamoDB`'s: conflicts between them are few, none is refused,
//! and every write is committed once. It checks counts. `cargo xtask bench contention`
//! measures times.
//!
//! It is a separate program, so that nothing else keeps the machine busy.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use harness::{ADMIN, Answer, Contention, Key, Observed, Release, Weakness, World};
use serde_json::{Value, json};

/// The number of concurrent writers.
const WRITERS: usize = 32;
/// How long a transaction holds its items.
const HOLD: Duration = Duration::from_millis(10);

/// Transactions with one key that must be seen to hold their items at the same time. While every write checked the key's
/// one item, it was 1, or 2 with the note of the key's use.
const AT_ONCE: usize = 5;
/// The same, for SCIM creations in one company. While every creation also counted in the company's item, it was 1 or 2.
const CREATIONS_AT_ONCE: usize = 3;
/// Allowed transactions for each request, on average. The number grows with the speed of the machine, so this finds only
/// a gross increase.
const ATTEMPTS: usize = 4;
/// Allowed transactions for one suspension.
const MOST_ATTEMPTS: usize = 20;
/// Allowed transactions for each request of a key with a limit, on average: all of them count in one item.
const LIMITED_ATTEMPTS: usize = 20;

/// A stack whose tables have contention, and a key that may suspend accounts and create them.
async fn contended() -> (World, Key) {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let fields = json!({"scopes": ["deprovisioning", "scim"], "suspensionLimit": null});
    let key = world.create_key_with(&admin, fields).await;
    (world, key)
}

/// Transactions hold their items exactly as long, however busy this machine is. So what counts in one item waits for others as
/// long as at `DynamoDB`.
fn contend_exactly(world: &World) {
    world.dynamodb.contend(&Contention::measured(HOLD, Release::Time));
    let _ = world.dynamodb.take_calls();
}

/// A stack whose tables have contention, a key that may suspend this many accounts in an hour, and as many members and more.
async fn limited(limit: usize, more: usize) -> (World, Key, Vec<String>) {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key_with(&admin, json!({"suspensionLimit": limit})).await;
    let accounts = world.add_members("limited", limit + more).await;
    world.advance(until_middle_of_hour(&world));
    (world, key, accounts)
}

/// So that no change counts for two hours.
fn until_middle_of_hour(world: &World) -> Duration {
    const HOUR: i64 = 3_600_000;
    let left = (HOUR / 2 - world.clock.now().millis().rem_euclid(HOUR)).rem_euclid(HOUR);
    Duration::from_millis(u64::try_from(left).expect("not negative"))
}

/// How many operations of a call count suspensions.
fn counts(call: &Observed) -> usize {
    let operations = call.request["TransactItems"].as_array().into_iter().flatten();
    let windows = operations.filter_map(|operation| operation["Update"]["Key"]["window"]["S"].as_str());
    windows.filter(|window| window.starts_with("suspensions#")).count()
}

fn contend(world: &World) -> Arc<Contention> {
    let contention = Contention::new(HOLD, Duration::ZERO, Weakness::None);
    world.dynamodb.contend(&contention);
    let _ = world.dynamodb.take_calls();
    contention
}

/// Suspends and unsuspends an account in turn.
async fn toggle(world: &World, key: &Key, account: &str, times: usize) -> Vec<Answer> {
    let mut answers = Vec::new();
    for turn in 0..times {
        answers.push(match turn % 2 {
            0 => world.suspend(key, account).await,
            _ => world.unsuspend(key, account).await,
        });
    }
    answers
}

/// The calls that a function made for its requests, without the notices after the responses.
fn calls_of(world: &World, function: &str) -> Vec<Observed> {
    let mut calls = world.dynamodb.take_calls();
    calls.retain(|call| call.function == function && !call.is_notice());
    calls
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for answer in answers {
        *statuses.entry(answer.status).or_default() += 1;
    }
    statuses
}

async fn count_accounts(world: &World) -> usize {
    let accounts = world.dynamodb.items("Accounts").await;
    accounts.iter().filter(|account| account["companyId"] == "acme").count()
}

/// The number of transactions by account and by the version that they replace: the attempts of each request.
fn attempts(calls: &[Observed]) -> Vec<usize> {
    let mut attempts = HashMap::<String, usize>::new();
    for call in calls.iter().filter(|call| call.commits()) {
        let operations = call.request["TransactItems"].as_array().into_iter().flatten();
        let update = operations.map(|o| &o["Update"]).find(|update| update["TableName"] == "Accounts");
        let update = update.expect("every suspension changes an account");
        let version = &update["ExpressionAttributeValues"][":before"];
        *attempts.entry(format!("{} {version}", update["Key"])).or_default() += 1;
    }
    attempts.into_values().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_writer_makes_one_attempt_and_three_round_trips() {
    const REQUESTS: usize = 10;
    let (world, key) = contended().await;
    contend(&world);
    let answers = toggle(&world, &key, "acme-member-1", REQUESTS).await;
    assert_eq!(statuses(&answers), [(200, REQUESTS)].into());
    let calls = calls_of(&world, "account-status");
    assert_eq!(attempts(&calls), [1; REQUESTS]);
    assert_eq!(calls.len(), 3 * REQUESTS);
    // A key without a limit counts nothing.
    assert_eq!(calls.iter().map(counts).sum::<usize>(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_writer_with_a_limit_makes_as_many_attempts_and_round_trips() {
    const REQUESTS: usize = 10;
    let (world, key, accounts) = limited(REQUESTS, 0).await;
    contend(&world);
    for account in &accounts {
        world.suspend(&key, account).await.ok();
    }
    let calls = calls_of(&world, "account-status");
    assert_eq!(attempts(&calls), [1; REQUESTS]);
    assert_eq!(calls.len(), 3 * REQUESTS);
    // A transaction has one write more: a gate, the account, the event, and the count.
    let transactions: Vec<_> = calls.iter().filter(|call| call.commits()).collect();
    assert!(transactions.iter().all(|call| counts(call) == 1));
    assert!(
        transactions.iter().all(|call| call.request["TransactItems"].as_array().map(Vec::len) == Some(4))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_use_up_a_limit_and_no_request_fails() {
    const LIMIT: usize = 300;
    let (world, key, accounts) = limited(LIMIT, WRITERS).await;
    contend_exactly(&world);
    let suspend = async |writer: usize| {
        let mut answers = Vec::new();
        for account in accounts.iter().skip(writer).step_by(WRITERS) {
            answers.push(world.suspend(&key, account).await);
        }
        answers
    };
    let answers = join_all((0..WRITERS).map(suspend)).await.concat();
    let attempts = calls_of(&world, "account-status").iter().filter(|call| call.commits()).count();
    let seen = format!("{} requests, {attempts} attempts", answers.len());
    assert_eq!(statuses(&answers), [(200, LIMIT), (429, WRITERS)].into(), "{seen}");
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, LIMIT, "{seen}");
    assert!(attempts <= LIMITED_ATTEMPTS * answers.len(), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_batches_of_a_hundred_use_up_a_limit_of_a_thousand() {
    const LIMIT: usize = 1_000;
    let (world, key, accounts) = limited(LIMIT, 100).await;
    contend(&world);
    let suspend = async |accounts: &[String]| {
        let body = json!({"accounts": accounts});
        world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), body).await.outcomes()
    };
    for accounts in accounts[..LIMIT].chunks(100) {
        assert_eq!(suspend(accounts).await, vec!["changed"; 100]);
    }
    let transactions = calls_of(&world, "account-status");
    let transactions: Vec<_> = transactions.iter().filter(|call| call.commits()).collect();
    // A transaction has at most 100 operations, and each account needs two: three transactions for a hundred accounts.
    assert_eq!(transactions.len(), 30);
    assert!(transactions.iter().all(|call| counts(call) == 1));
    assert_eq!(suspend(&accounts[LIMIT..]).await, vec!["suspension-limit-reached"; 100]);
    assert_eq!(world.count_events("acme", "SUSPEND_ACCOUNT").await, LIMIT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_with_one_key_seldom_conflict() {
    const EACH: usize = 10;
    let (world, key) = contended().await;
    let accounts = world.add_members("writer", WRITERS).await;
    let contention = contend(&world);
    let answers = join_all(accounts.iter().map(|account| toggle(&world, &key, account, EACH))).await.concat();
    let calls = calls_of(&world, "account-status");
    let attempts = attempts(&calls);
    let (sum, most) = (attempts.iter().sum::<usize>(), attempts.iter().max().copied().unwrap_or_default());
    let requests = WRITERS * EACH;
    let (count, at_once) = (calls.len(), contention.most_at_once());
    let seen = format!(
        "{requests} requests, {sum} attempts, at most {most} for one, {count} calls, {at_once} at once"
    );
    assert_eq!(statuses(&answers), [(200, requests)].into(), "{seen}");
    // Each write was committed once, and nothing else was.
    let mut actions = HashMap::<String, Vec<String>>::new();
    for event in world.events("acme").await.iter().filter(|event| event["actor"]["id"] == key.id) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        actions.entry(text(&event["affected"]["id"])).or_default().push(text(&event["action"]));
    }
    assert_eq!(actions.len(), WRITERS);
    let expected = ["SUSPEND_ACCOUNT", "UNSUSPEND_ACCOUNT"].repeat(EACH / 2);
    assert!(actions.values().all(|actions| *actions == expected), "{actions:?}");
    // A request verifies the key and reads the account. A conflict at a gate reads nothing again, so few are read twice.
    assert!(count <= 2 * requests + sum + requests / 10, "{seen}");
    assert!(at_once >= AT_ONCE, "{seen}");
    assert!(sum <= ATTEMPTS * requests && most <= MOST_ATTEMPTS, "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creations_in_one_company_seldom_conflict() {
    const EACH: usize = 4;
    let (world, key) = contended().await;
    let (before, requests) = (count_accounts(&world).await, WRITERS * EACH);
    let contention = contend(&world);
    let create = async |writer: usize| {
        let mut answers = Vec::new();
        for turn in 0..EACH {
            let user = json!({"userName": format!("new-{writer}-{turn}@acme.example")});
            answers.push(world.call("POST", "/enterprise/v1/scim/Users", &key.authorization(), user).await);
        }
        answers
    };
    let answers = join_all((0..WRITERS).map(create)).await.concat();
    let attempts = calls_of(&world, "scim-users").iter().filter(|call| call.commits()).count();
    let at_once = contention.most_at_once();
    let seen = format!("{requests} requests, {attempts} attempts, {at_once} at once");
    assert_eq!(statuses(&answers), [(201, requests)].into(), "{seen}");
    let created = world.events("acme").await;
    let created = created.iter().filter(|event| event["actor"]["id"] == key.id);
    assert_eq!(created.filter(|event| event["action"] == "CREATE_ACCOUNT").count(), requests);
    assert_eq!(count_accounts(&world).await, before + requests);
    assert!(at_once >= CREATIONS_AT_ONCE, "{seen}");
    assert!(attempts <= ATTEMPTS * requests, "{seen}");
}
