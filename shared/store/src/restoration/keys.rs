//! The keys of restored tables.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{company::Plan, limits::Limits, time::Timestamp};

use super::{
    changes::ChangesSince,
    work::{Restoration, key_of},
};
use crate::{
    error::TableError,
    item::{Attributes, Item, LIMITS, at, limits_attribute, n, person},
    table::Table,
    tables::key_digests::{ENDING, next_generation},
};

/// The digest of the key that an item of an earlier release fences, or `None` if the item is a key's own.
pub(super) fn fenced_digest(item: &Item) -> Result<Option<&str>, TableError> {
    Ok(item.text("digest")?.strip_prefix("fence#"))
}

impl Restoration<'_> {
    /// Takes over the revocations in progress of an earlier release, which kept them in items of their own.
    pub(super) async fn take_over_fences(&mut self) -> Result<(), TableError> {
        let items = self.all(Table::KeyDigests, None).await?;
        for fence in &items {
            let Some(digest) = fenced_digest(fence)? else { continue };
            let key = items.iter().find(|item| item.text("digest").is_ok_and(|own| own == digest));
            if let (Some(attempts), Some(key)) = (fence.get("attempts"), key)
                && !key.contains_key("revokedAt")
            {
                let (company, key_id) = (key.text("companyId")?, key.text("keyId")?);
                self.say(format!("{company}: key {key_id} is refused, because its revocation didn't end"));
                let generation = next_generation(key.generation()?, self.now);
                let changes = vec![(ENDING, attempts.clone()), ("generation", n(generation))];
                self.set(Table::KeyDigests, key, &["digest"], changes).await?;
                let keys = ["companyId", "keyId"];
                if let Some(listed) = self.tables.get(Table::ApiKeys, key_of(key, &keys)).await? {
                    self.set(Table::ApiKeys, &listed, &keys, vec![(ENDING, attempts.clone())]).await?;
                }
            }
            self.remove(Table::KeyDigests, fence, &["digest"]).await?;
        }
        Ok(())
    }

    /// Begins a generation above every one that the key had, unless it is revoked or this was done. So the gates, which
    /// are not restored, let it through. Returns whether it began one.
    pub(super) async fn begin_generation(
        &mut self,
        digest: &Item,
        since: Timestamp,
    ) -> Result<bool, TableError> {
        // A generation may be later than the restored time without having been renewed, because clocks differ.
        let is_renewed = digest.optional_time("restoredTo")? == Some(since);
        if is_renewed || digest.contains_key("revokedAt") {
            return Ok(false);
        }
        let generation = next_generation(digest.generation()?, self.now);
        let changes = vec![("generation", n(generation)), ("restoredTo", at(since))];
        self.set(Table::KeyDigests, digest, &["digest"], changes).await?;
        Ok(true)
    }

    /// If the tables were restored to different times, only one of a key's two items may have a revocation in progress.
    async fn revocations_in_progress(
        &mut self,
        id: &str,
        key: &Item,
        digest: &Item,
    ) -> Result<(), TableError> {
        let missing = match (key.get(ENDING), digest.get(ENDING)) {
            (Some(attempts), None) => Some((Table::KeyDigests, digest, vec!["digest"], attempts)),
            (None, Some(attempts)) => Some((Table::ApiKeys, key, vec!["companyId", "keyId"], attempts)),
            _ => None,
        };
        if let Some((table, item, keys, attempts)) = missing {
            let key_id = key.text("keyId")?;
            self.say(format!("{id}: key {key_id} is refused, because its revocation didn't end"));
            self.set(table, item, &keys, vec![(ENDING, attempts.clone())]).await?;
        }
        Ok(())
    }

    /// Revokes keys again. Returns the correct map of active keys.
    pub(super) async fn keys(
        &mut self,
        id: &str,
        plan: &str,
        limits: &Limits,
        changes_since: &ChangesSince,
        digests: &[Item],
    ) -> Result<Item, TableError> {
        let enterprise = plan == Plan::Enterprise.id();
        let (mut active, mut listed) = (Item::new(), HashSet::new());
        // A space sorts before every identifier.
        for key in self.all(Table::ApiKeys, Some((id, "keyId", " "))).await? {
            let (key_id, digest) = (key.text("keyId")?, key.text("digest")?);
            let stored = digests.iter().find(|item| item.text("digest").is_ok_and(|text| text == digest));
            listed.insert(digest.to_owned());
            let Some(stored) = stored else {
                self.say(format!("{id}: key {key_id} is incomplete and is removed"));
                self.remove(Table::ApiKeys, &key, &["companyId", "keyId"]).await?;
                continue;
            };
            let revoked = match changes_since.revoked.get(key_id) {
                Some((revoked_at, by)) => Some((*revoked_at, by.as_ref())),
                // If the tables were restored to different times, only one of the two items may have it.
                None => match key.optional_time("revokedAt")? {
                    None => stored.optional_time("revokedAt")?,
                    known => known,
                }
                .map(|revoked_at| (revoked_at, None)),
            };
            if let Some((revoked_at, by)) = revoked {
                let by = by.map(person).or_else(|| key.get("createdBy").cloned());
                let by = by.ok_or(TableError::Corrupt("createdBy"))?;
                let changes = vec![("revokedAt", at(revoked_at)), ("revokedBy", by)];
                if !key.contains_key("revokedAt") {
                    self.say(format!("{id}: key {key_id} is revoked again"));
                    self.set(Table::ApiKeys, &key, &["companyId", "keyId"], changes).await?;
                }
                if !stored.contains_key("revokedAt") {
                    self.say(format!("{id}: key {key_id} is refused again"));
                    let changes = vec![("revokedAt", at(revoked_at))];
                    self.set(Table::KeyDigests, stored, &["digest"], changes).await?;
                }
                continue;
            }
            self.revocations_in_progress(id, &key, stored).await?;
            if !enterprise && !stored.contains_key("frozen") {
                self.say(format!(
                    "{id}: key {key_id} is frozen, because the company is not on the Enterprise plan"
                ));
                self.set(Table::KeyDigests, stored, &["digest"], vec![("frozen", at(self.now))]).await?;
            }
            self.limits_of_key(id, key_id, stored, limits).await?;
            let expiry = key.optional_time("expiresAt")?;
            if expiry.is_none_or(|expiry| expiry > self.now) {
                active.insert(key_id.into(), expiry.map_or(AttributeValue::Null(true), at));
            }
        }
        let unlisted = |item: &&Item| !item.text("digest").is_ok_and(|digest| listed.contains(digest));
        self.end(id, "is in no list", digests.iter().filter(unlisted)).await?;
        Ok(active)
    }

    /// Gives a key its company's limits of requests.
    async fn limits_of_key(
        &mut self,
        id: &str,
        key_id: &str,
        digest: &Item,
        limits: &Limits,
    ) -> Result<(), TableError> {
        if digest.limits()?.allows_the_same(limits) {
            return Ok(());
        }
        self.say(format!("{id}: key {key_id} gets the company's limits of requests"));
        let changes = limits_attribute(&limits.explicit()).map(|limits| (LIMITS, limits));
        self.set(Table::KeyDigests, digest, &["digest"], changes.into_iter().collect()).await
    }

    /// Revokes keys that no administrator could revoke.
    pub(super) async fn end(
        &mut self,
        id: &str,
        why: &str,
        digests: impl Iterator<Item = &Item>,
    ) -> Result<(), TableError> {
        for orphan in digests.filter(|item| !item.contains_key("revokedAt")) {
            self.say(format!("{id}: key {} {why}; it is revoked", orphan.text("keyId")?));
            let changes = vec![("revokedAt", at(self.now))];
            self.set(Table::KeyDigests, orphan, &["digest"], changes).await?;
        }
        Ok(())
    }
}
