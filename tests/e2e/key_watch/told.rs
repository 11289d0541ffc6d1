use harness::{ADMIN, BASIC_ADMIN, World};
use serde_json::{Value, json};

use super::{
    DAY, Told, announced, expired, in_days, key_for, scene, told, unused, unused_secret, watch, watch_again,
};

/// Looks at the keys once a day for this many days. Returns what was told on which day.
async fn each_day(world: &World, days: u32) -> Vec<(u32, Told)> {
    let mut all = Vec::new();
    for day in 1..=days {
        world.advance(DAY);
        let before = told(world, "acme").await.len();
        assert!(watch(world).await.complete);
        all.extend(told(world, "acme").await.split_off(before).into_iter().map(|told| (day, told)));
    }
    all
}

#[tokio::test]
async fn everything_is_told_once() {
    let scene = scene().await;
    let report = watch(&scene.world).await;
    assert_eq!(scene.told().await, scene.expected);
    assert_eq!((report.complete, report.keys_not_watched), (true, 0));
    // The demonstration's company Events has six keys that nobody uses.
    assert_eq!(report.told as usize, scene.expected.len() + 6);
    watch_again(&scene.world).await;
    assert_eq!(scene.told().await, scene.expected);
}

#[tokio::test]
async fn an_expiry_is_announced_30_7_and_1_days_before() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = key_for(&world, &admin, 100).await;
    let expected = [
        (70, announced(&key, 30)),
        (90, unused(&key)),
        (93, announced(&key, 7)),
        (99, announced(&key, 1)),
        (100, expired(&key)),
    ];
    assert_eq!(each_day(&world, 110).await, expected);
}

#[tokio::test]
async fn an_edited_expiry_begins_anew() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = key_for(&world, &admin, 40).await;
    assert_eq!(each_day(&world, 12).await, [(10, announced(&key, 30))]);
    let admin = world.sign_in(ADMIN).await;
    let later = in_days(&world, 29).to_string();
    world.edit(&admin, &key, json!({"expiresAt": later})).await.ok();
    assert_eq!(each_day(&world, 2).await, [(1, announced(&key, 30))]);
    let admin = world.sign_in(ADMIN).await;
    world.edit(&admin, &key, json!({"expiresAt": null})).await.ok();
    assert_eq!(each_day(&world, 40).await, []);
}

#[tokio::test]
async fn each_new_secret_is_reported_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let new = world.rotate(&admin, &key).await;
    assert_eq!(each_day(&world, 9).await, [(7, unused_secret(&key))]);
    let events = world.events("acme").await;
    let event = events.last().expect("an event");
    let secrets = &event["details"]["secrets"];
    assert_eq!((&secrets["mask"], &secrets["endedMask"]), (&json!(new.mask()), &json!(new.mask())));
    assert_eq!(event["affected"]["mask"], key.mask());
    let admin = world.sign_in(ADMIN).await;
    let newer = world.rotate(&admin, &key).await;
    assert_eq!(each_day(&world, 5).await, []);
    world.own_key(&newer).await.ok();
    assert_eq!(each_day(&world, 5).await, []);
}

#[tokio::test]
async fn a_key_is_reported_again_only_after_a_new_use() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.advance(DAY * 90);
    watch(&world).await;
    world.advance(DAY * 90);
    watch(&world).await;
    assert_eq!(told(&world, "acme").await, [unused(&key)]);
    world.read(&key, "acme-member-1").await.ok();
    world.noted(&key, "lastUsedAt").await;
    world.advance(DAY * 89);
    watch(&world).await;
    assert_eq!(told(&world, "acme").await.len(), 1);
    world.advance(DAY);
    watch(&world).await;
    assert_eq!(told(&world, "acme").await.len(), 2);
    let admin = world.sign_in(ADMIN).await;
    let log = world.call("GET", "/admin/v1/audit-log", &admin, Value::Null).await.ok();
    let newest = &log["data"][0];
    assert_eq!(
        (&newest["actor"]["type"], &newest["action"]),
        (&json!("SERVICE"), &json!("REPORT_UNUSED_API_KEY"))
    );
    assert_eq!(newest["lastUsedAt"], world.listed(&admin, &key).await["lastUsedAt"]);
}

/// The keys of a company that left the plan are frozen. Nobody can do anything about them.
#[tokio::test]
async fn only_companies_on_the_enterprise_plan_are_told() {
    let world = World::start().await;
    let plan = |plan: &str| json!({"operation": "change-plan", "companyId": "basic", "plan": plan});
    world.provision(plan("enterprise")).await.expect("changed");
    let admin = world.sign_in(BASIC_ADMIN).await;
    let key = key_for(&world, &admin, 40).await;
    world.provision(plan("team")).await.expect("changed");
    world.advance(DAY * 35);
    watch(&world).await;
    assert_eq!(told(&world, "basic").await, []);
    world.provision(plan("enterprise")).await.expect("changed");
    watch(&world).await;
    assert_eq!(told(&world, "basic").await, [], "the run of this day is done");
    watch_again(&world).await;
    assert_eq!(told(&world, "basic").await, [announced(&key, 7)]);
}

#[tokio::test]
async fn a_key_that_the_policy_holds_is_not_reported_as_unused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.set_policy(&admin, json!({"unusedDays": 60, "graceDays": 14})).await.ok();
    world.advance(DAY * 95);
    watch(&world).await;
    assert_eq!(told(&world, "acme").await, []);
    let admin = world.sign_in(ADMIN).await;
    world.set_policy(&admin, json!({"graceDays": 14})).await.ok();
    watch_again(&world).await;
    assert_eq!(told(&world, "acme").await, [unused(&key)]);
}
