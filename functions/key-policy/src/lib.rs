//! What a company demands of its API keys: `GET` and `PUT /admin/v1/key-policy`.
//!
//! Promises: A key that breaks a new policy goes on for the days of grace and is then held, at the time that the response
//! names. A repeat moves no time. New keys, new secrets and edits comply at once: each names the policy that it was checked
//! with in its own transaction.

mod request;
mod wire;

use keys::{change_policy, key_policy, try_policy};
use store::{PlanRule, Service};
use web::{Call, Problem, Reply, auth::company_administrator, fields::Fields};
use wire::KeyPolicyState;

pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "key-policy";

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let (is_change, rule) = match call.route() {
        wire::READ => (false, PlanRule::Any),
        wire::CHANGE => (true, PlanRule::Enterprise),
        _ => return Err(Problem::unknown_route()),
    };
    let (mut admin, input) = company_administrator(&service, call, rule).await?;
    let state = if is_change {
        let (policy, is_trial) = request::read(&input)?;
        if is_trial {
            try_policy(&admin, &service, &policy).await?
        } else {
            let (origin, deadline) = (input.origin(), input.deadline());
            Box::pin(change_policy(&mut admin, &service, &policy, &origin, deadline)).await?
        }
    } else {
        Fields::of_query(&input)?.finish(Some(()))?;
        key_policy(&admin, &service).await?
    };
    Ok(Reply::json(200, &KeyPolicyState::from(state)))
}
