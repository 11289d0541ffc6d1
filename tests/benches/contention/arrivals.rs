//! Requests that arrive at a fixed rate, whether or not those before are answered.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::{
    company::{ACCOUNTS, Company, Layer, recount},
    measured::{Measured, Request},
    processor::Used,
};

/// Sends this many requests a second for a while, each for another account, and waits for all responses.
pub async fn measure(company: &Company, rate: usize, time: Duration) -> Measured {
    let (_, key) = company.create_key().await;
    let layer = Layer::Conflicts;
    let contention = company.contend(layer);
    let count = rate * usize::try_from(time.as_secs()).expect("a few");
    assert!(count <= ACCOUNTS, "each request needs an account of its own");
    let (start, used) = (Instant::now(), Used::until_now());
    let arrival = async |number: usize| {
        let began = start + Duration::from_secs_f64(number as f64 / rate as f64);
        tokio::time::sleep_until(began.into()).await;
        let status = company.toggle(&key, number).await;
        Request { began, took: began.elapsed(), status }
    };
    let requests = join_all((0..count).map(arrival)).await;
    let (calls, used, observed) = (company.take_calls(), Used::until_now().since(used), start.elapsed());
    let succeeded = requests.iter().filter(|request| request.status == 200).count();
    recount(&contention, &key, succeeded, count - succeeded);
    let what = format!("{rate} arrivals a second");
    let mut measured = Measured::new(what, layer, &requests, start, time, |status| status == 200);
    measured.attempts = calls.attempts("account-status");
    (measured.used, measured.observed) = (used, observed);
    measured
}
