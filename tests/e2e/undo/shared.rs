//! Others want the same accounts to be suspended.

use serde_json::{Value, json};

use super::{Theft, set};

const ADA: &str = "acme-member-1";

#[tokio::test]
async fn a_leaver_stays_suspended_whether_the_directory_was_first_or_the_thief() {
    for directory_is_first in [true, false] {
        let theft = Theft::start().await;
        if directory_is_first {
            theft.leaves(ADA, true).await.ok();
            theft.steal(ADA).await;
            assert_eq!(theft.list().await, [] as [Value; 0], "the thief's suspension was no event");
        } else {
            theft.steal(ADA).await;
            theft.leaves(ADA, true).await.ok();
            let [row] = &theft.list().await[..] else { panic!("one row") };
            assert_eq!(row["undo"], "stays-suspended");
            let [other] = &row["alsoBy"].as_array().expect("others")[..] else { panic!("one other") };
            let directory =
                json!({"type": "apiKey", "id": theft.directory.id, "name": "Directory", "at": other["at"]});
            assert_eq!(other, &directory);
        }
        assert_eq!(theft.events("SUSPEND_ACCOUNT").await.len(), 1, "who joins causes no event");
        let undone = theft.undo(&[ADA]).await;
        assert_eq!(undone.outcomes(), ["changed"]);
        assert_eq!(undone.ok()["results"][0]["account"]["state"], "suspended");
        assert_eq!(theft.events("UNSUSPEND_ACCOUNT").await.len(), 0);
        let [withdrawn] = &theft.events("WITHDRAW_SUSPENSION").await[..] else { panic!("one event") };
        assert_eq!(withdrawn["details"]["undo"], undone.string("undoId"));
        // The directory's own word is what remains.
        let suspended_by = &theft.account(ADA).await["suspendedBy"]["known"];
        assert_eq!(suspended_by.as_array().map(Vec::len), Some(1));
        assert_eq!(suspended_by[0]["id"], theft.directory.id.as_str());
        theft.leaves(ADA, false).await.ok();
        assert!(!theft.is_suspended(ADA).await);
    }
}

#[tokio::test]
async fn administrators_and_other_keys_count_too() {
    let theft = Theft::start().await;
    let other = theft.world.create_key_with(&theft.admin, json!({"name": "Other"})).await;
    theft.steal(ADA).await;
    assert_eq!(theft.as_administrator("suspend", ADA).await.outcomes(), ["unchanged"]);
    theft.world.suspend(&other, ADA).await.ok();
    let [row] = &theft.list().await[..] else { panic!("one row") };
    let others = row["alsoBy"].as_array().expect("others");
    let named: Vec<_> = others.iter().map(|other| (&other["type"], &other["id"])).collect();
    let (account, key) = (json!("account"), json!("apiKey"));
    let (admin_id, other_id) = (json!("acme-admin"), json!(other.id));
    assert_eq!(named, [(&account, &admin_id), (&key, &other_id)]);
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["changed"]);
    assert!(theft.is_suspended(ADA).await);
    // The other key was stolen as well, but the administrator's word remains.
    let undo_other = json!({"since": theft.since, "accounts": [ADA]});
    assert_eq!(theft.undo_with(&other, undo_other).await.outcomes(), ["changed"]);
    assert!(theft.is_suspended(ADA).await);
    assert_eq!(theft.as_administrator("unsuspend", ADA).await.outcomes(), ["changed"]);
    assert!(theft.account(ADA).await.get("suspendedBy").is_none());
}

#[tokio::test]
async fn two_stolen_keys_are_undone_one_after_the_other() {
    let theft = Theft::start().await;
    let second = theft.world.create_key(&theft.admin).await;
    theft.steal(ADA).await;
    theft.world.suspend(&second, ADA).await.ok();
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["changed"]);
    assert!(theft.is_suspended(ADA).await);
    let undo = json!({"since": theft.since, "accounts": [ADA]});
    assert_eq!(theft.undo_with(&second, undo).await.outcomes(), ["changed"]);
    assert!(!theft.is_suspended(ADA).await);
}

/// Who joins costs a write. A repeat costs none.
#[tokio::test]
async fn who_joins_writes_once() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let version = async || theft.account(ADA).await["version"].clone();
    let before = version().await;
    theft.steal(ADA).await;
    assert_eq!(version().await, before);
    theft.leaves(ADA, true).await.ok();
    let joined = version().await;
    assert_ne!(joined, before);
    theft.leaves(ADA, true).await.ok();
    theft.steal(ADA).await;
    assert_eq!(version().await, joined);
}

/// In a batch, some are suspended, some joined, and some are as they were.
#[tokio::test]
async fn a_batch_that_joins() {
    let theft = Theft::start().await;
    let path = "/enterprise/v1/accounts/suspend";
    theft.leaves("acme-member-2", true).await.ok();
    theft.steal("acme-member-3").await;
    let body = json!({"accounts": [ADA, "acme-member-2", "acme-member-3"]});
    let answer = theft.world.call("POST", path, &theft.thief.authorization(), body).await;
    assert_eq!(answer.outcomes(), ["changed", "unchanged", "unchanged"]);
    let known = theft.account("acme-member-2").await["suspendedBy"]["known"].clone();
    assert_eq!(known.as_array().map(Vec::len), Some(2));
    assert_eq!(theft.undo(&[ADA, "acme-member-2", "acme-member-3"]).await.outcomes(), ["changed"; 3]);
    assert!(theft.is_suspended("acme-member-2").await);
    assert!(!theft.is_suspended(ADA).await && !theft.is_suspended("acme-member-3").await);
}

#[tokio::test]
async fn a_user_who_is_created_suspended_has_a_suspender() {
    let theft = Theft::start().await;
    let body = json!({"userName": "left@acme.example", "active": false});
    let path = "/enterprise/v1/scim/Users";
    let created = theft.world.call("POST", path, &theft.directory.authorization(), body).await;
    let id = created.string("id");
    let known = &theft.account(&id).await["suspendedBy"]["known"][0];
    let [event] = &theft.events("SUSPEND_ACCOUNT").await[..] else { panic!("one event") };
    assert_eq!((&known["id"], &known["eventId"]), (&json!(theft.directory.id), &event["eventId"]));
    theft.steal(&id).await;
    theft.undo(&[&id]).await.ok();
    assert!(theft.is_suspended(&id).await);
}

/// Nobody knows who suspended the account, so nobody's undo unsuspends it.
#[tokio::test]
async fn an_account_that_was_suspended_before_suspenders_were_kept_stays_suspended() {
    let mut theft = Theft::start().await;
    theft.leaves(ADA, true).await.ok();
    set(&theft.world, ADA, "REMOVE suspendedBy").await;
    theft.begin();
    theft.steal(ADA).await;
    assert_eq!(theft.account(ADA).await["suspendedBy"]["others"], true);
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["changed"]);
    assert!(theft.is_suspended(ADA).await);
    assert!(theft.account(ADA).await.get("suspendedBy").is_none());
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["unchanged"]);
}

/// An earlier release, or a restore, began another suspension, and left the attribute of the one before.
#[tokio::test]
async fn suspenders_of_an_earlier_suspension_do_not_count() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let key = json!({"companyId": {"S": "acme"}, "accountId": {"S": ADA}});
    let later = theft.world.clock.now().millis() + 5;
    let update = json!({
        "TableName": "Accounts", "Key": key, "UpdateExpression": "SET suspendedAt = :later",
        "ExpressionAttributeValues": {":later": {"N": later.to_string()}},
    });
    theft.world.dynamodb.ask("UpdateItem", &update).await;
    assert_eq!(theft.announced(ADA).await, "nothing");
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["unchanged"]);
    assert!(theft.is_suspended(ADA).await);
}

/// A later release knows more kinds of suspenders. This one must not lose them.
#[tokio::test]
async fn a_suspender_of_a_later_release_counts() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    let key = json!({"companyId": {"S": "acme"}, "accountId": {"S": ADA}});
    let robot = json!({"M": {"type": {"S": "robot"}, "id": {"S": "7"}, "at": {"N": "1"}}});
    let update = json!({
        "TableName": "Accounts", "Key": key,
        "UpdateExpression": "SET suspendedBy.known = list_append(suspendedBy.known, :robot)",
        "ExpressionAttributeValues": {":robot": {"L": [robot]}},
    });
    theft.world.dynamodb.ask("UpdateItem", &update).await;
    assert_eq!(theft.announced(ADA).await, "stays-suspended");
    theft.undo(&[ADA]).await.ok();
    assert!(theft.is_suspended(ADA).await);
}

#[tokio::test]
async fn a_ninth_suspender_is_not_forgotten() {
    let theft = Theft::start().await;
    theft.steal(ADA).await;
    for _ in 0..7 {
        let key = theft.world.create_key(&theft.admin).await;
        theft.world.suspend(&key, ADA).await.ok();
    }
    let item = theft.account(ADA).await;
    assert_eq!(item["suspendedBy"]["known"].as_array().map(Vec::len), Some(8));
    assert!(item["suspendedBy"].get("others").is_none());
    theft.leaves(ADA, true).await.ok();
    assert_eq!(theft.account(ADA).await["suspendedBy"]["others"], true);
    let [row] = &theft.list().await[..] else { panic!("one row") };
    assert_eq!((&row["others"], row["alsoBy"].as_array().map(Vec::len)), (&json!(true), Some(7)));
    for suspender in item["suspendedBy"]["known"].as_array().expect("suspenders") {
        let key = harness::Key { id: suspender["id"].as_str().expect("an ID").into(), secret: String::new() };
        let undo = json!({"since": theft.since, "accounts": [ADA]});
        assert_eq!(theft.undo_with(&key, undo).await.outcomes(), ["changed"]);
        assert!(theft.is_suspended(ADA).await, "the directory is the ninth");
    }
}
