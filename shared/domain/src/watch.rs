//! What the service notices about a key by itself: that it expires soon, has expired, or isn't used.
//!
//! [`findings`] says what is to be told about a key at a time. [`Told`] remembers what was told, so that everything is told
//! once. A finding is the same one if the time is the same that it is about: the expiry, the last use, or the time at which a
//! secret was made. So a new expiry, a new use and a new secret begin anew, and nothing else does: neither a run that was
//! missed nor a clock that goes backwards, nor a restore of the tables to an earlier state of the key.
//!
//! ```text
//!        30 days     7 days   1 day  expiry
//! ─────────┼───────────┼────────┼──────┼──────►
//!   nothing  ANNOUNCE 30   …  7   …  1   EXPIRE
//! ```

use std::{collections::BTreeMap, time::Duration};

use crate::{
    audit::{Action, Details, SecretChange},
    key::{ApiKeyRecord, KeyState, NewSecret, SecondSecret},
    time::Timestamp,
};

/// The numbers of days before the expiry of a key at which it is announced, the most urgent one first.
pub const EXPIRY_DAYS: [u16; 3] = [1, 7, 30];
/// After how many days without a use a key is reported.
pub const UNUSED_DAYS: u16 = 90;
/// After how many days the new secret of a rotation is reported that nobody has used.
pub const UNUSED_SECRET_DAYS: u16 = 7;

/// The number of expiries that are remembered for a key. A key has one, but an edit may bring an earlier one back.
const EXPIRIES: usize = 8;
/// What is remembered for an expiry that has passed: no day is left.
const EXPIRED: u16 = 0;

/// Something about a key that its company's administrators should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It expires within this number of days, one of [`EXPIRY_DAYS`].
    Expires {
        /// The days.
        days: u16,
        /// When its last secret ends.
        at: Timestamp,
    },
    /// It has expired.
    Expired {
        /// When its last secret ended.
        at: Timestamp,
    },
    /// Nobody has used it for [`UNUSED_DAYS`].
    Unused {
        /// Its last use, or its creation.
        since: Timestamp,
    },
    /// Nobody has used the new secret of its rotation for [`UNUSED_SECRET_DAYS`].
    UnusedSecret {
        /// When the secret was made.
        made_at: Timestamp,
    },
}

/// Everything that can be said about a key at this time, whether it was told or not. A held key is expected to be unused.
#[must_use]
pub fn findings(key: &ApiKeyRecord, is_held: bool, now: Timestamp) -> Vec<Finding> {
    match key.state(now) {
        KeyState::Revoked => Vec::new(),
        KeyState::Expired => key.ends_at().map(|at| Finding::Expired { at }).into_iter().collect(),
        KeyState::Active => {
            let unused = unused(key, now).filter(|_| !is_held);
            [expires(key, now), unused, unused_secret(key, now)].into_iter().flatten().collect()
        }
    }
}

/// The most urgent announcement of the key's expiry that its time has come for. The one with which the key was made is none:
/// the person who chose that expiry knows it.
fn expires(key: &ApiKeyRecord, now: Timestamp) -> Option<Finding> {
    let at = key.ends_at()?;
    let from = |days: u16| at.minus(days_long(days));
    let days = EXPIRY_DAYS.into_iter().find(|days| from(*days) <= now)?;
    (from(days) > last_made_at(key)).then_some(Finding::Expires { days, at })
}

/// When the secret was made with which the key ends.
fn last_made_at(key: &ApiKeyRecord) -> Timestamp {
    match &key.second {
        Some(SecondSecret::New(new)) if key.expires_at < Some(new.ends_unused()) => new.created_at,
        _ => key.secret_created_at,
    }
}

fn unused(key: &ApiKeyRecord, now: Timestamp) -> Option<Finding> {
    let since = key.last_used_at.unwrap_or(key.created_at);
    (since.plus(days_long(UNUSED_DAYS)) <= now).then_some(Finding::Unused { since })
}

fn unused_secret(key: &ApiKeyRecord, now: Timestamp) -> Option<Finding> {
    let made_at = waiting(key, now)?.created_at;
    (made_at.plus(days_long(UNUSED_SECRET_DAYS)) <= now).then_some(Finding::UnusedSecret { made_at })
}

/// The new secret that waits for its first use.
fn waiting(key: &ApiKeyRecord, now: Timestamp) -> Option<&NewSecret> {
    match key.living_second(now) {
        Some(SecondSecret::New(new)) => Some(new),
        Some(SecondSecret::Old(_)) | None => None,
    }
}

fn days_long(days: u16) -> Duration {
    Duration::from_hours(24 * u64::from(days))
}

impl Finding {
    /// The action that tells it.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::Expires { .. } => Action::AnnounceApiKeyExpiry,
            Self::Expired { .. } => Action::ExpireApiKey,
            Self::Unused { .. } => Action::ReportUnusedApiKey,
            Self::UnusedSecret { .. } => Action::ReportUnusedApiKeySecret,
        }
    }

    /// The details of the event that tells it about this key.
    #[must_use]
    pub fn details(&self, key: &ApiKeyRecord) -> Details {
        let none = Details::default();
        match *self {
            Self::Expires { days, at } => Details { days: Some(days), expires_at: Some(at), ..none },
            Self::Expired { at } => Details { expires_at: Some(at), ..none },
            Self::Unused { .. } => {
                Details { days: Some(UNUSED_DAYS), last_used_at: key.last_used_at, ..none }
            }
            Self::UnusedSecret { .. } => {
                let secrets = match &key.second {
                    Some(SecondSecret::New(new)) => Some(SecretChange {
                        mask: new.mask.clone(),
                        expires_at: new.expires_at,
                        overlap_seconds: None,
                        ended: Some((new.mask.clone(), new.ends_unused())),
                    }),
                    Some(SecondSecret::Old(_)) | None => None,
                };
                Details { days: Some(UNUSED_SECRET_DAYS), secrets, ..none }
            }
        }
    }

    /// Whether a use of the key makes it wrong.
    #[must_use]
    pub const fn ends_with_a_use(&self) -> bool {
        matches!(self, Self::Unused { .. })
    }
}

/// What was told about a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The most urgent announcement of each expiry, in days, and 0 if it was told that the key has expired. At most eight
    /// expiries.
    pub expiries: BTreeMap<Timestamp, u16>,
    /// The last use, or the creation, since when the key was last reported as unused.
    pub unused_since: Option<Timestamp>,
    /// When the newest secret was made that was reported as unused.
    pub unused_secret: Option<Timestamp>,
}

impl Told {
    /// Whether this is still to be told.
    #[must_use]
    pub fn lacks(&self, finding: &Finding) -> bool {
        match *finding {
            Finding::Expires { days, at } => self.expiries.get(&at).is_none_or(|told| *told > days),
            Finding::Expired { at } => self.expiries.get(&at) != Some(&EXPIRED),
            Finding::Unused { since } => self.unused_since < Some(since),
            Finding::UnusedSecret { made_at } => self.unused_secret < Some(made_at),
        }
    }

    /// What was told when this has been told, too.
    #[must_use]
    pub fn and(&self, finding: &Finding) -> Self {
        let mut told = self.clone();
        match *finding {
            Finding::Expires { days, at } => told.note_expiry(at, days),
            Finding::Expired { at } => told.note_expiry(at, EXPIRED),
            Finding::Unused { since } => told.unused_since = told.unused_since.max(Some(since)),
            Finding::UnusedSecret { made_at } => {
                told.unused_secret = told.unused_secret.max(Some(made_at));
            }
        }
        told
    }

    fn note_expiry(&mut self, at: Timestamp, days: u16) {
        self.expiries.insert(at, days);
        while self.expiries.len() > EXPIRIES {
            let Some(earliest) = self.expiries.keys().copied().find(|expiry| *expiry != at) else { return };
            self.expiries.remove(&earliest);
        }
    }
}

#[cfg(test)]
mod tests;
