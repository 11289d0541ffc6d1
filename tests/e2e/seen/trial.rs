use std::{net::IpAddr, time::Duration};

use domain::network::{AllowedNetworks, NetworkMode, Ranges, range};
use harness::{ADMIN, Answer, BASIC_ADMIN, KEYS, Key, World};
use serde_json::{Value, json};
use store::random;

use super::{address, seen_at_once, seen_from};
use crate::uses::{Request, details, instance, request};

async fn try_networks(world: &World, admin: &str, key: &Key, ranges: Value) -> Answer {
    let path = format!("{KEYS}/{}/try-networks", key.id);
    world.call("POST", &path, admin, json!({"ranges": ranges})).await
}

/// The numbers of requests, of refused and of undecided ones.
fn numbers(trial: &Value) -> [u64; 3] {
    ["requests", "refused", "undecided"].map(|member| trial[member].as_u64().expect("a number"))
}

#[tokio::test]
async fn an_administrator_sees_what_a_list_would_have_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instance = instance(&world);
    for address in
        ["203.0.113.7", "203.0.113.8", "203.0.113.9", "198.51.100.1", "198.51.100.2", "2001:db8:1::1"]
    {
        seen_from(&instance, &key, address).await;
        world.advance(Duration::from_secs(1));
    }
    assert_eq!(request(&instance, &key, Request::Account, None).await, 200);
    let today = &world.clock.now().to_string()[..10];
    let network = |network: &str, requests: u64, outcome: &str| json!({"network": network, "requests": requests, "lastSeenOn": today, "outcome": outcome});
    let _ = world.dynamodb.take_calls();
    let trial = try_networks(&world, &admin, &key, json!(["198.51.100.2", "2001:db8::/32"])).await.ok();
    let networks = json!([
        network("203.0.113.0/24", 3, "refused"),
        network("198.51.100.0/24", 2, "undecided"),
        network("2001:db8:1::/48", 1, "admitted"),
    ]);
    assert_eq!(
        trial,
        json!({"since": today, "requests": 7, "refused": 3, "undecided": 3, "networks": networks})
    );
    // Nothing is written, and the days are one read.
    let calls = world.dynamodb.take_calls();
    assert_eq!(calls.iter().map(|call| &*call.action).collect::<Vec<_>>(), ["BatchGetItem"; 2]);
    for (ranges, expected) in [
        (json!(["0.0.0.0/0", "::/0"]), [7, 0, 1]),
        (json!(["::ffff:203.0.113.0/120"]), [7, 3, 1]),
        (json!(["203.0.113.0/25", "203.0.113.128/25", "203.0.113.0/24"]), [7, 3, 1]),
        (json!((0..20).map(|number| format!("203.0.113.{number}")).collect::<Vec<_>>()), [7, 3, 4]),
    ] {
        let trial = try_networks(&world, &admin, &key, ranges.clone()).await.ok();
        assert_eq!(numbers(&trial), expected, "{ranges}");
    }
    // A key that isn't used, and one that is revoked.
    let unused = world.create_key(&admin).await;
    let nothing = json!({"since": today, "requests": 0, "refused": 0, "undecided": 0, "networks": []});
    assert_eq!(try_networks(&world, &admin, &unused, json!(["::/0"])).await.ok(), nothing);
    world.revoke(&admin, &key).await.ok();
    assert_eq!(numbers(&try_networks(&world, &admin, &key, json!(["::/0"])).await.ok()), [7, 5, 1]);
}

#[tokio::test]
async fn wrong_lists_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let many = (0..21).map(|number| format!("203.0.113.{number}")).collect::<Vec<_>>();
    for wrong in [
        json!([]),
        json!(null),
        json!("203.0.113.0/24"),
        json!([7]),
        json!([""]),
        json!(["203.0.113.7/24"]),
        json!(["203.0.113.0/24", "2001:db8::1/48"]),
        json!(["203.0.113.0/33"]),
        json!(["everywhere"]),
        json!(many),
    ] {
        let answer = try_networks(&world, &admin, &key, wrong.clone()).await;
        assert_eq!(answer.wrong_fields(), ["ranges"], "{wrong}");
    }
    let path = format!("{KEYS}/{}/try-networks", key.id);
    assert_eq!(world.call("POST", &path, &admin, json!({})).await.wrong_fields(), ["ranges"]);
    assert_eq!(world.call("POST", &path, &admin, Value::Null).await.wrong_fields(), ["body"]);
    // A range that is wrong is named.
    let answer = try_networks(&world, &admin, &key, json!(["203.0.113.0/24", "2001:db8::1/48"])).await;
    assert!(answer.text.contains("range 2") && answer.text.contains("2001:db8::/48"), "{}", answer.text);
    let holding = try_networks(&world, &admin, &key, json!([key.secret])).await;
    assert_eq!(holding.problem(), (400, "misplaced-key".into()));
}

#[tokio::test]
async fn only_administrators_of_the_company_try_lists() {
    let world = World::start().await;
    let (admin, basic) = (world.sign_in(ADMIN).await, world.sign_in(BASIC_ADMIN).await);
    let key = world.create_key(&admin).await;
    seen_from(&instance(&world), &key, "203.0.113.7").await;
    let _ = world.dynamodb.take_calls();
    let others = try_networks(&world, &basic, &key, json!(["::/0"])).await;
    assert_eq!(others.problem(), (404, "not-found".into()));
    assert!(!world.dynamodb.take_calls().iter().any(|call| call.request.to_string().contains("uses#")));
    assert_eq!(try_networks(&world, &key.authorization(), &key, json!(["::/0"])).await.status, 401);
}

/// An address near these, so that lists contain parts of networks.
fn random_address() -> IpAddr {
    let near =
        ["10.0.0.0", "10.0.1.0", "10.0.2.0", "192.0.2.0", "2001:db8:1::", "2001:db8:2::", "::ffff:10.0.1.0"];
    match near[pick(near.len())].parse().expect("an address") {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() | u32::try_from(pick(256)).expect("a byte")).into()),
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            IpAddr::V6((v6.to_bits() | pick(256) as u128).into())
        }
        IpAddr::V6(v6) => {
            IpAddr::V6((v6.to_bits() | (pick(1 << 16) as u128) << 64 | pick(256) as u128).into())
        }
    }
}

fn pick(count: usize) -> usize {
    usize::try_from(random::number_in(0..=count as u64 - 1)).expect("few")
}

/// Up to 20 ranges around random addresses. Wide ones are at least as wide as the networks that are kept.
fn random_ranges(is_wide: bool) -> Vec<String> {
    let count = [1, 1 + pick(4), 20][pick(3)];
    let ranges = (0..count).map(|_| {
        let address = random_address().to_canonical();
        let (kept, longest) = if address.is_ipv4() { (24, 32) } else { (48, 128) };
        let length = match (pick(4), is_wide) {
            (0, true) => pick(kept),
            (_, true) => kept,
            (0, false) => longest,
            (_, false) => kept - 2 + pick(longest - kept + 2),
        };
        // Without the bits after the prefix.
        let bits = |bits: u128, width: usize| {
            if length == 0 { 0 } else { bits >> (width - length) << (width - length) }
        };
        match address {
            IpAddr::V4(v4) => {
                let first = u32::try_from(bits(v4.to_bits().into(), 32)).expect("32 bits");
                format!("{}/{length}", std::net::Ipv4Addr::from_bits(first))
            }
            IpAddr::V6(v6) => format!("{}/{length}", std::net::Ipv6Addr::from_bits(bits(v6.to_bits(), 128))),
        }
    });
    ranges.collect()
}

/// Every request is replayed against the list that would have decided about it.
#[tokio::test]
async fn a_trial_agrees_with_a_replay_of_the_requests() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instances = [instance(&world), instance(&world)];
    let mut addresses = Vec::new();
    for step in 0..150 {
        let address = random_address();
        seen_from(&instances[step % 2], &key, &address.to_string()).await;
        addresses.push(address);
        world.advance(Duration::from_millis(200));
    }
    world.advance(Duration::from_secs(1));
    for instance in &instances {
        seen_from(instance, &key, "192.0.2.7").await;
        addresses.push("192.0.2.7".parse().expect("an address"));
    }
    let mut were_undecided = 0;
    for round in 0..60 {
        let is_wide = round % 2 == 0;
        let texts = random_ranges(is_wide);
        let ranges = texts.iter().map(|text| range(text).expect("a range")).collect();
        let list =
            AllowedNetworks { mode: NetworkMode::Enforce, ranges: Ranges::new(ranges).expect("ranges") };
        let replayed = addresses.iter().filter(|address| !list.admit(Some(**address))).count() as u64;
        let trial = try_networks(&world, &admin, &key, json!(texts)).await.ok();
        let [requests, refused, undecided] = numbers(&trial);
        assert_eq!(requests, addresses.len() as u64);
        assert!(refused <= replayed && replayed <= refused + undecided, "{texts:?}: {replayed}, {trial}");
        assert!(!is_wide || undecided == 0, "{texts:?}: {trial}");
        were_undecided += u64::from(undecided > 0);
    }
    assert!(were_undecided > 0, "no range was narrow");
}

/// Those that the key's own list refuses are counted, too: enforcing a list doesn't hide what it does. A key with a list is
/// shown with the trial of this list, in both modes.
#[tokio::test]
async fn a_key_is_shown_with_what_its_list_refuses() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instance = instance(&world);
    let status = async |address: Option<&str>| {
        let status = request(&instance, &key, Request::Account, address).await;
        world.advance(Duration::from_secs(1));
        status
    };
    assert_eq!(details(&world, &admin, &key).await["networksTrial"], Value::Null);
    let list =
        |mode: &str| json!({"networks": {"mode": mode, "ranges": ["203.0.113.0/24", "2001:db8:1:1::/64"]}});
    world.edit(&admin, &key, list("report")).await.ok();
    for (address, times) in
        [("203.0.113.7", 3), ("::ffff:198.51.100.1", 2), ("2001:db8:1:1::1", 1), ("2001:db8:1:2::1", 1)]
    {
        for _ in 0..times {
            assert_eq!(status(Some(address)).await, 200);
        }
    }
    assert_eq!(status(None).await, 200);
    let shown = details(&world, &admin, &key).await;
    assert_eq!(numbers(&shown["networksTrial"]), [8, 2, 3]);
    let tried = try_networks(&world, &admin, &key, list("report")["networks"]["ranges"].clone()).await.ok();
    assert_eq!(shown["networksTrial"], tried);

    world.edit(&admin, &key, list("enforce")).await.ok();
    world.advance(Duration::from_secs(1));
    for (address, expected) in [
        (Some("203.0.113.8"), 200),
        (Some("198.51.100.1"), 403),
        (Some("192.0.2.1"), 403),
        (Some("2001:db8:1:1::1"), 200),
        (Some("2001:db8:1:2::1"), 403),
        (Some("nowhere"), 403),
        (None, 403),
    ] {
        assert_eq!(status(address).await, expected, "{address:?}");
    }
    let shown = details(&world, &admin, &key).await;
    assert_eq!(numbers(&shown["networksTrial"]), [15, 4, 7]);
    assert_eq!(shown["uses"]["days"][0]["refused"], json!({"network": 5}));
    let networks = shown["networksTrial"]["networks"].as_array().expect("networks").iter();
    let networks = networks.map(|network| {
        (network["network"].as_str(), network["requests"].as_u64(), network["outcome"].as_str())
    });
    let row = |network, requests, outcome| (Some(network), Some(requests), Some(outcome));
    assert_eq!(
        networks.collect::<Vec<_>>(),
        [
            row("198.51.100.0/24", 3, "refused"),
            row("192.0.2.0/24", 1, "refused"),
            row("2001:db8:1::/48", 4, "undecided"),
            row("203.0.113.0/24", 4, "admitted"),
        ]
    );
    // The last use is one that was admitted.
    assert_eq!(shown["uses"]["lastUse"]["ip"], "2001:db8:1:1::1");
    // Without a list, the counts remain.
    world.edit(&admin, &key, json!({"networks": null})).await.ok();
    let shown = details(&world, &admin, &key).await;
    assert_eq!((&shown["networksTrial"], &shown["seen"]["requests"]), (&Value::Null, &json!(15)));
}

/// Requests whose network isn't kept may have come from anywhere.
#[tokio::test]
async fn a_trial_of_too_many_networks_says_what_it_does_not_know() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    seen_at_once(&instance(&world), &key, (0..64).map(address)).await;
    seen_at_once(&instance(&world), &key, (64..70).map(address)).await;
    let trial = try_networks(&world, &admin, &key, json!(["10.0.0.0/19"])).await.ok();
    assert_eq!(numbers(&trial), [70, 32, 6]);
    assert_eq!(trial["networks"].as_array().map(Vec::len), Some(64));
    // The next day has room. Then there are more networks than a response lists, and all of them are tried.
    world.advance(Duration::from_hours(24));
    seen_at_once(&instance(&world), &key, (64..70).map(address)).await;
    let admin = world.sign_in(ADMIN).await;
    let trial = try_networks(&world, &admin, &key, json!(["10.0.0.0/19"])).await.ok();
    assert_eq!(numbers(&trial), [76, 38, 6]);
    let networks = trial["networks"].as_array().expect("networks");
    assert_eq!(
        (networks.len(), &networks[37]["outcome"], &networks[38]["outcome"]),
        (64, &json!("refused"), &json!("admitted"))
    );
    let seen = details(&world, &admin, &key).await["seen"].take();
    assert_eq!((&seen["requests"], &seen["otherRequests"]), (&json!(76), &json!(12)));
}
