//! A collector that polls sees every event once, while writers append whose clocks differ and whose commits are late.
//!
//! Time is made: all clocks are moved ahead together, 250 ms a step; a commit is held between the functions and the engine
//! until its step comes.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use local::functions::{Answer as Pending, HTTP_FUNCTIONS};
use serde_json::{Value, json};
use shared::{Service, clock::Clock, config::Settings, tables::Tables};
use tests::{Intervention, Key, Numbers, eventually};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::{COLLECTORS, Log, PEOPLE, ids};

const WRITERS: usize = 20;
const STEP: Duration = Duration::from_millis(250);
/// 45 seconds.
const STEPS: usize = 180;
/// A commit is held for at most this many steps: 5 seconds.
const LATEST: usize = 20;
/// The clocks of two writers differ by at most this many milliseconds.
const SKEW: usize = 2_000;

/// Somebody with a clock of their own who suspends and unsuspends one account.
struct Writer {
    service: Service,
    clock: Clock,
    name: String,
    account: String,
    suspends: bool,
    permits: Arc<Semaphore>,
    /// The step at which the commit may pass, and the answer.
    under_way: Option<(usize, JoinHandle<Option<i64>>)>,
}

impl Writer {
    fn begin(&mut self, key: &Key, until: usize) {
        let change = if self.suspends { "suspend" } else { "unsuspend" };
        self.suspends = !self.suspends;
        let event = json!({
            "routeKey": format!("POST /enterprise/v1/accounts/{{account}}/{change}"),
            "headers": {"authorization": key.authorization()},
            "pathParameters": {"account": self.account},
            "requestContext": {"requestId": "test"},
        });
        let event = serde_json::from_value(event).expect("an event");
        let function = HTTP_FUNCTIONS.iter().find(|function| function.name == "account-status");
        let answer: Pending = (function.expect("a function").answer)(self.service.clone(), event);
        let task = tokio::spawn(async move { Some(answer.await.status_code) });
        self.under_way = Some((until, task));
    }
}

/// One of two collectors: which events it has seen, and from where it goes on.
struct Collector {
    route: &'static str,
    since: String,
    seen: Vec<String>,
}

impl Collector {
    async fn poll(&mut self, log: &Log) {
        let authorization =
            if self.route == COLLECTORS { log.key.authorization() } else { log.admin.clone() };
        let mut query = vec![("filter[date][since]", self.since.clone()), ("maxResults", "7".into())];
        let mut newest = None;
        loop {
            let request = log.world.request("GET", self.route).query(&query);
            let page = log.world.send(request.header("authorization", &authorization)).await.ok();
            let events = page["data"].as_array().expect("data");
            newest =
                newest.or_else(|| events.first().and_then(|event| event["date"].as_str().map(str::to_owned)));
            self.seen.extend(ids(events));
            match page["nextToken"].as_str() {
                Some(token) => query = vec![("nextToken", token.to_owned())],
                None => break,
            }
        }
        if let Some(newest) = newest {
            let newest = shared::clock::Timestamp::parse_rfc3339(&newest).expect("a date");
            self.since = newest.plus(Duration::from_millis(1)).to_string();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_seen_once() {
    let log = Log::start().await;
    let key = log.world.create_key(&log.admin).await;
    let mut numbers = Numbers::from_seed(7);
    let mut writers: Vec<Writer> = (0..WRITERS).map(|number| writer(&log, number, &mut numbers)).collect();
    let permits: Vec<_> =
        writers.iter().map(|writer| (writer.name.clone(), writer.permits.clone())).collect();
    log.world.dynamodb.interfere(move |call| {
        let held = permits.iter().find(|(name, _)| *name == call.function);
        match held {
            Some((_, permits)) if call.commits() => Intervention::Hold(permits.clone()),
            _ => Intervention::Pass,
        }
    });
    let since = log.now().minus(Duration::from_mins(1)).to_string();
    let collector = |route| Collector { route, since: since.clone(), seen: Vec::new() };
    let (mut behind, mut present) = (collector(COLLECTORS), collector(PEOPLE));
    let mut requests = 0;
    for step in 0..STEPS {
        for writer in &mut writers {
            let due = writer.under_way.take_if(|(until, _)| *until <= step);
            if let Some((_, task)) = due {
                writer.permits.add_permits(1);
                assert_eq!(task.await.expect("an answer"), Some(200));
            }
            // Nobody begins who couldn't end in time.
            if writer.under_way.is_none() && step + 20 < STEPS && numbers.below(6) == 0 {
                let _ = log.world.dynamodb.take_calls();
                writer.begin(&key, step + numbers.below(LATEST));
                requests += 1;
                let name = &writer.name;
                let held = |call: &tests::Observed| call.function == *name && call.commits();
                eventually("a commit is held", async || log.world.dynamodb.take_calls().iter().any(held))
                    .await;
            }
        }
        log.world.advance(STEP);
        for writer in &writers {
            writer.clock.advance(STEP);
        }
        if numbers.below(4) == 0 {
            behind.poll(&log).await;
            present.poll(&log).await;
        }
    }
    assert!(writers.iter().all(|writer| writer.under_way.is_none()));
    log.world.advance(Duration::from_secs(30));
    behind.poll(&log).await;
    present.poll(&log).await;

    let happened: BTreeSet<String> = log
        .world
        .events("acme")
        .await
        .iter()
        .map(|event: &Value| event["eventId"].as_str().expect("an ID").to_owned())
        .collect();
    assert!(requests > 100 && happened.len() > requests, "{requests} requests");
    let seen: BTreeSet<String> = behind.seen.iter().cloned().collect();
    assert_eq!(seen.len(), behind.seen.len(), "an event was seen twice");
    let missed: Vec<_> = happened.difference(&seen).collect();
    assert!(missed.is_empty(), "{} of {} events were missed: {missed:?}", missed.len(), happened.len());
    // The control: who reads to the present, as people do, and goes on from the newest, misses what comes late.
    let seen: BTreeSet<String> = present.seen.into_iter().collect();
    assert!(happened.difference(&seen).count() > 10, "the test would not notice a missed event");
}

fn writer(log: &Log, number: usize, numbers: &mut Numbers) -> Writer {
    let name = format!("writer-{number}");
    let clock = Clock::default();
    clock.advance(Duration::from_millis(numbers.below(SKEW + 1) as u64));
    let settings = Settings::for_endpoint(&log.world.dynamodb.url, &name);
    Writer {
        service: Service::new(Tables::new(settings), clock.clone()),
        clock,
        name,
        account: format!("acme-member-{}", number + 1),
        suspends: true,
        permits: Arc::new(Semaphore::new(0)),
        under_way: None,
    }
}
