//! Creates and revokes keys, and records uses of revoked ones.

use domain::{
    audit::AuditEvent,
    identifiers::KeyId,
    key::{ApiKeyRecord, KeyActor},
    network::Source,
    suspensions::Stop,
    time::Timestamp,
};

use crate::{
    caller::{Caller, CompanyAdministrator, KeyHolder, RefusedHolder},
    error::TableError,
    item::company_key,
    tables::{
        IdempotencyRecord, Tables,
        api_keys::{mark_ending, mark_revoked, put_key, unmark_ending},
        companies::{release_place, reserve_place},
        idempotency_records::claim,
        key_digests::{end_digest, put_digest, revoke_digest, stop_ending_digest},
        key_notices::{
            mark_exposed, mark_first_refused, mark_limit_reached, mark_network_refused, mark_policy_hold,
            mark_refused_from,
        },
    },
    transaction::{CommitError, Transaction},
    write::Write,
};

impl Tables {
    /// Creates a key: its items, its place among the active keys, its event, and its idempotency record.
    pub async fn create_key(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        expired: &[KeyId],
        idempotency: Option<&IdempotencyRecord>,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let company = admin.company();
        Transaction::of(self, admin, event.at)
            .and(reserve_place(company_key(admin), company, key, expired))
            .and(put_key(admin.company_id(), key))
            .and(put_digest(admin.company_id(), key, &company.limits, company.policy.as_ref()))
            .and_all(idempotency.map(|record| claim(record, event.at)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Begins to end a key, in an attempt to revoke it. From then on, no verification admits one of its secrets. No write of a
    /// key holder uses the items of this transaction, except for these: an instance notes a use, a limit that refused
    /// one, a request from another network, one that exposed the key and a limit of suspensions, once a minute each. It tries to record uses of ended secrets at most twenty times a minute. A key rotates itself at
    /// most once a minute. So a flood of requests with the key can't delay this transaction. It has no condition on the caller,
    /// who was just authenticated. If the caller turns out to have lost authority, [`Tables::stop_ending`] withdraws the
    /// attempt.
    pub async fn begin_ending(
        &self,
        caller: Caller<'_>,
        key: &ApiKeyRecord,
        attempt: &str,
        generation: u64,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        Transaction::without_authority(self, now)
            .and(mark_ending(caller, key, attempt))
            .and_all(key.unended_digests().map(|digest| end_digest(digest, attempt, generation)))
            .commit()
            .await
    }

    /// Withdraws an attempt to revoke a key. The key works again unless another attempt is in progress. A late copy of the
    /// attempt's other transactions commits before this one or not at all.
    pub async fn stop_ending(
        &self,
        caller: Caller<'_>,
        key: &ApiKeyRecord,
        attempt: &str,
        now: Timestamp,
    ) -> Result<(), CommitError> {
        Transaction::without_authority(self, now)
            .and(unmark_ending(caller, key, attempt))
            .and_all(key.unended_digests().map(|digest| stop_ending_digest(digest, attempt)))
            .commit()
            .await
    }

    /// The highest generation of the key's secrets.
    pub async fn generation(&self, _caller: Caller<'_>, key: &ApiKeyRecord) -> Result<u64, TableError> {
        let generations = self.generations(key.all_digests()).await?;
        let numbers = generations.iter().map(|generation| generation.number);
        numbers.max().ok_or(TableError::Corrupt("digest"))
    }

    /// Revokes a key permanently, in an attempt that has begun to end it and raised its gates. A key that revokes itself, and somebody who reported it, have
    /// no authority any more: the attempt, which it began while it had, is enough.
    pub async fn revoke_key(
        &self,
        caller: Caller<'_>,
        key: &ApiKeyRecord,
        attempt: &str,
        by: &KeyActor,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let transaction = match by {
            KeyActor::Person(_) => Transaction::of(self, caller, event.at),
            KeyActor::Itself | KeyActor::Reporter(_) => Transaction::without_authority(self, event.at),
        };
        transaction
            .and(mark_revoked(caller, key, by, event.at))
            .and_all(key.unended_digests().map(|digest| revoke_digest(digest, attempt, event.at)))
            .and(release_place(company_key(caller), key))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Records that the company's policy holds a key since this time, because a request with it was refused, unless that was
    /// recorded before.
    pub(crate) async fn record_hold(
        &self,
        holder: &RefusedHolder,
        since: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let noted = mark_policy_hold(holder, since);
        Transaction::of(self, holder, event.at).and(noted).and(self.append(event)).commit().await
    }

    /// Records that a key's list of networks refused a request with it, unless that was recorded since `earliest`.
    pub(crate) async fn record_network(
        &self,
        holder: &RefusedHolder,
        event: &AuditEvent,
        earliest: Timestamp,
    ) -> Result<(), CommitError> {
        let noted = mark_network_refused(holder, event.at, earliest);
        Transaction::of(self, holder, event.at).and(noted).and(self.append(event)).commit().await
    }

    /// Records that a request contained a key where it is often logged, unless that was recorded since `earliest`.
    pub(crate) async fn record_exposure(
        &self,
        holder: &RefusedHolder,
        event: &AuditEvent,
        earliest: Timestamp,
    ) -> Result<(), CommitError> {
        let noted = mark_exposed(holder, event.at, earliest);
        Transaction::of(self, holder, event.at).and(noted).and(self.append(event)).commit().await
    }

    /// Records that a key reached its limit of suspensions, once for each stop. The key may have been revoked since.
    pub(crate) async fn record_limit_reached(
        &self,
        holder: &KeyHolder,
        stop: &Stop,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let noted = mark_limit_reached(holder, stop);
        Transaction::without_authority(self, event.at).and(noted).and(self.append(event)).commit().await
    }

    /// Records that a revoked key, or a secret that a rotation ended, was used from a network, unless this was recorded since
    /// `earliest` or too many networks were. Returns whether it is the first of the minute, or a refusal if there is nothing
    /// to record.
    ///
    /// The same transaction updates the key's item. An instance attempts it at most twenty times a minute for a key.
    pub(crate) async fn record_revoked_use(
        &self,
        holder: &RefusedHolder,
        source: Source,
        event: &AuditEvent,
        earliest: Timestamp,
        limit: usize,
    ) -> Result<bool, CommitError> {
        let record = async |notice: Write| {
            Transaction::of(self, holder, event.at).and(notice).and(self.append(event)).commit().await
        };
        match record(mark_first_refused(holder, source, event.at, earliest)).await {
            Err(CommitError::Refused(_)) => {}
            other => return other.map(|()| true),
        }
        let another = mark_refused_from(holder, source, earliest, limit);
        record(another).await.map(|()| false)
    }
}
