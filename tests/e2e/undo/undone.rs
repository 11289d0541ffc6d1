use harness::{SECOND_ADMIN, eventually};
use serde_json::json;

use super::Theft;

const ADA: &str = "acme-member-1";
const BOB: &str = "acme-member-2";
const EVE: &str = "acme-member-3";

#[tokio::test]
async fn what_the_thief_suspended_is_unsuspended_and_the_log_names_the_undo() {
    let theft = Theft::start().await;
    for account in [ADA, BOB, EVE] {
        theft.steal(account).await;
    }
    assert_eq!(theft.announced(ADA).await, "unsuspends");
    let first = theft.undo(&[ADA, BOB]).await;
    assert_eq!(first.outcomes(), ["changed", "changed"]);
    let undo_id = first.string("undoId");
    let further = json!({"since": theft.since, "accounts": [EVE], "undoId": undo_id});
    let further = theft.undo_with(&theft.thief, further).await;
    assert_eq!((further.string("undoId"), further.outcomes()), (undo_id.clone(), vec!["changed".into()]));
    let account = &further.ok()["results"][0]["account"];
    assert_eq!((&account["state"], account.get("suspendedAt")), (&json!("active"), None));
    for account in [ADA, BOB, EVE] {
        let item = theft.account(account).await;
        assert_eq!((&item["state"], item.get("suspendedBy")), (&json!("active"), None));
    }
    let [undo] = &theft.events("UNDO_KEY_SUSPENSIONS").await[..] else { panic!("one undo") };
    assert_eq!((&undo["eventId"], &undo["affected"]["id"]), (&json!(undo_id), &json!(theft.thief.id)));
    let since = undo["details"]["since"].as_i64().expect("a time");
    assert_eq!(theft.since, domain::time::Timestamp::from_millis(since).to_string());
    let unsuspended = theft.events("UNSUSPEND_ACCOUNT").await;
    assert_eq!(unsuspended.len(), 3);
    assert!(unsuspended.iter().all(|event| event["details"]["undo"] == undo_id.as_str()));
    assert!(unsuspended.iter().all(|event| event["actor"]["email"] == harness::ADMIN));
    // People and collectors see it.
    let log = theft.world.call("GET", "/admin/v1/audit-log", &theft.admin, json!(null)).await.ok();
    let shown = |action: &str| {
        let mut events = log["data"].as_array().into_iter().flatten();
        events.find(|event| event["action"] == action).expect("an event").clone()
    };
    assert_eq!(shown("UNDO_KEY_SUSPENSIONS")["since"], theft.since.as_str());
    assert_eq!(shown("UNSUSPEND_ACCOUNT")["undo"], undo_id.as_str());
}

#[tokio::test]
async fn whom_the_key_suspended_earlier_stays_suspended() {
    let mut theft = Theft::start().await;
    theft.steal(ADA).await;
    theft.begin();
    theft.steal(ADA).await;
    theft.steal(BOB).await;
    assert_eq!(theft.list().await.len(), 1, "a repeat is no event");
    assert_eq!(theft.undo(&[ADA, BOB]).await.outcomes(), ["unchanged", "changed"]);
    assert!(theft.is_suspended(ADA).await);
    assert!(!theft.is_suspended(BOB).await);
}

#[tokio::test]
async fn a_repeat_changes_no_account_and_writes_no_event_about_one() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    theft.leaves(ADA, true).await.ok();
    theft.steal(BOB).await;
    let first = theft.undo(&[ADA, BOB]).await;
    assert_eq!(first.outcomes(), ["changed", "changed"]);
    let again = json!({"since": theft.since, "accounts": [ADA, BOB], "undoId": first.string("undoId")});
    assert_eq!(theft.undo_with(&theft.thief, again).await.outcomes(), ["unchanged", "unchanged"]);
    assert_eq!(theft.undo(&[ADA, BOB]).await.outcomes(), ["unchanged", "unchanged"]);
    assert_eq!(theft.events("UNSUSPEND_ACCOUNT").await.len(), 1);
    assert_eq!(theft.events("WITHDRAW_SUSPENSION").await.len(), 1);
}

/// The transaction commits, its answer is lost, and so are those of the SDK's repeats.
#[tokio::test]
async fn a_lost_answer_is_repeated_without_harm() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    theft.world.dynamodb.interfere(|call| {
        let changes =
            call.function == "undo-suspensions" && call.request.to_string().contains("UNSUSPEND_ACCOUNT");
        if changes { harness::Intervention::LoseResponse } else { harness::Intervention::Pass }
    });
    let lost = theft.undo(&[ADA]).await;
    assert_eq!(lost.outcomes(), ["unavailable"]);
    theft.world.dynamodb.let_pass();
    let again = json!({"since": theft.since, "accounts": [ADA], "undoId": lost.string("undoId")});
    assert_eq!(theft.undo_with(&theft.thief, again).await.outcomes(), ["unchanged"]);
    assert!(!theft.is_suspended(ADA).await);
    assert_eq!(theft.events("UNSUSPEND_ACCOUNT").await.len(), 1);
}

/// A key may suspend an administrator. Undoing that counts active administrators again.
#[tokio::test]
async fn administrators_are_unsuspended_too() {
    let theft = Theft::start().await;
    theft.steal("acme-second-admin").await;
    theft.steal(ADA).await;
    assert_eq!(theft.world.company("acme").await["activeAdministrators"], 1);
    assert_eq!(theft.undo(&[ADA, "acme-second-admin"]).await.outcomes(), ["changed", "changed"]);
    assert_eq!(theft.world.company("acme").await["activeAdministrators"], 2);
    theft.world.advance(std::time::Duration::from_secs(2));
    let second = theft.world.sign_in(SECOND_ADMIN).await;
    theft.world.call("GET", "/admin/v1/me", &second, json!(null)).await.ok();
}

#[tokio::test]
async fn a_revoked_key_can_be_undone() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    theft.world.revoke(&theft.admin, &theft.thief).await.ok();
    assert_eq!(theft.announced(ADA).await, "unsuspends");
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["changed"]);
    assert!(!theft.is_suspended(ADA).await);
}

#[tokio::test]
async fn deletions_stay() {
    let theft = Theft::start().await;
    let path = format!("/enterprise/v1/scim/Users/{BOB}");
    theft.steal(BOB).await;
    theft.world.call("DELETE", &path, &theft.directory.authorization(), json!(null)).await;
    eventually("deleted", async || {
        theft.world.dynamodb.items("Accounts").await.iter().all(|item| item["accountId"] != BOB)
    })
    .await;
    let [row] = &theft.list().await[..] else { panic!("one row") };
    assert_eq!((&row["state"], &row["undo"]), (&json!("deleted"), &json!("nothing")));
    assert_eq!(row["email"], "member-2@acme.example");
    assert_eq!(theft.undo(&[BOB]).await.outcomes(), ["not-found"]);
}

/// The members share transactions.
#[tokio::test]
async fn a_hundred_accounts_in_one_request() {
    let mut theft = Theft::start().await;
    let members = theft.world.add_members("many", 100).await;
    theft.begin();
    let many = json!({"accounts": members});
    let path = "/enterprise/v1/accounts/suspend";
    theft.world.call("POST", path, &theft.thief.authorization(), many).await.ok();
    let members: Vec<_> = members.iter().map(String::as_str).collect();
    let _ = theft.world.dynamodb.take_calls();
    assert_eq!(theft.undo(&members).await.outcomes(), ["changed"; 100]);
    let calls = theft.world.dynamodb.take_calls();
    // Who asks, the event of the undo, the accounts, and three transactions.
    assert_eq!(calls.iter().filter(|call| call.begins_round_trip).count(), 6);
    assert_eq!(theft.events("UNSUSPEND_ACCOUNT").await.len(), 100);
}
