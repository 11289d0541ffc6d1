use harness::{BASIC_ADMIN, World};
use serde_json::Value;

use super::{COLLECTORS, Log, PEOPLE};

#[tokio::test]
async fn every_error_is_named() {
    let log = Log::start().await;
    let many = ["CHANGE_PLAN"; 101].join(",");
    for (query, named) in [
        (vec![("maxResults", "0")], vec!["maxResults"]),
        (vec![("maxResults", "50001")], vec!["maxResults"]),
        (vec![("maxResults", "many")], vec!["maxResults"]),
        (vec![("filter[action]", many.as_str())], vec!["filter[action]"]),
        (vec![("filter[date][since]", "yesterday")], vec!["filter[date][since]"]),
        (
            vec![("filter[date][since]", "2026-01-31T00:00:00 01:00"), ("filter[date][until]", "x")],
            vec!["filter[date][since]", "filter[date][until]"],
        ),
        (vec![("filter[involving]", &"x".repeat(321))], vec!["filter[involving]"]),
    ] {
        for answer in [log.list(&query).await, log.collect(&query).await] {
            assert_eq!(answer.wrong_fields(), named, "{query:?}");
        }
    }
    // The dashboard's requests are read strictly.
    for (query, named) in [
        (vec![("filter[action]", "")], vec!["filter[action]"]),
        (vec![("filter[action]", " , ")], vec!["filter[action]"]),
        (vec![("filter[actor]", "")], vec!["filter[actor]"]),
        (vec![("nextToken", "")], vec!["nextToken"]),
        (vec![("limit", "7")], vec!["limit"]),
    ] {
        assert_eq!(log.list(&query).await.wrong_fields(), named, "{query:?}");
    }
}

#[tokio::test]
async fn keys_without_the_scope_and_members_are_refused() {
    let world = World::start().await;
    let admin = world.sign_in(harness::ADMIN).await;
    let key = world.create_key(&admin).await;
    let answer = world.call("GET", COLLECTORS, &key.authorization(), Value::Null).await;
    assert_eq!(answer.problem(), (403, "insufficient-scope".into()));
    let member = world.sign_in("member-1@acme.example").await;
    let answer = world.call("GET", PEOPLE, &member, Value::Null).await;
    assert_eq!(answer.problem(), (403, "not-company-administrator".into()));
    // A company that has left the Enterprise plan can still read its log.
    let basic = world.sign_in(BASIC_ADMIN).await;
    let log = world.call("GET", PEOPLE, &basic, Value::Null).await.ok();
    let events = log["data"].as_array().expect("data");
    assert!(events.len() == 3 && events.iter().all(|event| event["actor"]["company"] == "basic"));
}
