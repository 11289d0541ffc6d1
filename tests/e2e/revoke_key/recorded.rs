//! Uses of a revoked key in the audit log: each address once a minute with the number of uses, and at most ten
//! addresses.

use std::time::Duration;

use harness::{ADMIN, Intervention, Key, Observed, World};
use serde_json::{Value, json};
use store::{Service, Settings, Tables, write_notices};
use web::answer;

async fn revoked() -> (World, Key) {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.revoke(&admin, &key).await.ok();
    (world, key)
}

/// An instance of a function with its own memory.
fn instance(world: &World) -> Service {
    let settings = Settings::for_endpoint(&world.dynamodb.url, ::audit_log::NAME);
    Service::new(Tables::new(settings), world.clock.clone())
}

/// Uses the key from this address, and waits for the notice that is written after the response.
async fn use_from(instance: &Service, key: &Key, address: Option<&str>) {
    let event = json!({
        "routeKey": "GET /enterprise/v1/audit-log",
        "headers": {"authorization": key.authorization()},
        "requestContext": {"requestId": "test", "http": {"method": "GET", "sourceIp": address}},
    });
    let event = serde_json::from_value(event).expect("an event");
    let response = answer(::audit_log::NAME, instance, event, ::audit_log::handle).await;
    assert_eq!(response.status_code, 401);
    write_notices(instance).await;
}

/// The recorded uses, oldest first: the address, and the number of uses that each stands for.
async fn recorded(world: &World) -> Vec<(Value, Value)> {
    let events = world.events("acme").await.into_iter();
    let uses = events.filter(|event| event["action"] == "USE_REVOKED_API_KEY");
    uses.map(|event| (event["ip"].clone(), event["details"]["times"].clone())).collect()
}

fn calls(world: &World) -> usize {
    world.dynamodb.take_calls().iter().filter(|call| call.records_revoked_use()).count()
}

#[tokio::test]
async fn each_address_is_recorded_once_a_minute_with_its_number_of_uses() {
    let (world, key) = revoked().await;
    let one = instance(&world);
    let uses = [
        Some("192.0.2.1"),
        Some("192.0.2.1"),
        Some("192.0.2.2"),
        Some("::ffff:192.0.2.1"),
        Some("2001:db8::1"),
        Some("2001:db8::2"),
        Some("2001:db8:0:1::1"),
        None,
        None,
    ];
    for address in uses {
        use_from(&one, &key, address).await;
    }
    let first = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1"];
    let mut expected: Vec<_> = first.iter().map(|address| (json!(address), json!(1))).collect();
    expected.push((Value::Null, json!(1)));
    let mut found = recorded(&world).await;
    // Of two events in the same millisecond, either may come first.
    found.sort_by_key(|(address, _)| (address.is_null(), address.to_string()));
    expected.sort_by_key(|(address, _)| (address.is_null(), address.to_string()));
    assert_eq!(found, expected);

    world.advance(Duration::from_mins(1));
    use_from(&one, &key, Some("192.0.2.1")).await;
    world.advance(Duration::from_millis(5));
    use_from(&one, &key, Some("2001:db8::3")).await;
    let found = recorded(&world).await;
    assert_eq!(found[5..], [(json!("192.0.2.1"), json!(3)), (json!("2001:db8::3"), json!(2))]);
}

#[tokio::test]
async fn ten_addresses_a_minute_of_all_instances_and_few_writes() {
    let (world, key) = revoked().await;
    let instances = [instance(&world), instance(&world)];
    let _ = calls(&world);
    for n in 0..100 {
        for instance in &instances {
            use_from(instance, &key, Some(&format!("192.0.2.{n}"))).await;
            use_from(instance, &key, Some("198.51.100.1")).await;
        }
    }
    assert_eq!(recorded(&world).await.len(), 10);
    // Ten addresses for each instance, with at most two attempts.
    assert!(calls(&world) <= 40);
    world.advance(Duration::from_mins(1));
    for n in 50..100 {
        use_from(&instances[0], &key, Some(&format!("203.0.113.{n}"))).await;
    }
    assert_eq!(recorded(&world).await.len(), 20);
    assert!(calls(&world) <= 20);
}

#[tokio::test]
async fn a_use_that_another_instance_recorded_is_not_retried() {
    let (world, key) = revoked().await;
    let (one, other) = (instance(&world), instance(&world));
    use_from(&one, &key, Some("192.0.2.1")).await;
    use_from(&other, &key, Some("192.0.2.1")).await;
    let _ = calls(&world);
    for _ in 0..5 {
        use_from(&one, &key, Some("192.0.2.1")).await;
        use_from(&other, &key, Some("192.0.2.1")).await;
    }
    assert_eq!((recorded(&world).await.len(), calls(&world)), (1, 0));
    // Each instance records what it saw itself.
    world.advance(Duration::from_mins(1));
    use_from(&other, &key, Some("192.0.2.1")).await;
    assert_eq!(recorded(&world).await[1], (json!("192.0.2.1"), json!(7)));
}

#[tokio::test]
async fn a_notice_that_fails_loses_no_count() {
    let (world, key) = revoked().await;
    let one = instance(&world);
    let fail = |call: &Observed| {
        if call.records_revoked_use() { Intervention::Throttle } else { Intervention::Pass }
    };
    world.dynamodb.interfere(fail);
    for _ in 0..3 {
        use_from(&one, &key, Some("192.0.2.1")).await;
    }
    world.dynamodb.let_pass();
    use_from(&one, &key, Some("192.0.2.1")).await;
    assert_eq!(recorded(&world).await, [(json!("192.0.2.1"), json!(4))]);
}

/// If the last record of a burst can't be written, it is written later, even if nobody uses the key again.
#[tokio::test]
async fn a_late_record_that_fails_is_written_a_minute_later() {
    let (world, key) = revoked().await;
    let one = instance(&world);
    let other = Key { id: String::new(), secret: "no-key".into() };
    for _ in 0..3 {
        use_from(&one, &key, Some("192.0.2.1")).await;
    }
    world.advance(Duration::from_mins(1));
    world.dynamodb.interfere(|call| {
        if call.records_revoked_use() { Intervention::Throttle } else { Intervention::Pass }
    });
    use_from(&one, &other, None).await;
    world.dynamodb.let_pass();
    assert_eq!(recorded(&world).await, [(json!("192.0.2.1"), json!(1))]);
    world.advance(Duration::from_mins(1));
    use_from(&one, &other, None).await;
    assert_eq!(recorded(&world).await[1..], [(json!("192.0.2.1"), json!(2))]);
}

/// Many revoked keys in use at once don't postpone each other's records.
#[tokio::test]
async fn late_records_of_many_keys_are_written_a_few_with_each_request() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let one = instance(&world);
    for _ in 0..7 {
        let key = world.create_key(&admin).await;
        world.revoke(&admin, &key).await.ok();
        for _ in 0..2 {
            use_from(&one, &key, Some("192.0.2.1")).await;
        }
    }
    assert_eq!(recorded(&world).await.len(), 7);
    world.advance(Duration::from_mins(1));
    let other = Key { id: String::new(), secret: "no-key".into() };
    for written in [10, 13, 14, 14] {
        use_from(&one, &other, None).await;
        assert_eq!(recorded(&world).await.len(), written);
    }
}

/// All uses of a burst are recorded, even if nobody uses the key again: the instance's next request records the rest.
#[tokio::test]
async fn uses_that_were_only_counted_are_recorded_after_the_minute() {
    let (world, key) = revoked().await;
    let one = instance(&world);
    for _ in 0..25 {
        use_from(&one, &key, Some("192.0.2.1")).await;
    }
    assert_eq!(recorded(&world).await, [(json!("192.0.2.1"), json!(1))]);
    let other = Key { id: String::new(), secret: "no-key".into() };
    use_from(&one, &other, None).await;
    assert_eq!(recorded(&world).await.len(), 1);
    world.advance(Duration::from_mins(1));
    for _ in 0..3 {
        use_from(&one, &other, None).await;
    }
    assert_eq!(recorded(&world).await[1..], [(json!("192.0.2.1"), json!(24))]);
}
