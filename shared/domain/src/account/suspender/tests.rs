//! Tests of who wants an account to be suspended.

use super::*;
use crate::{
    account::{Account, AccountChange, AccountEdit, AccountState, After, Names, Role},
    audit::Action,
    identifiers::{CompanyId, Email},
};

const UNDO: &str = "01KGBA0RVS9W3T5V8YB2C4E6G8";

fn key(n: usize) -> KeyId {
    KeyId::parse(&format!("01KDXJ7Q9W3T5V8YB2C4E6G8H{n}")).expect("an ID")
}

fn machine(n: usize) -> Changer {
    Changer::Key(key(n))
}

fn person(id: &str) -> Changer {
    Changer::Account(AccountId::parse(id).expect("an ID"))
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn undo(n: usize, since: i64) -> AccountChange {
    AccountChange::Undo { key: key(n), since: at(since), undo_id: UNDO.into() }
}

/// An account on its way through changes, and what each recorded.
struct Ada(Account);

impl Ada {
    fn new() -> Self {
        let [company_id, email] = ["acme", "ada@acme.example"];
        let company_id = CompanyId::parse(company_id).expect("an ID");
        let email = Email::parse(email).expect("an address");
        let id = AccountId::parse("ada").expect("an ID");
        Self(Account::new(company_id, id, email, Names::default(), Role::Member, 1, at(0)))
    }

    fn change(&mut self, change: &AccountChange, who: &Changer, millis: i64) -> Vec<Action> {
        let after = self.0.after(change, who, at(millis)).expect("allowed");
        let actions = self.0.actions(&after);
        if let AccountChange::Undo { key, since, .. } = change {
            let expected = match self.0.suspended_by.undo(key, *since) {
                UndoEffect::Nothing => vec![],
                UndoEffect::Unsuspends => vec![Action::UnsuspendAccount],
                UndoEffect::StaysSuspended => vec![Action::WithdrawSuspension],
            };
            assert_eq!(actions, expected, "the undo does what was announced");
        }
        if let After::Changed(after) = after {
            assert_eq!(after.version, self.0.version + 1);
            self.0 = *after;
        }
        let is_suspended = self.0.state == AccountState::Suspended;
        assert_eq!(is_suspended, !self.0.suspended_by.is_empty(), "suspended as long as somebody wants it");
        actions
    }

    fn suspend(&mut self, who: &Changer, millis: i64) -> Vec<Action> {
        self.change(&AccountChange::Suspend, who, millis)
    }

    fn known(&self) -> Vec<(Changer, i64)> {
        let known = self.0.suspended_by.known().iter();
        known.map(|suspender| (suspender.who.clone(), suspender.at.millis())).collect()
    }
}

#[test]
fn an_account_stays_suspended_as_long_as_somebody_else_wants_it() {
    for directory_is_first in [true, false] {
        let mut ada = Ada::new();
        let (first, second) =
            if directory_is_first { (machine(1), machine(2)) } else { (machine(2), machine(1)) };
        assert_eq!(ada.suspend(&first, 10), [Action::SuspendAccount]);
        assert_eq!(ada.suspend(&second, 20), []);
        assert_eq!(ada.known(), [(first, 10), (second, 20)]);
        assert_eq!(ada.change(&undo(2, 5), &person("eve"), 30), [Action::WithdrawSuspension]);
        assert_eq!(ada.0.state, AccountState::Suspended);
        assert_eq!(ada.change(&undo(1, 5), &person("eve"), 40), [Action::UnsuspendAccount]);
        assert_eq!((ada.0.state, ada.0.suspended_at), (AccountState::Active, None));
    }
}

#[test]
fn a_repeat_changes_nothing_and_the_first_time_counts() {
    let mut ada = Ada::new();
    ada.suspend(&machine(1), 10);
    let before = ada.0.clone();
    assert_eq!(ada.suspend(&machine(1), 20), []);
    assert_eq!(ada.change(&undo(1, 11), &person("eve"), 30), []);
    assert_eq!(ada.change(&undo(2, 0), &person("eve"), 30), []);
    assert_eq!(ada.0, before, "the key suspended it before the time of the undo");
    assert_eq!(ada.change(&undo(1, 10), &person("eve"), 30), [Action::UnsuspendAccount]);
    assert_eq!(ada.change(&undo(1, 10), &person("eve"), 30), [], "it is active");
}

#[test]
fn unsuspending_forgets_everybody_and_other_changes_nobody() {
    let mut ada = Ada::new();
    let suspends = AccountEdit { state: Some(AccountState::Suspended), ..AccountEdit::default() };
    let unsuspends = AccountEdit { state: Some(AccountState::Active), ..AccountEdit::default() };
    assert_eq!(ada.change(&AccountChange::Edit(suspends), &machine(1), 10), [Action::SuspendAccount]);
    ada.suspend(&person("eve"), 20);
    ada.suspend(&Changer::Operator("oscar".into()), 30);
    let everybody = ada.known();
    assert_eq!(everybody.len(), 3);
    ada.change(&AccountChange::SetRole(Role::CompanyAdmin), &Changer::Operator("oscar".into()), 40);
    ada.change(&AccountChange::SetRole(Role::Member), &Changer::Operator("oscar".into()), 40);
    ada.change(&AccountChange::Edit(AccountEdit::default()), &machine(2), 50);
    assert_eq!(ada.known(), everybody);
    ada.change(&AccountChange::Edit(unsuspends), &machine(1), 60);
    assert_eq!(ada.known(), []);
    ada.suspend(&machine(2), 70);
    ada.change(&AccountChange::Unsuspend, &person("eve"), 80);
    assert_eq!((ada.known(), ada.0.suspended_by.is_empty()), (vec![], true));
}

#[test]
fn a_ninth_suspender_is_one_of_the_others() {
    let mut ada = Ada::new();
    for n in 0..=Suspenders::MOST {
        assert!(!ada.0.suspended_by.others());
        ada.suspend(&machine(n), 10);
    }
    assert_eq!((ada.known().len(), ada.0.suspended_by.others()), (Suspenders::MOST, true));
    for n in 0..Suspenders::MOST {
        assert_eq!(ada.change(&undo(n, 0), &person("eve"), 20), [Action::WithdrawSuspension]);
    }
    assert_eq!(ada.change(&undo(Suspenders::MOST, 0), &person("eve"), 20), []);
    assert_eq!(ada.0.state, AccountState::Suspended);
}

#[test]
fn a_suspension_from_before_is_somebody_elses() {
    let mut ada = Ada::new();
    ada.suspend(&machine(1), 10);
    ada.0.suspended_by = Suspenders::of_suspension(Vec::new(), false);
    assert_eq!(ada.suspend(&machine(2), 20), []);
    assert_eq!((ada.known(), ada.0.suspended_by.others()), (vec![(machine(2), 20)], true));
    assert_eq!(ada.change(&undo(2, 0), &person("eve"), 30), [Action::WithdrawSuspension]);
    assert_eq!(ada.0.state, AccountState::Suspended);
}

#[test]
fn the_event_of_the_suspension_is_noted_and_no_other() {
    let mut ada = Ada::new();
    let mut after = ada.0.after(&AccountChange::Suspend, &machine(1), at(10)).expect("allowed");
    after.note_suspension(UNDO);
    ada.0 = after.account().expect("changed").clone();
    ada.suspend(&machine(2), 20);
    let events: Vec<_> = ada.0.suspended_by.known().iter().map(|known| known.event_id.as_deref()).collect();
    assert_eq!(events, [Some(UNDO), None]);
    let change = undo(1, 0);
    let after = ada.0.after(&change, &person("eve"), at(30)).expect("allowed");
    let details = ada.0.details(&change, &after, Action::WithdrawSuspension);
    assert_eq!(details.undo.as_deref(), Some(UNDO));
}

impl Ada {
    fn unsuspend(&mut self, who: &Changer, millis: i64) {
        assert_eq!(self.change(&AccountChange::Unsuspend, who, millis), [Action::UnsuspendAccount]);
    }

    /// What an undo by an administrator does, tried on a copy.
    fn undone(&self, n: usize, since: i64) -> (Vec<Action>, Vec<(Changer, i64)>, bool) {
        let mut copy = Self(self.0.clone());
        let actions = copy.change(&undo(n, since), &person("eve"), 1_000);
        let repeated = copy.change(&undo(n, since), &person("eve"), 1_001);
        assert_eq!(repeated, [], "a repeat changes nothing");
        (actions, copy.known(), copy.0.suspended_by.others())
    }
}

const WITHDRAWN: [Action; 1] = [Action::WithdrawSuspension];
const UNSUSPENDED: [Action; 1] = [Action::UnsuspendAccount];

#[test]
fn a_key_that_unsuspends_and_suspends_again_does_not_wash_a_suspension_away() {
    for times in 1..=20 {
        let mut ada = Ada::new();
        ada.suspend(&machine(1), 10);
        ada.suspend(&person("adam"), 20);
        for n in 0..times {
            ada.unsuspend(&machine(2), 100 + 2 * n);
            ada.suspend(&machine(2), 101 + 2 * n);
        }
        let former = vec![(machine(1), 10), (person("adam"), 20)];
        assert_eq!(ada.undone(2, 100), (WITHDRAWN.into(), former.clone(), false), "{times} times");
        assert_eq!(ada.undone(2, 50).1, former);
        let (actions, known, _) = ada.undone(2, 101 + 2 * (times - 1));
        assert_eq!((actions, known), (UNSUSPENDED.into(), vec![]), "it unsuspended the account before");
        // Afterwards, they can be undone like any other.
        ada.change(&undo(2, 100), &person("eve"), 500);
        assert_eq!(ada.undone(1, 10).1, [(person("adam"), 20)]);
    }
}

#[test]
fn former_suspenders_count_only_for_the_key_and_until_others_unsuspend() {
    let ended_by_key = || {
        let mut ada = Ada::new();
        ada.suspend(&machine(1), 10);
        ada.unsuspend(&machine(2), 100);
        ada
    };
    // Another key suspends the account.
    let mut ada = ended_by_key();
    ada.suspend(&machine(3), 110);
    assert_eq!(ada.undone(3, 50).0, UNSUSPENDED);
    // The undo of the key takes nothing back, so it changes nothing.
    assert_eq!(ada.undone(2, 50), (vec![], vec![(machine(3), 110)], false));
    // Others unsuspend it after that.
    for who in [person("eve"), Changer::Operator("oscar".into()), machine(1)] {
        let mut ada = ended_by_key();
        ada.suspend(&machine(2), 110);
        ada.unsuspend(&who, 120);
        let by_key = matches!(who, Changer::Key(_));
        assert_eq!(ada.0.suspended_by.former().is_some(), by_key, "{who:?}");
        ada.suspend(&machine(2), 130);
        assert_eq!(ada.undone(2, 50).0, UNSUSPENDED, "{who:?}");
    }
    // An undo unsuspends it.
    let mut ada = ended_by_key();
    ada.suspend(&machine(2), 110);
    assert_eq!(ada.change(&undo(2, 105), &person("eve"), 120), UNSUSPENDED);
    assert_eq!(ada.0.suspended_by, Suspenders::default());
}

#[test]
fn the_suspension_by_the_same_key_before_the_theft_stands_again() {
    let mut ada = Ada::new();
    // The key works as it should, twice.
    ada.suspend(&machine(1), 10);
    ada.unsuspend(&machine(1), 20);
    ada.suspend(&machine(1), 30);
    // The thief has it from 100.
    ada.unsuspend(&machine(1), 100);
    ada.suspend(&machine(1), 110);
    assert_eq!(ada.undone(1, 100), (WITHDRAWN.into(), vec![(machine(1), 30)], false));
    assert_eq!(ada.undone(1, 25).0, UNSUSPENDED, "at that time the account was active");
    assert_eq!(ada.undone(1, 15), (WITHDRAWN.into(), vec![(machine(1), 10)], false));
    assert_eq!(ada.undone(1, 10).0, UNSUSPENDED, "all of it was theft");
    // Repeating it doesn't hide the honest suspension.
    for n in 0..20 {
        ada.unsuspend(&machine(1), 120 + 2 * n);
        ada.suspend(&machine(1), 121 + 2 * n);
    }
    assert_eq!(ada.undone(1, 100), (WITHDRAWN.into(), vec![(machine(1), 30)], false));
    assert_eq!(ada.undone(1, 25).0, UNSUSPENDED);
    assert!(ada.0.suspended_by.former().is_some_and(|former| former.known().len() <= Suspenders::MOST));
}

#[test]
fn former_suspenders_that_nobody_knows_stay_others() {
    // The suspension is from before suspenders were kept.
    let mut ada = Ada::new();
    ada.suspend(&machine(1), 10);
    ada.0.suspended_by = Suspenders::of_suspension(Vec::new(), false);
    ada.unsuspend(&machine(2), 100);
    ada.suspend(&machine(2), 110);
    assert_eq!(ada.undone(2, 100), (WITHDRAWN.into(), vec![], true));
    assert_eq!(ada.undone(2, 101).0, UNSUSPENDED);
    // Eight are known. Others join meanwhile, so not all have a place.
    let mut ada = Ada::new();
    (1..=Suspenders::MOST).for_each(|n| drop(ada.suspend(&machine(n), 10)));
    ada.unsuspend(&machine(0), 100);
    ada.suspend(&machine(0), 110);
    let eight: Vec<_> = (1..=Suspenders::MOST).map(|n| (machine(n), 10)).collect();
    assert_eq!(ada.undone(0, 100), (WITHDRAWN.into(), eight.clone(), false));
    ada.suspend(&person("adam"), 120);
    assert!(ada.undone(0, 100).2, "adam and the eight");
    ada.unsuspend(&machine(0), 130);
    ada.suspend(&machine(0), 140);
    assert_eq!(ada.undone(0, 100), (WITHDRAWN.into(), eight, true));
    assert_eq!(ada.undone(0, 105), (WITHDRAWN.into(), vec![], true), "adam stood until 130");
}

#[test]
fn who_stood_before_and_joined_again_counts_from_the_first_time() {
    let mut ada = Ada::new();
    ada.suspend(&machine(1), 10);
    ada.unsuspend(&machine(2), 100);
    ada.suspend(&machine(2), 110);
    ada.suspend(&machine(1), 120);
    assert_eq!(ada.undone(2, 100), (WITHDRAWN.into(), vec![(machine(1), 10)], false));
    assert_eq!(ada.undone(2, 105), (WITHDRAWN.into(), vec![(machine(1), 120)], false));
}
