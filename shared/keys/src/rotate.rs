//! Gives a key a new secret.

use std::time::Duration;

use domain::{
    audit::{Action, Details, Origin, SecretChange},
    company::{Company, ROTATING_KEY_LIMIT},
    identifiers::KeyId,
    key::{
        ApiKey, ApiKeyRecord, KeyActor, NewSecret, RotationRefused, SELF_ROTATION_INTERVAL, SecondSecret,
        UNUSED_LIFE,
    },
    policy::{KeyPolicy, Rule},
    time::Timestamp,
};
use store::{
    Caller, CommitError, CompanyAdministrator, CurrentCaller, Guard, KeyHolder, LostAuthority, PlanRule,
    Service,
    retry::{Attempt, Operation, Pace, until_done},
};
use tokio::time::Instant;

use crate::error::RotateError;

/// When a new secret expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretExpiry {
    /// As long after it was made as the current one. For a key that rotates itself: as late as it may.
    AsBefore,
    /// At this time.
    At(Timestamp),
    /// Never.
    Never,
}

/// The new secret that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SecretRequest {
    /// When it expires.
    pub expiry: SecretExpiry,
    /// How long the old secret works after the first use of the new one.
    pub overlap_seconds: u32,
}

/// Gives a key that was read with the administrator this new secret, and returns the key as it is now. A new secret that
/// nobody has used is replaced, so a request whose response was lost can be repeated.
pub async fn rotate_key(
    admin: &mut CompanyAdministrator,
    service: &Service,
    key: ApiKeyRecord,
    request: SecretRequest,
    secret: &ApiKey,
    origin: &Origin,
    deadline: Instant,
) -> Result<ApiKeyRecord, RotateError> {
    let rotator = Rotator::Administrator { admin, key_id: key.key_id.clone(), read: Some(Box::new(key)) };
    let rotation = Rotation { rotator, service, request, secret, origin, deadline };
    until_done(Pace::Person, deadline, rotation).await.map(|(key, _)| key)
}

/// Gives the key of a key holder this new secret, if an administrator has allowed that. Returns the key and its company.
pub async fn rotate_own_key(
    holder: &KeyHolder,
    service: &Service,
    request: SecretRequest,
    secret: &ApiKey,
    origin: &Origin,
    deadline: Instant,
) -> Result<(ApiKeyRecord, Company), RotateError> {
    let rotator = Rotator::Itself(Box::new(CurrentCaller::new(holder)));
    let rotation = Rotation { rotator, service, request, secret, origin, deadline };
    until_done(Pace::KeyHolder, deadline, rotation).await
}

/// Who rotates a key.
enum Rotator<'a> {
    Administrator {
        admin: &'a mut CompanyAdministrator,
        key_id: KeyId,
        /// The key that was read with the administrator, for the first attempt.
        read: Option<Box<ApiKeyRecord>>,
    },
    Itself(Box<CurrentCaller<'a>>),
}

impl Rotator<'_> {
    fn caller(&self) -> Caller<'_> {
        match self {
            Self::Administrator { admin, .. } => Caller::Administrator(admin),
            Self::Itself(current) => current.get(),
        }
    }

    /// The key and its company as they are now, or as they were read with the administrator.
    async fn read(&mut self, service: &Service) -> Result<(ApiKeyRecord, Company), RotateError> {
        match self {
            Self::Administrator { admin, key_id, read } => {
                if let Some(key) = read.take() {
                    return Ok((*key, admin.company().clone()));
                }
                admin.refresh(service, PlanRule::Enterprise).await?;
                let key = service.tables.key(admin, key_id).await?.ok_or(RotateError::NotFound)?;
                Ok((key, admin.company().clone()))
            }
            Self::Itself(current) => {
                let Caller::KeyHolder(holder) = current.get() else { return Err(RotateError::KeyRefused) };
                let read = service.tables.own_key_and_company(holder).await?;
                read.ok_or(RotateError::NotFound)
            }
        }
    }

    /// Checks that the key may rotate itself, and returns the longest life of the new secret.
    fn longest_life(&self, key: &ApiKeyRecord, now: Timestamp) -> Result<Option<Duration>, RotateError> {
        let Caller::KeyHolder(holder) = self.caller() else { return Ok(None) };
        if key.revocation_began.is_some() {
            return Err(RotateError::KeyRefused);
        }
        let allowed = key.self_rotation.ok_or(RotateError::NotAllowed)?;
        if !holder.is_secret_of(key, now) {
            return Err(RotateError::KeyRefused);
        }
        Ok(Some(allowed.lifetime()))
    }

    /// Checks that the key has not been rotated in the last minute, if it rotates itself.
    fn check_pace(&self, key: &ApiKeyRecord, now: Timestamp) -> Result<(), RotateError> {
        if matches!(self, Self::Administrator { .. }) {
            return Ok(());
        }
        match key.rotated_at.map(|at| at.plus(SELF_ROTATION_INTERVAL)) {
            Some(again_at) if again_at > now => {
                let millis_left = again_at.millis() - now.millis();
                let seconds_left = u8::try_from(millis_left.div_euclid(1_000) + 1).unwrap_or(60).min(60);
                Err(RotateError::TooSoon { seconds_left })
            }
            _ => Ok(()),
        }
    }

    /// The reason as this caller gets it: a key that has ended meanwhile is refused like every refused key.
    fn refused(&self, reason: RotationRefused) -> RotateError {
        match (self, reason) {
            (Self::Itself(_), RotationRefused::NotActive | RotationRefused::Held) => RotateError::KeyRefused,
            _ => reason.into(),
        }
    }

    fn actor(&self) -> KeyActor {
        match self {
            Self::Administrator { admin, .. } => KeyActor::Person(admin.person()),
            Self::Itself(_) => KeyActor::Itself,
        }
    }
}

struct Rotation<'a> {
    rotator: Rotator<'a>,
    service: &'a Service,
    request: SecretRequest,
    secret: &'a ApiKey,
    origin: &'a Origin,
    deadline: Instant,
}

impl Operation for Rotation<'_> {
    type Done = (ApiKeyRecord, Company);
    type Refused = RotateError;

    async fn attempt(&mut self) -> Result<Attempt<(ApiKeyRecord, Company)>, RotateError> {
        let Self { rotator, service, request, secret, origin, deadline } = self;
        let (before, company) = rotator.read(service).await?;
        let digest = secret.digest();
        if before.all_digests().any(|known| *known == digest) {
            // An attempt with an unknown outcome did commit, and the secret is still available.
            return Ok(Attempt::Done((before, company)));
        }
        let now = service.clock.now();
        // What a new secret would have, too, or what a release ends. A hold by an administrator is refused below.
        let holding = company.holding_rules(&before, now);
        if holding.iter().any(|rule| matches!(rule, Rule::Scopes | Rule::Unused | Rule::Networks)) {
            return Err(rotator.refused(RotationRefused::Held));
        }
        let longest_life = rotator.longest_life(&before, now)?;
        let new = NewSecret {
            digest,
            mask: secret.mask(),
            created_at: now,
            created_by: rotator.actor(),
            expires_at: expiry(request.expiry, &before, &company.key_policy(), longest_life, now)?,
            unused_until: now.plus(UNUSED_LIFE),
            // A current secret that is held for its life doesn't work again because another replaces it.
            overlap_seconds: if holding.is_empty() { request.overlap_seconds } else { 0 },
        };
        let after = before.rotated(new.clone(), now).map_err(|refused| rotator.refused(refused))?;
        rotator.check_pace(&before, now)?;
        if !has_room(&company, &after, now) {
            return Err(RotateError::LimitReached);
        }
        let caller = rotator.caller();
        let event = caller.event(Action::RotateApiKey, &before, origin, now).with(made(&before, &new, now));
        let rotation = service.tables.rotate_key(caller, &company, &before, &after, &event, *deadline);
        match rotation.await {
            Ok(()) => Ok(Attempt::Done((after, company))),
            Err(CommitError::Refused(refusals)) => {
                if refusals.contains(Guard::Authority)
                    && let Rotator::Itself(current) = rotator
                    && let Err(lost) = current.check_authority(service).await?
                {
                    return Err(match lost {
                        LostAuthority::Network => RotateError::NetworkRefused,
                        LostAuthority::Caller | LostAuthority::Scope(_) => RotateError::KeyRefused,
                    });
                }
                Ok(Attempt::Again)
            }
            Err(CommitError::Conflict(_)) => Ok(Attempt::Again),
            Err(CommitError::Failed(error)) => Err(error.into()),
        }
    }
}

/// When the new secret expires.
fn expiry(
    wanted: SecretExpiry,
    key: &ApiKeyRecord,
    policy: &KeyPolicy,
    longest_life: Option<Duration>,
    now: Timestamp,
) -> Result<Option<Timestamp>, RotateError> {
    let latest = longest_life.map(|life| now.plus(life));
    let is_as_before = wanted == SecretExpiry::AsBefore;
    let wanted = match (wanted, latest) {
        (SecretExpiry::AsBefore, Some(latest)) => Some(latest),
        (SecretExpiry::AsBefore, None) => key.expires_at.map(|expiry| {
            let life = expiry.millis() - key.secret_created_at.millis();
            Timestamp::from_millis(now.millis() + life)
        }),
        (SecretExpiry::At(at), _) => Some(at),
        (SecretExpiry::Never, _) => None,
    };
    let fits = latest.is_none_or(|latest| wanted.is_some_and(|wanted| wanted <= latest));
    if !fits {
        return Err(RotateError::LivesTooLong);
    }
    if is_as_before {
        // Nobody named a time, so the policy shortens it.
        let latest = policy.longest_life().map(|life| now.plus(life));
        return Ok([wanted, latest].into_iter().flatten().min());
    }
    match policy.refuses_expiry(now, wanted) {
        Some(refused) => Err(RotateError::Policy(refused)),
        None => Ok(wanted),
    }
}

/// Whether the company may have another key with two secrets. A key that has two already needs no more room.
fn has_room(company: &Company, key: &ApiKeyRecord, now: Timestamp) -> bool {
    let mut others =
        company.rotating_keys.iter().filter(|(id, ends_at)| **id != key.key_id && **ends_at > now);
    others.nth(ROTATING_KEY_LIMIT - 1).is_none()
}

/// The details of the event: the new secret, and the one that it replaces before anybody used it.
fn made(before: &ApiKeyRecord, new: &NewSecret, now: Timestamp) -> Details {
    let ended = match before.living_second(now) {
        Some(SecondSecret::New(unused)) => Some((unused.mask.clone(), now)),
        _ => None,
    };
    let (mask, expires_at) = (new.mask.clone(), new.expires_at);
    SecretChange { mask, expires_at, overlap_seconds: Some(new.overlap_seconds), ended }.into()
}
