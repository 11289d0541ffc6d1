//! Revokes a key.

use domain::{
    audit::{Action, AuditEvent, Details, Origin},
    key::{ApiKeyRecord, KeyActor, Mask},
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, Guard, KeyFinder, KeyHolder, PlanRule, Service,
    metrics::{Metric, count},
    next_generation, random,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::RevokeError;

/// Revokes a key that was read with the administrator, or finds that it is revoked, and returns it as it is now. The mask of
/// one of its secrets confirms which key it is. After this function returns, no request with the key succeeds and no write
/// with it commits.
///
/// 1. A transaction begins to end the key: the items that verifications read get a new generation and this attempt,
///    and the key that administrators see gets a mark. From now on, no request with the key begins.
/// 2. The gates are raised to the new generation. From now on, no write with the key commits.
/// 3. A transaction revokes the key.
///
/// No write of a key holder touches the items of the first step, and each holds one gate for a moment. So a flood of
/// requests with the key can't delay the first two steps, and then it ends. Repeating the revocation completes one that
/// was broken off.
pub async fn revoke_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    mask: &Mask,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RevokeError> {
    if !key.has_mask(mask, service.clock.now()) {
        return Err(RevokeError::Mismatch);
    }
    revoke(Revoker::Administrator(admin), service, key, origin, deadline).await
}

/// Revokes the key of a key holder, in the same steps. Anybody who has a key can revoke it.
pub async fn revoke_own_key(
    holder: &KeyHolder,
    service: &Service,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RevokeError> {
    let key = own_key(holder, service).await?;
    revoke(Revoker::Itself(holder), service, key, origin, deadline).await
}

/// Revokes a key that somebody found, in the same steps. If the secret that they found has ended meanwhile, nothing happens.
pub(crate) async fn revoke_found_key(
    finder: &KeyFinder,
    service: &Service,
    details: &Details,
    origin: &Origin,
    deadline: Instant,
) -> Result<(), RevokeError> {
    let revocation = async {
        let key = found_key(finder, service).await?;
        revoke(Revoker::Finder(finder, details), service, key, origin, deadline).await
    };
    match revocation.await {
        Ok(_) | Err(RevokeError::KeyRefused) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn revoke(
    mut revoker: Revoker<'_>,
    service: &Service,
    mut key: ApiKeyRecord,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RevokeError> {
    if key.revoked.is_some() {
        // The gates were raised before the transaction that revoked it.
        return Ok(key);
    }
    let attempt = random::ulid(service.clock.now());
    let beginning = Beginning { revoker: &revoker, service, key: &mut key, attempt: &attempt, before: 0 };
    if let Some(generation) = until_done(Pace::Urgent, deadline, beginning).await? {
        let now = service.clock.now();
        service.tables.raise_gates(revoker.caller(), &key, generation, now, deadline).await?;
    }
    let revocation = Revocation { revoker: &mut revoker, service, key, attempt, origin, deadline };
    until_done(Pace::Urgent, deadline, revocation).await
}

/// Who revokes a key.
enum Revoker<'a> {
    Administrator(&'a mut CompanyAdministrator),
    Itself(&'a KeyHolder),
    Finder(&'a KeyFinder, &'a Details),
}

impl Revoker<'_> {
    fn caller(&self) -> Caller<'_> {
        match self {
            Self::Administrator(admin) => Caller::Administrator(admin),
            Self::Itself(holder) => Caller::KeyHolder(holder),
            Self::Finder(finder, _) => Caller::Finder(finder),
        }
    }

    fn actor(&self) -> KeyActor {
        match self {
            Self::Administrator(admin) => KeyActor::Person(admin.person()),
            Self::Itself(_) => KeyActor::Itself,
            Self::Finder(finder, _) => KeyActor::Reporter(finder.reporter()),
        }
    }

    /// The event of the revocation.
    fn event(&self, key: &ApiKeyRecord, origin: &Origin, now: Timestamp) -> AuditEvent {
        let (action, details) = match self {
            Self::Administrator(_) | Self::Itself(_) => (Action::RevokeApiKey, Details::default()),
            Self::Finder(_, details) => (Action::RevokeLeakedApiKey, (*details).clone()),
        };
        self.caller().event(action, key, origin, now).with(details)
    }

    /// Reads the key again.
    async fn read(&self, service: &Service, key: &ApiKeyRecord) -> Result<ApiKeyRecord, RevokeError> {
        match self {
            Self::Administrator(admin) => {
                service.tables.key(admin, &key.key_id).await?.ok_or(RevokeError::NotFound)
            }
            Self::Itself(holder) => own_key(holder, service).await,
            Self::Finder(finder, _) => found_key(finder, service).await,
        }
    }
}

/// Reads the key of a key holder, who can revoke it only with one of its secrets.
async fn own_key(holder: &KeyHolder, service: &Service) -> Result<ApiKeyRecord, RevokeError> {
    let key = service.tables.own_key(holder).await?.ok_or(RevokeError::NotFound)?;
    let is_own = holder.is_secret_of(&key, service.clock.now());
    if is_own || key.revoked.is_some() { Ok(key) } else { Err(RevokeError::KeyRefused) }
}

/// Reads the key that a finder found, who can revoke it only with one of its secrets.
async fn found_key(finder: &KeyFinder, service: &Service) -> Result<ApiKeyRecord, RevokeError> {
    let key = service.tables.found_key(finder).await?.ok_or(RevokeError::NotFound)?;
    let is_own = finder.is_secret_of(&key, service.clock.now());
    if is_own || key.revoked.is_some() { Ok(key) } else { Err(RevokeError::KeyRefused) }
}

/// Begins to end a key. The result is the generation that began, or `None` if the key is revoked.
struct Beginning<'a> {
    revoker: &'a Revoker<'a>,
    service: &'a Service,
    key: &'a mut ApiKeyRecord,
    attempt: &'a str,
    /// A generation that the next attempt must be above: the key's own, or that of the attempt before, whose copies may
    /// be late.
    before: u64,
}

impl Operation for Beginning<'_> {
    type Done = Option<u64>;
    type Refused = RevokeError;

    async fn attempt(&mut self) -> Result<Attempt<Option<u64>>, RevokeError> {
        let Self { revoker, service, key, attempt, before } = self;
        let (tables, now, caller) = (&service.tables, service.clock.now(), revoker.caller());
        let generation = next_generation(*before, now);
        *before = generation;
        match tables.begin_ending(caller, key, attempt, generation, now).await {
            Ok(()) => Ok(Attempt::Done(Some(generation))),
            Err(CommitError::Refused(_)) => {
                **key = revoker.read(service, key).await?;
                if key.revoked.is_some() {
                    return Ok(Attempt::Done(None));
                }
                *before = generation.max(tables.generation(caller, key).await?);
                Ok(Attempt::Again)
            }
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            // The outcome is unknown. The mark shows administrators whether the key may be refused.
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Withdraws an attempt without authority. The result is whether the key is revoked.
struct Withdrawal<'a> {
    caller: Caller<'a>,
    service: &'a Service,
    key: &'a ApiKeyRecord,
    attempt: &'a str,
}

impl Operation for Withdrawal<'_> {
    type Done = bool;
    type Refused = RevokeError;

    async fn attempt(&mut self) -> Result<Attempt<bool>, RevokeError> {
        let Self { caller, service, key, attempt } = self;
        match service.tables.stop_ending(*caller, key, attempt, service.clock.now()).await {
            Ok(()) => Ok(Attempt::Done(false)),
            // Another attempt has revoked the key, or a late copy of this one.
            Err(CommitError::Refused(_)) => Ok(Attempt::Done(true)),
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

struct Revocation<'a, 'r> {
    revoker: &'a mut Revoker<'r>,
    service: &'a Service,
    key: ApiKeyRecord,
    attempt: String,
    origin: &'a Origin,
    deadline: Instant,
}

impl Operation for Revocation<'_, '_> {
    type Done = ApiKeyRecord;
    type Refused = RevokeError;

    async fn attempt(&mut self) -> Result<Attempt<ApiKeyRecord>, RevokeError> {
        let Self { revoker, service, key, attempt, origin, deadline } = self;
        let (caller, by) = (revoker.caller(), revoker.actor());
        let event = revoker.event(key, origin, service.clock.now());
        match service.tables.revoke_key(caller, key, attempt, &by, &event).await {
            Ok(()) => {
                count(Metric::KeysRevoked, None);
                if matches!(revoker, Revoker::Finder(..)) {
                    count(Metric::KeysLeaked, None);
                }
                key.revocation_began = None;
                key.revoked = Some((event.at, by));
                Ok(Attempt::Done(key.clone()))
            }
            Err(CommitError::Refused(refusals)) => {
                if refusals.contains(Guard::Authority)
                    && let Revoker::Administrator(admin) = revoker
                    && let Err(refused) = admin.refresh(service, PlanRule::Any).await
                {
                    // Without authority nothing may change, so the key keeps working. The gates stay where they are:
                    // they let the new generation through.
                    let caller = Caller::from(&**admin);
                    let withdrawal = Withdrawal { caller, service, key, attempt };
                    if !until_done(Pace::Urgent, *deadline, withdrawal).await? {
                        return Err(RevokeError::AuthorityLost(refused));
                    }
                }
                *key = revoker.read(service, key).await?;
                Ok(if key.revoked.is_some() { Attempt::Done(key.clone()) } else { Attempt::Again })
            }
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            // The outcome is unknown, so the attempt stays. The key is refused, and a repeat of the request revokes it.
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}
