//! Edits: an administrator changes what a key is called and what it may do. All are functions of the record.

use std::time::Duration;

use thiserror::Error;

use super::{ApiKeyRecord, Digest, Hold, KeyState, OldSecret, Person, SecondSecret, SelfRotation};
use crate::{
    network::{AllowedNetworks, refuses_more},
    scope::{Scope, Scopes, covers},
    suspensions::{SuspensionLimit, is_lower},
    time::Timestamp,
};

/// How far ahead an earlier expiry must be, so that every request in progress has ended by then.
const SETTLED: Duration = Duration::from_secs(30);

/// A change of a key. What is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyEdit {
    /// Its name.
    pub name: Option<String>,
    /// What administrators write about it.
    pub note: Option<Option<String>>,
    /// When its current secret expires.
    pub expires_at: Option<Option<Timestamp>>,
    /// Whether it may rotate itself.
    pub self_rotation: Option<Option<SelfRotation>>,
    /// Its scopes. Some can be taken away, and none added.
    pub scopes: Option<Scopes>,
    /// The networks from which it may be used.
    pub networks: Option<Option<AllowedNetworks>>,
    /// How many accounts it may suspend and delete in an hour.
    pub suspension_limit: Option<SuspensionLimit>,
}

/// A key after an edit.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The key.
    pub key: ApiKeyRecord,
    /// The names of the attributes that changed, as the API has them.
    pub changed: Vec<&'static str>,
    /// Whether a request in progress may do something that the key may no longer do.
    pub takes_away: bool,
}

/// The reason why a key was not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EditRefused {
    /// The key has expired or was revoked, or is being revoked.
    #[error("the key is not active")]
    NotActive,
    /// The key doesn't have this scope, and none can be added.
    #[error("the key doesn't have the scope {0}")]
    NoSuchScope(Scope),
}

impl KeyEdit {
    /// Whether it names something of which an earlier edit may have taken some away. That edit may have been broken off. After the
    /// response to this one, nothing in progress may have more than the response says.
    #[must_use]
    pub fn names_a_grant(&self) -> bool {
        self.scopes.is_some()
            || self.expires_at.is_some()
            || self.networks.is_some()
            || self.suspension_limit.is_some()
    }
}

impl ApiKeyRecord {
    /// The key after an edit, in a company whose policy has this limit of suspensions.
    pub fn edited(
        &self,
        edit: &KeyEdit,
        suspensions_per_hour: Option<u16>,
        now: Timestamp,
    ) -> Result<Edited, EditRefused> {
        self.check_active(now)?;
        let mut key = self.clone();
        let (mut changed, mut takes_away) = (Vec::new(), false);
        if let Some(name) = edit.name.as_ref().filter(|name| **name != self.name) {
            key.name.clone_from(name);
            changed.push("name");
        }
        if let Some(note) = edit.note.as_ref().filter(|note| **note != self.note) {
            key.note.clone_from(note);
            changed.push("note");
        }
        if let Some(expires_at) = edit.expires_at.filter(|expires_at| *expires_at != self.expires_at) {
            if self.expires_at.is_some_and(|before| before <= now) {
                // Its current secret has ended, and an edit revives none.
                return Err(EditRefused::NotActive);
            }
            key.expires_at = expires_at;
            key.second = self.second.clone().map(|second| ending_by(second, expires_at));
            changed.push("expiresAt");
            takes_away |= expires_at.is_some_and(|at| at < now.plus(SETTLED));
        }
        if let Some(allowed) = edit.self_rotation.filter(|allowed| *allowed != self.self_rotation) {
            key.self_rotation = allowed;
            changed.push("selfRotation");
        }
        if let Some(scopes) = edit.scopes.as_ref().filter(|scopes| **scopes != self.scopes) {
            if let Some(added) = scopes.iter().find(|scope| !covers(&self.scopes, &Scopes::from([**scope]))) {
                return Err(EditRefused::NoSuchScope(*added));
            }
            key.scopes.clone_from(scopes);
            changed.push("scopes");
            takes_away = true;
        }
        if let Some(networks) = edit.networks.as_ref().filter(|networks| **networks != self.networks) {
            key.networks.clone_from(networks);
            changed.push("networks");
            takes_away |= refuses_more(self.networks.as_ref(), networks.as_ref());
        }
        if let Some(limit) = edit.suspension_limit.filter(|limit| *limit != self.suspension_limit) {
            key.suspension_limit = limit;
            changed.push("suspensionLimit");
            let [before, after] =
                [self.suspension_limit, limit].map(|limit| limit.applied(suspensions_per_hour));
            takes_away |= is_lower(before, after);
        }
        Ok(Edited { key, changed, takes_away })
    }

    /// The key, held by an administrator. `None` if one holds it already.
    pub fn held(&self, by: Person, now: Timestamp) -> Result<Option<Self>, EditRefused> {
        self.check_active(now)?;
        let hold = Hold { since: now, by };
        Ok(self.hold.is_none().then(|| Self { hold: Some(hold), ..self.clone() }))
    }

    /// The key, released from the hold of an administrator and from one for disuse.
    pub fn released(&self, now: Timestamp) -> Result<Self, EditRefused> {
        self.check_active(now)?;
        Ok(Self { hold: None, released_at: Some(now), ..self.clone() })
    }

    /// When a secret of the key expires, or ends because it was replaced.
    #[must_use]
    pub fn expiry_of(&self, digest: &Digest) -> Option<Timestamp> {
        match &self.second {
            Some(SecondSecret::New(new)) if new.digest == *digest => new.expires_at,
            Some(SecondSecret::Old(old)) if old.digest == *digest => Some(old.ends_at),
            _ => self.expires_at,
        }
    }

    /// When the current secret was last used, or else made, or the key released. As for the rule about disuse, uses of the old
    /// secret don't count.
    #[must_use]
    pub fn last_activity(&self) -> Timestamp {
        // Items of earlier releases only have the key's last use.
        let key_used = self.last_used_at.filter(|_| self.rotated_at.is_none());
        let later = [self.secret_used_at.or(key_used), self.released_at].into_iter().flatten();
        later.fold(self.secret_created_at, Timestamp::max)
    }

    /// Checks that the key is active and that no revocation is in progress.
    pub fn check_active(&self, now: Timestamp) -> Result<(), EditRefused> {
        let is_active = self.state(now) == KeyState::Active && self.revocation_began.is_none();
        if is_active { Ok(()) } else { Err(EditRefused::NotActive) }
    }
}

/// The second secret of a key whose current one expires at this time. An old secret doesn't outlive it.
fn ending_by(second: SecondSecret, expires_at: Option<Timestamp>) -> SecondSecret {
    match (second, expires_at) {
        (SecondSecret::Old(old), Some(expiry)) if old.ended_in.is_none() => {
            SecondSecret::Old(OldSecret { ends_at: old.ends_at.min(expiry), ..old })
        }
        (second, _) => second,
    }
}
