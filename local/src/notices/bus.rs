//! A stand-in for `EventBridge`: one bus, whose rules put events into queues. It remembers the last events, to show them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use store::{random, system_time};

use super::{queues::Queues, server::Fault, wiring::Rule};

/// The name of the bus, in place of the one that the template makes.
pub(crate) const NAME: &str = "company-api-keys";
/// How many events are remembered.
const REMEMBERED: usize = 10_000;
/// The most events of one response.
const PAGE: usize = 1_000;
/// The most entries of a call, and the most bytes of its entries
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 256 * 1024;

/// The bus. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus {
    rules: Arc<Vec<Rule>>,
    queues: Queues,
    remembered: Arc<Mutex<Remembered>>,
}

#[derive(Debug)]
struct Remembered {
    /// The number of the last event.
    last: u64,
    /// The last events' details.
    events: VecDeque<Value>,
}

/// Events that the bus took, in the order in which it took them.
#[derive(Debug)]
pub struct Page {
    /// The details of the events.
    pub events: Vec<Value>,
    /// The number after which the next page begins.
    pub last: u64,
}

impl Bus {
    /// A bus with these rules.
    #[must_use]
    pub fn new(rules: Vec<Rule>, queues: Queues) -> Self {
        // Numbers begin with the time in microseconds, so that a number of an earlier run precedes those of this one.
        let last = u64::try_from(system_time().millis()).unwrap_or(0) * 1_000;
        let remembered = Remembered { last, events: VecDeque::new() };
        Self { rules: Arc::new(rules), queues, remembered: Arc::new(Mutex::new(remembered)) }
    }

    /// The remembered events after this number, oldest first. A page is limited.
    #[must_use]
    pub fn events_after(&self, number: u64) -> Page {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = u64::try_from(remembered.events.len()).unwrap_or(0);
        let before = remembered.last - kept;
        let skip = usize::try_from(number.saturating_sub(before)).unwrap_or(usize::MAX);
        let events: Vec<_> = remembered.events.iter().skip(skip).take(PAGE).cloned().collect();
        let count = u64::try_from(events.len()).unwrap_or(0);
        Page { events, last: if count == 0 { remembered.last } else { number.max(before) + count } }
    }

    /// Answers `PutEvents`.
    pub(crate) fn put_events(&self, request: &Value) -> Result<Value, Fault> {
        let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        if entries.is_empty() || entries.len() > MOST_ENTRIES {
            return Err(Fault::new("ValidationException", "A call has 1 to 10 entries"));
        }
        if entries.iter().map(size).sum::<usize>() > MOST_BYTES {
            return Err(Fault::new(
                "ValidationException",
                "Total size of the entries in the request is over the limit.",
            ));
        }
        if entries.iter().any(|entry| entry["EventBusName"] != NAME) {
            return Err(Fault::new("ResourceNotFoundException", "This bus doesn't exist"));
        }
        let results: Vec<_> = entries.iter().map(|entry| self.put(entry)).collect();
        let failed = results.iter().filter(|result| result.get("ErrorCode").is_some()).count();
        Ok(json!({"FailedEntryCount": failed, "Entries": results}))
    }

    fn put(&self, entry: &Value) -> Value {
        let refused = |code: &str| json!({"ErrorCode": code, "ErrorMessage": "The entry is not valid"});
        let [Some(source), Some(detail_type), Some(detail)] = ["Source", "DetailType", "Detail"]
            .map(|member| entry[member].as_str().filter(|text| !text.is_empty()))
        else {
            return refused("InvalidArgument");
        };
        let Ok(detail @ Value::Object(_)) = serde_json::from_str::<Value>(detail) else {
            return refused("MalformedDetail");
        };
        let id = random::ulid(system_time());
        let event = json!({
            "version": "0", "id": id, "detail-type": detail_type, "source": source,
            "account": "000000000000", "time": system_time(), "region": "us-east-1", "resources": [], "detail": detail,
        });
        for queue in
            self.rules.iter().filter(|rule| rule.matches(source, detail_type)).flat_map(|rule| &rule.queues)
        {
            if self.queues.send(queue, event.to_string()).is_none() {
                tracing::warn!(queue, "a queue is full, so it doesn't get an event of the bus");
            }
        }
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.events.len() >= REMEMBERED {
            remembered.events.pop_front();
        }
        remembered.last += 1;
        remembered.events.push_back(detail);
        json!({"EventId": id})
    }
}

/// The bytes of an entry as `EventBridge` counts them.
fn size(entry: &Value) -> usize {
    let texts = ["Source", "DetailType", "Detail"].map(|member| entry[member].as_str().map_or(0, str::len));
    texts.iter().sum::<usize>() + if entry["Time"].is_null() { 0 } else { 14 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::notices::wiring::QueueDefinition;

    fn bus() -> (Bus, Queues) {
        let queues = Queues::new(&BTreeMap::from([("Mail".into(), QueueDefinition::default())]));
        let rule = Rule {
            sources: Some(vec!["company-api-keys".into()]),
            detail_types: Some(vec!["ROTATE_API_KEY".into()]),
            queues: vec!["Mail".into()],
        };
        (Bus::new(vec![rule], queues.clone()), queues)
    }

    fn entry(action: &str, number: usize) -> Value {
        let detail = json!({"id": number}).to_string();
        json!({"EventBusName": NAME, "Source": "company-api-keys", "DetailType": action, "Detail": detail})
    }

    #[test]
    fn a_rule_puts_its_events_into_its_queue() {
        let (bus, queues) = bus();
        let entries = [entry("ROTATE_API_KEY", 1), entry("HOLD_API_KEY", 2)];
        let answer = bus.put_events(&json!({"Entries": entries})).expect("accepted");
        assert_eq!(answer["FailedEntryCount"], 0);
        let bodies = queues.bodies("Mail");
        let [body] = bodies.as_slice() else { panic!("{bodies:?}") };
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!((&body["detail-type"], &body["detail"]["id"]), (&"ROTATE_API_KEY".into(), &1.into()));
    }

    #[test]
    fn an_entry_is_refused_alone() {
        let (bus, _) = bus();
        let mut bad = entry("HOLD_API_KEY", 1);
        bad["Detail"] = "[]".into();
        let answer = bus.put_events(&json!({"Entries": [bad, entry("HOLD_API_KEY", 2)]})).expect("accepted");
        assert_eq!(
            (&answer["FailedEntryCount"], &answer["Entries"][0]["ErrorCode"]),
            (&1.into(), &"MalformedDetail".into())
        );
        assert_eq!(bus.events_after(0).events, [json!({"id": 2})]);
    }

    #[test]
    fn a_call_that_is_too_large_is_refused() {
        let (bus, _) = bus();
        let entries: Vec<_> = (0..11).map(|number| entry("HOLD_API_KEY", number)).collect();
        assert!(bus.put_events(&json!({"Entries": entries})).is_err());
        let mut large = entry("HOLD_API_KEY", 1);
        large["Detail"] = json!({"text": "x".repeat(MOST_BYTES)}).to_string().into();
        assert!(bus.put_events(&json!({"Entries": [large]})).is_err());
        assert!(bus.events_after(0).events.is_empty());
    }

    #[test]
    fn the_last_events_are_remembered_and_paged() {
        let (bus, _) = bus();
        for number in 0..REMEMBERED + 500 {
            bus.put_events(&json!({"Entries": [entry("HOLD_API_KEY", number)]})).expect("accepted");
        }
        let (mut after, mut numbers) = (0, Vec::new());
        loop {
            let page = bus.events_after(after);
            assert!(page.events.len() <= PAGE);
            if page.events.is_empty() {
                break;
            }
            numbers.extend(page.events.iter().map(|event| event["id"].as_u64().expect("a number")));
            after = page.last;
        }
        assert_eq!(numbers, (500..10_500).collect::<Vec<_>>());
        assert_eq!(bus.events_after(after).last, after);
    }
}
