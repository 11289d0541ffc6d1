//! What a key can ask and do about itself, with any scope: `GET /enterprise/v1/api-key`, and `POST` `…/rotate` and `…/revoke`.
//!
//! Promises: A key makes a secret only for itself, and only if an administrator has allowed it. The new secret is in the
//! response and nowhere else. After the response to a revocation, no request with the key succeeds and no write with it
//! commits.

mod wire;

use domain::scope::Scope;
use keys::{revoke_own_key, rotate_own_key};
use store::{Service, random};
use web::{
    Call, Problem, ProblemType, Reply,
    auth::{key_holder_to_revoke, key_holder_with_any},
    fields::Fields,
    rotation::NewSecretBody,
};

pub use wire::{OwnKey, OwnReceipt, RotatedOwnKey, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "own-key";

/// What a request asks for.
enum Work {
    Read,
    Rotate,
    Revoke,
}

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let work = match call.route() {
        wire::READ => Work::Read,
        wire::ROTATE => Work::Rotate,
        wire::REVOKE => Work::Revoke,
        _ => return Err(Problem::unknown_route()),
    };
    let (holder, input) = match work {
        Work::Revoke => key_holder_to_revoke(&service, call).await?,
        Work::Read | Work::Rotate => key_holder_with_any(&service, call, Scope::ALL).await?,
    };
    let (now, origin, deadline) = (service.clock.now(), input.origin(), input.deadline());
    match work {
        Work::Read => {
            Fields::of_query(&input)?.finish(Some(()))?;
            input.no_body()?;
            let read = service.tables.own_key_and_company(&holder).await?;
            let (key, company) = read.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
            Ok(Reply::json(200, &OwnKey::new(&key, &company, holder.credential(), now)))
        }
        Work::Rotate => {
            let request = NewSecretBody::read(&input, now)?;
            let secret = random::api_key();
            let rotation = rotate_own_key(&holder, &service, request, &secret, &origin, deadline);
            let (key, company) = Box::pin(rotation).await?;
            let own_key = OwnKey::new(&key, &company, holder.credential(), now);
            // The only response that contains this secret.
            Ok(Reply::json(200, &RotatedOwnKey { own_key, key: secret.expose() }))
        }
        Work::Revoke => {
            Fields::of_query(&input)?.finish(Some(()))?;
            input.no_body()?;
            let key = Box::pin(revoke_own_key(&holder, &service, &origin, deadline)).await?;
            Ok(Reply::json(200, &OwnReceipt::new(&key, holder.credential())?))
        }
    }
}
