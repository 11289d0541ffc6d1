//! The response for a collector's window is complete: the request waits for events that may still come.

use std::time::Duration;

use audit_log::HORIZON;
use domain::time::Timestamp;
use harness::{Answer, Intervention, eventually};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{COLLECTORS, Log, actions, ids};

const UNTIL: &str = "filter[date][until]";
const SECOND: Duration = Duration::from_secs(1);

/// A collector's request in progress.
struct Waiting(JoinHandle<Answer>);

impl Waiting {
    /// Starts the request, and returns after the key was verified. Then the request waits or reads.
    async fn begin(log: &Log, query: &[(&str, &str)]) -> Self {
        let _ = log.world.dynamodb.take_calls();
        let request = log.world.request("GET", COLLECTORS).query(query);
        let request = request.header("authorization", log.key.authorization());
        let task = tokio::spawn(async move { Answer::of(request.send().await.expect("a response")).await });
        eventually("the key is verified", async || {
            log.world.dynamodb.take_calls().iter().any(|call| call.action == "GetItem")
        })
        .await;
        Self(task)
    }

    /// The response to a request that has waited.
    async fn end(self) -> Answer {
        self.0.await.expect("an answer")
    }

    fn waits(&self) -> bool {
        !self.0.is_finished()
    }
}

fn snapshots(page: &Value) -> Vec<Timestamp> {
    let events = page["data"].as_array().expect("data").iter();
    events
        .map(|event| {
            Timestamp::parse_rfc3339(event["snapshotDate"].as_str().expect("a date")).expect("a date")
        })
        .collect()
}

/// Events that are written late into the window are in the response.
#[tokio::test]
async fn a_request_waits_for_an_end_in_the_present() {
    let log = Log::start().await;
    for ahead in [Duration::ZERO, 2 * SECOND] {
        let until = log.now().plus(ahead);
        let waiting = Waiting::begin(&log, &[(UNTIL, &until.to_string())]).await;
        log.world.advance(ahead + 5 * SECOND);
        let late = log.put(until.minus(Duration::from_millis(1)), "CHANGE_PLAN", json!({})).await;
        let outside = log.put(until, "CHANGE_PLAN", json!({})).await;
        assert!(waiting.waits(), "{ahead:?}");
        log.world.advance(HORIZON);
        let page = waiting.end().await.ok();
        let seen = ids(page["data"].as_array().expect("data"));
        assert!(seen.contains(&late) && !seen.contains(&outside), "{ahead:?}");
        assert!(snapshots(&page).iter().all(|snapshot| *snapshot >= until), "{ahead:?}: {page}");
    }
}

/// A request doesn't wait if it has no end, if the end is long past or too far ahead, or in the dashboard.
#[tokio::test]
async fn other_requests_do_not_wait() {
    let log = Log::start().await;
    log.world.advance(Duration::from_mins(1));
    let at = |offset: i64| Timestamp::from_millis(log.now().millis() + 1000 * offset).to_string();
    let since = ("filter[date][since]", log.now().plus(Duration::from_mins(2)).to_string());
    let since = (since.0, since.1.as_str());
    for query in [
        vec![],
        vec![(UNTIL, at(-9))],
        vec![(UNTIL, at(60))],
        vec![(UNTIL, at(0)), ("filter[action]", "NOTHING".into())],
        vec![(UNTIL, at(0)), (since.0, since.1.into())],
    ] {
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let began = log.now();
        let page = log.collect(&query).await.ok();
        assert!(log.now() < began.plus(4 * SECOND), "{query:?}");
        // How far the range was read.
        assert!(snapshots(&page).iter().all(|snapshot| *snapshot < began.minus(HORIZON).plus(4 * SECOND)));
    }
    let began = log.now();
    let page = log.list(&[(UNTIL, &at(0))]).await.ok();
    assert!(log.now() < began.plus(4 * SECOND) && !snapshots(&page).is_empty());
    assert!(snapshots(&page).iter().all(|snapshot| *snapshot < began.minus(HORIZON).plus(4 * SECOND)));
}

/// All pages of a response have the same snapshot date, however late they are read.
#[tokio::test]
async fn every_page_has_the_snapshot_date_of_the_first() {
    let log = Log::start().await;
    log.world.advance(Duration::from_mins(1));
    let first = log.collect(&[("maxResults", "5")]).await.ok();
    let mut seen = snapshots(&first);
    let mut page = first;
    while let Some(token) = page["nextToken"].as_str() {
        log.world.advance(Duration::from_mins(1));
        page = log.collect(&[("nextToken", token)]).await.ok();
        seen.extend(snapshots(&page));
    }
    assert!(seen.len() > 5);
    seen.dedup();
    assert_eq!(seen.len(), 1);
}

/// If the key's authority ends while its request waits, the request is refused.
#[tokio::test]
async fn the_key_is_verified_again_after_the_wait() {
    type Change = (&'static str, u16, AsyncChange);
    type AsyncChange = fn(&Log) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;
    let changes: [Change; 4] = [
        ("revoked", 401, |log| {
            Box::pin(async {
                log.world.revoke(&log.admin, &log.key).await.ok();
            })
        }),
        ("frozen", 401, |log| {
            Box::pin(async {
                let leave = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
                log.world.provision(leave).await.expect("changed");
            })
        }),
        ("expired", 401, |log| {
            Box::pin(set(log, json!({"expiresAt": {"N": log.now().millis().to_string()}})))
        }),
        ("narrowed", 403, |log| Box::pin(set(log, json!({"scopes": {"SS": ["scim"]}})))),
    ];
    for (change, status, carry_out) in changes {
        let log = Log::start().await;
        let waiting = Waiting::begin(&log, &[(UNTIL, &log.now().to_string())]).await;
        carry_out(&log).await;
        assert!(waiting.waits(), "{change}");
        let _ = log.world.dynamodb.take_calls();
        log.world.advance(HORIZON + SECOND);
        let answer = waiting.end().await;
        assert_eq!(answer.status, status, "{change}: {}", answer.text);
        assert!(log.world.dynamodb.take_calls().iter().all(|call| call.action != "Query"), "{change}");
    }
}

/// Changes attributes of the key's item as verification reads it.
async fn set(log: &Log, attributes: Value) {
    let scanned = log.world.dynamodb.ask("Scan", &json!({"TableName": "KeyDigests"})).await;
    let items = scanned["Items"].as_array().expect("items");
    let mut item = items.iter().find(|item| item["keyId"]["S"] == log.key.id).expect("the key").clone();
    for (name, value) in attributes.as_object().into_iter().flatten() {
        item[name] = value.clone();
    }
    log.world.dynamodb.ask("PutItem", &json!({"TableName": "KeyDigests", "Item": item})).await;
}

/// If the read of a window fails, the client asks again, and then the request doesn't wait.
#[tokio::test]
async fn a_failed_read_after_the_wait_loses_nothing() {
    let log = Log::start().await;
    let until = log.now().to_string();
    let waiting = Waiting::begin(&log, &[(UNTIL, &until)]).await;
    log.world.dynamodb.interfere_with("Query", Intervention::Fail);
    log.world.advance(HORIZON + SECOND);
    assert_eq!(waiting.end().await.status, 503);
    log.world.dynamodb.let_pass();
    assert!(!actions(&log.collect(&[(UNTIL, &until)]).await).is_empty());
}

/// An end that is far ahead doesn't change the default start, which is seven days before the log's end.
#[tokio::test]
async fn an_end_far_ahead_alone_is_the_last_seven_days() {
    let log = Log::start().await;
    log.world.advance(HORIZON);
    let far = log.now().plus(Duration::from_hours(24 * 365)).to_string();
    let page = log.collect(&[(UNTIL, &far)]).await.ok();
    assert_eq!(
        page["data"].as_array().map(Vec::len),
        log.collect(&[]).await.ok()["data"].as_array().map(Vec::len)
    );
    assert!(!page["data"].as_array().expect("data").is_empty());
}
