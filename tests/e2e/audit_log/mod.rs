//! The audit log, for collectors and for the dashboard.

mod collected;
mod filtered;
mod format;
mod involved;
mod lenient;
mod paged;
mod refused;
mod shown;
mod windows;

use std::time::Duration;

use domain::{time::Timestamp, ulid::ulids_of};
use harness::{ADMIN, Answer, Key, World};
use serde_json::{Value, json};
use store::random;

pub(crate) const COLLECTORS: &str = "/enterprise/v1/audit-log";
pub(crate) const PEOPLE: &str = "/admin/v1/audit-log";

/// A stack with a key that may read the log.
pub(crate) struct Log {
    pub(crate) world: World,
    pub(crate) admin: String,
    pub(crate) key: Key,
}

impl Log {
    pub(crate) async fn start() -> Self {
        let world = World::start().await;
        let admin = world.sign_in(ADMIN).await;
        let key = world.create_key_with(&admin, json!({"scopes": ["audit-log"], "name": "Collector"})).await;
        Self { world, admin, key }
    }

    /// The response to a collector.
    pub(crate) async fn collect(&self, query: &[(&str, &str)]) -> Answer {
        self.get(COLLECTORS, &self.key.authorization(), query).await
    }

    /// The response to a collector as soon as all events are old enough.
    pub(crate) async fn collect_after_the_horizon(&self, query: &[(&str, &str)]) -> Value {
        self.world.advance(audit_log::HORIZON + Duration::from_millis(1));
        self.collect(query).await.ok()
    }

    /// The response to the dashboard.
    pub(crate) async fn list(&self, query: &[(&str, &str)]) -> Answer {
        self.get(PEOPLE, &self.admin, query).await
    }

    async fn get(&self, path: &str, authorization: &str, query: &[(&str, &str)]) -> Answer {
        let request = self.world.request("GET", path).query(query);
        self.world.send(request.header("authorization", authorization)).await
    }

    /// Every page to the end, and the number of pages.
    pub(crate) async fn all(&self, query: &[(&str, &str)]) -> (Vec<Value>, usize) {
        let (mut found, mut pages, mut page) = (Vec::new(), 1, self.list(query).await.ok());
        loop {
            found.extend(page["data"].as_array().expect("data").iter().cloned());
            let Some(token) = page["nextToken"].as_str() else { return (found, pages) };
            page = self.list(&[("nextToken", token)]).await.ok();
            pages += 1;
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Stores an event of Acme, with these attributes in addition to the usual ones.
    pub(crate) async fn put(&self, at: Timestamp, action: &str, more: Value) -> String {
        let id = random::ulid(at);
        let mut item = json!({
            "companyId": {"S": "acme"}, "eventId": {"S": id}, "action": {"S": action}, "requestId": {"S": "r"},
            "actor": {"M": {"type": {"S": "operator"}, "name": {"S": "Test"}}},
            "affected": {"M": {"type": {"S": "company"}}},
            "expiry": {"N": at.plus(Duration::from_hours(400 * 24)).seconds().to_string()},
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            item[name] = value.clone();
        }
        self.world.dynamodb.ask("PutItem", &json!({"TableName": "AuditEvents", "Item": item})).await;
        id
    }
}

/// The actions of a page.
pub(crate) fn actions(answer: &Answer) -> Vec<String> {
    let page = answer.ok();
    let events = page["data"].as_array().expect("data");
    events.iter().map(|event| event["action"].as_str().expect("an action").to_owned()).collect()
}

pub(crate) fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["id"].as_str().expect("an ID").to_owned()).collect()
}

#[test]
fn the_ulids_of_a_millisecond_enclose_all_that_are_created_in_it() {
    let at = Timestamp::from_millis(1_769_897_982_841);
    let [first, last] = ulids_of(at);
    for _ in 0..100 {
        let ulid = random::ulid(at);
        assert!(first <= ulid && ulid <= last);
    }
    assert!(ulids_of(at.minus(Duration::from_millis(1)))[1] < first);
    assert_eq!(domain::ulid::time_of_ulid(&last), Some(at));
}
