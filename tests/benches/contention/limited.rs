//! Writers that use up a key's limit of suspensions. All of them count in one item.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::{
    company::{Company, Layer, recount},
    measured::{Measured, Request},
    processor::Used,
};

/// The largest limit.
const LIMIT: usize = 1_000;
/// Changes near the end of an hour count twice.
const HOUR: i64 = 3_600_000;

/// Lets this number of writers suspend as many accounts as the limit allows, and one more each.
pub async fn measure(company: &Company, writers: usize) -> Measured {
    let accounts = company.world.add_members("limited", LIMIT + writers).await;
    let (_, key) = company.create_key_with_limit(Some(LIMIT)).await;
    let left = HOUR - company.world.clock.now().millis().rem_euclid(HOUR);
    if left < HOUR / 2 {
        company.world.advance(Duration::from_millis(u64::try_from(left).expect("positive") + 10_000));
    }
    let layer = Layer::Conflicts;
    let contention = company.contend(layer);
    let (start, used) = (Instant::now(), Used::until_now());
    let writer = async |number: usize| {
        let mut requests = Vec::new();
        for account in accounts.iter().skip(number).step_by(writers) {
            let began = Instant::now();
            let status = company.suspend(&key, account).await;
            requests.push(Request { began, took: began.elapsed(), status });
        }
        requests
    };
    let requests = join_all((0..writers).map(writer)).await.concat();
    let (calls, used, time) = (company.take_calls(), Used::until_now().since(used), start.elapsed());
    let count = |status: u16| requests.iter().filter(|request| request.status == status).count();
    recount(&contention, &key, count(200), requests.len() - count(200) - count(429));
    assert!(count(200) <= LIMIT, "the limit was passed");
    let what = format!("{writers} writers, limit of {LIMIT}");
    let mut measured = Measured::new(what, layer, &requests, start, time, |status| status == 200);
    measured.attempts = calls.attempts("account-status");
    measured.used = used;
    measured
}
