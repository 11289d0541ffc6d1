//! A Company Administrator rotates an API key: `POST /admin/v1/api-keys/{keyId}/rotate`, `…/complete-rotation` and
//! `…/cancel-rotation`.
//!
//! Promises: The new secret is in the response and nowhere else. One secret of the key always works. After the response to a
//! completion, no request with the old secret succeeds and no write with it commits. After the response to a cancellation, the
//! same holds for the new secret.

mod wire;

use keys::{cancel_rotation, complete_rotation, rotate_key};
use store::{PlanRule, Service, random};
use web::{
    Call, Problem, Reply, auth::company_administrator_and_key, characters::NewSecretCharacters,
    key_fields::named_key, rotation::NewSecretBody, wire::ApiKeyView,
};

pub use wire::{RotatedKey, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "rotate-key";

/// What a request asks for.
#[derive(Clone, Copy)]
enum Work {
    Rotate,
    Complete,
    Cancel,
}

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let (work, rule) = match call.route() {
        wire::ROTATE => (Work::Rotate, PlanRule::Enterprise),
        wire::COMPLETE => (Work::Complete, PlanRule::Any),
        wire::CANCEL => (Work::Cancel, PlanRule::Any),
        _ => return Err(Problem::unknown_route()),
    };
    let (mut admin, key, input) = company_administrator_and_key(&service, call, rule).await?;
    let (admin, now, origin, deadline) = (&mut admin, service.clock.now(), input.origin(), input.deadline());
    let key = match work {
        Work::Rotate => {
            let request = NewSecretBody::read(&input, now)?;
            let key = named_key(&input, key)?;
            let secret = random::api_key();
            let rotation = rotate_key(admin, &service, key, request, &secret, &origin, deadline);
            let key = Box::pin(rotation).await?;
            let api_key = ApiKeyView::new(&key, admin.company(), now);
            // The only response that contains this secret.
            return Ok(Reply::json(200, &RotatedKey { api_key, key: secret.expose() }));
        }
        Work::Complete | Work::Cancel => {
            let mask = NewSecretCharacters::read(&input)?;
            let key = named_key(&input, key)?;
            if matches!(work, Work::Complete) {
                let completion = complete_rotation(admin, &service, key, mask.as_ref(), &origin, deadline);
                Box::pin(completion).await?
            } else {
                Box::pin(cancel_rotation(admin, &service, key, mask.as_ref(), &origin, deadline)).await?
            }
        }
    };
    Ok(Reply::json(200, &ApiKeyView::new(&key, admin.company(), service.clock.now())))
}
