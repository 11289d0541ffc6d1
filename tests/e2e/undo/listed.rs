use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use store::random;

use super::Theft;

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["accountId"].as_str().expect("an ID")).collect()
}

#[tokio::test]
async fn the_newest_comes_first_and_others_are_left_out() {
    let theft = Theft::start().await;
    for account in ["acme-member-1", "acme-member-2", "acme-member-3"] {
        theft.steal(account).await;
        theft.world.advance(Duration::from_millis(5));
    }
    theft.leaves("acme-member-4", true).await.ok();
    theft.as_administrator("suspend", "acme-member-5").await.ok();
    theft.as_administrator("unsuspend", "acme-member-2").await.ok();
    let rows = theft.list().await;
    assert_eq!(ids(&rows), ["acme-member-3", "acme-member-2", "acme-member-1"]);
    let states: Vec<_> = rows.iter().map(|row| (row["state"].as_str(), row["undo"].as_str())).collect();
    let stands = (Some("suspended"), Some("unsuspends"));
    assert_eq!(states, [stands, (Some("unsuspended"), Some("nothing")), stands]);
    let row = &rows[2];
    let [event, ..] = &theft.events("SUSPEND_ACCOUNT").await[..] else { panic!("an event") };
    assert_eq!(row["eventId"], event["eventId"]);
    assert_eq!((&row["action"], &row["email"]), (&json!("SUSPEND_ACCOUNT"), &json!("member-1@acme.example")));
    assert_eq!((&row["alsoBy"], row.get("others")), (&json!([]), None));
}

#[tokio::test]
async fn the_range_is_as_asked() {
    let theft = Theft::start().await;
    theft.steal("acme-member-1").await;
    theft.world.advance(Duration::from_secs(1));
    let between = theft.world.clock.now().to_string();
    theft.world.advance(Duration::from_secs(1));
    theft.steal("acme-member-2").await;
    let of = async |query: &[(&str, &str)]| {
        let list = theft.list_of(&theft.thief, query).await.ok();
        let rows = list["suspensions"].as_array().expect("rows").clone();
        rows.iter().map(|row| row["accountId"].as_str().expect("an ID").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of(&[("since", &theft.since)]).await, ["acme-member-2", "acme-member-1"]);
    assert_eq!(of(&[("since", &between)]).await, ["acme-member-2"]);
    assert_eq!(of(&[("since", &theft.since), ("until", &between)]).await, ["acme-member-1"]);
    assert_eq!(of(&[("since", &between), ("until", &theft.since)]).await, [] as [String; 0]);
    assert_eq!(of(&[("since", "0001-01-01T00:00:00Z")]).await.len(), 2);
}

#[tokio::test]
async fn an_account_is_listed_once_with_its_newest_event() {
    let theft = Theft::start().await;
    for _ in 0..3 {
        theft.steal("acme-member-1").await;
        theft.as_administrator("unsuspend", "acme-member-1").await.ok();
    }
    theft.steal("acme-member-2").await;
    theft.steal("acme-member-1").await;
    let rows = theft.list().await;
    assert_eq!(ids(&rows), ["acme-member-1", "acme-member-2"]);
    let events = theft.events("SUSPEND_ACCOUNT").await;
    assert_eq!(rows[0]["eventId"], events.last().expect("an event")["eventId"]);
}

#[tokio::test]
async fn deletions_by_the_key_are_listed() {
    let theft = Theft::start().await;
    let path = "/enterprise/v1/scim/Users/acme-member-6";
    theft.world.call("DELETE", path, &theft.directory.authorization(), json!(null)).await;
    let list = theft.list_of(&theft.directory, &[("since", &theft.since)]).await.ok();
    let row = &list["suspensions"][0];
    assert_eq!((&row["action"], &row["state"]), (&json!("DELETE_ACCOUNT"), &json!("deleted")));
    assert_eq!((&row["undo"], &row["email"]), (&json!("nothing"), &json!("member-6@acme.example")));
}

/// The pages list every account once, whoever else writes events meanwhile, and an account that was suspended again is only on
/// the page of its newest event.
#[tokio::test]
async fn pages_follow_each_other() {
    let mut theft = Theft::start().await;
    let members = theft.world.add_members("many", 230).await;
    theft.begin();
    theft.steal(&members[0]).await;
    theft.as_administrator("unsuspend", &members[0]).await.ok();
    for some in members.chunks(100) {
        let path = "/enterprise/v1/accounts/suspend";
        let body = json!({"accounts": some});
        theft.world.call("POST", path, &theft.thief.authorization(), body).await.ok();
        theft.world.advance(Duration::from_millis(5));
    }
    // The newest suspension is on the first page, and the one before on the last.
    theft.as_administrator("unsuspend", &members[0]).await.ok();
    theft.steal(&members[0]).await;
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut query = ("since", theft.since.clone());
    loop {
        let page = theft.list_of(&theft.thief, &[(query.0, query.1.as_str())]).await.ok();
        let rows = page["suspensions"].as_array().expect("rows").clone();
        assert!(rows.len() <= 100);
        found.extend(ids(&rows).into_iter().map(str::to_owned));
        pages += 1;
        // Meanwhile, the thief goes on.
        theft.steal(&format!("acme-member-{pages}")).await;
        let Some(token) = page["nextToken"].as_str() else { break };
        query = ("nextToken", token.to_owned());
    }
    assert_eq!((found[0].as_str(), pages), (members[0].as_str(), 3));
    found.sort_unstable();
    let mut expected = members;
    expected.sort_unstable();
    assert_eq!(found, expected);
}

/// A token contains the range. It is refused unless a page could have had it.
#[tokio::test]
async fn tokens_are_checked() {
    let theft = Theft::start().await;
    let token = |since: i64, until: i64, after: &str| {
        let content = format!(r#"{{"since":{since},"until":{until},"after":{}}}"#, json!(after));
        URL_SAFE_NO_PAD.encode(content)
    };
    let (now, event) = (theft.world.clock.now().millis(), random::ulid(theft.world.clock.now()));
    let status = async |token: String| theft.list_of(&theft.thief, &[("nextToken", &token)]).await.status;
    assert_eq!(status(token(now - 1, now + 1, &event)).await, 200);
    for wrong in [
        token(now + 1, now + 2, &event),
        token(now - 1, now, &event),
        token(-1, now + 1, &event),
        token(now - 1, i64::MAX, &event),
        token(now - 1, now + 1, &event.to_lowercase()),
        token(now - 1, now + 1, ""),
    ] {
        assert_eq!(status(wrong).await, 400);
    }
}

/// However many events there are, a request makes as many queries as it may, and the next page goes on.
#[tokio::test]
async fn a_request_makes_a_bounded_number_of_queries() {
    let theft = Theft::start().await;
    theft.steal("acme-member-1").await;
    let _ = theft.world.dynamodb.take_calls();
    theft.list().await;
    let queries = theft.world.dynamodb.take_calls();
    let queries = queries.iter().filter(|call| call.action == "Query").count();
    assert!((1..=undo_suspensions::QUERIES).contains(&queries));
}
