//! `POST /admin/v1/api-keys`: a Company Administrator creates an API key and is shown it, once.
//!
//! Promises: one transaction makes the key, its place among the company's active keys (50 at most), its audit event
//! and what a repetition with the same `Idempotency-Key` needs; the key itself is stored nowhere.

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
        // A repetition may come after the key's own end: it is answered as one.
        let earlier = created_before(&admin, &service, idempotency, now).await?;
        return earlier.map(|earlier| not_shown(&earlier, &admin, now)).ok_or(expiry_error);
    }
    let secret = random::api_key();
    let key_id = random::key_id(now);
    let deadline = input.deadline();
    let outcome =
        create_key(&mut admin, &service, &new, idempotency, &secret, key_id, &input.origin(), deadline)
            .await?;
    Ok(match outcome {
        Outcome::Created(key) => shown(&key, &admin, &secret, now),
        Outcome::Repeated(key) => not_shown(&key, &admin, now),
    })
}

/// The one response that holds a key's secret.
fn shown(key: &ApiKeyRecord, admin: &CompanyAdministrator, secret: &ApiKey, now: Timestamp) -> Reply {
    Span::current().record("keyId", key.key_id.as_str());
    let api_key = ApiKeyView::new(key, admin.company().plan, now);
    Reply::json(201, &CreatedKey { api_key, key: secret.expose() })
}

/// The response to a repetition.
fn not_shown(key: &ApiKeyRecord, admin: &CompanyAdministrator, now: Timestamp) -> Reply {
    Span::current().record("keyId", key.key_id.as_str());
    let api_key = ApiKeyView::new(key, admin.company().plan, now);
    Reply::json(200, &RepeatedKey { api_key, notice: wire::NOTICE })
        .with_header("idempotency-replayed", "true")
}
