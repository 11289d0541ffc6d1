//! Changes the secrets of a key.
//!
//! Each transaction names the version of the key's secrets that was read, and raises it. So of two changes that read the same
//! key, one commits.

use domain::{
    audit::AuditEvent,
    company::Company,
    key::{ApiKeyRecord, NewSecret, OldSecret, SecondSecret},
    time::Timestamp,
};
use tokio::time::Instant;

use crate::{
    caller::{Caller, CompanyAdministrator, KeyHolder},
    error::TableError,
    item::company_key,
    tables::{
        Tables,
        api_keys::change_key,
        companies::{keep_old, release_second, reserve_second},
        key_digests::{
            drop_digest, end_old_digest, forget_digest, promote_digest, put_new_digest, replace_digest,
            use_digest,
        },
    },
    transaction::{CommitError, Transaction},
    write::Write,
};

impl Tables {
    /// Rotates a key: `after` is the key that was read `before`, with a new secret. It ends the new secret before it, which
    /// nobody has used, and forgets an old one that has ended. The completion that ended it may have been broken off before
    /// it raised the gates, so this raises them first: once the old secret is forgotten, nobody can.
    pub async fn rotate_key(
        &self,
        caller: Caller<'_>,
        company: &Company,
        before: &ApiKeyRecord,
        after: &ApiKeyRecord,
        event: &AuditEvent,
        deadline: Instant,
    ) -> Result<(), CommitError> {
        let Some(SecondSecret::New(new)) = &after.second else {
            return Err(CommitError::Failed(TableError::Internal("a rotation without a new secret".into())));
        };
        let now = event.at;
        self.close_old_secret(caller, before, now, deadline).await.map_err(CommitError::Failed)?;
        Transaction::of(self, caller, now)
            .and(change_key(caller, before, after))
            .and(reserve_second(company_key(caller), company, after, new.ends_unused(), now))
            .and(put_new_digest(caller.company_id(), after, new, &company.limits, company.policy.as_ref()))
            .and_all(before.second.as_ref().and_then(|second| end_replaced(second, now)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Makes a new secret the current one, because its holder uses it. The old one ends at its time.
    pub async fn use_new_secret(
        &self,
        holder: &KeyHolder,
        before: &ApiKeyRecord,
        after: &ApiKeyRecord,
        old: &OldSecret,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let caller = Caller::from(holder);
        Transaction::of(self, caller, event.at)
            .and(change_key(caller, before, after))
            .and(use_digest(holder.digest(), holder.credential().generation))
            .and(replace_digest(&old.digest, old.ends_at))
            .and(keep_old(company_key(caller), after, old.ends_at))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Ends the old secret of a key in a new generation. Its gates must be raised before the response. A new secret that
    /// nobody has used becomes the current one.
    pub async fn complete_rotation(
        &self,
        admin: &CompanyAdministrator,
        before: &ApiKeyRecord,
        after: &ApiKeyRecord,
        old: &OldSecret,
        generation: u64,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let caller = Caller::from(admin);
        let promoted = (before.digest != after.digest).then(|| promote_digest(&after.digest));
        Transaction::of(self, caller, event.at)
            .and(change_key(caller, before, after))
            .and(end_old_digest(&old.digest, generation, event.at))
            .and_all(promoted)
            .and(release_second(company_key(caller), after))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Ends a new secret that nobody has used.
    pub async fn cancel_rotation(
        &self,
        admin: &CompanyAdministrator,
        before: &ApiKeyRecord,
        after: &ApiKeyRecord,
        new: &NewSecret,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let caller = Caller::from(admin);
        Transaction::of(self, caller, event.at)
            .and(change_key(caller, before, after))
            .and(drop_digest(&new.digest, event.at))
            .and(release_second(company_key(caller), after))
            .and(self.append(event))
            .commit()
            .await
    }
}

/// The write that ends the second secret that another replaces. An old one that an administrator ended needs none.
fn end_replaced(second: &SecondSecret, now: Timestamp) -> Option<Write> {
    match second {
        SecondSecret::New(new) => Some(drop_digest(&new.digest, now)),
        SecondSecret::Old(old) => old.ended_in.is_none().then(|| forget_digest(&old.digest, old.ends_at)),
    }
}
