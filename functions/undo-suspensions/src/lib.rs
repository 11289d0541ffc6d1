//! A Company Administrator lists what an API key suspended, and takes it back: `GET /admin/v1/api-keys/{keyId}/suspensions`
//! and `POST …/undo-suspensions`.
//!
//! Promises: An undo unsuspends only accounts that nobody else wants to be suspended. Each account is changed in a
//! transaction that commits only if the account is as it was read. Repeating an undo changes nothing. A list makes at most
//! [`QUERIES`] queries, no matter how many events exist.

mod list;
mod page;
mod request;
mod wire;

use accounts::{begin_undo, is_undo_of};
use domain::account::AccountChange;
use store::{PlanRule, Service};
use web::{
    Call, Problem, Reply,
    account_changes::{change_for_administrator, refusal},
    auth::company_administrator_and_key,
    key_fields::named_key,
};

use request::Undo;
use wire::UndoResults;

pub use wire::{SuspensionList, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "undo-suspensions";
/// The maximum number of queries in one request for a list.
pub const QUERIES: usize = 8;
/// The maximum number of accounts in a page. One batched read finds as many.
pub const PAGE: usize = 100;

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        wire::LIST => list(service, call).await,
        wire::UNDO => undo(service, call).await,
        _ => Err(Problem::unknown_route()),
    }
}

async fn list(service: Service, call: Call) -> Result<Reply, Problem> {
    let (admin, key, input) = company_administrator_and_key(&service, call, PlanRule::Any).await?;
    let page = page::read(&input, service.clock.now())?;
    let key = named_key(&input, key)?;
    Ok(Reply::json(200, &list::list(&admin, &service, &key.key_id, page).await?))
}

async fn undo(service: Service, call: Call) -> Result<Reply, Problem> {
    let (mut admin, key, input) = company_administrator_and_key(&service, call, PlanRule::Enterprise).await?;
    let Undo { since, accounts, continued } = request::read(&input)?;
    let key = named_key(&input, key)?;
    let undo_id = match continued {
        Some(undo_id) if is_undo_of(&admin, &service, &undo_id, &key, since).await? => undo_id,
        Some(_) => return Err(request::not_an_undo()),
        None => {
            let begun = begin_undo(&admin, &service, &key, since, &input.origin(), input.deadline()).await;
            match begun {
                Ok(undo_id) => undo_id,
                Err(error) => return Err(refusal(&mut admin, &service, error).await),
            }
        }
    };
    let change = AccountChange::Undo { key: key.key_id, since, undo_id: undo_id.clone() };
    let results = change_for_administrator(&mut admin, &service, &accounts, &change, &input).await;
    Ok(Reply::json(200, &UndoResults { undo_id, results }))
}
