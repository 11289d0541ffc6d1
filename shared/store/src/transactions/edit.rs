//! Edits, holds and releases a key, and changes the policy of all keys.
//!
//! Each names the version of the key that was read, and raises it. What changes the expiry or the scopes also names the
//! version of the company's policy, and so does a release. A change of the policy names the number of such changes. So each
//! key complies with the policy that its item says it does.

use domain::{
    audit::AuditEvent,
    company::Company,
    key::{ApiKeyRecord, Digest, Edited},
    policy::{PolicyInForce, Verdict},
    suspensions::SuspensionCount,
};

use crate::{
    caller::{Caller, CompanyAdministrator},
    error::TableError,
    item::company_key,
    tables::{
        Tables,
        api_keys::change_key,
        companies::{check_policy, note_edit, note_release, set_policy},
        key_digests::{
            edit_digest, end_disuse_digest, end_hold_digest, hold_digest, judge_digest, rename_digest,
        },
        suspension_counts::reset_suspensions,
    },
    transaction::{CommitError, Transaction},
    write::Write,
};

impl Tables {
    /// Edits a key. With a generation, the edit takes something away, and the gates must be raised before the response.
    pub async fn edit_key(
        &self,
        admin: &CompanyAdministrator,
        before: &ApiKeyRecord,
        edited: &Edited,
        generation: Option<u64>,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let (caller, company, after) = (Caller::from(admin), admin.company(), &edited.key);
        let changes = |names: &[&str]| edited.changed.iter().any(|name| names.contains(name));
        let is_grant = changes(&["scopes", "expiresAt", "networks", "suspensionLimit"]);
        let is_only_checked = !is_grant && changes(&["selfRotation"]);
        let digests = after.unended_digests();
        let secrets: Vec<Write> = if is_grant {
            let policy = company.policy.as_ref();
            digests.map(|digest| edit_digest(after, digest, policy, generation)).collect()
        } else if changes(&["name"]) {
            digests.map(|digest| rename_digest(after, digest)).collect()
        } else {
            Vec::new()
        };
        Transaction::of(self, caller, event.at)
            .and(change_key(caller, before, after))
            .and_all(secrets)
            .and_all(is_grant.then(|| note_edit(company_key(caller), company, after)))
            .and_all(is_only_checked.then(|| check_policy(company_key(caller), company)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Lets a key go on that has reached its limit of suspensions: these counts begin anew, if they are as read.
    pub async fn release_suspension_limit(
        &self,
        admin: &CompanyAdministrator,
        key: &ApiKeyRecord,
        counts: &[SuspensionCount],
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        Transaction::of(self, admin, event.at)
            .and_all(counts.iter().map(|count| reset_suspensions(&key.key_id, count)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Holds a key. Its gates must be raised before the response.
    pub async fn hold_key(
        &self,
        admin: &CompanyAdministrator,
        before: &ApiKeyRecord,
        after: &ApiKeyRecord,
        generation: u64,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let caller = Caller::from(admin);
        Transaction::of(self, caller, event.at)
            .and(change_key(caller, before, after))
            .and_all(after.unended_digests().map(|digest| hold_digest(digest, generation, event.at)))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Releases a key from the hold of an administrator and from one for disuse.
    pub async fn release_key(
        &self,
        admin: &CompanyAdministrator,
        before: &ApiKeyRecord,
        after: &ApiKeyRecord,
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let caller = Caller::from(admin);
        let company = admin.company();
        let verdicts = company.policy.as_ref().map(|policy| policy.verdicts(after)).unwrap_or_default();
        let can_be_unused = |digest: &Digest| {
            let has_rule = |verdict: &Verdict<'_>| verdict.digest == digest && verdict.disuse.is_some();
            verdicts.iter().any(has_rule) && after.has_living(digest, event.at)
        };
        let secrets = after.unended_digests().map(|digest| {
            if can_be_unused(digest) { end_disuse_digest(digest, event.at) } else { end_hold_digest(digest) }
        });
        Transaction::of(self, caller, event.at)
            .and(change_key(caller, before, after))
            .and_all(secrets)
            .and(note_release(company_key(caller), company))
            .and(self.append(event))
            .commit()
            .await
    }

    /// Reads the generations of these secrets.
    pub async fn generations_of(
        &self,
        _admin: &CompanyAdministrator,
        digests: &[&Digest],
    ) -> Result<Vec<(Digest, u64)>, TableError> {
        let read = self.generations(digests.iter().copied()).await?;
        Ok(read.into_iter().map(|generation| (generation.digest, generation.number)).collect())
    }

    /// Changes the key policy, and what the items of all secrets say about it, in the same transaction. These are the keys that
    /// were read with the company. The secrets whose limit of suspensions it lowers begin these generations, and their gates must
    /// be raised before the response. No other rule applies before a day has passed.
    pub async fn change_policy(
        &self,
        admin: &CompanyAdministrator,
        company: &Company,
        keys: &[ApiKeyRecord],
        policy: &PolicyInForce,
        generations: &[(Digest, u64)],
        event: &AuditEvent,
    ) -> Result<(), CommitError> {
        let generation =
            |of: &Digest| generations.iter().find(|(digest, _)| digest == of).map(|(_, new)| *new);
        let judged = keys.iter().flat_map(|key| {
            let verdicts = policy.verdicts(key).into_iter();
            let verdicts = verdicts.filter(move |verdict| key.has_living(verdict.digest, event.at));
            verdicts.map(move |verdict| judge_digest(key, &verdict, policy, generation(verdict.digest)))
        });
        Transaction::of(self, admin, event.at)
            .and(set_policy(company_key(admin), company, policy))
            .and_all(judged)
            .and(self.append(event))
            .commit()
            .await
    }
}
