use std::{collections::BTreeSet, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use harness::{BASIC_ADMIN, eventually};
use local::functions::HTTP_FUNCTIONS;
use serde_json::{Value, json};
use store::{Clock, Service};

use super::{COLLECTORS, Log, PEOPLE, ids};

#[tokio::test]
async fn every_event_is_listed_once_whatever_the_page_size() {
    let log = Log::start().await;
    let at = log.now();
    for number in 0..40_u64 {
        // Several events in one millisecond.
        log.put(at.minus(Duration::from_millis(number / 3)), "CHANGE_PLAN", json!({})).await;
    }
    let (whole, pages) = log.all(&[]).await;
    assert_eq!(pages, 1);
    for size in ["1", "7", "40", "50000"] {
        let (events, _) = log.all(&[("maxResults", size)]).await;
        assert_eq!(ids(&events), ids(&whole), "{size}");
    }
    let (filtered, _) = log.all(&[("maxResults", "7"), ("filter[action]", "CHANGE_PLAN")]).await;
    assert_eq!(filtered.len(), 40);
}

/// The token contains the filters. Filters sent with it, and new events, change nothing.
#[tokio::test]
async fn a_token_carries_the_filters() {
    let log = Log::start().await;
    let put = async |count| {
        for _ in 0..count {
            log.put(log.now(), "CHANGE_PLAN", json!({})).await;
        }
    };
    put(5).await;
    let first = log.list(&[("maxResults", "2"), ("filter[action]", "CHANGE_PLAN")]).await.ok();
    let token = first["nextToken"].as_str().expect("a token").to_owned();
    put(3).await;
    let beside = [("nextToken", token.as_str()), ("filter[action]", "nonsense"), ("x", "y")];
    let second = log.list(&beside).await.ok();
    assert_eq!(second["data"].as_array().expect("data").len(), 2);
    let third = log.list(&[("nextToken", second["nextToken"].as_str().expect("a token"))]).await.ok();
    assert_eq!(third["data"].as_array().expect("data").len(), 1);
    assert!(third.get("nextToken").is_none());
}

/// A request makes at most eight queries: a filtered page may be short or empty and still have a token.
#[tokio::test]
async fn at_most_eight_queries() {
    let log = Log::start().await;
    let heavy = json!({"ballast": {"S": "x".repeat(100_000)}});
    for number in 0..100_u64 {
        log.put(log.now().minus(Duration::from_secs(number)), "CHANGE_PLAN", heavy.clone()).await;
    }
    let oldest = log.put(log.now().minus(Duration::from_hours(1)), "CHANGE_ROLE", json!({})).await;
    let _ = log.world.dynamodb.take_calls();
    let page = log.list(&[("filter[action]", "CHANGE_ROLE")]).await.ok();
    let queries = log.world.dynamodb.take_calls().iter().filter(|call| call.action == "Query").count();
    assert_eq!((queries, page["data"].clone()), (8, json!([])));
    let next = log.list(&[("nextToken", page["nextToken"].as_str().expect("a token"))]).await.ok();
    assert_eq!(ids(next["data"].as_array().expect("data")), [oldest]);
    assert!(next.get("nextToken").is_none());
}

/// A page ends before the response exceeds 5 MB, and no event is lost between the pages.
#[tokio::test]
async fn at_most_five_megabytes() {
    let log = Log::start().await;
    let actor = json!({"actor": {"M": {"type": {"S": "operator"}, "name": {"S": "x".repeat(200_000)}}}});
    for number in 0..30_u64 {
        log.put(log.now().minus(Duration::from_secs(number)), "CHANGE_PLAN", actor.clone()).await;
    }
    let ocsf = log.list(&[("format", "ocsf")]).await;
    assert!((4_000_000..5_100_000).contains(&ocsf.text.len()), "{}", ocsf.text.len());
    for filter in [vec![], vec![("filter[action]", "CHANGE_PLAN")]] {
        let page = log.list(&filter).await;
        assert!((4_000_000..5_100_000).contains(&page.text.len()), "{}", page.text.len());
        let (all, pages) = log.all(&filter).await;
        let plans: BTreeSet<_> =
            all.iter().filter(|e| e["action"] == "CHANGE_PLAN").map(|e| e["id"].to_string()).collect();
        assert!(plans.len() == 30 && pages > 1);
    }
}

/// Names that need escaping count with their escaped size, because Lambda's limit applies to the encoded response.
#[tokio::test]
async fn at_most_five_megabytes_with_everything_escaped() {
    let log = Log::start().await;
    let actor = json!({"actor": {"M": {"type": {"S": "operator"}, "name": {"S": "\"".repeat(100_000)}}}});
    for number in 0..40_u64 {
        log.put(log.now().minus(Duration::from_secs(number)), "CHANGE_PLAN", actor.clone()).await;
    }
    let page = log.list(&[]).await;
    let handed_over = Value::from(page.text.as_str()).to_string();
    assert!((4_000_000..5_100_000).contains(&handed_over.len()), "{}", handed_over.len());
}

/// Another instance answers the next page, and its clock is behind the clock of the instance that wrote the token.
#[tokio::test]
async fn a_token_from_an_instance_whose_clock_is_ahead() {
    let log = Log::start().await;
    for number in 0..4 {
        log.put(log.now().minus(Duration::from_secs(60 + number)), "CHANGE_PLAN", json!({})).await;
    }
    let clock = Clock::default();
    clock.advance(Duration::from_secs(2));
    let ahead = Service::new(log.world.stack.service.tables.clone(), clock);
    let function = HTTP_FUNCTIONS.iter().find(|function| function.name == "audit-log").expect("a function");
    for (route, authorization) in [(COLLECTORS, log.key.authorization()), (PEOPLE, log.admin.clone())] {
        let mut event = json!({
            "routeKey": format!("GET {route}"),
            "headers": {"authorization": authorization},
            "queryStringParameters": {"maxResults": "2", "filter[action]": "CHANGE_PLAN"},
            "requestContext": {"requestId": "test"},
        });
        event["requestContext"]["authorizer"]["jwt"]["claims"] =
            json!({"company_id": "acme", "account_id": "acme-admin", "auth_time": log.now().seconds()});
        let response =
            (function.answer)(ahead.clone(), serde_json::from_value(event).expect("an event")).await;
        let response = serde_json::to_value(response).expect("a response");
        let first: Value = serde_json::from_str(response["body"].as_str().expect("a text")).expect("JSON");
        let token = first["nextToken"].as_str().unwrap_or_else(|| panic!("a token: {first}"));
        let request = log.world.request("GET", route).query(&[("nextToken", token)]);
        let second = async {
            let answer = log.world.send(request.header("authorization", authorization)).await.ok();
            let _ = log.world.dynamodb.take_calls();
            answer
        };
        // A collector's request waits until the window is complete by this clock, too.
        let _ = log.world.dynamodb.take_calls();
        let passing = async {
            let verified = |call: &harness::Observed| call.action.ends_with("GetItem");
            eventually("it is verified", async || log.world.dynamodb.take_calls().iter().any(verified)).await;
            log.world.advance(Duration::from_secs(2));
        };
        let (second, ()) = tokio::join!(second, passing);
        let events = [&first, &second].map(|page| ids(page["data"].as_array().expect("data"))).concat();
        assert_eq!(events.iter().collect::<BTreeSet<_>>().len(), 4, "{route}");
    }
}

/// A manipulated token reaches nothing of another company, and is refused if we could not have written it.
#[tokio::test]
async fn foreign_and_altered_tokens_are_refused() {
    let log = Log::start().await;
    let basic = log.world.sign_in(BASIC_ADMIN).await;
    let page = log.list(&[("maxResults", "2")]).await.ok();
    let token = page["nextToken"].as_str().expect("a token").to_owned();
    let theirs = log.world.call("GET", &format!("{PEOPLE}?nextToken={token}"), &basic, Value::Null).await;
    assert!(!theirs.text.contains("acme"), "{}", theirs.text);
    let content: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&token).expect("base64")).expect("JSON");
    assert!(!content.to_string().contains("acme"));
    let with = |member: &str, value: Value| {
        let mut content = content.clone();
        content[member] = value;
        URL_SAFE_NO_PAD.encode(content.to_string())
    };
    for forged in [
        with("after", json!("zzz")),
        with("after", json!("00000000000000000000000000")),
        with("after", Value::Null),
        with("until", json!(i64::MAX)),
        with("snapshot", json!(i64::MAX)),
        with("snapshot", json!(content["snapshot"].as_i64().expect("a number") - 2_000)),
        with("since", json!(i64::MAX)),
        with("maxResults", json!(0)),
        with("maxResults", json!(1_000_000)),
        with("companyId", json!("basic")),
        with("actions", json!(["A"])),
        with("actions", json!(["CREATE_COMPANY", "CREATE_API_KEY"])),
        with("involved", json!("acme-member-1")),
        with("actor", json!("x".repeat(400))),
        "%%%".into(),
        String::new(),
    ] {
        let answer = log.list(&[("nextToken", &forged)]).await;
        assert_eq!(answer.wrong_fields(), ["nextToken"], "{forged}");
    }
    // With a token of the dashboard, which reads to the present, a collector gets no further than on its own route.
    let recent = URL_SAFE_NO_PAD.encode(content.to_string());
    let request = log.world.request("GET", COLLECTORS).query(&[("nextToken", recent)]);
    let answer = log.world.send(request.header("authorization", log.key.authorization())).await;
    assert_eq!(answer.wrong_fields(), ["nextToken"]);
}
