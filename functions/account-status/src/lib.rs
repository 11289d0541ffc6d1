//! The Deprovisioning API: a key holder suspends an account, unsuspends it, or reads its state
//! (`/enterprise/v1/accounts/{account}`), and suspends or unsuspends many (`/enterprise/v1/accounts/suspend`).
//!
//! Promises: A change commits only if the key still has its authority. A repeat changes nothing and writes no second
//! event. The company keeps an active administrator. A key can't unsuspend an administrator.

mod many;
mod wire;

use accounts::change_account;
use domain::{
    account::{Account, AccountChange},
    identifiers::AccountRef,
    scope::Scope,
};
use store::{KeyHolder, Service};
use web::{Call, Input, Problem, ProblemType, Reply, auth::key_holder, fields::Fields, wire::AccountView};

pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "account-status";

/// What a request asks for.
enum Work {
    Read,
    Change(AccountChange),
    ChangeMany(AccountChange),
}

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    use AccountChange::{Suspend, Unsuspend};
    let work = match call.route() {
        wire::READ => Work::Read,
        wire::SUSPEND => Work::Change(Suspend),
        wire::UNSUSPEND => Work::Change(Unsuspend),
        wire::SUSPEND_MANY => Work::ChangeMany(Suspend),
        wire::UNSUSPEND_MANY => Work::ChangeMany(Unsuspend),
        _ => return Err(Problem::unknown_route()),
    };
    let needed = if matches!(work, Work::Read) { Scope::AccountsRead } else { Scope::Deprovisioning };
    let (holder, input) = key_holder(&service, call, needed).await?;
    let change = match work {
        Work::Read => None,
        Work::Change(change) => Some(change),
        Work::ChangeMany(change) => {
            return Ok(Reply::json(200, &many::change(&holder, &service, &input, &change).await?));
        }
    };
    Fields::of_query(&input)?.finish(Some(()))?;
    input.no_body()?;
    let account = account_ref(&input)?;
    let account = match change {
        Some(change) => {
            change_account(&holder, &service, &account, &change, &input.origin(), input.deadline())
                .await?
                .account
        }
        None => find(&holder, &service, &account).await?,
    };
    Ok(Reply::json(200, &AccountView::from(&account)))
}

fn account_ref(input: &Input) -> Result<AccountRef, Problem> {
    AccountRef::parse(input.path_parameter("account")).ok_or_else(|| {
        let detail = "must be an account ID (1 to 64 letters, digits, - or _) or an email address (at most 320 \
                      characters), percent-encoded";
        Problem::invalid_field("account", detail)
    })
}

async fn find(holder: &KeyHolder, service: &Service, account: &AccountRef) -> Result<Account, Problem> {
    let found = service.tables.find_account(holder, account).await?;
    found.ok_or_else(|| Problem::of(ProblemType::NotFound))
}
