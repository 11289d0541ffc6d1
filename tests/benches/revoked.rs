//! Many concurrent requests, before and after the revocation of their keys: none that began after it succeeds.
//!
//! Argument: the number of requests. Without it nothing is done, because `cargo test` also runs benches.

use std::{
    io::Write,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use harness::{ADMIN, World};
use serde_json::json;

/// The number of concurrent clients.
const CLIENTS: usize = 8;
/// The number of requests with each key after its revocation.
const WITH_EACH: usize = 1_000;

fn main() {
    // Cargo passes its own option to benches.
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for requests in wanted {
        runtime.block_on(send(requests));
    }
}

async fn send(requests: usize) {
    let world = World::start().await;
    let (after, before) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for _ in 0..requests.div_ceil(WITH_EACH) {
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
        let (is_revoked, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
        let client = async |number: usize| {
            let mut succeeded_after = 0;
            while sent.load(Ordering::SeqCst) < WITH_EACH {
                let began_after = is_revoked.load(Ordering::SeqCst);
                let account = format!("acme-member-{}", number + 1);
                let answer = match sent.load(Ordering::SeqCst) % 4 {
                    0 => world.suspend(&key, &account).await,
                    1 => world.unsuspend(&key, &account).await,
                    _ => world.read(&key, &account).await,
                };
                if began_after {
                    sent.fetch_add(1, Ordering::SeqCst);
                    succeeded_after += usize::from(answer.status != 401);
                } else {
                    before.fetch_add(usize::from(answer.status == 200), Ordering::SeqCst);
                }
            }
            after.fetch_add(succeeded_after, Ordering::SeqCst);
        };
        let revocation = async {
            tokio::task::yield_now().await;
            assert_eq!(world.revoke(&admin, &key).await.status, 200);
            is_revoked.store(true, Ordering::SeqCst);
        };
        tokio::join!(join_all((0..CLIENTS).map(client)), revocation);
        // The recorded calls are many and not needed here.
        let _ = world.dynamodb.take_calls();
    }
    let (after, before) = (after.into_inner(), before.into_inner());
    let mut out = std::io::stdout().lock();
    writeln!(out, "{requests} requests with revoked keys: {after} succeeded ({before} had before)")
        .expect("output");
    assert_eq!(after, 0);
    assert!(before > 0, "the keys never worked");
}
