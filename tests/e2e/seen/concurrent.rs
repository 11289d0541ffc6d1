use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use harness::{ADMIN, Intervention, World};
use tokio::sync::Semaphore;

use super::{MOST, address, check_kept, kept, seen_at_once};
use crate::uses::instance;

/// However many instances see how many networks at once, the item has exactly 64, and every request is counted once.
#[tokio::test]
async fn instances_together_keep_64_networks() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let instances: Vec<_> = (0..8).map(|_| instance(&world)).collect();
    let _ = world.dynamodb.take_calls();
    let mut requests = 0;
    for round in 0..5 {
        join_all(instances.iter().enumerate().map(async |(number, instance)| {
            // Some networks are seen by several instances, and some by one.
            let addresses = [round, 30 + 5 * number + round, 100 + 20 * number + round, 300 + number];
            seen_at_once(instance, &key, addresses.into_iter().map(address)).await;
        }))
        .await;
        requests += 4 * 8;
        check_kept(&world, &key, requests).await;
        world.advance(Duration::from_secs(1));
    }
    assert_eq!(kept(&world, &key).await.0.len(), MOST);
    let other = check_kept(&world, &key, requests).await;
    assert!(other > 0, "the networks were too few to be refused");
    let writes = world.dynamodb.take_calls().iter().filter(|call| call.counts_uses()).count();
    assert!(writes <= 5 * 8 * 3 + 8, "{writes} writes");
}

/// While an instance writes again, others may take the room. Its third write needs none.
#[tokio::test]
async fn a_report_takes_at_most_three_writes() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    seen_at_once(&instance(&world), &key, (0..60).map(address)).await;
    let permits = Arc::new(Semaphore::new(0));
    let (held, mut writes) = (permits.clone(), 0);
    world.dynamodb.interfere(move |call| {
        // The first write of this report is refused: it has ten new networks. The second would keep four of them.
        let is_report = call.counts_uses() && call.request.to_string().contains("10.1.0.0/24");
        writes += usize::from(is_report);
        if is_report && writes == 2 { Intervention::Hold(held.clone()) } else { Intervention::Pass }
    });
    let late = instance(&world);
    let reporting = seen_at_once(&late, &key, (255..265).map(address));
    let meanwhile = async {
        harness::eventually("the second write is held", async || {
            let calls = world.dynamodb.take_calls();
            calls.iter().any(|call| {
                call.counts_uses() && call.request["ExpressionAttributeValues"][":room"]["N"] == "60"
            })
        })
        .await;
        seen_at_once(&instance(&world), &key, (100..102).map(address)).await;
        permits.add_permits(100);
    };
    tokio::join!(reporting, meanwhile);
    // The two of the other instance were kept, and all ten of this one are among the others.
    assert_eq!(check_kept(&world, &key, 60 + 10 + 2).await, 10);
    let (networks, _) = kept(&world, &key).await;
    assert_eq!((networks.len(), networks.iter().any(|network| network == "10.0.101.0/24")), (62, true));
    let third = world.dynamodb.take_calls().into_iter().rfind(harness::Observed::counts_uses);
    assert!(third.is_some_and(|call| call.request["ConditionExpression"].is_null()));
}
