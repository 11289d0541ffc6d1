use harness::{BASIC_ADMIN, KEYS, Key};
use serde_json::json;

use super::Theft;

const ADA: &str = "acme-member-1";

#[tokio::test]
async fn requests_that_are_wrong() {
    let theft = Theft::start().await;
    let since = theft.since.as_str();
    for (body, wrong) in [
        (json!({"accounts": [ADA]}), vec!["since"]),
        (json!({"since": since}), vec!["accounts"]),
        (json!({"since": "yesterday", "accounts": [ADA]}), vec!["since"]),
        (json!({"since": since, "accounts": []}), vec!["accounts"]),
        (json!({"since": since, "accounts": vec![ADA; 101]}), vec!["accounts"]),
        (json!({"since": since, "accounts": [ADA, ADA]}), vec!["accounts[1]"]),
        (
            json!({"since": since, "accounts": [ADA, "member-1@acme.example", 7]}),
            vec!["accounts[1]", "accounts[2]"],
        ),
        (json!({"since": since, "accounts": [ADA], "undoId": "x"}), vec!["undoId"]),
        (json!({"since": since, "accounts": [ADA], "undoId": null}), vec!["undoId"]),
    ] {
        assert_eq!(theft.undo_with(&theft.thief, body).await.wrong_fields(), wrong);
    }
    for (query, wrong) in [
        (vec![], "since"),
        (vec![("since", "yesterday")], "since"),
        (vec![("since", since), ("until", "2026-02-30T00:00:00Z")], "until"),
        (vec![("nextToken", "x")], "nextToken"),
        (vec![("since", since), ("limit", "7")], "limit"),
    ] {
        assert_eq!(theft.list_of(&theft.thief, &query).await.wrong_fields(), [wrong]);
    }
    assert_eq!(theft.events("UNDO_KEY_SUSPENSIONS").await.len(), 0);
}

#[tokio::test]
async fn a_key_that_is_not_the_companys() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let unknown = Key { id: "01KDXJ7Q9W3T5V8YB2C4E6G8HA".into(), secret: String::new() };
    let body = json!({"since": theft.since, "accounts": [ADA]});
    assert_eq!(theft.undo_with(&unknown, body.clone()).await.problem(), (404, "not-found".into()));
    let query = [("since", theft.since.as_str())];
    assert_eq!(theft.list_of(&unknown, &query).await.problem(), (404, "not-found".into()));
    let stranger = theft.world.sign_in(BASIC_ADMIN).await;
    let path = format!("{KEYS}/{}/suspensions?since={}", theft.thief.id, theft.since);
    assert_eq!(theft.world.call("GET", &path, &stranger, json!(null)).await.status, 404);
    // Their company isn't on the Enterprise plan.
    let path = format!("{KEYS}/{}/undo-suspensions", theft.thief.id);
    let refused = theft.world.call("POST", &path, &stranger, body).await;
    assert_eq!(refused.problem(), (403, "enterprise-plan-required".into()));
    assert!(theft.is_suspended(ADA).await);
}

/// An undo goes on as it began: of the same key, since the same time.
#[tokio::test]
async fn an_undo_id_that_belongs_to_something_else() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let other = theft.world.create_key(&theft.admin).await;
    let of_other = json!({"since": theft.since, "accounts": ["acme-member-2"]});
    let of_other = theft.undo_with(&other, of_other).await.string("undoId");
    let [suspension] = &theft.events("SUSPEND_ACCOUNT").await[..] else { panic!("one event") };
    let suspension = suspension["eventId"].as_str().expect("an ID").to_owned();
    let own = theft.undo(&["acme-member-2"]).await.string("undoId");
    let elsewhere = theft.world.events("events").await;
    let elsewhere = elsewhere[0]["eventId"].as_str().expect("an ID").to_owned();
    let later = theft.world.clock.now().to_string();
    let unknown = "01KGBA9QC0K5N7R8T1V3X5Z7B9".to_owned();
    for (undo_id, since) in [
        (of_other, &theft.since),
        (suspension, &theft.since),
        (own, &later),
        (elsewhere, &theft.since),
        (unknown, &theft.since),
    ] {
        let body = json!({"since": since, "accounts": [ADA], "undoId": undo_id});
        assert_eq!(theft.undo_with(&theft.thief, body).await.wrong_fields(), ["undoId"]);
    }
    assert!(theft.is_suspended(ADA).await);
    assert_eq!(theft.events("UNDO_KEY_SUSPENSIONS").await.len(), 2);
}

#[tokio::test]
async fn off_the_enterprise_plan_the_list_still_works() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let plan = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
    theft.world.provision(plan).await.expect("changed");
    assert_eq!(theft.list().await.len(), 1);
    assert_eq!(theft.undo(&[ADA]).await.problem(), (403, "enterprise-plan-required".into()));
    assert!(theft.is_suspended(ADA).await);
}
