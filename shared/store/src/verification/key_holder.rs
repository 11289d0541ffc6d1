//! Verifies key holders, by an API key.

use std::sync::OnceLock;

use domain::{
    audit::Origin,
    day::Day,
    key::{ApiKey, Credential, Digest, SecretRole},
    limits::Limit,
    network::address,
    scope::Scope,
    suspensions::Stop,
    time::Timestamp,
    uses::{Refusal, Use},
};
use tokio::time::Instant;

use super::{
    credential::{KeyHolderRefused, admits, admitting, check, check_network, verified},
    first_use::use_first,
};
use crate::{
    caller::{KeyHolder, LostAuthority, RefusedHolder},
    error::TableError,
    limiter::{Metered, OverLimit},
    metrics::{Metric, count},
    notices::Due,
    service::Service,
    settings::NOTICE_TIMEOUT,
};

impl KeyHolder {
    /// Verifies a key with one read, and counts the request against the limits. The request needs one of these scopes, each the
    /// least that is enough: the first of them that the key has. As soon as the key is verified, `meter` says whose limits apply. The first use of a new secret
    /// takes one more read and a transaction.
    pub async fn verify<const N: usize>(
        service: &Service,
        key: ApiKey,
        scopes: [Scope; N],
        origin: Origin,
        meter: &OnceLock<Metered>,
        deadline: Instant,
    ) -> Result<Self, KeyHolderRefused> {
        let digest = key.digest();
        drop(key);
        let now = service.clock.now();
        let credential = verified(service, &digest, origin.clone(), now).await?;
        // Before the limits: somebody who uses a stolen key from elsewhere must not use up the owner's.
        check_network(service, &credential, &origin, now)?;
        let is_audit_log = scopes.iter().all(|scope| *scope == Scope::AuditLog);
        let metered = meter.get_or_init(|| Metered::new(&credential, is_audit_log));
        if let Err(refused) = service.limiter.admit(metered, 1, now) {
            keep_limited(service, &credential, refused.limit, now);
            return Err(refused.into());
        }
        let needed = admitting(&credential, &scopes).inspect_err(|_| {
            service.uses.count(&credential.key_id, Use::Refused(Refusal::Scope), now, None);
        })?;
        count(Metric::KeysVerified, None);
        let mut holder = Self::new(credential, digest, needed, now, address(origin.ip.as_deref()));
        if matches!(holder.credential.role, SecretRole::New { .. }) {
            // Boxed, because otherwise every request's future would be as large.
            holder = Box::pin(use_first(service, holder, &origin, deadline)).await?;
        }
        note_day(service, &holder, now, deadline).await;
        keep_use(service, &holder, now);
        let used = Use::admitted(needed);
        service.uses.count(&holder.credential.key_id, used, now, origin.ip.as_deref());
        Ok(holder)
    }

    /// Verifies a key that is to be revoked, with one read. No limit refuses that: a flood with the key must not keep anybody from
    /// ending it, nor does its list of networks. A new secret that nobody has used stays one.
    pub async fn verify_to_revoke(
        service: &Service,
        key: ApiKey,
        origin: Origin,
    ) -> Result<Self, KeyHolderRefused> {
        let digest = key.digest();
        drop(key);
        let now = service.clock.now();
        let address = address(origin.ip.as_deref());
        let credential = verified(service, &digest, origin, now).await?;
        let needed = admitting(&credential, &Scope::ALL)?;
        count(Metric::KeysVerified, None);
        Ok(Self::new(credential, digest, needed, now, address))
    }

    /// Counts this request once for each of the accounts that it names, instead of once. If a limit refuses that, the request
    /// counts nothing.
    pub fn admit_accounts(&self, service: &Service, accounts: usize) -> Result<(), OverLimit> {
        let metered = Metered::new(&self.credential, self.needed == Some(Scope::AuditLog));
        let (times, now) = (u32::try_from(accounts).unwrap_or(u32::MAX), service.clock.now());
        let admitted = service.limiter.admit_more(&metered, times.max(1), self.admitted_at, now);
        admitted.inspect_err(|refused| {
            keep_limited(service, &self.credential, refused.limit, now);
            let used = Use::admitted(self.needed);
            service.uses.take_back(&self.credential.key_id, used, self.admitted_at, self.address);
        })
    }

    /// Remembers that the request reached the key's limit of suspensions. That is recorded after the response.
    pub fn keep_stop(&self, service: &Service, origin: &Origin, stop: Stop) {
        if service.notices.is_stop_due(&self.credential.key_id, &stop) {
            count(Metric::SuspensionLimitsReached, None);
            let holder = self.with(self.credential.clone());
            service.notices.keep(Due::LimitReached(holder, origin.clone(), stop, service.clock.now()));
        }
    }

    /// After a wait, verifies the request's key again with one read. The request is refused like a new one, but not counted
    /// again.
    pub async fn verify_again(self, service: &Service, origin: Origin) -> Result<Self, KeyHolderRefused> {
        let now = service.clock.now();
        let credential = verified(service, &self.digest, origin.clone(), now).await?;
        check_network(service, &credential, &origin, now)?;
        check(&credential, self.needed)?;
        Ok(self.with(credential))
    }

    /// Verifies the key again after one of its gates refused a write. The request goes on if the key has changed and
    /// still admits it.
    pub(crate) async fn verify_after_refusal(
        &self,
        service: &Service,
    ) -> Result<Result<Self, LostAuthority>, TableError> {
        let Some(credential) = service.tables.credential(&self.digest).await? else {
            return Ok(Err(LostAuthority::Caller));
        };
        if credential.admit(service.clock.now()).is_err() {
            return Ok(Err(LostAuthority::Caller));
        }
        if !credential.admits_from(self.address) {
            return Ok(Err(LostAuthority::Network));
        }
        if !admits(&credential, self.needed) {
            return Ok(Err(self.needed.map_or(LostAuthority::Caller, LostAuthority::Scope)));
        }
        if credential.generation <= self.credential.generation {
            return Err(TableError::Unavailable("a gate is above the key's own generation".into()));
        }
        Ok(Ok(self.with(credential)))
    }
}

/// Notes the first use of the day, before the operation begins, if the key can be held because nobody uses it. If it can't be
/// written, the next request tries again, and this one goes on.
async fn note_day(service: &Service, holder: &KeyHolder, now: Timestamp, deadline: Instant) {
    let Some(disuse) = &holder.credential.holds.disuse else { return };
    if Day::of(disuse.last_used) >= Day::of(now) {
        return;
    }
    let end = deadline.min(Instant::now() + NOTICE_TIMEOUT);
    // Boxed, because otherwise every request's future would be as large.
    let noting = Box::pin(service.tables.note_day(&holder.digest, now, end));
    if !matches!(tokio::time::timeout_at(end, noting).await, Ok(Ok(()))) {
        tracing::warn!("the first use of the day was not noted");
    }
}

/// Remembers the use of a key. It is written after the response.
fn keep_use(service: &Service, holder: &KeyHolder, now: Timestamp) {
    let Credential { key_id, role, .. } = &holder.credential;
    if service.notices.is_due(key_id, *role == SecretRole::Old, now) {
        service.notices.keep(Due::Used(holder.with(holder.credential.clone()), now));
    }
}

/// Counts a request with a key that a limit refused. Remembers it, to note it after the response, at most once a minute, and
/// to count it in the metrics as often.
fn keep_limited(service: &Service, credential: &Credential, limit: Limit, now: Timestamp) {
    service.uses.count(&credential.key_id, Use::Refused(Refusal::Limited), now, None);
    if service.notices.is_limited_due(&credential.key_id, now) {
        count(Metric::KeysLimited, None);
        service.notices.keep(Due::Limited(RefusedHolder(credential.clone()), limit, now));
    }
}

/// A digest that no key has. Making one up would take the time of a random key and its hash.
pub(super) const NO_KEY: Digest = Digest::from_bytes([0; 32]);

/// During Lambda's init phase, opens the connection to `DynamoDB` with the read that every request makes. A failure
/// does no harm: then the first request opens the connection.
pub async fn warm_up_keys(service: &Service) {
    let _ = service.tables.credential(&NO_KEY).await;
}
