use std::time::Duration;

use domain::audit::Action;
use serde_json::{Value, json};

use super::{Log, actions};

#[tokio::test]
async fn events_are_in_the_format_of_murals_enterprise_api_newest_first() {
    let log = Log::start().await;
    let key = log.world.create_key_with(&log.admin, json!({"name": "Nightly"})).await;
    log.world.suspend(&key, "acme-member-1").await.ok();
    let page = log.list(&[]).await;
    let body = page.ok();
    let event = &body["data"][0];
    let mask = format!("{}…{}", &key.secret[..4], &key.secret[52..]);
    let mut expected = json!({
        "action": "SUSPEND_ACCOUNT",
        "actor": {"id": key.id, "name": "Nightly", "email": null, "mask": mask, "company": "acme", "type": "API_KEY"},
        "affected": {"id": "acme-member-1", "name": "Member 1", "email": "member-1@acme.example", "company": "acme",
            "type": "USER"},
        "ip": "127.0.0.1",
    });
    for member in ["id", "date", "snapshotDate"] {
        expected[member] = event[member].clone();
    }
    assert_eq!(event, &expected);
    for member in ["date", "snapshotDate"] {
        let date = event[member].as_str().expect("a date");
        assert!(date.len() == 24 && date.ends_with('Z') && &date[10..11] == "T", "{date}");
    }
    let created = &body["data"][1];
    assert_eq!(
        created["actor"],
        json!({"id": "acme-admin", "email": "admin@acme.example", "name": "Admin", "company": "acme", "type": "USER"})
    );
    assert_eq!(
        (created["affected"]["id"].clone(), created["affected"]["mask"].clone()),
        (json!(key.id), json!(mask))
    );
    let founded = body["data"].as_array().expect("data").last().expect("an event").clone();
    assert_eq!(
        founded["actor"],
        json!({"name": "Demonstration", "email": null, "company": "acme", "type": "OPERATOR"})
    );
    assert_eq!(
        founded["affected"],
        json!({"id": "acme", "name": null, "email": null, "company": "acme", "type": "COMPANY"})
    );
    assert!(founded.get("ip").is_none());
    let dates: Vec<_> =
        body["data"].as_array().expect("data").iter().map(|e| e["date"].to_string()).collect();
    assert!(dates.windows(2).all(|pair| pair[0] >= pair[1]), "{dates:?}");
    assert!(body.get("nextToken").is_none());
}

/// The details of an event, which are absent if there are none.
#[tokio::test]
async fn details() {
    let log = Log::start().await;
    let put =
        async |details: Value| log.put(log.now(), "UPDATE_ACCOUNT", json!({"details": {"M": details}})).await;
    let names =
        |names: &[&str]| json!({"L": names.iter().map(|name| json!({"S": name})).collect::<Vec<_>>()});
    let all = put(json!({
        "changed": names(&["userName", "emails"]), "emailBefore": {"S": "a@acme.example"},
        "emailAfter": {"S": "b@acme.example"}, "leftAlone": names(&["externalId"]), "times": {"N": "3"},
    }))
    .await;
    let attributes = put(json!({"changed": names(&["name.givenName"])})).await;
    let addresses =
        put(json!({"emailBefore": {"S": "a@acme.example"}, "emailAfter": {"S": "b@acme.example"}})).await;
    let nothing = put(json!({})).await;
    let page = log.collect_after_the_horizon(&[("filter[action]", "UPDATE_ACCOUNT")]).await;
    let shown = |id: &str| {
        let events = page["data"].as_array().expect("data");
        let event = events.iter().find(|event| event["id"] == id).expect("the event");
        ["changes", "leftAlone", "times"].map(|member| event.get(member).cloned().unwrap_or_default())
    };
    let emails = |attributes: Value| json!({"attributes": attributes, "emailBefore": "a@acme.example", "emailAfter": "b@acme.example"});
    assert_eq!(shown(&all), [emails(json!(["userName", "emails"])), json!(["externalId"]), json!(3)]);
    let [changes, ..] = shown(&attributes);
    assert_eq!(changes, json!({"attributes": ["name.givenName"]}));
    let [changes, ..] = shown(&addresses);
    assert_eq!(changes, emails(json!([])));
    assert_eq!(shown(&nothing), [Value::Null, Value::Null, Value::Null]);
    assert!(page["data"].as_array().expect("data").iter().all(|event| event["affected"]["email"].is_null()));
}

/// Every action is in the log and in the closed list.
#[tokio::test]
async fn every_action_can_be_read() {
    let log = Log::start().await;
    for action in Action::ALL {
        log.put(log.now(), action.id(), json!({})).await;
    }
    let shown = actions(&log.list(&[]).await);
    assert!(Action::ALL.iter().all(|action| shown.contains(&action.id().to_owned())), "{shown:?}");
}

/// The dashboard reads up to the present. A collector reads only the part in which no late commit can appear any more.
#[tokio::test]
async fn collectors_read_up_to_eight_seconds_ago() {
    let log = Log::start().await;
    log.world.advance(Duration::from_mins(1));
    let at = log.now();
    // The younger event is old enough in two seconds at the earliest, however long the requests take.
    for age in [6_000, 9_000] {
        log.put(at.minus(Duration::from_millis(age)), "CHANGE_PLAN", json!({})).await;
    }
    let filter = [("filter[action]", "CHANGE_PLAN")];
    let future = at.plus(Duration::from_hours(1)).to_string();
    for until in [None, Some(future.as_str())] {
        let mut query = filter.to_vec();
        query.extend(until.map(|until| ("filter[date][until]", until)));
        assert_eq!(actions(&log.collect(&query).await).len(), 1, "{until:?}");
    }
    assert_eq!(actions(&log.list(&filter).await).len(), 2);
    log.world.advance(Duration::from_secs(2));
    assert_eq!(actions(&log.collect(&filter).await).len(), 2);
}

#[tokio::test]
async fn expired_events_are_not_shown_before_they_are_deleted() {
    let log = Log::start().await;
    let past = log.now().minus(Duration::from_secs(1)).seconds().to_string();
    log.put(log.now(), "CHANGE_PLAN", json!({"expiry": {"N": past}})).await;
    let kept = log.put(log.now(), "CHANGE_PLAN", json!({})).await;
    let page = log.list(&[("filter[action]", "CHANGE_PLAN")]).await.ok();
    assert_eq!(super::ids(page["data"].as_array().expect("data")), [kept]);
}

/// An action that only a later release knows is shown with its own name.
#[tokio::test]
async fn an_action_of_a_later_release_is_listed() {
    let log = Log::start().await;
    log.put(log.now(), "PAINT_ACCOUNT", json!({})).await;
    // Not through the harness, which compares responses with this release's description.
    let request = log.world.request("GET", super::PEOPLE).header("authorization", &log.admin);
    let page: Value = request.send().await.expect("a response").json().await.expect("JSON");
    assert_eq!(page["data"][0]["action"], "PAINT_ACCOUNT");
}
