//! A fixed number of writers with one key, each with an account of its own, until the key is revoked.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{
    company::{Company, Layer, recount},
    measured::{Measured, Request},
    processor::Used,
};

/// Lets this number of writers write for a while, then revokes their key, and checks what every revocation promises.
pub async fn measure(company: &Company, layer: Layer, writers: usize, time: Duration) -> Measured {
    let (admin, key) = company.create_key().await;
    let contention = company.contend(layer);
    let (began, used) = (Instant::now(), Used::until_now());
    let (is_ending, is_revoked) = (AtomicBool::new(false), AtomicBool::new(false));
    let requests = Mutex::new(Vec::new());
    let writer = async |number: usize| loop {
        let began_after = is_revoked.load(Ordering::SeqCst);
        let began = Instant::now();
        let status = company.toggle(&key, number).await;
        assert!(
            status != 401 || is_ending.load(Ordering::SeqCst),
            "the key was refused before its revocation"
        );
        assert!(status != 200 || !began_after, "a request succeeded that began after the revocation");
        requests.lock().expect("not poisoned").push(Request { began, took: began.elapsed(), status });
        if status == 401 || began_after {
            return;
        }
    };
    let revocation = async {
        tokio::time::sleep_until((began + time).into()).await;
        let (time, used) = (began.elapsed(), Used::until_now().since(used));
        let calls = company.take_calls();
        is_ending.store(true, Ordering::SeqCst);
        let asked = Instant::now();
        let answer = company.world.revoke(&admin, &key).await;
        is_revoked.store(true, Ordering::SeqCst);
        assert_eq!(answer.status, 200, "{}", answer.text);
        (time, used, calls, asked.elapsed())
    };
    let (_, (time, used, calls, revocation)) = tokio::join!(join_all((0..writers).map(writer)), revocation);
    let requests = requests.into_inner().expect("not poisoned");
    let committed = contention.committed();
    let end = committed.iter().position(|event| event.action == "REVOKE_API_KEY").expect("a revocation");
    let late = committed[end..].iter().filter(|event| {
        // Without conflicts, the layer doesn't see the order of commits that overlap.
        let is_write = event.actor == key.id && event.action.ends_with("SUSPEND_ACCOUNT");
        is_write && (layer == Layer::Conflicts || event.after > committed[end].before)
    });
    assert_eq!(late.count(), 0, "writes that were committed after the revocation");
    let succeeded = requests.iter().filter(|request| request.status == 200).count();
    let unknown = requests.iter().filter(|request| ![200, 401].contains(&request.status)).count();
    recount(&contention, &key, succeeded, unknown);
    let what = if writers == 1 { "1 writer".into() } else { format!("{writers} writers") };
    let mut measured = Measured::new(what, layer, &requests, began, time, |status| status == 200);
    (measured.attempts, measured.used) = (calls.attempts("account-status"), used);
    measured.revocations.push(revocation);
    measured
}
