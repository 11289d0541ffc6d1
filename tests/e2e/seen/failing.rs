use std::time::Duration;

use harness::{ADMIN, Intervention, World};

use super::{address, check_kept, kept, seen_at_once, seen_from};
use crate::uses::instance;

/// Whatever happens to a write, a request is counted at most once, and one that was certainly not counted is counted later.
#[tokio::test]
async fn networks_are_added_once_or_later() {
    for (intervention, lost, added) in [
        (Intervention::Throttle, 0, 0),
        (Intervention::Invalid, 0, 0),
        (Intervention::LoseResponse, 0, 1),
        (Intervention::Disconnect, 0, 1),
        (Intervention::Hang, 0, 1),
        (Intervention::Refuse, 1, 0),
        (Intervention::Fail, 1, 0),
    ] {
        let text = format!("{intervention:?}");
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let (key, instance) = (world.create_key(&admin).await, instance(&world));
        world.dynamodb.interfere(
            move |call| {
                if call.counts_uses() { intervention.clone() } else { Intervention::Pass }
            },
        );
        seen_from(&instance, &key, "192.0.2.1").await;
        assert_eq!(kept(&world, &key).await.1.values().sum::<i64>(), added, "{text}");
        world.dynamodb.let_pass();
        world.advance(Duration::from_secs(1));
        seen_from(&instance, &key, "192.0.2.2").await;
        assert_eq!(check_kept(&world, &key, 2 - lost).await, 0);
        assert_eq!(kept(&world, &key).await.0, ["192.0.2.0/24"], "{text}");
    }
}

/// The same for a write that follows one which the condition refused.
#[tokio::test]
async fn a_second_write_adds_once_or_later() {
    for (intervention, lost) in [
        (Intervention::Throttle, 0),
        (Intervention::LoseResponse, 0),
        (Intervention::Hang, 0),
        (Intervention::Refuse, 5),
    ] {
        let text = format!("{intervention:?}");
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key(&admin).await;
        seen_at_once(&instance(&world), &key, (0..62).map(address)).await;
        let late = instance(&world);
        let mut writes = 0;
        world.dynamodb.interfere(move |call| {
            writes += usize::from(call.counts_uses());
            if call.counts_uses() && writes == 2 { intervention.clone() } else { Intervention::Pass }
        });
        seen_at_once(&late, &key, (100..105).map(address)).await;
        world.dynamodb.let_pass();
        world.advance(Duration::from_secs(1));
        seen_from(&late, &key, &address(0)).await;
        let other = check_kept(&world, &key, 62 + 5 + 1 - lost).await;
        assert_eq!(other, if lost == 0 { 3 } else { 0 }, "{text}");
    }
}
