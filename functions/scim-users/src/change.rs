//! Creates, changes and deletes the accounts of users.

use accounts::{ChangeError, change_account, create_account};
use domain::{
    account::{Account, AccountChange, AccountEdit, Names, Role},
    identifiers::{AccountId, AccountRef, Email},
};
use store::{Caller, KeyHolder, Service, random};
use web::{Input, Problem, ProblemType, ScimType};

use crate::{
    body,
    edit::{Edits, Op},
    patch::object,
};

/// Reads the user that replaces another (RFC 7644 §3.5.1). Omitted names are removed. An omitted user name, email
/// address, external ID or state is kept, because it is more than a description.
pub(crate) fn replacement(input: &Input) -> Result<AccountEdit, Problem> {
    let edit = whole_user(input, Edits::without_names())?;
    match edit.user_name {
        Some(_) => Ok(edit),
        // The user is incomplete, but the request says that the person has left.
        None if edit.suspends() => Ok(edit.without_omissions()),
        None => Err(user_name_missing()),
    }
}

fn whole_user(input: &Input, mut edits: Edits) -> Result<AccountEdit, Problem> {
    edits.members(Op::Replace, &object(body::json(input)?)?);
    edits.finish()
}

fn user_name_missing() -> Problem {
    Problem::scim(ScimType::InvalidValue, "userName is missing.")
}

/// Creates an account. It is always a member.
pub(crate) async fn create(holder: &KeyHolder, service: &Service, input: &Input) -> Result<Account, Problem> {
    let edit = whole_user(input, Edits::of_new_user())?;
    let name = edit.user_name.as_ref().ok_or_else(user_name_missing)?;
    let email = edit.email.clone().or_else(|| Email::parse_new(name.as_str())).ok_or_else(|| {
        let detail = "emails is missing. It is optional only if userName is an email address.";
        Problem::scim(ScimType::InvalidValue, detail)
    })?;
    let now = service.clock.now();
    let id = AccountId::parse(&random::ulid(now))
        .ok_or_else(|| Problem::of(ProblemType::InternalError).with_source("a ULID is an account ID"))?;
    let company_id = holder.company_id().clone();
    let (names, version) = (Names::default(), random::first_version(now));
    let mut account = Account::new(company_id, id, email, names, Role::Member, version, now);
    account.apply(&edit, &Caller::from(holder).changer(), now);
    Ok(create_account(holder, service, &account, &input.origin(), input.deadline()).await?)
}

/// Makes an edit to an account. Returns the account after the change.
pub(crate) async fn change(
    holder: &KeyHolder,
    service: &Service,
    input: &Input,
    account: &AccountRef,
    edit: AccountEdit,
) -> Result<Account, Problem> {
    let change = AccountChange::Edit(edit);
    Ok(carry_out(holder, service, input, account, &change).await?.account)
}

/// Deletes an account permanently.
pub(crate) async fn delete(
    holder: &KeyHolder,
    service: &Service,
    input: &Input,
    account: &AccountRef,
) -> Result<(), Problem> {
    carry_out(holder, service, input, account, &AccountChange::Delete).await?;
    Ok(())
}

async fn carry_out(
    holder: &KeyHolder,
    service: &Service,
    input: &Input,
    account: &AccountRef,
    change: &AccountChange,
) -> Result<accounts::Changed, ChangeError> {
    change_account(holder, service, account, change, &input.origin(), input.deadline()).await
}
