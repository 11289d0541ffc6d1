//! `filter[involving]` by an email address: the events that contain it, and the events of the account that has it now.

use harness::ADMIN;
use serde_json::{Value, json};

use super::{Log, actions, ids};

/// An account of Acme whose address was changed from `before@` to `after@`, and the key that changed it.
async fn email_change(log: &Log) -> String {
    let key = log.world.create_key_with(&log.admin, json!({"scopes": ["scim"]})).await;
    let call = async |method: &str, path: &str, body: Value| {
        let path = format!("/enterprise/v1/scim/Users{path}");
        let answer = log.world.call(method, &path, &key.authorization(), body).await;
        assert!([200, 201].contains(&answer.status), "{}", answer.text);
        answer
    };
    let id = call("POST", "", json!({"userName": "before@acme.example"})).await.string("id");
    call("PUT", &format!("/{id}"), json!({"userName": "after@acme.example", "active": false})).await;
    id
}

#[tokio::test]
async fn an_address_finds_the_account_that_has_it_now() {
    let log = Log::start().await;
    email_change(&log).await;
    log.world.advance(audit_log::HORIZON);
    for address in ["after@acme.example", "AFTER@Acme.Example", " after@acme.example "] {
        let query = [("filter[involving]", address)];
        for answer in [log.collect(&query).await, log.list(&query).await] {
            let mut found = actions(&answer);
            found.sort_unstable();
            assert_eq!(found, ["CREATE_ACCOUNT", "SUSPEND_ACCOUNT", "UPDATE_ACCOUNT"], "{address}");
        }
    }
    // The result is the same page by page.
    let (events, pages) = log.all(&[("filter[involving]", "after@acme.example"), ("maxResults", "1")]).await;
    assert!(events.len() == 3 && pages >= 3, "{} events, {pages} pages", events.len());
    // An address that no account has any more is found in the events that contain it.
    let before = actions(&log.list(&[("filter[involving]", "before@acme.example")]).await);
    assert!(before.contains(&"CREATE_ACCOUNT".into()) && before.contains(&"UPDATE_ACCOUNT".into()));
    // The other filter compares only what the event contains.
    assert_eq!(actions(&log.list(&[("filter[actor]", "after@acme.example")]).await), Vec::<String>::new());
}

/// An event that contains a new address is found by it, whether another account, or none, has that address now.
#[tokio::test]
async fn addresses_before_and_after_are_found() {
    let log = Log::start().await;
    let details = json!({"details": {"M": {
        "emailBefore": {"S": "Old@acme.example"}, "emailAfter": {"S": "new@acme.example"},
    }}});
    let event = log.put(log.now(), "UPDATE_ACCOUNT", details).await;
    for address in ["old@acme.example", "NEW@acme.example"] {
        let page = log.list(&[("filter[involving]", address)]).await.ok();
        assert_eq!(ids(page["data"].as_array().expect("data")), std::slice::from_ref(&event), "{address}");
    }
}

/// At most two more reads, only for the first page.
#[tokio::test]
async fn the_address_is_looked_up_once() {
    let log = Log::start().await;
    let reads = async |query: &[(&str, &str)]| {
        let _ = log.world.dynamodb.take_calls();
        let page = log.list(query).await.ok();
        let calls = log.world.dynamodb.take_calls();
        (page, calls.iter().filter(|call| call.action == "GetItem").count())
    };
    let (first, reads_of_first) = reads(&[("filter[involving]", ADMIN), ("maxResults", "1")]).await;
    let token = first["nextToken"].as_str().expect("a token");
    let (_, reads_of_next) = reads(&[("nextToken", token)]).await;
    assert_eq!((reads_of_first, reads_of_next), (2, 0));
    assert_eq!(reads(&[("filter[involving]", "nobody@acme.example")]).await.1, 1);
    assert_eq!(reads(&[("filter[involving]", "acme-admin")]).await.1, 0);
}
