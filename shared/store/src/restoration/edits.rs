//! What a restored key may do, and whether an administrator holds it. [`super::key_limits`] has what limits it.
//!
//! The log says what each edit left of a key. The key's own item and the items of its secrets may be of different moments.
//! The least that one of them permits counts.

use domain::{
    audit::{Details, KeyGrant},
    key::{ApiKeyRecord, Digest, Hold, Mask, NewSecret, OldSecret, Person, SecondSecret, SelfRotation},
    policy::PolicyInForce,
    scope::common,
    time::Timestamp,
};

use super::{
    key_limits::{OfSecrets, common_networks, is_item_of, lower, of_policy},
    work::{Change, Restoration},
};
use crate::{
    error::TableError,
    item::{Attributes, Item, at, n, scope_set},
    settings::OPERATION_TIMEOUT,
    table::Table,
    tables::{
        api_keys::{attributes_of, record_from},
        key_digests::REPLACED,
        key_limits::{NETWORKS, SUSPENSION_LIMIT, networks_attribute, networks_from},
        key_policies::HELD,
        key_secrets::{NEW, OLD, VERSION},
    },
};

/// The attributes of a key's item that an edit or a hold changes, with the names that operators read.
const ATTRIBUTES: [(&str, Option<&str>); 9] = [
    ("scopes", Some("scopes")),
    ("expiresAt", Some("expiry")),
    (NEW, Some("expiry")),
    (OLD, Some("expiry")),
    ("selfRotation", Some("self-rotation")),
    (NETWORKS, Some("networks")),
    (SUSPENSION_LIMIT, Some("suspension limit")),
    ("heldAt", None),
    ("heldBy", None),
];

struct Edit {
    at: Timestamp,
    /// The current secret at that time. Its expiry is the one that the edit left.
    mask: Mask,
    remains: KeyGrant,
    /// The expiry, if the edit set it. An old secret ends no later.
    set_expiry: Option<Timestamp>,
}

/// The edits and holds of a key since the restored time.
#[derive(Default)]
pub(super) struct KeyChanges {
    edits: Vec<Edit>,
    last_held: Option<(Timestamp, Option<Person>)>,
    is_held: bool,
    /// Whether the log doesn't show what an edit left.
    is_unclear: bool,
}

impl KeyChanges {
    /// Notes an edit. Returns the expiry if the edit set one.
    pub(super) fn note_edit(
        &mut self,
        at: Timestamp,
        mask: &Mask,
        details: &Details,
        by: Option<Person>,
    ) -> Option<Timestamp> {
        let Some(remains) = details.remains.clone() else {
            self.is_unclear = true;
            self.note_hold(at, by);
            return None;
        };
        let sets_expiry = details.changed.iter().any(|name| name == "expiresAt");
        let set_expiry = remains.expires_at.filter(|_| sets_expiry);
        self.edits.push(Edit { at, mask: mask.clone(), remains, set_expiry });
        set_expiry
    }

    pub(super) fn note_hold(&mut self, at: Timestamp, by: Option<Person>) {
        (self.last_held, self.is_held) = (Some((at, by)), true);
    }

    /// As for suspensions: if two events are this close, either may have committed last.
    pub(super) fn note_release(&mut self, at: Timestamp) {
        let last = self.last_held.as_ref().map(|(held, _)| held.plus(OPERATION_TIMEOUT));
        self.is_held = last.is_some_and(|last| at <= last);
    }

    fn hold(&self, key: &ApiKeyRecord) -> Option<Hold> {
        let (since, by) = self.last_held.as_ref().filter(|_| self.is_held)?;
        Some(Hold { since: *since, by: by.clone().unwrap_or_else(|| key.created_by.clone()) })
    }

    /// The earliest expiry that an edit set while this secret was the current one.
    fn earliest_expiry(&self, mask: &Mask) -> Option<Timestamp> {
        let of_secret = self.edits.iter().filter(|edit| edit.mask == *mask);
        of_secret.filter_map(|edit| edit.set_expiry).min()
    }

    /// When a secret expires after the edits.
    fn expiry(&self, mask: &Mask) -> Option<Timestamp> {
        let of_secret = last(self.edits.iter().filter(|edit| edit.mask == *mask));
        of_secret.into_iter().filter_map(|edit| edit.remains.expires_at).min()
    }
}

/// The edits that may have been the last.
fn last<'e>(edits: impl Iterator<Item = &'e Edit>) -> Vec<&'e Edit> {
    let mut edits: Vec<_> = edits.collect();
    let end = edits.last().map(|last| last.at);
    edits.retain(|edit| end.is_some_and(|end| edit.at.plus(OPERATION_TIMEOUT) >= end));
    edits
}

fn shorter(allowed: Option<SelfRotation>, other: Option<SelfRotation>) -> Option<SelfRotation> {
    let lifetime_days = allowed?.lifetime_days.min(other?.lifetime_days);
    Some(SelfRotation { lifetime_days })
}

/// The least that the key's item, the items of its secrets and the log permit.
struct Least<'r> {
    digests: &'r [Item],
    changes: &'r KeyChanges,
    policy: Option<&'r PolicyInForce>,
    now: Timestamp,
}

/// A key with the least that is permitted, and whether it is held because its lists of networks have nothing in common.
struct Permitted {
    key: ApiKeyRecord,
    is_torn: bool,
}

impl Least<'_> {
    fn item(&self, digest: &Digest) -> Option<&Item> {
        self.digests.iter().find(|item| is_item_of(item, digest))
    }

    /// The earliest expiry of a secret. The end of one that a rotation ends is no expiry.
    fn expiry(
        &self,
        digest: &Digest,
        mask: &Mask,
        own: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, TableError> {
        let item = self.item(digest).filter(|item| !item.contains_key(REPLACED));
        let stored = item.map(|item| item.optional_time("expiresAt")).transpose()?.flatten();
        Ok([own, stored, self.changes.expiry(mask)].into_iter().flatten().min())
    }

    /// Gives the key the networks and the suspension limit that everything permits. Returns whether nothing says what all
    /// lists of networks admit.
    fn limit(&self, key: &mut ApiKeyRecord) -> Result<bool, TableError> {
        let living: Vec<_> = key.living_digests(self.now).filter_map(|digest| self.item(digest)).collect();
        let of_secrets = OfSecrets::read(living.into_iter())?;
        let last: Vec<_> = last(self.changes.edits.iter()).into_iter().map(|edit| &edit.remains).collect();
        let of_policy = of_policy(self.policy);
        let limits = last.iter().map(|remains| remains.suspension_limit).chain(of_secrets.limit());
        key.suspension_limit = limits.fold(key.suspension_limit, |own, other| lower(own, other, of_policy));
        let lists = last.iter().map(|remains| remains.networks.as_ref());
        let mut lists = lists.chain(of_secrets.networks.iter().map(Option::as_ref));
        match lists.try_fold(key.networks.clone(), common_networks) {
            Ok(networks) => {
                key.networks = networks;
                Ok(false)
            }
            Err(_) => Ok(true),
        }
    }

    fn key(&self, before: &ApiKeyRecord) -> Result<Permitted, TableError> {
        let mut key = before.clone();
        let secrets: Vec<&Item> = before.all_digests().filter_map(|digest| self.item(digest)).collect();
        for secret in &secrets {
            key.scopes = common(&key.scopes, &secret.scopes()?);
        }
        for edit in &self.changes.edits {
            key.scopes = common(&key.scopes, &edit.remains.scopes);
        }
        for edit in last(self.changes.edits.iter()) {
            key.self_rotation = shorter(key.self_rotation, edit.remains.self_rotation);
        }
        let is_torn = self.limit(&mut key)?;
        key.expires_at = self.expiry(&key.digest, &key.mask, key.expires_at)?;
        key.second = match before.second.clone() {
            Some(SecondSecret::New(new)) => {
                let expires_at = self.expiry(&new.digest, &new.mask, new.expires_at)?;
                Some(SecondSecret::New(NewSecret { expires_at, ..new }))
            }
            Some(SecondSecret::Old(old)) if old.ended_in.is_none() => {
                let own = self.expiry(&old.digest, &old.mask, Some(old.ends_at))?;
                // An edit that shortens the current secret shortens the old one too, and no later edit lengthens it.
                let current = key.expires_at.filter(|_| key.expires_at != before.expires_at);
                let current = [current, self.changes.earliest_expiry(&key.mask)];
                let ends_at = current.into_iter().chain([own]).flatten().min().unwrap_or(old.ends_at);
                Some(SecondSecret::Old(OldSecret { ends_at, ..old }))
            }
            other => other,
        };
        if key.hold.is_none() {
            let held = secrets.iter().map(|item| item.optional_time(HELD)).collect::<Result<Vec<_>, _>>()?;
            let of_secrets = held.into_iter().flatten().min();
            let of_secrets = of_secrets.map(|since| Hold { since, by: before.created_by.clone() });
            let torn = is_torn.then(|| Hold { since: self.now, by: before.created_by.clone() });
            key.hold = self.changes.hold(before).or(of_secrets).or(torn);
        }
        Ok(Permitted { key, is_torn })
    }
}

/// The changes of the item of a secret, so that it permits what its key does.
fn secret_changes(item: &Item, key: &ApiKeyRecord) -> Result<Vec<Change>, TableError> {
    let (mut changes, digest) = (Vec::new(), item.digest()?);
    if item.contains_key("revokedAt") || !key.all_digests().any(|own| *own == digest) {
        return Ok(changes);
    }
    if item.scopes()? != key.scopes {
        changes.push(Change::Set("scopes", scope_set(&key.scopes)));
    }
    if networks_from(item)? != key.networks {
        let networks = key.networks.as_ref().map(networks_attribute);
        changes.push(networks.map_or(Change::Remove(NETWORKS), |list| Change::Set(NETWORKS, list)));
    }
    let is_old = matches!(&key.second, Some(SecondSecret::Old(old)) if old.digest == digest);
    // What a rotation ends is corrected together with the other secrets.
    if let Some(expiry) = key.expiry_of(&digest).filter(|_| item.contains_key(REPLACED) == is_old)
        && item.optional_time("expiresAt")?.is_none_or(|stored| stored > expiry)
    {
        changes.push(Change::Set("expiresAt", at(expiry)));
    }
    if let Some(hold) = key.hold.as_ref().filter(|_| !item.contains_key(HELD)) {
        changes.push(Change::Set(HELD, at(hold.since)));
    }
    Ok(changes)
}

impl Restoration<'_> {
    /// Takes away from a key again what edits took away, and holds it again. Changes the items in memory too. Returns whether
    /// the key has a scope left.
    pub(super) async fn edits(
        &mut self,
        id: &str,
        item: &mut Item,
        digests: &mut [Item],
        changes: &KeyChanges,
        policy: Option<&PolicyInForce>,
    ) -> Result<bool, TableError> {
        let before = record_from(item)?;
        let Permitted { key, is_torn } = Least { digests, changes, policy, now: self.now }.key(&before)?;
        if key.scopes.is_empty() && !before.scopes.is_empty() {
            return Ok(false);
        }
        let (old, mut new) = (attributes_of(&before), attributes_of(&key));
        let mut lost = Vec::new();
        let mut of_key = Vec::new();
        for (name, told) in ATTRIBUTES {
            match new.remove(name) {
                Some(value) if old.get(name) != Some(&value) => of_key.push(Change::Set(name, value)),
                None if old.contains_key(name) => of_key.push(Change::Remove(name)),
                _ => continue,
            }
            lost.push(told.unwrap_or(HELD));
        }
        let of_secrets = digests.iter().map(|item| secret_changes(item, &key));
        let of_secrets = of_secrets.collect::<Result<Vec<_>, _>>()?;
        let told = [("scopes", "scopes"), ("expiresAt", "expiry"), (NETWORKS, "networks"), (HELD, HELD)];
        for (name, told) in told {
            if of_secrets.iter().flatten().any(|change| change.sets(name)) {
                lost.push(told);
            }
        }
        if is_torn {
            let key_id = &key.key_id;
            self.say(format!(
                "{id}: key {key_id} is held, because no list has the networks that all its lists admit. An administrator \
                 must set its networks, and can then release it"
            ));
            lost.retain(|name| *name != HELD);
        }
        self.say_lost(id, &key, lost, changes);
        if !of_key.is_empty() {
            of_key.push(Change::Set(VERSION, n(before.version + 1)));
        }
        self.alter(Table::ApiKeys, item, &["companyId", "keyId"], of_key).await?;
        for (secret, changes) in digests.iter_mut().zip(of_secrets) {
            self.alter(Table::KeyDigests, secret, &["digest"], changes).await?;
        }
        Ok(true)
    }

    fn say_lost(&mut self, id: &str, key: &ApiKeyRecord, mut lost: Vec<&str>, changes: &KeyChanges) {
        let key_id = &key.key_id;
        if lost.contains(&HELD) {
            let why = if changes.is_unclear {
                ", because it was edited in a way that the log doesn't show. An administrator can release it"
            } else {
                " again"
            };
            self.say(format!("{id}: key {key_id} is held{why}"));
        }
        lost.retain(|name| *name != HELD);
        lost.sort_unstable();
        lost.dedup();
        if !lost.is_empty() {
            self.say(format!("{id}: key {key_id} is edited again, as far as it loses: {}", lost.join(", ")));
        }
    }
}
