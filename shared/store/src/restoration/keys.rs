//! The keys of restored tables.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    company::Plan,
    key::{ApiKeyRecord, Digest, KeyActor},
    limits::Limits,
    policy::PolicyInForce,
    time::Timestamp,
};

use super::{
    changes::ChangesSince,
    edits::KeyChanges,
    secrets::KeySecrets,
    work::{Restoration, key_of},
};
use crate::{
    error::TableError,
    item::{Attributes, Item, LIMITS, at, limits_attribute, n, person},
    table::Table,
    tables::{
        api_keys::{record_from, revoker_attribute},
        key_digests::{ENDING, next_generation},
    },
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

    /// If the tables were restored to different times, only some of a key's items may have a revocation in progress.
    async fn revocations_in_progress(
        &mut self,
        id: &str,
        key: &Item,
        digests: &[&Item],
    ) -> Result<(), TableError> {
        let mut items = digests.iter().copied().chain([key]);
        let Some(attempts) = items.find_map(|item| item.get(ENDING)) else { return Ok(()) };
        let of_digests = digests.iter().map(|item| (Table::KeyDigests, *item, ["digest"].as_slice()));
        let all = of_digests.chain([(Table::ApiKeys, key, ["companyId", "keyId"].as_slice())]);
        let missing: Vec<_> = all.filter(|(_, item, _)| !item.contains_key(ENDING)).collect();
        if !missing.is_empty() {
            let key_id = key.text("keyId")?;
            self.say(format!("{id}: key {key_id} is refused, because its revocation didn't end"));
        }
        for (table, item, keys) in missing {
            self.set(table, item, keys, vec![(ENDING, attempts.clone())]).await?;
        }
        Ok(())
    }

    /// Revokes, edits and holds keys again, and ends secrets again that rotations ended. Returns the keys that are active.
    pub(super) async fn keys(
        &mut self,
        company: &Item,
        plan: &str,
        rules: (&Limits, Option<&PolicyInForce>),
        changes_since: &ChangesSince,
        digests: &[Item],
    ) -> Result<ActiveKeys, TableError> {
        let (limits, policy) = rules;
        let (id, listed_active) = (company.text("companyId")?, company.optional_map("activeKeys")?);
        let (mut active, mut listed) = (ActiveKeys::default(), HashSet::new());
        // A space sorts before every identifier.
        for item in self.all(Table::ApiKeys, Some((id, "keyId", " "))).await? {
            let key_id = item.text("keyId")?;
            let is_own = |digest: &&Item| digest.text("keyId").is_ok_and(|of| of == key_id);
            let own: Vec<_> = digests.iter().filter(is_own).collect();
            let Some(key) = self.key(id, &item, &own, changes_since, policy).await? else {
                listed.extend(own.iter().filter_map(|item| Some(item.text("digest").ok()?.to_owned())));
                continue;
            };
            listed.extend(record_from(&item)?.all_digests().map(Digest::to_hex));
            let secrets = own.iter().filter(|item| !item.contains_key("revokedAt"));
            let secrets =
                secrets.filter(|item| item.digest().is_ok_and(|of| key.all_digests().any(|own| *own == of)));
            let secrets: Vec<_> = secrets.copied().collect();
            self.revocations_in_progress(id, &item, &secrets).await?;
            if plan != Plan::Enterprise.id() {
                self.freeze(id, key_id, &secrets).await?;
            }
            self.limits_of_key(id, key_id, &secrets, limits).await?;
            self.judge(id, &key, &secrets, policy).await?;
            active.add(&key, listed_active, self.now);
        }
        let unlisted = |item: &&Item| !item.text("digest").is_ok_and(|digest| listed.contains(digest));
        let (of_active, others): (Vec<&Item>, Vec<&Item>) = digests
            .iter()
            .filter(unlisted)
            .partition(|item| item.text("keyId").is_ok_and(|key_id| active.all.contains_key(key_id)));
        self.end(id, "has a secret that it doesn't list; the secret is revoked", of_active.into_iter())
            .await?;
        self.end(id, "is in no list; it is revoked", others.into_iter()).await?;
        Ok(active)
    }

    /// Revokes a key if it was revoked, or repairs its secrets. Returns the key if it isn't revoked.
    async fn key(
        &mut self,
        id: &str,
        key: &Item,
        digests: &[&Item],
        changes_since: &ChangesSince,
        policy: Option<&PolicyInForce>,
    ) -> Result<Option<ApiKeyRecord>, TableError> {
        let key_id = key.text("keyId")?;
        let revocations: Option<Vec<_>> =
            digests.iter().map(|item| item.optional_time("revokedAt").transpose()).collect();
        let revocations = revocations.unwrap_or_default().into_iter().collect::<Result<Vec<_>, _>>()?;
        let revoked = match changes_since.revoked.get(key_id) {
            Some((revoked_at, by)) => Some((*revoked_at, by.clone())),
            // If the tables were restored to different times, only the key's item or those of its secrets may have it.
            None => key.optional_time("revokedAt")?.or(revocations.into_iter().max()).map(|at| (at, None)),
        };
        if let Some((revoked_at, by)) = revoked {
            self.revoke(id, key, digests, revoked_at, by.as_ref()).await?;
            return Ok(None);
        }
        let (mut edited, mut secrets) = (key.clone(), digests.iter().copied().cloned().collect::<Vec<_>>());
        let none = KeyChanges::default();
        let changes = changes_since.keys.get(key_id).unwrap_or(&none);
        if !self.edits(id, &mut edited, &mut secrets, changes, policy).await? {
            self.say(format!("{id}: key {key_id} has no scope left; create another key"));
            self.revoke(id, key, digests, self.now, None).await?;
            return Ok(None);
        }
        let (key, digests) = (&edited, secrets.iter().collect::<Vec<_>>());
        match self.secrets(id, key, &digests, changes_since).await? {
            KeySecrets::Kept(key) => return Ok(Some(*key)),
            KeySecrets::AllEnded => {
                self.say(format!(
                    "{id}: key {key_id} has no secret that works, because it was rotated; create another key"
                ));
                self.revoke(id, key, &digests, self.now, None).await?;
            }
            KeySecrets::Missing => {
                self.say(format!("{id}: key {key_id} is incomplete and is removed"));
                self.remove(Table::ApiKeys, key, &["companyId", "keyId"]).await?;
                self.end(id, "is in no list; it is revoked", digests.iter().copied()).await?;
            }
        }
        Ok(None)
    }

    /// Revokes a key and all its secrets, as far as they are not revoked.
    async fn revoke(
        &mut self,
        id: &str,
        key: &Item,
        digests: &[&Item],
        revoked_at: Timestamp,
        by: Option<&KeyActor>,
    ) -> Result<(), TableError> {
        let key_id = key.text("keyId")?;
        if !key.contains_key("revokedAt") {
            self.say(format!("{id}: key {key_id} is revoked again"));
            let person = by.and_then(KeyActor::person).map(person).or_else(|| key.get("createdBy").cloned());
            let person = person.ok_or(TableError::Corrupt("createdBy"))?;
            let mut changes = vec![("revokedAt", at(revoked_at)), ("revokedBy", person)];
            changes.extend(by.and_then(revoker_attribute));
            self.set(Table::ApiKeys, key, &["companyId", "keyId"], changes).await?;
        }
        for secret in digests.iter().filter(|item| !item.contains_key("revokedAt")) {
            self.say(format!("{id}: key {key_id} is refused again"));
            self.set(Table::KeyDigests, secret, &["digest"], vec![("revokedAt", at(revoked_at))]).await?;
        }
        Ok(())
    }

    /// Freezes the secrets of a key.
    async fn freeze(&mut self, id: &str, key_id: &str, secrets: &[&Item]) -> Result<(), TableError> {
        let working: Vec<_> = secrets.iter().filter(|item| !item.contains_key("frozen")).collect();
        if !working.is_empty() {
            self.say(format!(
                "{id}: key {key_id} is frozen, because the company is not on the Enterprise plan"
            ));
        }
        for secret in working {
            self.set(Table::KeyDigests, secret, &["digest"], vec![("frozen", at(self.now))]).await?;
        }
        Ok(())
    }

    /// Gives the secrets of a key its company's limits of requests.
    async fn limits_of_key(
        &mut self,
        id: &str,
        key_id: &str,
        secrets: &[&Item],
        limits: &Limits,
    ) -> Result<(), TableError> {
        let mut is_said = false;
        for secret in secrets {
            if secret.limits()?.allows_the_same(limits) {
                continue;
            }
            if !std::mem::replace(&mut is_said, true) {
                self.say(format!("{id}: key {key_id} gets the company's limits of requests"));
            }
            let changes = limits_attribute(&limits.explicit()).map(|limits| (LIMITS, limits));
            self.set(Table::KeyDigests, secret, &["digest"], changes.into_iter().collect()).await?;
        }
        Ok(())
    }

    /// Revokes secrets that no administrator could revoke.
    pub(super) async fn end(
        &mut self,
        id: &str,
        why: &str,
        digests: impl Iterator<Item = &Item>,
    ) -> Result<(), TableError> {
        for orphan in digests.filter(|item| !item.contains_key("revokedAt")) {
            self.say(format!("{id}: key {} {why}", orphan.text("keyId")?));
            let changes = vec![("revokedAt", at(self.now))];
            self.set(Table::KeyDigests, orphan, &["digest"], changes).await?;
        }
        Ok(())
    }
}

/// The active keys of a company, for its item.
#[derive(Default)]
pub(super) struct ActiveKeys {
    /// The end of the last secret of each, NULL without one.
    pub(super) all: Item,
    /// The end of the second secret of those that have two.
    pub(super) rotating: Item,
}

impl ActiveKeys {
    /// Adds a key, unless it has expired. An expired key that the restored company lists stays in its list, because its expiry may
    /// not have been told.
    fn add(&mut self, key: &ApiKeyRecord, listed: Option<&Item>, now: Timestamp) {
        let end = key.ends_at();
        let key_id = key.key_id.to_string();
        let is_expired = end.is_some_and(|end| end <= now);
        if !is_expired || listed.is_some_and(|listed| listed.contains_key(&key_id)) {
            self.all.insert(key_id, end.map_or(AttributeValue::Null(true), at));
        }
        if !is_expired {
            let second = key.living_second(now).map(|second| at(second.ends_at()));
            self.rotating.extend(second.map(|end| (key.key_id.to_string(), end)));
        }
    }
}
