//! The forms in which the log sends events.

use serde_json::{Value, json};
use web::ocsf::VERSION;

use super::{Log, ids};

/// The audit events' IDs of a page in OCSF.
fn uids(page: &Value) -> Vec<String> {
    let events = page["data"].as_array().expect("data").iter();
    events.map(|event| event["metadata"]["uid"].as_str().expect("an ID").to_owned()).collect()
}

#[tokio::test]
async fn both_routes_send_ocsf_when_asked() {
    let log = Log::start().await;
    let own = log.collect_after_the_horizon(&[]).await;
    let expected = ids(own["data"].as_array().expect("data"));
    for page in [log.collect(&[("format", "ocsf")]).await.ok(), log.list(&[("format", "ocsf")]).await.ok()] {
        assert_eq!(uids(&page), expected);
        for (event, own) in
            page["data"].as_array().expect("data").iter().zip(own["data"].as_array().expect("data"))
        {
            assert_eq!(event["metadata"]["version"], VERSION);
            assert_eq!(event["metadata"]["event_code"], own["action"]);
            assert_eq!(event["metadata"]["tenant_uid"], "acme");
            assert_eq!(event["metadata"]["original_time"], own["date"]);
            assert!(event["unmapped"]["snapshotDate"].is_string(), "{event}");
        }
    }
    let named = log.collect(&[("format", "audit-event")]).await.ok();
    assert_eq!(ids(named["data"].as_array().expect("data")), expected);
}

/// What the key's creation looks like to a SIEM: who created which key, from where.
#[tokio::test]
async fn an_event_in_ocsf_says_what_the_audit_event_says() {
    let log = Log::start().await;
    let query = [("format", "ocsf"), ("filter[action]", "CREATE_API_KEY")];
    let page = log.list(&query).await.ok();
    let event = &page["data"][0];
    assert_eq!([&event["class_uid"], &event["activity_id"], &event["type_uid"]], [3004, 1, 300_401]);
    assert_eq!(event["actor"]["user"]["email_addr"], "admin@acme.example");
    assert_eq!(event["entity"]["uid"], log.key.id);
    assert_eq!(event["entity"]["name"], "Collector");
    let mask = format!("{}…{}", &log.key.secret[..4], &log.key.secret[52..]);
    assert_eq!(event["entity"]["data"]["mask"], mask);
    assert_eq!(event["src_endpoint"]["ip"], "127.0.0.1");
    assert!(!event.to_string().contains(&log.key.secret[4..52]), "{event}");
}

/// A token keeps the form. A form that is sent with it wins, as `maxResults` does.
#[tokio::test]
async fn a_token_keeps_the_format() {
    let log = Log::start().await;
    log.world.advance(audit_log::HORIZON);
    for ask in ["people", "collectors"] {
        let get = async |query: &[(&str, &str)]| match ask {
            "people" => log.list(query).await.ok(),
            _ => log.collect(query).await.ok(),
        };
        let whole = get(&[]).await;
        let expected = ids(whole["data"].as_array().expect("data"));
        let first = get(&[("maxResults", "2"), ("format", "ocsf")]).await;
        let token = first["nextToken"].as_str().expect("a token");
        let second = get(&[("nextToken", token)]).await;
        assert_eq!([uids(&first), uids(&second)].concat(), expected[..4], "{ask}");
        let other = get(&[("nextToken", token), ("format", "audit-event")]).await;
        assert_eq!(ids(other["data"].as_array().expect("data")), expected[2..4], "{ask}");
        // The later pages have the form that was named last.
        let third = get(&[("nextToken", other["nextToken"].as_str().expect("a token"))]).await;
        assert_eq!(ids(third["data"].as_array().expect("data")), expected[4..6], "{ask}");
        let plain = get(&[("maxResults", "2")]).await;
        let token = plain["nextToken"].as_str().expect("a token");
        assert_eq!(uids(&get(&[("nextToken", token), ("format", "ocsf")]).await), expected[2..4], "{ask}");
    }
}

/// Nobody gets another format than the named one. Collectors may still send an empty parameter.
#[tokio::test]
async fn an_unknown_format_is_refused() {
    let log = Log::start().await;
    log.world.advance(audit_log::HORIZON);
    let first = log.collect(&[("maxResults", "1")]).await.ok();
    let token = first["nextToken"].as_str().expect("a token");
    for format in ["cef", "OCSF", "ocsf,audit-event", "1.4.0"] {
        for query in [vec![("format", format)], vec![("format", format), ("nextToken", token)]] {
            for answer in [log.collect(&query).await, log.list(&query).await] {
                assert_eq!(answer.status, 400, "{query:?}");
                assert_eq!(answer.wrong_fields(), ["format"], "{query:?}");
                let detail = &answer.json()["errors"][0]["detail"];
                assert_eq!(*detail, json!("must be audit-event or ocsf"));
            }
        }
    }
    let lenient = log.collect(&[("FORMAT", " ocsf ")]).await.ok();
    assert_eq!(lenient["data"][0]["metadata"]["version"], VERSION);
    let empty = log.collect(&[("format", "")]).await.ok();
    assert!(empty["data"][0]["id"].is_string(), "{empty}");
    assert_eq!(log.list(&[("format", "")]).await.wrong_fields(), ["format"]);
}

/// An event of a later release has a form, too.
#[tokio::test]
async fn an_unknown_action_is_a_base_event() {
    let log = Log::start().await;
    let actor = json!({"actor": {"M": {"type": {"S": "device"}, "id": {"S": "d-1"}}}});
    let id = log.put(log.now(), "PAINT_API_KEY", actor).await;
    let page = log.list(&[("format", "ocsf"), ("maxResults", "1")]).await.ok();
    assert_eq!(uids(&page), [id]);
    let event = &page["data"][0];
    assert_eq!([&event["class_uid"], &event["type_uid"]], [0, 99]);
    assert_eq!(event["metadata"]["event_code"], "PAINT_API_KEY");
    assert_eq!(event["unmapped"]["actor"]["type"], "DEVICE");
}
