//! The secrets of a restored key.
//!
//! The log says which secrets rotations ended since the restored time, by their masks. The key's own item and the items of
//! its secrets may be of different moments. For each secret, the earliest end that one of them has counts.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    key::{ApiKeyRecord, Digest, Mask, NewSecret, OldSecret, SecondSecret},
    time::Timestamp,
};

use super::{
    changes::ChangesSince,
    work::{Change, Restoration},
};
use crate::{
    error::TableError,
    item::{Attributes, Item, at, n},
    table::Table,
    tables::{
        api_keys::record_from,
        key_digests::{REPLACED, UNUSED_UNTIL},
        key_secrets::{SECRETS, VERSION, secrets_of},
    },
};

/// What becomes of a restored key.
pub(super) enum KeySecrets {
    /// At least one secret works, or the current one has expired.
    Kept(Box<ApiKeyRecord>),
    /// Rotations have ended every secret that was restored.
    AllEnded,
    /// The tables have no secret of the key.
    Missing,
}

/// A key and the items of its secrets, as they were restored.
struct Restored<'r> {
    key_id: &'r str,
    digests: &'r [&'r Item],
    changes_since: &'r ChangesSince,
    now: Timestamp,
}

impl<'r> Restored<'r> {
    fn item(&self, digest: &Digest) -> Option<&'r Item> {
        let digest = digest.to_hex();
        self.digests.iter().find(|item| item.text("digest").is_ok_and(|text| text == digest)).copied()
    }

    /// When a rotation ended a secret or will end it, according to its item and the log.
    fn end(&self, digest: &Digest, mask: &Mask) -> Result<Option<Timestamp>, TableError> {
        let mut end = self.changes_since.end_of(self.key_id, mask);
        if let Some(item) = self.item(digest) {
            let replaced = if item.contains_key(REPLACED) { item.optional_time("expiresAt")? } else { None };
            end = [end, item.optional_time("revokedAt")?, replaced].into_iter().flatten().min();
        }
        Ok(end)
    }

    /// Whether a new secret works. If it was ended or its time has passed, it doesn't.
    fn works(&self, new: &NewSecret) -> Result<bool, TableError> {
        let is_there = self.item(&new.digest).is_some() && new.ends_unused() > self.now;
        Ok(is_there && self.end(&new.digest, &new.mask)?.is_none_or(|end| end > self.now))
    }

    /// The old secret with its earliest end. `None` if it has no item.
    fn old(&self, old: &OldSecret) -> Result<Option<OldSecret>, TableError> {
        let end = self.end(&old.digest, &old.mask)?;
        let ends_at = end.map_or(old.ends_at, |end| end.min(old.ends_at));
        Ok(self.item(&old.digest).map(|_| OldSecret { ends_at, ..old.clone() }))
    }

    /// The key with the secrets that it is to have, and the end of its current secret if a rotation ends it. `None` if it
    /// has no secret.
    fn repaired(
        &self,
        before: &ApiKeyRecord,
    ) -> Result<Option<(ApiKeyRecord, Option<Timestamp>)>, TableError> {
        let mut key = before.clone();
        key.second = match &before.second {
            Some(SecondSecret::Old(old)) => self.old(old)?.map(SecondSecret::Old),
            other => other.clone(),
        };
        let is_there = self.item(&key.digest).is_some();
        let mut end = self.end(&key.digest, &key.mask)?;
        let works = is_there && end.is_none_or(|end| end > self.now);
        match key.second.clone() {
            // The current secret was made or ended after the moment of one table.
            Some(SecondSecret::Old(old)) if !works && (old.ends_at > self.now || !is_there) => {
                end = Some(old.ends_at);
                (key.digest, key.mask, key.expires_at) = (old.digest, old.mask, Some(old.ends_at));
                // Its own time isn't stored. A new secret is to live about as long as the key has.
                key.secret_created_at = key.created_at;
                key.second = None;
            }
            _ if !is_there => return Ok(None),
            Some(SecondSecret::Old(old)) => {
                // Other code expects that an old secret whose item was ended is remembered as ended by an administrator.
                let is_ended = ended(self.item(&old.digest), old.ends_at, self.now)?;
                if is_ended && old.ended_in.is_none() {
                    key.second = None;
                }
            }
            Some(SecondSecret::New(new)) => match (self.works(&new)?, end) {
                // The new secret is in use.
                (true, Some(ends_at)) => {
                    key = key.first_used(&new.digest, self.now).unwrap_or(key);
                    key.second = (ends_at > self.now).then(|| {
                        let (digest, mask) = (before.digest.clone(), before.mask.clone());
                        SecondSecret::Old(OldSecret {
                            digest,
                            mask,
                            ends_at,
                            last_used_at: None,
                            ended_in: None,
                        })
                    });
                    end = self.end(&key.digest, &key.mask)?;
                }
                (true, None) => {}
                (false, _) => {
                    let has_ended = self.end(&new.digest, &new.mask)?.is_some();
                    let waits = self.item(&new.digest).is_some_and(|item| item.contains_key(UNUSED_UNTIL));
                    if has_ended || !waits {
                        key.second = None;
                    }
                }
            },
            None => {}
        }
        if let Some(end) = end {
            key.expires_at = Some(key.expires_at.map_or(end, |expiry| expiry.min(end)));
        }
        Ok(Some((key, end)))
    }

    /// The changes of the item of a secret: its end, and whether it waits for its first use.
    fn changes(
        &self,
        item: &Item,
        key: &ApiKeyRecord,
        end: Option<Timestamp>,
    ) -> Result<Vec<Change>, TableError> {
        let is_item_of = |digest: &Digest| item.text("digest").is_ok_and(|text| text == digest.to_hex());
        let mut changes = Vec::new();
        if item.contains_key("revokedAt") {
            return Ok(changes);
        }
        let end = match &key.second {
            _ if is_item_of(&key.digest) => {
                if item.contains_key(UNUSED_UNTIL) {
                    changes.push(Change::Remove(UNUSED_UNTIL));
                }
                end
            }
            Some(SecondSecret::New(new)) if is_item_of(&new.digest) => {
                // Otherwise it would work without ever becoming the current one.
                if !item.contains_key(UNUSED_UNTIL) {
                    changes.push(Change::Set(UNUSED_UNTIL, at(new.unused_until)));
                }
                None
            }
            Some(SecondSecret::Old(old)) if is_item_of(&old.digest) => Some(old.ends_at),
            // The key no longer has this secret.
            _ => Some(self.end(&item.digest()?, &item.mask()?)?.unwrap_or(self.now).min(self.now)),
        };
        let Some(end) = end else { return Ok(changes) };
        let expiry = item.optional_time("expiresAt")?;
        if ended(Some(item), end, self.now)? {
            changes.push(Change::Set("revokedAt", at(end)));
        } else if !item.contains_key(REPLACED) || expiry.is_none_or(|expiry| expiry > end) {
            let end = expiry.map_or(end, |expiry| expiry.min(end));
            changes.push(Change::Set("expiresAt", at(end)));
            changes.push(Change::Set(REPLACED, AttributeValue::Bool(true)));
        }
        Ok(changes)
    }
}

/// Whether a secret with this end is over and something other than time has ended it.
fn ended(item: Option<&Item>, end: Timestamp, now: Timestamp) -> Result<bool, TableError> {
    let Some(item) = item else { return Ok(end <= now) };
    let in_time = item.contains_key(REPLACED) && item.optional_time("expiresAt")?.is_some_and(|at| at <= end);
    Ok(item.contains_key("revokedAt") || (end <= now && !in_time))
}

impl Restoration<'_> {
    /// Gives the secrets of a key their ends again, and corrects what differs between the key's item and theirs.
    pub(super) async fn secrets(
        &mut self,
        id: &str,
        item: &Item,
        digests: &[&Item],
        changes_since: &ChangesSince,
    ) -> Result<KeySecrets, TableError> {
        let key_id = item.text("keyId")?;
        let restored = Restored { key_id, digests, changes_since, now: self.now };
        let before = record_from(item)?;
        let Some((key, end)) = restored.repaired(&before)? else { return Ok(KeySecrets::Missing) };
        let has_ended = end.is_some_and(|end| end <= self.now);
        if has_ended && key.living_second(self.now).is_none() {
            return Ok(KeySecrets::AllEnded);
        }
        for item in before.all_digests().filter_map(|digest| restored.item(digest)) {
            let changes = restored.changes(item, &key, end)?;
            if changes.is_empty() {
                continue;
            }
            let is_ended = changes.iter().any(|change| change.sets("revokedAt"));
            let (mask, what) = (item.mask()?, if is_ended { "is refused again" } else { "is corrected" });
            self.say(format!("{id}: the secret {mask} of key {key_id} {what}, because the key was rotated"));
            self.change(Table::KeyDigests, item, &["digest"], changes).await?;
        }
        let (old, mut new) = (secrets_of(&before), secrets_of(&key));
        if old != new {
            self.say(format!("{id}: the secrets of key {key_id} are corrected"));
            if let (None, Some(end)) = (&key.second, end) {
                self.say(format!(
                    "{id}: the only secret of key {key_id} ends at {end}. Rotate the key before that"
                ));
            }
            new.insert(VERSION.into(), n(key.version + 1));
            let changes = SECRETS.into_iter().filter_map(|name| match new.remove(name) {
                Some(value) if old.get(name) != Some(&value) => Some(Change::Set(name, value)),
                None if old.contains_key(name) => Some(Change::Remove(name)),
                _ => None,
            });
            self.change(Table::ApiKeys, item, &["companyId", "keyId"], changes.collect()).await?;
        }
        Ok(KeySecrets::Kept(Box::new(key)))
    }
}
