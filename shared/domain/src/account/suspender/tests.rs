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
