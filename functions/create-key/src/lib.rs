//! `POST /admin/v1/api-keys`: a Company Administrator creates an API key and sees it once.
//!
//! Promises: One transaction writes the key's items, its place among the company's active keys (at most 50), its audit
//! event, and the record for a repeat with the same `Idempotency-Key`. The secret itself is stored nowhere.

mod request;
mod wire;

use domain::{
    key::{ApiKey, ApiKeyRecord},
    time::Timestamp,
};
use keys::{NewKey, Outcome, create_key, created_before};
use store::{CompanyAdministrator, PlanRule, Service, random};
use tracing::Span;
use web::{Call, Problem, Reply, auth::company_administrator, wire::ApiKeyView};

use wire::NewKeyBody;

pub use request::idempotency_key;
pub use wire::{CreatedKey, RepeatedKey, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "create-key";

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    if call.route() != wire::CREATE {
        return Err(Problem::unknown_route());
    }
    let (mut admin, input) = company_administrator(&service, call, PlanRule::Enterprise).await?;
    let now = service.clock.now();
    let (body, expiry_error) = NewKeyBody::read(&input, now)?;
    let new = NewKey::from(body);
    let idempotency = request::idempotency(&input, &admin, &new);
    let idempotency = idempotency.as_ref();
    if let Some(expiry_error) = expiry_error {
        // The client may repeat a request after the new key has expired. Such a repeat still gets the original
        // response.
        let earlier = created_before(&admin, &service, idempotency, now).await?;
        return earlier.map(|earlier| repeated(&earlier, &admin, now)).ok_or(expiry_error);
    }
    let secret = random::api_key();
    let key_id = random::key_id(now);
    let deadline = input.deadline();
    let outcome =
        create_key(&mut admin, &service, &new, idempotency, &secret, key_id, &input.origin(), deadline)
            .await?;
    Ok(match outcome {
        Outcome::Created(key) => shown(&key, &admin, &secret, now),
        Outcome::Repeated(key) => repeated(&key, &admin, now),
    })
}

/// The only response that contains a key's secret.
fn shown(key: &ApiKeyRecord, admin: &CompanyAdministrator, secret: &ApiKey, now: Timestamp) -> Reply {
    Span::current().record("keyId", key.key_id.as_str());
    let api_key = ApiKeyView::new(key, admin.company(), now);
    Reply::json(201, &CreatedKey { api_key, key: secret.expose() })
}

/// The response to a repetition.
fn repeated(key: &ApiKeyRecord, admin: &CompanyAdministrator, now: Timestamp) -> Reply {
    Span::current().record("keyId", key.key_id.as_str());
    let api_key = ApiKeyView::new(key, admin.company(), now);
    Reply::json(200, &RepeatedKey { api_key, notice: wire::NOTICE })
        .with_header("idempotency-replayed", "true")
}
