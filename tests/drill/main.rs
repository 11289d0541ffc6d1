//! A drill: a key is stolen and suspends as many members of a company as it can, as fast as it can. An administrator finds the
//! key, revokes it and takes back what it did. Nothing is left of the harm.
//!
//! `cargo test -p tests --test drill -- --nocapture` prints how long each step takes. `docs/incident.md` has the same steps for
//! the person on call.
//!
//! It is a separate program, so that nothing else keeps the machine busy.

mod company;
mod report;
mod thief;

use std::time::Duration;

use harness::{ADMIN, Contention, KEYS, Weakness};
use serde_json::{Value, json};

use company::Company;
use report::Report;

/// The members of the company.
const MEMBERS: usize = 2_000;
/// Those that the thief wants to suspend.
const WANTED: usize = 500;
/// How many a key may suspend in an hour.
const LIMIT: usize = 100;
/// The members who leave the company: the directory has suspended these before the thief does,
const LEFT_BEFORE: usize = 5;
/// and it suspends these afterwards, whom the thief has suspended.
const LEFT_AFTER: usize = 3;
/// How long a transaction holds its items.
const HOLD: Duration = Duration::from_millis(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_key_suspends_no_more_than_its_limit_and_nothing_of_it_is_left() {
    let company = Company::new(MEMBERS).await;
    let world = &company.world;
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"suspensionsPerHour": LIMIT})).await.ok();
    let directory = world.create_key_with(&admin, json!({"name": "Directory", "scopes": ["scim"]})).await;
    let stolen = world.create_key_with(&admin, json!({"name": "Nightly offboarding"})).await;
    world.create_key_with(&admin, json!({"name": "Another"})).await;
    for member in &company.members[..LEFT_BEFORE] {
        company.leave(&directory, member).await;
    }
    // The directory's changes are older, and the hour doesn't end during the drill.
    world.advance(Duration::from_mins(1));
    company.begin_hour();
    let admin = world.sign_in(ADMIN).await;
    world.dynamodb.contend(&Contention::new(HOLD, Duration::ZERO, Weakness::None));
    let since = world.clock.now();

    // The key is stolen.
    let mut report = Report::default();
    let harm =
        report.step("the thief suspends", thief::suspend(world, &stolen, &company.members[..WANTED])).await;
    report.note(format!("requests: {}, refused accounts: {}", harm.requests, harm.refused));
    assert_eq!(harm.suspended, LIMIT);
    // The directory's leavers are suspended already.
    assert_eq!(harm.refused + LIMIT + LEFT_BEFORE, WANTED);
    assert_eq!(company.suspended().await, LIMIT + LEFT_BEFORE);
    let members = &company.members[..WANTED];
    let victims = company.suspended_by(&stolen).await;
    assert_eq!(victims.len(), LIMIT);
    assert!(victims.iter().all(|victim| members[LEFT_BEFORE..].contains(victim)));
    // Leavers of the same day, whom the thief has suspended before the directory does.
    for victim in &victims[..LEFT_AFTER] {
        company.leave(&directory, victim).await;
    }

    // An administrator looks.
    let id = report.step("the list of keys shows which key reached its limit", company.stopped(&admin)).await;
    report.note("requests: 1".into());
    assert_eq!(id, std::slice::from_ref(&stolen.id));
    let event = report.step("the audit log has the event", company.reached(&admin)).await;
    assert_eq!((&event["affected"]["id"], &event["suspensionsPerHour"]), (&json!(stolen.id), &json!(LIMIT)));
    let path = format!("{KEYS}/{}", stolen.id);
    let key = report.step("the key's page", world.call("GET", &path, &admin, Value::Null)).await.ok();
    assert_eq!((&key["suspensionsThisHour"], &key["suspensionsPerHour"]), (&json!(LIMIT), &json!(LIMIT)));

    // The key ends.
    report.step("the key is revoked", world.revoke(&admin, &stolen)).await.ok();
    report.note("requests: 1".into());
    assert_eq!(world.suspend(&stolen, &company.members[0]).await.status, 401);
    assert_eq!(world.unsuspend(&stolen, &victims[0]).await.status, 401);

    // What it did is taken back.
    let found = report.step("what it suspended is listed", company.list_harm(&admin, &stolen, since)).await;
    report.note(format!("requests: {}", found.requests));
    assert_eq!(found.count("unsuspends"), LIMIT - LEFT_AFTER);
    assert_eq!(found.count("stays-suspended"), LEFT_AFTER);
    let undone = report.step("it is undone", company.undo(&admin, &stolen, since, &found.accounts)).await;
    report.note(format!("requests: {}", undone.requests));
    assert_eq!(undone.changed, LIMIT);

    // Nothing is left but what the directory wants.
    let mut left: Vec<_> =
        company.members[..LEFT_BEFORE].iter().chain(&victims[..LEFT_AFTER]).cloned().collect();
    left.sort();
    let mut suspended = company.suspended_accounts().await;
    suspended.sort();
    assert_eq!(suspended, left);
    assert_eq!(world.count_events("acme", "UNSUSPEND_ACCOUNT").await, LIMIT - LEFT_AFTER);
    let again = company.list_harm(&admin, &stolen, since).await;
    assert_eq!((again.count("unsuspends"), again.count("stays-suspended")), (0, 0));
    report.print(&format!(
        "{MEMBERS} members, {WANTED} attacked, {LIMIT} suspended, {} unsuspended, {LEFT_AFTER} stay suspended because the \
         directory suspended them too",
        LIMIT - LEFT_AFTER
    ));
}
