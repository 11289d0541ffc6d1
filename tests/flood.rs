//! A revocation during a flood of requests with the key: new requests are refused at once, the gates end the writes in
//! progress, and the transaction commits.
//!
//! It is a separate program, so that nothing else keeps the machine busy.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use harness::{ADMIN, Contention, Weakness, World};

const WRITERS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_among_two_hundred_writers_returns_within_five_seconds() {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    let contention = Contention::new(Duration::from_millis(4), Duration::ZERO, Weakness::None);
    world.dynamodb.contend(&contention);
    let (revoked, succeeded, late) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let writer = async |number: usize| {
        let account = format!("acme-member-{}", number % 20 + 1);
        for turn in 0.. {
            let began_after = revoked.load(Ordering::SeqCst);
            let suspends = (number + turn).is_multiple_of(2);
            let answer = if suspends {
                world.suspend(&key, &account).await
            } else {
                world.unsuspend(&key, &account).await
            };
            match answer.status {
                200 if began_after => late.fetch_add(1, Ordering::Relaxed),
                200 => succeeded.fetch_add(1, Ordering::Relaxed),
                401 => return,
                503 => 0,
                status => panic!("{status}: {}", answer.text),
            };
            // Requests that began after the revocation's response have been counted. If the revocation failed, the
            // flood would never end by itself.
            if began_after {
                return;
            }
        }
    };
    let revocation = async {
        // In the middle of the flood.
        while contention.conflicts() < 100 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let began = Instant::now();
        let answer = world.revoke(&admin, &key).await;
        revoked.store(true, Ordering::SeqCst);
        (answer.status, began.elapsed())
    };
    let (_, (status, took)) = tokio::join!(join_all((0..WRITERS).map(writer)), revocation);
    assert_eq!(status, 200);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(late.load(Ordering::Relaxed), 0);
    let committed = contention.committed();
    let revocation = committed.iter().position(|event| event.action == "REVOKE_API_KEY").expect("committed");
    assert!(committed[revocation..].iter().all(|event| !event.action.ends_with("SUSPEND_ACCOUNT")));
    assert!(succeeded.load(Ordering::Relaxed) > 0 && contention.conflicts() > WRITERS);
}
