//! Between reading and committing, others change the same people.

use harness::Answer;
use serde_json::json;

use super::Theft;
use crate::invariants::meanwhile;

const ADA: &str = "acme-member-1";
const BOB: &str = "acme-member-2";

/// Undoes the suspensions of two people. Its transaction is held until something else was done to the first.
async fn undo_while(theft: &Theft, something: impl Future<Output = ()>) -> Answer {
    theft.steal(ADA).await;
    theft.steal(BOB).await;
    let undo_id = theft.undo(&["acme-member-3"]).await.string("undoId");
    let body = json!({"since": theft.since, "accounts": [ADA, BOB], "undoId": undo_id});
    let undo = theft.undo_with(&theft.thief, body);
    let answer = meanwhile(&theft.world, "undo-suspensions", undo, something).await;
    assert!(!theft.is_suspended(BOB).await, "the other is free, whatever happened");
    answer
}

#[tokio::test]
async fn the_directory_suspends_them() {
    let theft = Theft::start().await;
    let answer = undo_while(&theft, async { drop(theft.leaves(ADA, true).await.ok()) }).await;
    assert_eq!(answer.outcomes(), ["changed", "changed"]);
    assert!(theft.is_suspended(ADA).await, "the directory said so before the undo committed");
    assert_eq!(theft.events("WITHDRAW_SUSPENSION").await.len(), 1);
}

#[tokio::test]
async fn an_administrator_suspends_them() {
    let theft = Theft::start().await;
    let suspend = async { drop(theft.as_administrator("suspend", ADA).await.ok()) };
    assert_eq!(undo_while(&theft, suspend).await.outcomes(), ["changed", "changed"]);
    assert!(theft.is_suspended(ADA).await);
}

#[tokio::test]
async fn somebody_unsuspends_them() {
    let theft = Theft::start().await;
    let unsuspend = async { drop(theft.as_administrator("unsuspend", ADA).await.ok()) };
    assert_eq!(undo_while(&theft, unsuspend).await.outcomes(), ["unchanged", "changed"]);
    assert!(!theft.is_suspended(ADA).await);
}

#[tokio::test]
async fn somebody_unsuspends_them_and_the_directory_suspends_them() {
    let theft = Theft::start().await;
    let both = async {
        theft.as_administrator("unsuspend", ADA).await.ok();
        theft.leaves(ADA, true).await.ok();
    };
    assert_eq!(undo_while(&theft, both).await.outcomes(), ["unchanged", "changed"]);
    assert!(theft.is_suspended(ADA).await);
    assert_eq!(theft.events("WITHDRAW_SUSPENSION").await.len(), 0);
}

#[tokio::test]
async fn somebody_deletes_them() {
    let theft = Theft::start().await;
    let delete = async {
        let path = format!("/enterprise/v1/scim/Users/{ADA}");
        theft.world.call("DELETE", &path, &theft.directory.authorization(), json!(null)).await;
    };
    assert_eq!(undo_while(&theft, delete).await.outcomes(), ["not-found", "changed"]);
}

#[tokio::test]
async fn the_directory_renames_them() {
    let theft = Theft::start().await;
    let rename = async {
        let path = format!("/enterprise/v1/scim/Users/{ADA}");
        let new = json!({"op": "replace", "path": "userName", "value": "grace@acme.example"});
        let body = json!({"Operations": [new]});
        theft.world.call("PATCH", &path, &theft.directory.authorization(), body).await.ok();
    };
    let answer = undo_while(&theft, rename).await;
    assert_eq!(answer.outcomes(), ["changed", "changed"]);
    let account = &answer.ok()["results"][0]["account"];
    assert_eq!((&account["state"], &account["email"]), (&json!("active"), &json!("grace@acme.example")));
    assert_eq!(theft.account(ADA).await["email"], "grace@acme.example");
}

#[tokio::test]
async fn the_thief_suspends_them_again() {
    let theft = Theft::start().await;
    let again = async {
        theft.as_administrator("unsuspend", ADA).await.ok();
        theft.steal(ADA).await;
    };
    assert_eq!(undo_while(&theft, again).await.outcomes(), ["changed", "changed"]);
    assert!(!theft.is_suspended(ADA).await, "the key said so since the theft");
}

/// An administrator who is suspended in the meantime undoes nothing.
#[tokio::test]
async fn the_administrator_loses_authority() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let undo_id = theft.undo(&["acme-member-3"]).await.string("undoId");
    let body = json!({"since": theft.since, "accounts": [ADA], "undoId": undo_id});
    let demote = async {
        let role = json!({"operation": "change-role", "companyId": "acme", "accountId": "acme-admin", "role": "member"});
        theft.world.provision(role).await.expect("demoted");
    };
    let undo = theft.undo_with(&theft.thief, body);
    let answer = meanwhile(&theft.world, "undo-suspensions", undo, demote).await;
    assert_eq!(answer.outcomes(), ["not-company-administrator"]);
    assert!(theft.is_suspended(ADA).await);
}

/// The same before the event of the undo is written.
#[tokio::test]
async fn the_company_leaves_the_enterprise_plan_before_the_undo_begins() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let leave = async {
        let plan = json!({"operation": "change-plan", "companyId": "acme", "plan": "team"});
        theft.world.provision(plan).await.expect("left");
    };
    let answer = meanwhile(&theft.world, "undo-suspensions", theft.undo(&[ADA]), leave).await;
    assert_eq!(answer.problem(), (403, "enterprise-plan-required".into()));
    assert_eq!(theft.events("UNDO_KEY_SUSPENSIONS").await.len(), 0);
    assert!(theft.is_suspended(ADA).await);
}
