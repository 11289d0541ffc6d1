//! Tests of the rules for changes.

use super::*;
use crate::{
    account::{Edit, Names},
    identifiers::{AccountId, CompanyId, Email, ExternalId, UserName},
};

const NOW: Timestamp = Timestamp::from_millis(1_999);

fn account(role: Role, state: AccountState) -> Account {
    let company_id = CompanyId::parse("acme").expect("an ID");
    let id = AccountId::parse("ada").expect("an ID");
    let names = Names::shown_as("Ada".into());
    let mut account =
        Account::new(company_id, id, email("ada@acme.example"), names, role, 1, Timestamp::from_millis(0));
    account.set_state(state, &key(), Timestamp::from_millis(0));
    account
}

fn key() -> Changer {
    Changer::Key(KeyId::parse("01KDXJ7Q9W3T5V8YB2C4E6G8H0").expect("an ID"))
}

fn person() -> Changer {
    Changer::Account(AccountId::parse("grace").expect("an ID"))
}

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

fn user_name(text: &str) -> UserName {
    UserName::parse(text).expect("a name")
}

fn edited(account: &Account, edit: AccountEdit) -> Account {
    let after = account.after(&AccountChange::Edit(edit), &key(), NOW).expect("allowed");
    after.account().unwrap_or(account).clone()
}

#[test]
fn every_role_state_change_and_power() {
    use AccountChange::{Delete, Suspend, Unsuspend};
    use AccountState::{Active, Suspended};
    use Role::{CompanyAdmin, Member};
    let protected = Err(ChangeRefused::AdministratorProtected);
    for (role, state, change, who, expected) in [
        (Member, Active, Suspend, key(), Ok(vec![Action::SuspendAccount])),
        (Member, Suspended, Suspend, key(), Ok(vec![])),
        (Member, Suspended, Unsuspend, key(), Ok(vec![Action::UnsuspendAccount])),
        (Member, Active, Unsuspend, key(), Ok(vec![])),
        (Member, Active, Delete, key(), Ok(vec![Action::DeleteAccount])),
        (CompanyAdmin, Active, Suspend, key(), Ok(vec![Action::SuspendAccount])),
        (CompanyAdmin, Suspended, Unsuspend, key(), protected.clone()),
        (CompanyAdmin, Active, Unsuspend, key(), Ok(vec![])),
        (CompanyAdmin, Suspended, Unsuspend, person(), Ok(vec![Action::UnsuspendAccount])),
        (CompanyAdmin, Suspended, Delete, key(), protected),
    ] {
        let before = account(role, state);
        let actions = before.after(&change, &who, NOW).map(|after| before.actions(&after));
        assert_eq!(actions, expected, "{role:?} {state:?} {change:?} {who:?}");
    }
    let before = account(Member, Active);
    let suspended = before.after(&Suspend, &key(), NOW).expect("allowed");
    let suspended = suspended.account().expect("changed");
    assert_eq!((suspended.sessions_not_before, suspended.version), (Some(2), 2));
}

#[test]
fn a_key_changes_who_a_member_is_but_not_who_an_administrator_is() {
    let edits = [
        AccountEdit { user_name: Some(user_name("grace@acme.example")), ..AccountEdit::default() },
        AccountEdit { user_name: Some(user_name("ada")), ..AccountEdit::default() },
        AccountEdit { email: Some(email("grace@acme.example")), ..AccountEdit::default() },
        AccountEdit {
            external_id: Edit::Set(ExternalId::parse("7").expect("an ID")),
            ..AccountEdit::default()
        },
    ];
    for edit in edits {
        let change = AccountChange::Edit(edit);
        let member = account(Role::Member, AccountState::Active);
        let after = member.after(&change, &key(), NOW).expect("allowed");
        assert_eq!(member.actions(&after), [Action::UpdateAccount]);
        for state in [AccountState::Active, AccountState::Suspended] {
            let mut admin = account(Role::CompanyAdmin, state);
            admin.external_id = ExternalId::parse("6");
            let refused = admin.after(&change, &key(), NOW);
            assert_eq!(refused, Err(ChangeRefused::AdministratorProtected), "{change:?}");
        }
    }
    let admin = account(Role::CompanyAdmin, AccountState::Active);
    let same = AccountEdit {
        user_name: Some(user_name("ada@acme.example")),
        email: Some(email("ada@acme.example")),
        external_id: Edit::Remove,
        state: Some(AccountState::Active),
        ..AccountEdit::default()
    };
    let change = AccountChange::Edit(same.clone());
    assert_eq!(admin.after(&change, &key(), NOW), Ok(After::Same));
    let renamed = AccountChange::Edit(AccountEdit { display: Edit::Set("Countess".into()), ..same });
    assert_eq!(admin.after(&renamed, &key(), NOW), Err(ChangeRefused::AdministratorProtected));
    let linked = AccountEdit {
        external_id: Edit::Set(ExternalId::parse("7").expect("an ID")),
        ..AccountEdit::default()
    };
    assert_eq!(edited(&admin, linked).external_id, ExternalId::parse("7"));
}

#[test]
fn an_administrator_is_suspended_and_what_re_identifies_them_is_left_alone() {
    let mut admin = account(Role::CompanyAdmin, AccountState::Active);
    let edit = AccountEdit {
        state: Some(AccountState::Suspended),
        user_name: Some(user_name("grace@acme.example")),
        email: Some(email("ADA@acme.example")),
        external_id: Edit::Set(ExternalId::parse("7").expect("an ID")),
        display: Edit::Set("Countess".into()),
        left_alone: vec!["title".into()],
        ..AccountEdit::default()
    };
    let permitted = admin.permitted(&edit, Power::Key);
    assert_eq!(permitted.left_alone, ["title", "displayName", "userName"]);
    let after = edited(&admin, permitted);
    assert_eq!((after.state, after.name()), (AccountState::Suspended, "Ada".into()));
    assert_eq!((after.email.as_str(), after.user_name()), ("ada@acme.example", "ada@acme.example"));
    assert_eq!(after.external_id, ExternalId::parse("7"));
    // Another external ID would re-identify them.
    admin.external_id = ExternalId::parse("6");
    let permitted = admin.permitted(&edit, Power::Key);
    assert_eq!(permitted.left_alone, ["title", "displayName", "userName", "externalId"]);
    assert_eq!(edited(&admin, permitted).external_id, ExternalId::parse("6"));
    // For members, and for callers with more rights, the edit stays complete.
    assert_eq!(account(Role::Member, AccountState::Active).permitted(&edit, Power::Key), edit);
    assert_eq!(admin.permitted(&edit, Power::Administrator), edit);
}

#[test]
fn events_say_what_changed_and_what_was_left_alone() {
    let ada = account(Role::Member, AccountState::Active);
    let edit = AccountEdit {
        state: Some(AccountState::Suspended),
        user_name: Some(user_name("a@acme.example")),
        given: Edit::Set("Augusta".into()),
        left_alone: vec!["title".to_owned()],
        ..AccountEdit::default()
    };
    let left_alone = edit.left_alone.clone();
    let change = AccountChange::Edit(edit);
    let after = ada.after(&change, &key(), NOW).expect("allowed");
    let updated = ada.details(&change, &after, Action::UpdateAccount);
    assert_eq!(updated.changed, ["userName", "emails", "name.givenName"]);
    let email_change = EmailChange { before: email("ada@acme.example"), after: email("a@acme.example") };
    assert_eq!((updated.email_change, updated.left_alone), (Some(email_change), left_alone.clone()));
    let suspended = ada.details(&change, &after, Action::SuspendAccount);
    assert_eq!(suspended, Details { left_alone: left_alone.clone(), ..Details::default() });
}

#[test]
fn an_equal_email_address_follows_the_user_name() {
    let ada = account(Role::Member, AccountState::Active);
    let renamed =
        edited(&ada, AccountEdit { user_name: Some(user_name("a@acme.example")), ..AccountEdit::default() });
    assert_eq!((renamed.email.as_str(), renamed.user_name()), ("a@acme.example", "a@acme.example"));
    let login = edited(&ada, AccountEdit { user_name: Some(user_name("ada")), ..AccountEdit::default() });
    assert_eq!((login.email.as_str(), login.user_name()), ("ada@acme.example", "ada"));
    let moved = edited(
        &login,
        AccountEdit { user_name: Some(user_name("a@acme.example")), ..AccountEdit::default() },
    );
    assert_eq!((moved.email.as_str(), moved.user_name()), ("ada@acme.example", "a@acme.example"));
    let both = edited(&ada, AccountEdit { email: Some(email("b@acme.example")), ..AccountEdit::default() });
    assert_eq!((both.email.as_str(), both.user_name()), ("b@acme.example", "ada@acme.example"));
    assert_eq!(both.claims().len(), 2);
}

#[test]
fn names_fall_back() {
    let mut ada = account(Role::Member, AccountState::Active);
    assert_eq!(ada.name(), "Ada");
    ada.names = Names { given: Some("Ada".into()), family: Some("Lovelace".into()), ..Names::default() };
    assert_eq!(ada.name(), "Ada Lovelace");
    ada.names.formatted = Some("Ada, Countess of Lovelace".into());
    assert_eq!(ada.name(), "Ada, Countess of Lovelace");
    ada.names = Names::default();
    assert_eq!(ada.name(), "ada@acme.example");
}
