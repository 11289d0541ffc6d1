//! Limits over many instances, whose clocks differ and whose table of counts fails.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use harness::{ADMIN, BASIC_ADMIN, Intervention, Key, Observed, World};
use serde_json::{Value, json};

const INSTANCES: u64 = 6;

/// Stacks on one engine, with clocks up to 2 s apart, at the beginning of a minute.
async fn instances() -> Vec<World> {
    let mut worlds = vec![World::start().await];
    let plan = json!({"operation": "change-plan", "companyId": "basic", "plan": "enterprise"});
    worlds[0].provision(plan).await.expect("changed");
    for _ in 1..INSTANCES {
        worlds.push(World::with(worlds[0].dynamodb.clone()).await);
    }
    worlds
}

/// Begins a minute: the clocks of the first instances are 2 s ahead.
fn begin_minute(worlds: &[World]) {
    for world in worlds {
        world.begin_minute();
    }
    for (world, ahead) in worlds.iter().zip([2_000, 1_000, 500]) {
        world.advance(Duration::from_millis(ahead));
    }
}

/// Requests with a key, one after the other on each instance.
#[derive(Default)]
struct Flood {
    admitted: AtomicUsize,
    refused: AtomicUsize,
    /// The number that was admitted when the first was refused.
    first_refused_after: AtomicUsize,
}

impl Flood {
    async fn run(&self, worlds: &[World], key: &Key, requests_each: usize) -> f64 {
        let began = Instant::now();
        join_all(worlds.iter().map(async |world| {
            for _ in 0..requests_each {
                match world.read(key, "acme-member-1").await.status {
                    200 | 404 => drop(self.admitted.fetch_add(1, Ordering::SeqCst)),
                    429 => {
                        let admitted = self.admitted.load(Ordering::SeqCst);
                        if self.refused.fetch_add(1, Ordering::SeqCst) == 0 {
                            self.first_refused_after.store(admitted, Ordering::SeqCst);
                        }
                    }
                    status => panic!("{status}"),
                }
            }
        }))
        .await;
        let requests = u32::try_from(worlds.len() * requests_each).expect("few");
        f64::from(requests) / began.elapsed().as_secs_f64()
    }

    fn admitted(&self) -> usize {
        self.admitted.load(Ordering::SeqCst)
    }

    fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

fn fails(call: &Observed, number: &mut usize) -> Intervention {
    if !call.reports_usage() {
        return Intervention::Pass;
    }
    *number += 1;
    match *number % 6 {
        0 => Intervention::Throttle,
        1 => Intervention::LoseResponse,
        2 => Intervention::Fail,
        3 => Intervention::Delay(Duration::from_millis(50)),
        _ => Intervention::Pass,
    }
}

/// Three keys of two companies. `requests` with the first key are far more than its limit.
async fn scene(worlds: &[World]) -> [Key; 3] {
    let (acme, basic) = (worlds[0].sign_in(ADMIN).await, worlds[0].sign_in(BASIC_ADMIN).await);
    worlds[0].change_limits("acme", json!({"key": 600, "company": 1_200})).await;
    let keys = [
        worlds[0].create_key(&acme).await,
        worlds[0].create_key(&acme).await,
        worlds[0].create_key(&basic).await,
    ];
    begin_minute(worlds);
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "figures for people")]
async fn a_flood_is_cut_and_nobody_else_is_refused() {
    for table_fails in [false, true] {
        let worlds = instances().await;
        let [flooding, sibling, other] = scene(&worlds).await;
        if table_fails {
            let mut number = 0;
            worlds[0].dynamodb.interfere(move |call| fails(call, &mut number));
        }
        let (flood, slow, abroad) = (Flood::default(), Flood::default(), Flood::default());
        let (rate, _, _) = tokio::join!(
            flood.run(&worlds, &flooding, 500),
            slow.run(&worlds[..2], &sibling, 100),
            abroad.run(&worlds[2..], &other, 50),
        );
        // Nobody is refused below the documented number.
        let first = flood.first_refused_after.load(Ordering::SeqCst);
        assert!(first + worlds.len() >= 600, "refused after {first}");
        assert!(flood.admitted() >= 600 && flood.refused() > 0);
        assert_eq!((slow.refused(), abroad.refused()), (0, 0));
        // A flood is cut within the documented bound: 1.5 s of its rate. If the table fails, every sixth count is lost, and
        // the next report comes as much later again.
        let bound = if table_fails { 720.0 + 3.0 * rate } else { 600.0 + 1.5 * rate };
        let admitted = f64::from(u32::try_from(flood.admitted()).expect("few"));
        println!("{admitted} of 600 admitted at {rate:.0}/s, the table fails: {table_fails}");
        assert!(admitted <= bound, "{admitted} admitted at {rate}/s, table_fails: {table_fails}");
    }
}

/// A stolen key's refused requests use up nothing of the company's limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_requests_use_up_nothing() {
    let worlds = instances().await;
    let [stolen, good, _] = scene(&worlds).await;
    let acme = worlds[0].sign_in(ADMIN).await;
    let flood = Flood::default();
    flood.run(&worlds[..1], &stolen, 1_000).await;
    assert_eq!(flood.admitted(), 600);
    worlds[0].revoke(&acme, &stolen).await.ok();
    for _ in 0..100 {
        assert_eq!(worlds[0].read(&stolen, "acme-member-1").await.status, 401);
    }
    let rest = Flood::default();
    rest.run(&worlds[..1], &good, 600).await;
    assert_eq!((rest.admitted(), rest.refused()), (600, 0));
    assert_eq!(worlds[0].read(&good, "acme-member-1").await.status, 429);
}

/// A lost response of the table says nothing about the count, so it isn't sent again. A request isn't affected.
#[tokio::test]
async fn a_count_whose_response_is_lost_is_not_added_twice() {
    for intervention in [Intervention::LoseResponse, Intervention::Disconnect, Intervention::Hang] {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key(&admin).await;
        world.begin_minute();
        // After a report that took all the time, the other one is not sent.
        let sent = if matches!(intervention, Intervention::Hang) { 1 } else { 2 };
        world.dynamodb.interfere(move |call| {
            if call.reports_usage() { intervention.clone() } else { Intervention::Pass }
        });
        for _ in 0..10 {
            world.read(&key, "acme-member-1").await.ok();
        }
        harness::eventually("reported", async || world.windows().await.len() == sent).await;
        // The instance gives up after half a second. The next request that may report does it without the first ten.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        world.dynamodb.let_pass();
        let read = async || {
            for _ in 0..10 {
                world.read(&key, "acme-member-1").await.ok();
            }
        };
        read().await;
        let reaches = async || {
            let windows = world.windows().await;
            windows.len() == 2 && windows.iter().all(|window| window["requests"].as_i64() >= Some(20))
        };
        harness::eventually("reported again", reaches).await;
        let windows = world.windows().await;
        assert!(windows.iter().all(|window| window["requests"] == 20), "{windows:?}");
    }
}

/// The writes have no condition, add what was admitted once, and expire. No transaction names their table.
#[tokio::test]
async fn counts_are_added_once() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.begin_minute();
    for _ in 0..10 {
        world.read(&key, "acme-member-1").await.ok();
    }
    harness::eventually("reported", async || world.windows().await.len() == 2).await;
    let windows = world.windows().await;
    let minute = world.clock.now().millis() / 60_000;
    for (name, window) in
        [(format!("company#acme#{minute}"), "company"), (format!("key#{}#{minute}", key.id), "key")]
    {
        let item = windows.iter().find(|item| item["window"] == name.as_str());
        assert_eq!(item.map(|item| &item["requests"]), Some(&json!(10)), "{window}: {windows:?}");
        assert_eq!(item.map(|item| &item["expiry"]), Some(&json!((minute + 1) * 60 + 3_600)));
    }
    let calls = world.dynamodb.take_calls();
    let reports: Vec<_> = calls.iter().filter(|call| call.reports_usage()).collect();
    assert_eq!(reports.len(), 2);
    assert!(reports.iter().all(|call| call.request["ConditionExpression"] == Value::Null));
    assert!(calls.iter().all(|call| call.action != "TransactWriteItems" || !call.request.to_string().contains("KeyUsage")));
}
