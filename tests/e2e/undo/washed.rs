//! The thief unsuspends a leaver and then suspends them again.

use serde_json::{Value, json};

use super::{Theft, set};

const ADA: &str = "acme-member-1";

impl Theft {
    async fn wash(&self, account: &str) {
        self.change("unsuspend", account).await;
        self.change("suspend", account).await;
    }

    /// What the thief does.
    async fn change(&self, change: &str, account: &str) {
        let path = format!("/enterprise/v1/accounts/{change}");
        let body = json!({"accounts": [account]});
        let answer = self.world.call("POST", &path, &self.thief.authorization(), body).await;
        assert_eq!(answer.outcomes(), ["changed"]);
    }

    /// The only row of the list: what the undo will do, and the IDs of the others.
    async fn row(&self) -> (String, Vec<Value>, bool) {
        let [row] = &self.list().await[..] else { panic!("one row") };
        let others = row["alsoBy"].as_array().expect("others").iter().map(|other| other["id"].clone());
        (row["undo"].as_str().expect("a text").into(), others.collect(), row.get("others").is_some())
    }

    /// Undoes, and the account stays suspended.
    async fn withdraw(&self, account: &str) -> Value {
        let undone = self.undo(&[account]).await;
        assert_eq!(undone.outcomes(), ["changed"]);
        assert_eq!(undone.ok()["results"][0]["account"]["state"], "suspended");
        let item = self.account(account).await;
        assert_eq!((&item["state"], item.get("formerSuspenders")), (&json!("suspended"), None));
        let withdrawn = self.events("WITHDRAW_SUSPENSION").await;
        let last = withdrawn.last().expect("an event");
        assert_eq!(last["details"]["undo"], undone.string("undoId"));
        assert_eq!(self.undo(&[account]).await.outcomes(), ["unchanged"]);
        item["suspendedBy"].clone()
    }
}

#[tokio::test]
async fn a_leaver_stays_suspended_although_the_thief_unsuspended_them() {
    for times in [1, 2] {
        let mut theft = Theft::start().await;
        theft.leaves(ADA, true).await.ok();
        let left = theft.account(ADA).await["suspendedBy"]["known"].clone();
        theft.begin();
        for _ in 0..times {
            theft.wash(ADA).await;
        }
        assert_eq!(theft.row().await, ("stays-suspended".into(), vec![json!(theft.directory.id)], false));
        let unsuspended = theft.events("UNSUSPEND_ACCOUNT").await.len();
        let suspended_by = theft.withdraw(ADA).await;
        assert_eq!(suspended_by["known"], left, "with the time and the event");
        assert_eq!(theft.events("UNSUSPEND_ACCOUNT").await.len(), unsuspended);
        // From now on, it is the directory's suspension, which another undo takes back.
        let undo = json!({"since": "2020-01-01T00:00:00Z", "accounts": [ADA]});
        assert_eq!(theft.undo_with(&theft.directory, undo).await.outcomes(), ["changed"]);
        assert!(!theft.is_suspended(ADA).await);
    }
}

/// The directory's own key is stolen. What it did before stands.
#[tokio::test]
async fn the_suspension_by_the_stolen_key_before_the_theft_stands_again() {
    let mut theft = Theft::start().await;
    theft.change("suspend", ADA).await;
    theft.begin();
    theft.wash(ADA).await;
    assert_eq!(theft.row().await, ("stays-suspended".into(), vec![json!(theft.thief.id)], false));
    let [row] = &theft.list().await[..] else { panic!("one row") };
    assert_eq!(row["alsoBy"][0]["name"], "Offboarding");
    theft.withdraw(ADA).await;
}

#[tokio::test]
async fn an_unsuspension_before_the_theft_was_no_harm() {
    let mut theft = Theft::start().await;
    theft.leaves(ADA, true).await.ok();
    theft.change("unsuspend", ADA).await;
    theft.begin();
    theft.steal(ADA).await;
    assert_eq!(theft.row().await, ("unsuspends".into(), vec![], false));
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["changed"]);
    let item = theft.account(ADA).await;
    assert_eq!((&item["state"], item.get("formerSuspenders")), (&json!("active"), None));
}

/// Others say that the account is to be active, after the thief did.
#[tokio::test]
async fn former_suspenders_end_when_others_unsuspend() {
    for by_administrator in [true, false] {
        let mut theft = Theft::start().await;
        theft.leaves(ADA, true).await.ok();
        theft.begin();
        theft.wash(ADA).await;
        if by_administrator {
            theft.as_administrator("unsuspend", ADA).await.ok();
            assert!(theft.account(ADA).await.get("formerSuspenders").is_none());
        } else {
            theft.leaves(ADA, false).await.ok();
            let former = &theft.account(ADA).await["formerSuspenders"];
            assert_eq!(former["keyId"], theft.directory.id.as_str());
        }
        theft.steal(ADA).await;
        assert_eq!(theft.announced(ADA).await, "unsuspends");
        assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["changed"]);
        assert!(!theft.is_suspended(ADA).await);
    }
}

/// An undo doesn't suspend an account that the key unsuspended.
#[tokio::test]
async fn an_account_that_the_thief_left_active_stays_active() {
    let mut theft = Theft::start().await;
    theft.leaves(ADA, true).await.ok();
    theft.begin();
    theft.wash(ADA).await;
    theft.change("unsuspend", ADA).await;
    assert_eq!(theft.announced(ADA).await, "nothing");
    assert_eq!(theft.undo(&[ADA]).await.outcomes(), ["unchanged"]);
    assert!(!theft.is_suspended(ADA).await);
}

/// Nobody knows who wanted the suspension that the thief ended.
#[tokio::test]
async fn a_suspension_from_before_suspenders_were_kept_stands_again() {
    let mut theft = Theft::start().await;
    theft.leaves(ADA, true).await.ok();
    set(&theft.world, ADA, "REMOVE suspendedBy").await;
    theft.begin();
    theft.wash(ADA).await;
    theft.wash(ADA).await;
    assert_eq!(theft.row().await, ("stays-suspended".into(), vec![], true));
    assert_eq!(theft.withdraw(ADA).await, json!(null));
}

#[tokio::test]
async fn eight_suspenders_stand_again_and_a_ninth_is_one_of_the_others() {
    let mut theft = Theft::start().await;
    let mut keys = Vec::new();
    for _ in 0..8 {
        let key = theft.world.create_key(&theft.admin).await;
        theft.world.suspend(&key, ADA).await.ok();
        keys.push(json!(key.id));
    }
    theft.begin();
    theft.wash(ADA).await;
    assert_eq!(theft.row().await, ("stays-suspended".into(), keys.clone(), false));
    theft.leaves(ADA, true).await.ok();
    theft.wash(ADA).await;
    assert_eq!(theft.row().await, ("stays-suspended".into(), keys, true));
    let suspended_by = theft.withdraw(ADA).await;
    assert_eq!(suspended_by["known"].as_array().map(Vec::len), Some(8));
    assert_eq!(suspended_by["others"], true);
}

/// A later release knows more kinds of suspenders.
#[tokio::test]
async fn a_former_suspender_of_a_later_release_counts() {
    let mut theft = Theft::start().await;
    theft.leaves(ADA, true).await.ok();
    theft.begin();
    theft.wash(ADA).await;
    set(&theft.world, ADA, "SET formerSuspenders.known[0].#type = formerSuspenders.keyId").await;
    assert_eq!(theft.row().await, ("stays-suspended".into(), vec![], true));
    theft.withdraw(ADA).await;
}
