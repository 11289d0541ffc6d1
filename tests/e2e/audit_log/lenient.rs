//! Collectors are also made for other logs, so their queries are read leniently.

use std::time::Duration;

use serde_json::{Value, json};

use super::{COLLECTORS, Log, PEOPLE, actions, ids};

#[tokio::test]
async fn empty_and_unknown_parameters_are_ignored() {
    let log = Log::start().await;
    let all = log.collect_after_the_horizon(&[]).await;
    let all = ids(all["data"].as_array().expect("data"));
    for query in [
        vec![("filter[action]", ""), ("filter[date][since]", ""), ("filter[date][until]", " ")],
        vec![("filter[actor]", ""), ("filter[involving]", ""), ("nextToken", ""), ("maxResults", "")],
        vec![("limit", "7"), ("x", "y"), ("filter[severity]", "high"), ("", "")],
        vec![("MAXRESULTS", "1000"), ("Filter[Action]", ",")],
    ] {
        let page = log.collect(&query).await.ok();
        assert_eq!(ids(page["data"].as_array().expect("data")), all, "{query:?}");
    }
    for query in [vec![("limit", "7")], vec![("filter[actor]", "")], vec![("filter\\[actor\\]", "x")]] {
        assert_eq!(log.list(&query).await.wrong_fields().len(), 1, "{query:?}");
    }
}

#[tokio::test]
async fn brackets_may_be_escaped() {
    let log = Log::start().await;
    let old = log.put(log.now().minus(Duration::from_hours(24 * 20)), "CHANGE_PLAN", json!({})).await;
    let since = log.now().minus(Duration::from_hours(24 * 21)).to_string();
    let query = [("filter\\[date\\]\\[since\\]", since.as_str()), ("filter\\[action\\]", "CHANGE_PLAN")];
    let page = log.collect(&query).await.ok();
    assert_eq!(ids(page["data"].as_array().expect("data")), [old]);
}

/// No event has an unknown action, so a filter with only unknown actions needs no read.
#[tokio::test]
async fn unknown_actions_match_nothing() {
    let log = Log::start().await;
    log.world.advance(audit_log::HORIZON);
    let many = ["CREATE_API_KEY"; 100].join(",");
    for (named, expected) in [
        ("LOGIN", vec![]),
        ("LOGIN,create_api_key", vec![]),
        ("LOGIN, CREATE_API_KEY,,", vec!["CREATE_API_KEY"]),
        (many.as_str(), vec!["CREATE_API_KEY"]),
    ] {
        let _ = log.world.dynamodb.take_calls();
        assert_eq!(actions(&log.collect(&[("filter[action]", named)]).await), expected, "{named}");
        let queries = log.world.dynamodb.take_calls().iter().filter(|call| call.action == "Query").count();
        assert_eq!(queries == 0, expected.is_empty(), "{named}");
        assert_eq!(actions(&log.list(&[("filter[action]", named)]).await), expected, "{named}");
    }
}

#[tokio::test]
async fn max_results_applies_together_with_a_token() {
    let log = Log::start().await;
    log.world.advance(audit_log::HORIZON);
    let first = log.collect(&[("maxResults", "2")]).await.ok();
    let token = first["nextToken"].as_str().expect("a token");
    let events = |page: &Value| page["data"].as_array().expect("data").len();
    let beside = [("nextToken", token), ("maxResults", "3"), ("filter[action]", "CHANGE_PLAN"), ("x", "y")];
    let second = log.collect(&beside).await.ok();
    assert_eq!(events(&second), 3);
    // The parameter still applies.
    let token = second["nextToken"].as_str().expect("a token");
    assert_eq!(events(&log.collect(&[("nextToken", token)]).await.ok()), 3);
    let answer = log.collect(&[("nextToken", token), ("maxResults", "0")]).await;
    assert_eq!(answer.wrong_fields(), ["maxResults"]);
}

/// A range that ends before it begins is empty. A range may be as long as the log.
#[tokio::test]
async fn any_range() {
    let log = Log::start().await;
    let oldest = log.put(log.now().minus(Duration::from_hours(24 * 399)), "CHANGE_PLAN", json!({})).await;
    for (since, until, expected) in [
        ("2026-02-02", "2026-02-01", vec![]),
        ("2026-02-01", "2026-02-01", vec![]),
        ("1969-12-31", "1970-01-01", vec![]),
        ("0000-01-01", "9999-12-31", vec![oldest.clone()]),
        ("2020-01-01 00:00:00", "", vec![oldest.clone()]),
    ] {
        let range = [("filter[date][since]", since), ("filter[date][until]", until)];
        let query = [range.as_slice(), &[("filter[action]", "CHANGE_PLAN")]].concat();
        let page = log.collect(&query).await.ok();
        assert_eq!(ids(page["data"].as_array().expect("data")), expected, "{range:?}");
    }
}

#[tokio::test]
async fn a_path_may_end_with_a_slash() {
    let log = Log::start().await;
    log.world.advance(audit_log::HORIZON);
    let ask = async |path: &str, authorization: &str| {
        log.world.call("GET", &format!("{path}/?maxResults=2"), authorization, Value::Null).await
    };
    assert_eq!(actions(&ask(COLLECTORS, &log.key.authorization()).await).len(), 2);
    assert_eq!(ask(PEOPLE, &log.admin).await.status, 404);
}
