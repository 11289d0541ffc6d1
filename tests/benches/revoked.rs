//! Many concurrent requests, before and after the revocation of their keys: none that began after it succeeds, and none
//! of their writes commits after it. A control, whose gates are not raised, shows that such a write would be seen.
//!
//! Argument: the number of requests. Without it nothing is done, because `cargo test` also runs benches.

use std::{
    io::Write,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use harness::{ADMIN, Behavior, Committed, Contention, Release, Stalls, Weakness, World};
use serde_json::json;

/// The number of concurrent clients.
const CLIENTS: usize = 8;
/// The number of requests with each key after its revocation.
const WITH_EACH: usize = 1_000;
/// The number of requests that succeed with each key before its revocation begins.
const BEFORE_IT: usize = 4 * CLIENTS;
/// The number of keys of the control.
const CONTROL: usize = 30;

/// What was counted.
#[derive(Default)]
struct Counts {
    /// Requests that succeeded before the revocation.
    before: usize,
    /// Requests that began after the revocation, and succeeded.
    after: usize,
    /// Writes that were committed,
    written: usize,
    /// and those among them that were committed after the revocation.
    late: usize,
}

fn main() {
    // Cargo passes its own option to benches.
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for requests in wanted {
        let Counts { before, after, written, late } =
            runtime.block_on(send(requests.div_ceil(WITH_EACH), WITH_EACH, Weakness::None));
        let control = runtime.block_on(send(CONTROL, CLIENTS, Weakness::GatesNotRaised));
        let mut out = std::io::stdout().lock();
        writeln!(
            out,
            "{requests} requests with revoked keys: {after} succeeded ({before} had before). {written} writes: {late} \
             were committed after the revocation. Without gates: {} of {}.",
            control.late, control.written
        )
        .expect("output");
        assert_eq!((after, late), (0, 0));
        assert!(before > 0 && written > 0, "the keys never worked");
        assert!(control.late > 0, "a late write isn't noticed");
    }
}

/// Some writes take much longer than a revocation.
fn behavior(weakness: Weakness) -> Behavior {
    Behavior {
        release: Release::Done,
        hold: Duration::from_millis(2),
        stalls: Some(Stalls { one_in: 4, times: 50 }),
        staleness: Duration::ZERO,
        unconditional_writes_pass: false,
        weakness,
    }
}

async fn send(keys: usize, with_each: usize, weakness: Weakness) -> Counts {
    let world = World::start().await;
    world.raise_limits("acme").await;
    let contention = Contention::of(behavior(weakness));
    world.dynamodb.contend(&contention);
    let (after, before) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for _ in 0..keys {
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"scopes": ["deprovisioning", "scim"]})).await;
        let (is_revoked, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
        let client = async |number: usize| {
            let (mut succeeded_after, mut turn) = (0, number);
            while sent.load(Ordering::SeqCst) < with_each {
                let began_after = is_revoked.load(Ordering::SeqCst);
                let account = format!("acme-member-{}", number + 1);
                turn += 1;
                let answer = match turn % 4 {
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
        let first = before.load(Ordering::SeqCst);
        let revocation = async {
            // Only a write that is in flight can be late.
            while before.load(Ordering::SeqCst) < first + BEFORE_IT {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(world.revoke(&admin, &key).await.status, 200);
            is_revoked.store(true, Ordering::SeqCst);
        };
        tokio::join!(join_all((0..CLIENTS).map(client)), revocation);
        // The recorded calls are many and not needed here.
        let _ = world.dynamodb.take_calls();
    }
    let (after, before) = (after.into_inner(), before.into_inner());
    let (written, late) = count_writes(&contention.committed());
    Counts { before, after, written, late }
}

/// The number of committed writes of keys, and of those after the revocation of their key.
fn count_writes(committed: &[Committed]) -> (usize, usize) {
    let mut revoked = Vec::new();
    let (mut written, mut late) = (0, 0);
    for event in committed {
        if event.action == "REVOKE_API_KEY" {
            revoked.push(&event.affected);
        } else if event.action.ends_with("SUSPEND_ACCOUNT") {
            written += 1;
            late += usize::from(revoked.contains(&&event.actor));
        }
    }
    (written, late)
}
