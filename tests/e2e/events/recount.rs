//! Recounts the events on the bus against the logs of the companies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::text;

/// The log of every company: each event by its company and its identifier, as the audit log shows it.
pub(super) type Logs = BTreeMap<(String, String), Value>;

/// Everything that is wrong: events that are lost or invented, or that differ from the log.
pub(super) fn recount(logs: &Logs, published: &[Value]) -> Vec<String> {
    let (mut wrong, mut seen) = (Vec::new(), BTreeMap::new());
    for event in published {
        let source = text(&event["source"]);
        let company = source.strip_prefix("urn:company-api-keys:company:").unwrap_or_default().to_owned();
        let name = (company, text(&event["id"]));
        match logs.get(&name) {
            None => wrong.push(format!("invented: {name:?}")),
            Some(logged) if event["data"] != *logged => wrong.push(format!("differs: {name:?}")),
            Some(_) => {}
        }
        if seen.insert(name.clone(), event).is_some_and(|other| other != event) {
            wrong.push(format!("a repeat differs: {name:?}"));
        }
    }
    let lost = logs.keys().filter(|name| !seen.contains_key(name));
    wrong.extend(lost.map(|name| format!("lost: {name:?}")));
    wrong
}

#[test]
fn the_recount_finds_what_is_lost_invented_or_different() {
    let event = |id: &str, action: &str| {
        json!({
            "id": id, "source": "urn:company-api-keys:company:acme", "time": "t", "data": {"id": id, "action": action},
        })
    };
    let published = [event("1", "A"), event("2", "B"), event("1", "A")];
    let logged = |event: &Value| (("acme".to_owned(), text(&event["id"])), event["data"].clone());
    let logs: Logs = published.iter().map(logged).collect();
    assert!(recount(&logs, &published).is_empty());
    assert_eq!(recount(&logs, &published[..1]), [r#"lost: ("acme", "2")"#]);
    let invented = [published.to_vec(), vec![event("3", "A")]].concat();
    assert_eq!(recount(&logs, &invented), [r#"invented: ("acme", "3")"#]);
    let different = [published.to_vec(), vec![event("1", "C")]].concat();
    assert_eq!(recount(&logs, &different).len(), 2);
    let mut repeat = event("1", "A");
    repeat["time"] = "u".into();
    let repeated = [published.to_vec(), vec![repeat]].concat();
    assert_eq!(recount(&logs, &repeated), [r#"a repeat differs: ("acme", "1")"#]);
    let mut other = event("2", "B");
    other["source"] = "urn:company-api-keys:company:basic".into();
    let elsewhere = [event("1", "A"), other];
    assert_eq!(recount(&logs, &elsewhere).len(), 2);
}
