//! Companies, the customers of the service.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    identifiers::{CompanyId, KeyId},
    key::ApiKeyRecord,
    limits::Limits,
    policy::{KeyPolicy, PolicyInForce, Rule},
    time::Timestamp,
};

/// The maximum number of active keys of a company.
pub const ACTIVE_KEY_LIMIT: usize = 50;
/// The maximum number of a company's keys that have two secrets. Together with [`ACTIVE_KEY_LIMIT`], a change of all secrets
/// fits one transaction of 100 operations.
pub const ROTATING_KEY_LIMIT: usize = 40;
/// The maximum number of expired keys that are remembered until `key-watch` has told of their expiry, in addition to those in
/// the map of active keys. It empties the list once a day. It bounds the company's item: a company that makes more keys a day
/// that expire on the same day isn't told about the rest of them.
pub const ENDED_KEY_LIMIT: usize = 200;

/// A company's plan. Only Enterprise may create and use API keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// The Enterprise plan.
    Enterprise,
    /// Any other plan.
    Team,
}

impl Plan {
    /// The plan as stored and sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Team => "team",
        }
    }

    /// The plan with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Enterprise, Self::Team].into_iter().find(|plan| plan.id() == id)
    }
}

/// A company and its counters.
#[derive(Clone, Debug)]
pub struct Company {
    /// Identifies the company.
    pub id: CompanyId,
    /// The company's name.
    pub name: String,
    /// The company's plan.
    pub plan: Plan,
    /// The number of changes of the plan. A change names the one that it read, so that a late copy of it has no effect.
    pub plan_version: u64,
    /// Active accounts with the role `company_admin`.
    pub active_administrators: u64,
    /// Its own limits of requests.
    pub limits: Limits,
    /// The number of changes of the limits. A change names the one that it read, and so does the creation of a key.
    pub limits_version: u64,
    /// The keys that are not revoked and not known to have expired, with the end of their last secret.
    pub active_keys: BTreeMap<KeyId, Option<Timestamp>>,
    /// Expired keys that gave their place in the map of active keys to others, until `key-watch` has told of their expiry.
    pub ended_keys: BTreeSet<KeyId>,
    /// The keys that have two secrets, with the time at which the second one ends.
    pub rotating_keys: BTreeMap<KeyId, Timestamp>,
    /// The number of rotations of all keys, and of changes of their scopes and expiries. A change of all secrets names the
    /// one that it read.
    pub rotations: u64,
    /// What it demands of its keys.
    pub policy: Option<PolicyInForce>,
    /// The number of changes of the policy. Whatever must comply names the one that it read.
    pub policy_version: u64,
}

impl Company {
    /// What new keys and secrets must comply with.
    #[must_use]
    pub fn key_policy(&self) -> KeyPolicy {
        self.policy.as_ref().map_or_else(KeyPolicy::default, |policy| policy.policy.clone())
    }

    /// How many accounts the key may suspend and delete in an hour. `None` for no limit.
    #[must_use]
    pub fn suspensions_per_hour(&self, key: &ApiKeyRecord) -> Option<u16> {
        let of_policy = self.policy.as_ref().and_then(|policy| policy.policy.suspensions_per_hour);
        key.suspension_limit.applied(of_policy)
    }

    /// The rules of the policy for which a key is held at this time.
    #[must_use]
    pub fn holding_rules(&self, key: &ApiKeyRecord, now: Timestamp) -> Vec<Rule> {
        let broken = self.policy.iter().flat_map(|policy| policy.broken_by(key, now));
        broken.filter(|broken| broken.held_from <= now).map(|broken| broken.rule).collect()
    }

    /// The expired keys in the map of active keys. They don't count towards the limit.
    #[must_use]
    pub fn expired_keys(&self, now: Timestamp) -> Vec<KeyId> {
        let expired = |expiry: &Option<Timestamp>| expiry.is_some_and(|at| at <= now);
        self.active_keys.iter().filter(|(_, expiry)| expired(expiry)).map(|(id, _)| id.clone()).collect()
    }

    /// The keys in the map of rotating keys whose second secret has ended. They don't count towards the limit.
    #[must_use]
    pub fn keys_with_ended_second(&self, now: Timestamp) -> Vec<KeyId> {
        self.rotating_keys.iter().filter(|(_, ends_at)| **ends_at <= now).map(|(id, _)| id.clone()).collect()
    }
}
