//! Collectors that poll see every event once, although the writers' clocks differ and their commits are late.
//!
//! The test controls the time. It moves all clocks ahead together, 250 ms a step. A commit is held between the
//! functions and the engine until its time comes.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use audit_log::HORIZON;
use domain::time::Timestamp;
use harness::{Answer, Intervention, Key, Numbers, eventually};
use local::functions::{Answer as Pending, HTTP_FUNCTIONS};
use serde_json::{Value, json};
use store::{Clock, Service, Settings, Tables};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::{COLLECTORS, Log, PEOPLE, ids};

const WRITERS: usize = 20;
const STEP: Duration = Duration::from_millis(250);
/// 45 seconds.
const STEPS: usize = 180;
/// The longest time for which a commit is held.
const LATEST: Duration = Duration::from_secs(5);
/// The maximum difference between the clocks of two instances. The readers' clock is in the middle.
const SKEW: Duration = Duration::from_secs(2);

/// A writer with its own clock that suspends and unsuspends one account.
struct Writer {
    service: Service,
    clock: Clock,
    name: String,
    account: String,
    suspends: bool,
    permits: Arc<Semaphore>,
    /// When the commit may pass, by the readers' clock, and the response.
    under_way: Option<(Timestamp, JoinHandle<Option<i64>>)>,
}

impl Writer {
    fn begin(&mut self, key: &Key, until: Timestamp) {
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

/// A collector that continues from the newest event that it has seen.
struct Follower {
    reader: Reader,
    since: String,
    seen: Vec<String>,
}

impl Follower {
    async fn poll(&mut self) {
        let events = self.reader.all(vec![("filter[date][since]", self.since.clone())]).await;
        self.seen.extend(ids(&events));
        if let Some(newest) = events.first().and_then(|event| event["date"].as_str()) {
            let newest = Timestamp::parse_rfc3339(newest).expect("a date");
            self.since = newest.plus(Duration::from_millis(1)).to_string();
        }
    }
}

/// A collector that sets its own windows: from the end of the last one to the present.
struct Closer {
    reader: Reader,
    since: Timestamp,
    seen: Vec<String>,
    /// The end of the requested window, and the response.
    under_way: Option<(Timestamp, JoinHandle<Vec<Value>>)>,
}

impl Closer {
    fn begin(&mut self, log: &Log) {
        let (reader, until) = (self.reader.clone(), log.now());
        let window = [("filter[date][since]", self.since), ("filter[date][until]", until)]
            .map(|(name, at)| (name, at.to_string()));
        self.since = until;
        self.under_way = Some((until, tokio::spawn(async move { reader.all(window.into()).await })));
    }

    /// Takes the response, as soon as there can be one.
    async fn end(&mut self, log: &Log) {
        let waits = if self.reader.route == COLLECTORS { HORIZON } else { Duration::ZERO };
        if let Some((_, answer)) = self.under_way.take_if(|(until, _)| log.now() >= until.plus(waits)) {
            self.seen.extend(ids(&answer.await.expect("an answer")));
        }
    }
}

/// Requests complete ranges.
#[derive(Clone)]
struct Reader {
    http: reqwest::Client,
    route: &'static str,
    url: String,
    authorization: String,
}

impl Reader {
    fn new(log: &Log, http: &reqwest::Client, route: &'static str) -> Self {
        let authorization = if route == COLLECTORS { log.key.authorization() } else { log.admin.clone() };
        Self { http: http.clone(), route, url: format!("{}{route}", log.world.stack.url), authorization }
    }

    async fn all(&self, mut query: Vec<(&str, String)>) -> Vec<Value> {
        let mut found = Vec::new();
        query.push(("maxResults", "7".into()));
        loop {
            let request = self.http.get(&self.url).query(&query).header("authorization", &self.authorization);
            let page = Answer::of(request.send().await.expect("a response")).await.ok();
            found.extend(page["data"].as_array().expect("data").iter().cloned());
            match page["nextToken"].as_str() {
                Some(token) => query = vec![("nextToken", token.to_owned())],
                None => return found,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_seen_once() {
    let log = Log::start().await;
    let key = log.world.create_key(&log.admin).await;
    let mut numbers = Numbers::from_seed(7);
    log.world.advance(SKEW / 2);
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
    let since = log.now().minus(Duration::from_mins(1));
    let http = reqwest::Client::new();
    let readers = [COLLECTORS, PEOPLE].map(|route| Reader::new(&log, &http, route));
    let mut followers =
        readers.clone().map(|reader| Follower { reader, since: since.to_string(), seen: Vec::new() });
    let mut closers = readers.map(|reader| Closer { reader, since, seen: Vec::new(), under_way: None });
    let mut requests = 0;
    for step in 0..STEPS {
        for writer in &mut writers {
            let due = writer.under_way.take_if(|(until, _)| *until <= log.now());
            if let Some((_, task)) = due {
                // On a slow machine the SDK has tried again, and its first call may also take a permit.
                writer.permits.add_permits(3);
                assert_eq!(task.await.expect("an answer"), Some(200));
                writer.permits.forget_permits(3);
            }
            // No writer begins that couldn't end in time.
            if writer.under_way.is_none() && step + 20 < STEPS && numbers.below(6) == 0 {
                let _ = log.world.dynamodb.take_calls();
                let held = LATEST / 100 * u32::try_from(numbers.below(100)).expect("a small number");
                writer.begin(&key, log.now().plus(held));
                requests += 1;
                let name = &writer.name;
                let held = |call: &harness::Observed| call.function == *name && call.commits();
                eventually("a commit is held", async || log.world.dynamodb.take_calls().iter().any(held))
                    .await;
            }
        }
        log.world.advance(STEP);
        for writer in &writers {
            writer.clock.advance(STEP);
        }
        for closer in &mut closers {
            closer.end(&log).await;
            if closer.under_way.is_none() && numbers.below(4) == 0 {
                closer.begin(&log);
            }
        }
        if numbers.below(4) == 0 {
            for follower in &mut followers {
                follower.poll().await;
            }
        }
    }
    assert!(writers.iter().all(|writer| writer.under_way.is_none()));
    log.world.advance(Duration::from_secs(30));
    for follower in &mut followers {
        follower.poll().await;
    }
    for closer in &mut closers {
        closer.end(&log).await;
        closer.begin(&log);
        log.world.advance(HORIZON);
        closer.end(&log).await;
    }

    let happened: BTreeSet<String> = log
        .world
        .events("acme")
        .await
        .iter()
        .map(|event: &Value| event["eventId"].as_str().expect("an ID").to_owned())
        .collect();
    assert!(requests > 100 && happened.len() > requests, "{requests} requests");
    let [follower, careless_follower] = followers.map(|follower| follower.seen);
    let [closer, careless_closer] = closers.map(|closer| closer.seen);
    for seen in [follower, closer] {
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "an event was seen twice");
        let missed: Vec<_> = happened.difference(&once).collect();
        assert!(missed.is_empty(), "{} of {} events were missed: {missed:?}", missed.len(), happened.len());
    }
    // The controls: a reader that reads up to the present, as people do, misses late events.
    for seen in [careless_follower, careless_closer] {
        let seen = seen.into_iter().collect();
        assert!(happened.difference(&seen).count() > 10, "the test would not notice a missed event");
    }
}

fn writer(log: &Log, number: usize, numbers: &mut Numbers) -> Writer {
    let name = format!("writer-{number}");
    let clock = Clock::default();
    clock.advance(SKEW / 100 * u32::try_from(numbers.below(101)).expect("a small number"));
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
