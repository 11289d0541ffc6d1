//! Creates a key.

use domain::{
    audit::{Action, Details, KeyGrant, Origin},
    company::ACTIVE_KEY_LIMIT,
    identifiers::KeyId,
    key::{ApiKey, ApiKeyRecord},
    policy::{KeyPolicy, PolicyRefused},
    suspensions::SuspensionLimit,
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, Guard, PlanRule, Service,
    metrics::{Metric, count},
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::{
    error::CreateError,
    idempotency::{Idempotency, created_before},
    new_key::NewKey,
};

/// The outcome of a creation.
#[derive(Debug)]
pub enum Outcome {
    /// A new key.
    Created(ApiKeyRecord),
    /// The key that an earlier request with the same idempotency key created.
    Repeated(ApiKeyRecord),
}

/// Creates a key with this secret and identifier, or finds the one that the same request created before. One
/// transaction writes the key's items, its place among the company's active keys, its audit event and its idempotency
/// record. The secret itself is stored nowhere.
#[expect(clippy::too_many_arguments, reason = "time, randomness and deadline are arguments")]
pub async fn create_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    new: &NewKey,
    idempotency: Option<&Idempotency>,
    secret: &ApiKey,
    key_id: KeyId,
    origin: &Origin,
    deadline: Instant,
) -> Result<Outcome, CreateError> {
    let now = service.clock.now();
    let key = ApiKeyRecord {
        key_id,
        digest: secret.digest(),
        name: new.name.clone(),
        note: new.note.clone(),
        mask: secret.mask(),
        scopes: new.scopes.clone(),
        created_by: admin.person(),
        created_at: now,
        secret_created_at: now,
        expires_at: new.expires_at,
        second: None,
        rotated_at: None,
        self_rotation: new.self_rotation,
        networks: new.networks.clone(),
        suspension_limit: new.suspension_limit,
        hold: None,
        released_at: None,
        version: 0,
        last_used_at: None,
        secret_used_at: None,
        limited: None,
        leaked: None,
        revocation_began: None,
        revoked: None,
    };
    let creation = Creation { admin, service, key, idempotency, origin, is_repeated: false };
    until_done(Pace::Person, deadline, creation).await
}

struct Creation<'a> {
    admin: &'a mut CompanyAdministrator,
    service: &'a Service,
    key: ApiKeyRecord,
    idempotency: Option<&'a Idempotency>,
    origin: &'a Origin,
    is_repeated: bool,
}

impl Operation for Creation<'_> {
    type Done = Outcome;
    type Refused = CreateError;

    async fn attempt(&mut self) -> Result<Attempt<Outcome>, CreateError> {
        let Self { admin, service, key, idempotency, origin, is_repeated } = self;
        if std::mem::replace(is_repeated, true) {
            admin.refresh(service, PlanRule::Enterprise).await.map_err(CreateError::AuthorityLost)?;
        }
        if admin.company().active_keys.contains_key(&key.key_id) {
            // An attempt with an unknown outcome did commit, and the secret is still available.
            let created = service.tables.key(admin, &key.key_id).await?;
            count(Metric::KeysCreated, None);
            return Ok(Attempt::Done(Outcome::Created(created.ok_or(CreateError::ItemMissing)?)));
        }
        let now = service.clock.now();
        (key.created_at, key.secret_created_at) = (now, now);
        let refused = policy_refusals(&admin.company().key_policy(), key);
        if !refused.is_empty() {
            return Err(CreateError::Policy(refused));
        }
        let Some(expired) = expired_keys_to_remove(admin, now) else {
            // The request that is being repeated may have taken the last place.
            let earlier = created_before(admin, service, *idempotency, now).await?;
            return earlier.map(Outcome::Repeated).map(Attempt::Done).ok_or(CreateError::LimitReached);
        };
        let record = idempotency.map(|idempotency| idempotency.record(&key.key_id));
        let is_limited = key.networks.is_some() || key.suspension_limit != SuspensionLimit::default();
        let remains = is_limited.then(|| KeyGrant::from(&*key));
        let details = Details { self_rotation: key.self_rotation, remains, ..Details::default() };
        let event = Caller::from(&**admin).event(Action::CreateApiKey, &*key, origin, now).with(details);
        match service.tables.create_key(admin, key, &expired, record.as_ref(), &event).await {
            Ok(()) => {
                count(Metric::KeysCreated, None);
                Ok(Attempt::Done(Outcome::Created(key.clone())))
            }
            Err(CommitError::Refused(refusals)) if refusals.contains(Guard::Idempotency) => {
                Ok(match created_before(admin, service, *idempotency, now).await? {
                    Some(earlier) if earlier.key_id == key.key_id => Attempt::Done(Outcome::Created(earlier)),
                    Some(earlier) => Attempt::Done(Outcome::Repeated(earlier)),
                    None => Attempt::Again,
                })
            }
            Err(CommitError::Refused(_) | CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// The expired keys to remove so that a new one fits, or `None` if it doesn't fit.
fn expired_keys_to_remove(admin: &CompanyAdministrator, now: Timestamp) -> Option<Vec<KeyId>> {
    let company = admin.company();
    if company.active_keys.len() < ACTIVE_KEY_LIMIT {
        return Some(Vec::new());
    }
    Some(company.expired_keys(now)).filter(|expired| !expired.is_empty())
}

/// What the company's policy doesn't allow about a new key.
fn policy_refusals(policy: &KeyPolicy, key: &ApiKeyRecord) -> Vec<PolicyRefused> {
    let refused = [
        policy.refuses_scopes(&key.scopes),
        policy.refuses_expiry(key.secret_created_at, key.expires_at),
        policy.refuses_self_rotation(key.self_rotation),
        policy.refuses_networks(key.networks.as_ref()),
    ];
    refused.into_iter().flatten().collect()
}
