use std::time::{Duration, Instant};

use futures_util::future::join_all;
use harness::{World, eventually};
use serde_json::json;
use store::published_keys::FetchFailed;

use super::{KeyServer, Signer, Verified, calls, instance, made_up, server::Respond, signed_by};

/// The number of calls of each kind: reads and updates of the table, and fetches.
fn counted(world: &World, server: &KeyServer) -> (usize, usize, usize) {
    let calls = calls(world);
    let of = |action: &str| calls.iter().filter(|call| *call == action).count();
    assert_eq!(of("GetItem") + of("UpdateItem"), calls.len(), "{calls:?}");
    (of("GetItem"), of("UpdateItem"), server.take_requests().len())
}

/// A flood with made-up identifiers costs a read a minute for each instance, and one fetch a minute in all.
#[tokio::test]
async fn made_up_identifiers_cost_one_read_a_minute_for_each_instance() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let instances = [(); 3].map(|()| instance(&world, &server));
    for minute in 0..3 {
        for number in 0..40 {
            for instance in &instances {
                assert_eq!(made_up(instance, &format!("made-up-{number}")).await, Verified::Refused);
            }
            world.advance(Duration::from_secs(1));
        }
        // The first instance reads, claims, fetches and stores. The others only read.
        assert_eq!(counted(&world, &server), (3, 2, 1), "{minute}");
        world.advance(Duration::from_secs(20));
    }
    for instance in &instances {
        assert_eq!(signed_by(instance, &signer).await, Verified::Yes);
    }
}

/// The same while nothing can be fetched: one attempt a minute, whichever instance makes it.
#[tokio::test]
async fn a_failing_fetch_is_repeated_once_a_minute() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    server.respond(Respond::status(500));
    let instances = [(); 2].map(|()| instance(&world, &server));
    // The instances' minutes begin at different times.
    let first = signed_by(&instances[0], &signer).await;
    assert!(matches!(first, Verified::NotFetched(_)), "{first:?}");
    world.advance(Duration::from_secs(30));
    let mut attempts = 1;
    server.take_requests();
    let _ = calls(&world);
    let (mut reads, mut updates) = (0, 0);
    for _ in 0..30 {
        for instance in &instances {
            let outcome = signed_by(instance, &signer).await;
            assert!(matches!(outcome, Verified::NotFetched(_) | Verified::NotStored), "{outcome:?}");
        }
        world.advance(Duration::from_secs(10));
        let (read, written, fetched) = counted(&world, &server);
        (reads, updates, attempts) = (reads + read, updates + written, attempts + fetched);
    }
    // Five and a half minutes have passed since the first attempt. Each has a claim and an outcome, and another claim may fail.
    assert!((4..=6).contains(&attempts), "{attempts} fetches");
    assert!(reads <= 2 * 6 && updates <= 3 * 6, "{reads} reads, {updates} updates");
}

/// While another instance fetches, a request waits for the outcome, instead of failing for a minute. So made-up identifiers get no
/// 503 either.
#[tokio::test]
async fn a_request_waits_while_another_instance_fetches() {
    let signer = Signer::new("current");
    let listed = Respond::keys(&[signer.listed()]);
    let failed = Verified::NotFetched(FetchFailed::Status(500));
    for (respond, [of_one, of_other, of_unknown]) in [
        (listed, [Verified::Yes, Verified::Yes, Verified::Refused]),
        (Respond::status(500), [failed, Verified::NotStored, Verified::NotStored]),
    ] {
        let world = World::start().await;
        let server = KeyServer::listing(&[]).await;
        server.respond(Respond::Later(Duration::from_millis(1_200), Box::new(respond)));
        let [one, other, third] = [(); 3].map(|()| instance(&world, &server));
        let claimed = async || eventually("claimed", async || !server.requests().is_empty()).await;
        let outcomes = tokio::join!(
            signed_by(&one, &signer),
            async {
                claimed().await;
                signed_by(&other, &signer).await
            },
            async {
                claimed().await;
                made_up(&third, "unknown").await
            }
        );
        assert_eq!(outcomes, (of_one, of_other, of_unknown));
        let (reads, updates, fetches) = counted(&world, &server);
        assert_eq!((updates, fetches), (2, 1));
        // One each, and one after each second of the waiting.
        assert!((5..=7).contains(&reads), "{reads}");
    }
}

/// If the instance that fetches has gone, the others wait for 4 s once a minute.
#[tokio::test]
async fn a_request_does_not_wait_for_an_instance_that_has_gone() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let claimed =
        json!({"publisher": {"S": "github"}, "attemptedAt": {"N": world.clock.now().millis().to_string()}});
    world.dynamodb.ask("PutItem", &json!({"TableName": "PublishedKeys", "Item": claimed})).await;
    let instance = instance(&world, &server);
    let began = Instant::now();
    assert_eq!(signed_by(&instance, &signer).await, Verified::NotStored);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    assert!((4..=5).contains(&counted(&world, &server).0));
    for _ in 0..40 {
        assert_eq!(made_up(&instance, "unknown").await, Verified::NotStored);
    }
    assert_eq!(counted(&world, &server), (0, 0, 0));
    // Some seconds after the claim, nobody waits anymore.
    world.advance(Duration::from_secs(10));
    assert_eq!(signed_by(&self::instance(&world, &server), &signer).await, Verified::NotStored);
    assert_eq!(counted(&world, &server), (1, 0, 0));
    world.advance(Duration::from_mins(1));
    assert_eq!(signed_by(&instance, &signer).await, Verified::Yes);
}

/// Requests that arrive at once cause one fetch, on one instance and on several.
#[tokio::test]
async fn requests_at_once_cause_one_fetch() {
    let world = World::start().await;
    let signer = Signer::new("current");
    let server = KeyServer::listing(&[&signer]).await;
    let one = instance(&world, &server);
    let outcomes = join_all((0..20).map(|_| signed_by(&one, &signer))).await;
    assert_eq!(outcomes, [Verified::Yes; 20]);
    assert_eq!(counted(&world, &server), (1, 2, 1));
    world.advance(Duration::from_hours(1));
    let instances = [(); 5].map(|()| instance(&world, &server));
    let outcomes = join_all(instances.iter().map(|instance| signed_by(instance, &signer))).await;
    // The stored keys count while another instance fetches.
    assert_eq!(outcomes, [Verified::Yes; 5]);
    let (reads, _, fetches) = counted(&world, &server);
    assert_eq!((reads, fetches), (5, 1));
}
