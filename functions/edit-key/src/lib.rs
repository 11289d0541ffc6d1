//! A Company Administrator edits an API key, holds it, or releases it: `PATCH /admin/v1/api-keys/{keyId}`, `POST …/hold`,
//! `…/release` and `…/release-suspension-limit`.
//!
//! Promises: An edit never gives a key a scope. After the response to a request that takes something away, no request with the
//! key uses it, and no write that does commits. What changes complies with the company's key policy.

mod request;
mod wire;

use keys::{edit_key, hold_key, release_key, release_suspension_limit};
use store::{PlanRule, Service};
use web::{
    Call, Problem, Reply, auth::company_administrator_and_key, fields::Fields, key_fields::named_key,
    wire::ApiKeyView,
};

pub use wire::operations;

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "edit-key";

/// What a request asks for.
#[derive(Clone, Copy)]
enum Work {
    Edit,
    Hold,
    Release,
    ReleaseLimit,
}

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let work = match call.route() {
        wire::EDIT => Work::Edit,
        wire::HOLD => Work::Hold,
        wire::RELEASE => Work::Release,
        wire::RELEASE_LIMIT => Work::ReleaseLimit,
        _ => return Err(Problem::unknown_route()),
    };
    let (mut admin, key, input) = company_administrator_and_key(&service, call, PlanRule::Any).await?;
    let (admin, now, origin, deadline) = (&mut admin, service.clock.now(), input.origin(), input.deadline());
    let without_body = |key| {
        Fields::of_optional_body(&input)?.finish(Some(()))?;
        named_key(&input, key)
    };
    let key = match work {
        Work::Edit => {
            let edit = request::read(&input, now)?;
            let key = named_key(&input, key)?;
            Box::pin(edit_key(admin, &service, key, &edit, &origin, deadline)).await?
        }
        Work::Hold => Box::pin(hold_key(admin, &service, without_body(key)?, &origin, deadline)).await?,
        Work::Release => {
            Box::pin(release_key(admin, &service, without_body(key)?, &origin, deadline)).await?
        }
        Work::ReleaseLimit => {
            let key = without_body(key)?;
            Box::pin(release_suspension_limit(admin, &service, key, &origin, deadline)).await?
        }
    };
    Ok(Reply::json(200, &ApiKeyView::new(&key, admin.company(), service.clock.now())))
}
