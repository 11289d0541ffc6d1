//! A fixed number of writers that create accounts of one company over SCIM.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::{
    company::{Company, Layer, recount},
    measured::{Measured, Request},
    processor::Used,
};

/// Lets this number of writers create accounts for a while, and waits for all responses.
pub async fn measure(company: &Company, layer: Layer, writers: usize, time: Duration) -> Measured {
    let (_, key) = company.create_key().await;
    let contention = company.contend(layer);
    let (start, used) = (Instant::now(), Used::until_now());
    let writer = async |number: usize| {
        let mut requests = Vec::new();
        while start.elapsed() < time {
            let began = Instant::now();
            // The key's identifier makes the names of each turn new.
            let user_name = format!("{}-{number}-{}@acme.example", key.id.to_lowercase(), requests.len());
            let status = company.create(&key, &user_name).await;
            requests.push(Request { began, took: began.elapsed(), status });
        }
        requests
    };
    let requests = join_all((0..writers).map(writer)).await.concat();
    let (calls, used, observed) = (company.take_calls(), Used::until_now().since(used), start.elapsed());
    let created = requests.iter().filter(|request| request.status == 201).count();
    recount(&contention, &key, created, requests.len() - created);
    let what = format!("{writers} writers, SCIM creations");
    let mut measured = Measured::new(what, layer, &requests, start, time, |status| status == 201);
    measured.attempts = calls.attempts("scim-users");
    (measured.used, measured.observed) = (used, observed);
    measured
}
