use std::time::Duration;

use serde_json::{Value, json};
use shared::audit::Action;

use super::{Log, actions};

#[tokio::test]
async fn in_the_form_of_murals_enterprise_api_newest_first() {
    let log = Log::start().await;
    let key = log.world.create_key_with(&log.admin, json!({"name": "Nightly"})).await;
    log.world.suspend(&key, "acme-member-1").await.ok();
    let page = log.list(&[]).await;
    let body = page.ok();
    assert!(page.text.find("null").is_none());
    let event = &body["data"][0];
    let mask = format!("{}…{}", &key.secret[..4], &key.secret[52..]);
    let mut expected = json!({
        "action": "SUSPEND_ACCOUNT",
        "actor": {"id": key.id, "name": "Nightly", "mask": mask, "company": "acme", "type": "api_key"},
        "affected": {"id": "acme-member-1", "email": "member-1@acme.example", "company": "acme", "type": "account"},
        "ip": "127.0.0.1",
    });
    expected["id"] = event["id"].clone();
    expected["date"] = event["date"].clone();
    assert_eq!(event, &expected);
    let date = event["date"].as_str().expect("a date");
    assert!(date.len() == 24 && date.ends_with('Z') && &date[10..11] == "T", "{date}");
    let created = &body["data"][1];
    assert_eq!(
        created["actor"],
        json!({"id": "acme-admin", "email": "admin@acme.example", "name": "Admin", "company": "acme", "type": "account"})
    );
    assert_eq!(
        (created["affected"]["id"].clone(), created["affected"]["mask"].clone()),
        (json!(key.id), json!(mask))
    );
    let founded = body["data"].as_array().expect("data").last().expect("an event").clone();
    assert_eq!(founded["actor"], json!({"name": "Demonstration", "company": "acme", "type": "operator"}));
    assert_eq!(founded["affected"], json!({"id": "acme", "company": "acme", "type": "company"}));
    assert!(founded.get("ip").is_none());
    let dates: Vec<_> =
        body["data"].as_array().expect("data").iter().map(|e| e["date"].to_string()).collect();
    assert!(dates.windows(2).all(|pair| pair[0] >= pair[1]), "{dates:?}");
    assert!(body.get("nextToken").is_none());
}

/// Everything that can happen is in the log, and in the closed list.
#[tokio::test]
async fn every_action_can_be_read() {
    let log = Log::start().await;
    for action in Action::ALL {
        log.put(log.now(), action.id(), json!({})).await;
    }
    let shown = actions(&log.list(&[]).await);
    assert!(Action::ALL.iter().all(|action| shown.contains(&action.id().to_owned())), "{shown:?}");
}

/// The dashboard reads to the present; a collector no further than no late commit can slip behind.
#[tokio::test]
async fn collectors_read_up_to_fifteen_seconds_ago() {
    let log = Log::start().await;
    log.world.advance(Duration::from_mins(1));
    let at = log.now();
    for age in [14_000, 16_000] {
        log.put(
            at.minus(Duration::from_millis(age)),
            "CHANGE_PLAN",
            json!({"requestId": {"S": age.to_string()}}),
        )
        .await;
    }
    let filter = [("filter[action]", "CHANGE_PLAN")];
    assert_eq!(actions(&log.list(&filter).await).len(), 2);
    // An end in the present, or in the future, moves nothing.
    let future = at.plus(Duration::from_hours(1)).to_string();
    for until in [None, Some(at.to_string()), Some(future)] {
        let mut query = filter.to_vec();
        query.extend(until.as_deref().map(|until| ("filter[date][until]", until)));
        assert_eq!(actions(&log.collect(&query).await).len(), 1, "{until:?}");
    }
    log.world.advance(Duration::from_secs(2));
    assert_eq!(actions(&log.collect(&filter).await).len(), 2);
}

#[tokio::test]
async fn what_has_expired_is_not_shown_though_it_is_still_there() {
    let log = Log::start().await;
    let past = log.now().minus(Duration::from_secs(1)).seconds().to_string();
    log.put(log.now(), "CHANGE_PLAN", json!({"expiry": {"N": past}})).await;
    let kept = log.put(log.now(), "CHANGE_PLAN", json!({})).await;
    let page = log.list(&[("filter[action]", "CHANGE_PLAN")]).await.ok();
    assert_eq!(super::ids(page["data"].as_array().expect("data")), [kept]);
}

/// What a later release records is shown by its own name.
#[tokio::test]
async fn an_action_of_a_later_release_is_not_lost() {
    let log = Log::start().await;
    log.put(log.now(), "PAINT_ACCOUNT", json!({})).await;
    // Not through the harness, which holds answers against this release's description.
    let request = log.world.request("GET", super::PEOPLE).header("authorization", &log.admin);
    let page: Value = request.send().await.expect("a response").json().await.expect("JSON");
    assert_eq!(page["data"][0]["action"], "PAINT_ACCOUNT");
}
