//! `POST /admin/v1/api-keys`: a Company Administrator creates an API key and is shown it, once.
//!
//! Promises: one transaction makes the key, its place among the company's active keys (50 at most), its audit event
//! and what a repetition with the same `Idempotency-Key` needs; the key itself is stored nowhere.

mod request;
mod wire;

use domain::{
    audit::{Action, Origin},
    company::ACTIVE_KEY_LIMIT,
    identifiers::KeyId,
    key::{ApiKey, ApiKeyRecord},
    time::Timestamp,
};
use shared::{
    Service,
    auth::{Caller, CompanyAdministrator, PlanRule, company_administrator},
    http::{Call, Problem, ProblemType, Reply},
    random,
    retry::Retries,
    tables::{CommitError, Guard, IdempotencyRecord},
    telemetry::{Metric, count},
    wire::ApiKey as ApiKeyShape,
};
use tokio::time::Instant;
use tracing::Span;

pub use request::{Idempotency, NewKey, idempotency_key};
pub use wire::{CreatedKey, RepeatedKey, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "create-key";

/// What came of a creation.
#[derive(Debug)]
pub enum Outcome {
    /// A new key.
    Created(ApiKeyRecord),
    /// The key that an earlier request with the same `Idempotency-Key` created.
    Repeated(ApiKeyRecord),
}

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let (mut admin, input) = company_administrator(&service, call, PlanRule::Enterprise).await?;
    let now = service.clock.now();
    let (new, untimely) = NewKey::read(&input, now)?;
    let idempotency = Idempotency::read(&input, &admin, &new);
    if let Some(untimely) = untimely {
        // A repetition may come after the key's own end: it is answered as one.
        let record = idempotency.as_ref().map(|idempotency| idempotency.record(&random::key_id(now)));
        let earlier = repeated(&admin, &service, record.as_ref(), now).await?;
        return earlier.map(|earlier| not_shown(&earlier, &admin, now)).ok_or(untimely);
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
    let api_key = ApiKeyShape::new(key, admin.company().plan, now);
    Reply::json(201, &CreatedKey { api_key, key: secret.expose() })
}

/// The response to a repetition.
fn not_shown(key: &ApiKeyRecord, admin: &CompanyAdministrator, now: Timestamp) -> Reply {
    Span::current().record("keyId", key.key_id.as_str());
    let api_key = ApiKeyShape::new(key, admin.company().plan, now);
    Reply::json(200, &RepeatedKey { api_key, notice: wire::NOTICE })
        .with_header("idempotency-replayed", "true")
}

/// Creates a key with this secret and identifier, or finds the one that the same request created before.
#[expect(clippy::too_many_arguments, reason = "time, randomness and deadline are given, not taken")]
pub async fn create_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    new: &NewKey,
    idempotency: Option<Idempotency>,
    secret: &ApiKey,
    key_id: KeyId,
    origin: &Origin,
    deadline: Instant,
) -> Result<Outcome, Problem> {
    let mut key = ApiKeyRecord {
        key_id,
        digest: secret.digest(),
        name: new.name.clone(),
        mask: secret.mask(),
        scopes: new.scopes.clone(),
        created_by: admin.person(),
        created_at: service.clock.now(),
        expires_at: new.expires_at,
        last_used_at: None,
        revoked: None,
    };
    let retries = Retries::patient(deadline);
    loop {
        if admin.company().active_keys.contains_key(&key.key_id) {
            // An attempt whose outcome was unknown did commit, and the secret is still at hand.
            return created(admin, service, &key.key_id).await;
        }
        let now = service.clock.now();
        key.created_at = now;
        let record = idempotency.as_ref().map(|i| i.record(&key.key_id));
        let Some(expired) = room(admin, now) else {
            // The room may have been taken by the very request that is being repeated.
            let repeated = repeated(admin, service, record.as_ref(), now).await?;
            return repeated.map(Outcome::Repeated).ok_or_else(|| Problem::of(ProblemType::KeyLimitReached));
        };
        let event = Caller::from(&*admin).event(Action::CreateApiKey, &key, origin, now);
        match service.tables.create_key(admin, &key, &expired, record.as_ref(), &event).await {
            Ok(()) => {
                count(Metric::KeysCreated, None);
                return Ok(Outcome::Created(key));
            }
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Idempotency) => {
                match repeated(admin, service, record.as_ref(), now).await? {
                    Some(earlier) if earlier.key_id == key.key_id => return Ok(Outcome::Created(earlier)),
                    Some(earlier) => return Ok(Outcome::Repeated(earlier)),
                    None => {}
                }
            }
            Err(CommitError::Refused(_) | CommitError::Conflict) => {}
            Err(CommitError::Failed(error)) => return Err(error.into()),
        }
        if !retries.again().await {
            return Err(Problem::contended());
        }
        admin.refresh(service, PlanRule::Enterprise).await?;
    }
}

/// The key that this very request created.
async fn created(
    admin: &CompanyAdministrator,
    service: &Service,
    key_id: &KeyId,
) -> Result<Outcome, Problem> {
    let key = service.tables.key(admin, key_id).await?;
    let lost = || Problem::of(ProblemType::InternalError).with_source("an active key without its item");
    count(Metric::KeysCreated, None);
    Ok(Outcome::Created(key.ok_or_else(lost)?))
}

/// The expired keys to drop for a new one to fit, `None` if it doesn't fit even so.
fn room(admin: &CompanyAdministrator, now: Timestamp) -> Option<Vec<KeyId>> {
    let company = admin.company();
    if company.active_keys.len() < ACTIVE_KEY_LIMIT {
        return Some(Vec::new());
    }
    Some(company.expired_keys(now)).filter(|expired| !expired.is_empty())
}

/// The key that an earlier request with this `Idempotency-Key` created, if there was one.
async fn repeated(
    admin: &CompanyAdministrator,
    service: &Service,
    record: Option<&IdempotencyRecord>,
    now: Timestamp,
) -> Result<Option<ApiKeyRecord>, Problem> {
    let Some(record) = record else { return Ok(None) };
    let Some(earlier) = service.tables.idempotency_record(admin, &record.record_id, now).await? else {
        return Ok(None);
    };
    if earlier.fingerprint != record.fingerprint {
        return Err(Problem::of(ProblemType::IdempotencyKeyReused));
    }
    Ok(service.tables.key(admin, &earlier.key_id).await?)
}
