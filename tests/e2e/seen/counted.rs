use std::time::Duration;

use harness::{ADMIN, World};
use serde_json::{Value, json};

use super::{MOST, address, check_kept, kept, seen, seen_at_once, seen_from};
use crate::uses::{Request, details, instance, request};

const DAY: Duration = Duration::from_hours(24);

fn date(world: &World, ago: u32) -> String {
    world.clock.now().minus(DAY * ago).to_string()[..10].to_owned()
}

#[tokio::test]
async fn requests_are_counted_by_their_network() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let (key, other) = (world.create_key(&admin).await, world.create_key(&admin).await);
    let instance = instance(&world);
    let today = date(&world, 0);
    for address in
        ["203.0.113.7", "203.0.113.255", "::ffff:203.0.113.1", "2001:db8:1:2::1", "2001:db8:1:ffff::"]
    {
        seen_from(&instance, &key, address).await;
        world.advance(Duration::from_secs(1));
    }
    seen_from(&instance, &other, "198.51.100.1").await;
    // An address with a port and a list of addresses are no addresses, and a test event has none.
    for unreadable in
        [None, Some(""), Some("203.0.113.7:443"), Some("203.0.113.7, 198.51.100.1"), Some("fe80::1%eth0")]
    {
        assert_eq!(request(&instance, &key, Request::Itself, unreadable).await, 200);
        world.advance(Duration::from_secs(1));
    }
    assert_eq!(check_kept(&world, &key, 10).await, 5);
    let details = details(&world, &admin, &key).await;
    let networks = vec![("203.0.113.0/24", 3, &*today), ("2001:db8:1::/48", 2, &*today)];
    assert_eq!(seen(&details), (networks, Some(5)));
    assert_eq!((&details["seen"]["requests"], &details["seen"]["since"]), (&json!(10), &json!(today)));
}

#[tokio::test]
async fn refused_requests_show_no_network() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instance = instance(&world);
    // The key lacks the scope.
    assert_eq!(request(&instance, &key, Request::User, Some("203.0.113.7")).await, 403);
    let details = details(&world, &admin, &key).await;
    assert_eq!(details["uses"]["days"][0]["refused"], json!({"scope": 1}));
    assert_eq!(seen(&details), (vec![], None));
    assert_eq!(kept(&world, &key).await.0.len(), 0);
}

/// A request that names too many accounts is refused after it was admitted. Its network is taken back.
#[tokio::test]
async fn a_request_that_a_limit_refuses_later_shows_no_network() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.change_limits("acme", json!({"key": 100})).await;
    world.begin_minute();
    for _ in 0..40 {
        world.read(&key, "acme-member-1").await.ok();
    }
    let accounts: Vec<_> = (0..70).map(|number| format!("nobody-{number}")).collect();
    let many = json!({"accounts": accounts});
    let refused = world.call("POST", "/enterprise/v1/accounts/suspend", &key.authorization(), many).await;
    assert_eq!(refused.status, 429);
    world.advance(Duration::from_secs(1));
    world.read(&key, "acme-member-1").await.ok();
    world.advance(Duration::from_secs(1));
    world.read(&key, "acme-member-1").await.ok();
    let is_counted = |day: &Value| day["scope:accounts:read"] == 42 && day["refused:limited"] == 1;
    harness::eventually("counted", async || world.uses(&key).await.iter().any(is_counted)).await;
    assert_eq!(check_kept(&world, &key, 42).await, 0);
}

/// The 65th network of a day is one of the others. The 64 before go on being counted by themselves, also by an instance that
/// has seen none of them. The next day begins anew.
#[tokio::test]
async fn at_most_64_networks_of_a_day_are_kept() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let first = instance(&world);
    for number in 0..MOST {
        seen_from(&first, &key, &address(number)).await;
        assert_eq!(kept(&world, &key).await.0.len(), number + 1);
    }
    assert_eq!(check_kept(&world, &key, 64).await, 0);
    seen_from(&first, &key, &address(MOST)).await;
    world.advance(Duration::from_secs(1));
    seen_from(&first, &key, &address(MOST)).await;
    assert_eq!(check_kept(&world, &key, 66).await, 2);
    let second = instance(&world);
    let _ = world.dynamodb.take_calls();
    // One of the 64, with one write. A further one takes two: the first is refused.
    for (number, writes) in [(3, 1), (MOST + 1, 2)] {
        seen_from(&second, &key, &address(number)).await;
        let calls = world.dynamodb.take_calls();
        let counting =
            |call: &&harness::Observed| call.counts_uses() && call.request["Key"]["window"]["S"] != "uses#";
        assert_eq!(calls.iter().filter(counting).count(), writes);
        // No read is added: each request reads the key and the account.
        assert_eq!(calls.iter().filter(|call| call.action == "GetItem").count(), 2);
        assert!(calls.iter().all(|call| !["BatchGetItem", "Query"].contains(&call.action.as_str())));
    }
    assert_eq!(check_kept(&world, &key, 68).await, 3);
    assert_eq!(kept(&world, &key).await.1["10.0.3.0/24"], 2);
    world.advance(DAY);
    seen_from(&first, &key, &address(MOST)).await;
    assert_eq!(check_kept(&world, &key, 1).await, 0);
    let admin = world.sign_in(ADMIN).await;
    let details = details(&world, &admin, &key).await;
    let (networks, other) = seen(&details);
    // 65 networks in two days: the list has the 64 with the most requests, and the latest of those with as many.
    assert_eq!((networks.len(), other, &details["seen"]["requests"]), (64, Some(4), &json!(69)));
    assert_eq!((networks[0].0, networks[1].0), ("10.0.3.0/24", "10.0.64.0/24"));
}

/// A report of several new networks keeps as many as there is room for.
#[tokio::test]
async fn what_has_no_room_is_counted_among_the_others() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    seen_at_once(&instance(&world), &key, (0..60).map(address)).await;
    assert_eq!(check_kept(&world, &key, 60).await, 0);
    // Five that are kept and ten that aren't.
    seen_at_once(&instance(&world), &key, (55..70).map(address)).await;
    assert_eq!(check_kept(&world, &key, 75).await, 6);
    assert_eq!(kept(&world, &key).await.0.len(), MOST);
    // In the memory of an instance there are as many at most, too.
    let other = world.create_key(&admin).await;
    seen_at_once(&instance(&world), &other, (0..100).map(address)).await;
    assert_eq!(check_kept(&world, &other, 100).await, 36);
}

#[tokio::test]
async fn networks_are_shown_for_30_days() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let (instance, created) = (instance(&world), date(&world, 0));
    for (address, later) in [("192.0.2.1", 0), ("198.51.100.1", 1), ("192.0.2.2", 0), ("203.0.113.1", 28)] {
        world.advance(DAY * later);
        seen_from(&instance, &key, address).await;
    }
    // The 30th day with the first one.
    let see = async || details(&world, &world.sign_in(ADMIN).await, &key).await;
    let shown = see().await;
    let [today, second, first] = [0, 28, 29].map(|ago| date(&world, ago));
    let rows =
        vec![("192.0.2.0/24", 2, &*second), ("203.0.113.0/24", 1, &*today), ("198.51.100.0/24", 1, &*second)];
    assert_eq!(seen(&shown), (rows, None));
    assert_eq!((&shown["seen"]["since"], &first), (&json!(created), &created));
    world.advance(DAY);
    let shown = see().await;
    let rows =
        vec![("203.0.113.0/24", 1, &*today), ("192.0.2.0/24", 1, &*second), ("198.51.100.0/24", 1, &*second)];
    assert_eq!(seen(&shown), (rows, None));
    assert_eq!(shown["seen"]["since"], second);
    world.advance(DAY);
    assert_eq!(seen(&see().await), (vec![("203.0.113.0/24", 1, &*today)], None));
    world.advance(DAY * 28);
    let shown = see().await;
    assert_eq!((seen(&shown), &shown["seen"]["requests"]), ((vec![], None), &json!(0)));
}

/// A table of an earlier release has uses of days on which networks weren't counted.
#[tokio::test]
async fn days_on_which_networks_were_not_counted_are_not_claimed() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let began = json!({
        "TableName": "KeyUsage", "Item": {"window": {"S": "uses#"}, "began": {"S": date(&world, 0)}},
    });
    world.dynamodb.ask("PutItem", &began).await;
    world.advance(DAY * 10);
    seen_from(&instance(&world), &key, "192.0.2.1").await;
    world.advance(DAY * 10);
    let shown = details(&world, &world.sign_in(ADMIN).await, &key).await;
    assert_eq!(shown["seen"]["since"], date(&world, 10));
}
