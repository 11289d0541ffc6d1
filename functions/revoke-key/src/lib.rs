//! `POST /admin/v1/api-keys/{keyId}/revoke`: a Company Administrator ends an API key for ever.
//!
//! Promises: once this has answered, no request with the key succeeds and no write of it commits. First the fence
//! goes up, which every verification reads and no transaction touches; then the transaction ends the key; then comes
//! the answer. The administrator identifies the key by its first and last four characters.

mod wire;

use domain::{
    audit::{Action, Origin},
    identifiers::KeyId,
    key::ApiKeyRecord,
};
use shared::{
    Service,
    auth::{Caller, CompanyAdministrator, PlanRule, company_administrator},
    http::{
        Call, Input, Problem, ProblemType, Reply,
        fields::{Fields, string},
    },
    random,
    retry::Retries,
    tables::{CommitError, Guard},
    telemetry::{Metric, count},
};
use tokio::time::Instant;
use tracing::Span;

pub use wire::{Receipt, operations};

/// The function's name in `template.yaml` and in logs.
pub const NAME: &str = "revoke-key";

/// Answers the function's requests.
pub async fn handle(service: Service, call: Call) -> Result<Reply, Problem> {
    let (mut admin, input) = company_administrator(&service, call, PlanRule::Any).await?;
    let named = NamedKey::read(&input)?;
    Span::current().record("keyId", named.key_id.as_str());
    let key =
        service.tables.key(&admin, &named.key_id).await?.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
    if !key.mask.matches(&named.first_four, &named.last_four) {
        return Err(Problem::of(ProblemType::KeyMismatch));
    }
    let key = revoke_key(&mut admin, &service, key, &input.origin(), input.deadline()).await?;
    Ok(Reply::json(200, &Receipt::new(&key)?))
}

/// The key that the administrator means, and the characters by which they identify it.
struct NamedKey {
    key_id: KeyId,
    first_four: String,
    last_four: String,
}

impl NamedKey {
    fn read(input: &Input) -> Result<Self, Problem> {
        let mut fields = Fields::of_body(input)?;
        let four = |value: &serde_json::Value| {
            let text = string(value)?;
            let fits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_alphanumeric());
            if fits { Ok(text.to_owned()) } else { Err("must be four letters or digits".into()) }
        };
        let first_four = fields.required("firstFour", four);
        let last_four = fields.required("lastFour", four);
        let key_id = KeyId::parse(input.path_parameter("keyId"));
        if key_id.is_none() {
            fields.wrong("keyId", "must be the keyId of an API key, 26 characters");
        }
        let read = key_id.zip(first_four).zip(last_four);
        fields.finish(read.map(|((key_id, first_four), last_four)| Self { key_id, first_four, last_four }))
    }
}

/// Revokes a key, or finds it revoked; gives it back as it then is.
pub async fn revoke_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    mut key: ApiKeyRecord,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, Problem> {
    if key.revoked.is_some() {
        return Ok(key);
    }
    let attempt = random::ulid(service.clock.now());
    service.tables.put_fence(admin, &key, &attempt, service.clock.now()).await?;
    let retries = Retries::urgent(deadline);
    loop {
        let event = Caller::from(&*admin).event(Action::RevokeApiKey, &key, origin, service.clock.now());
        let by = admin.person();
        match service.tables.revoke_key(admin, &key, &by, &event).await {
            Ok(()) => {
                count(Metric::KeysRevoked, None);
                key.revoked = Some((event.at, by));
                return Ok(key);
            }
            Err(CommitError::Refused(refusals)) => {
                if refusals.contains(Guard::Authority)
                    && let Err(problem) = admin.refresh(service, PlanRule::Any).await
                {
                    // Without authority nothing may change: the key works on.
                    service.tables.lift_fence(&key, &attempt).await?;
                    return Err(problem);
                }
                let current = service.tables.key(admin, &key.key_id).await?;
                key = current.ok_or_else(|| Problem::of(ProblemType::NotFound))?;
                if key.revoked.is_some() {
                    return Ok(key);
                }
            }
            Err(CommitError::Conflict) => {}
            // The outcome is unknown, so the fence stays: the key is refused, and repeating the request ends it.
            Err(CommitError::Failed(error)) => return Err(error.into()),
        }
        if !retries.again().await {
            return Err(Problem::contended());
        }
    }
}
