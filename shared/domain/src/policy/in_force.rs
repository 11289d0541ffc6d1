//! A company's policy, with the times from which its rules apply to the keys that break them.

use std::collections::BTreeMap;

use super::{KeyPolicy, Rule};
use crate::{
    bound::Bound,
    key::{ApiKeyRecord, Digest, Disuse, Person, SecondSecret},
    scope::{Scope, Scopes},
    suspensions::DEFAULT_SUSPENSIONS_PER_HOUR,
    time::Timestamp,
};

/// A rule that a key breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: Rule,
    /// From when the key is held for it. For [`Rule::Unused`], if nobody uses it before.
    pub held_from: Timestamp,
}

/// A policy since it was last changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInForce {
    /// The policy.
    pub policy: KeyPolicy,
    /// From when keys without an expiry are held.
    pub expiry_from: Option<Timestamp>,
    /// The longest life of a secret.
    pub lifetime: Bound,
    /// The days without use.
    pub unused: Bound,
    /// From when keys with a scope that isn't on offer are held.
    pub denied: BTreeMap<Scope, Timestamp>,
    /// From when keys without an enforced list of networks are held.
    pub networks_from: Option<Timestamp>,
    /// When it was changed.
    pub changed_at: Timestamp,
    /// Who changed it. `None` if nobody has since the company was created.
    pub changed_by: Option<Person>,
}

/// What a policy says about one of a key's secrets.
#[derive(Clone, Debug)]
pub struct Verdict<'k> {
    /// The secret.
    pub digest: &'k Digest,
    /// From when it is held because of its life.
    pub held_from: Option<Timestamp>,
    /// From when it is held because of the key's scopes, or because the key may be used from anywhere.
    pub denied_from: Option<Timestamp>,
    /// When it is held for disuse.
    pub disuse: Option<Disuse>,
}

impl PolicyInForce {
    /// The policy of a new company, which only limits how many accounts a key may suspend and delete in an hour.
    #[must_use]
    pub fn of_new_company(now: Timestamp) -> Self {
        let suspensions_per_hour = Some(DEFAULT_SUSPENSIONS_PER_HOUR);
        Self {
            policy: KeyPolicy { suspensions_per_hour, ..KeyPolicy::default() },
            expiry_from: None,
            lifetime: Bound::default(),
            unused: Bound::default(),
            denied: BTreeMap::new(),
            networks_from: None,
            changed_at: now,
            changed_by: None,
        }
    }

    /// The policy after a change. Keys that break a new rule have the days of grace. The times of rules that they broke
    /// before stand, and a rule that was lifted meanwhile begins anew.
    #[must_use]
    pub fn changed(before: Option<&Self>, policy: KeyPolicy, by: Person, now: Timestamp) -> Self {
        let from = policy.grace_ends(now);
        let nothing = Bound::default();
        let (lifetime, unused) = before.map_or((&nothing, &nothing), |b| (&b.lifetime, &b.unused));
        let expiry_from = before.and_then(|before| before.expiry_from).unwrap_or(from);
        let networks_from = before.and_then(|before| before.networks_from).unwrap_or(from);
        let denied = Scope::ALL.into_iter().filter(|scope| policy.refuses_scopes(&[*scope].into()).is_some());
        let denied_from = |scope: Scope| before.and_then(|before| before.denied_from(scope)).unwrap_or(from);
        Self {
            expiry_from: policy.longest_life().map(|_| expiry_from),
            lifetime: lifetime.set_to(policy.longest_lifetime_days, from, now),
            unused: unused.set_to(policy.unused_days, from, now),
            denied: denied.map(|scope| (scope, denied_from(scope))).collect(),
            networks_from: policy.networks_required.then_some(networks_from),
            changed_at: now,
            changed_by: Some(by),
            policy,
        }
    }

    /// The rules of both, each from the earlier time.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (earlier, later) = if other.changed_at < self.changed_at { (other, self) } else { (self, other) };
        let policy = earlier.policy.and(&later.policy);
        let mut denied = BTreeMap::new();
        for scope in Scope::ALL.into_iter().filter(|scope| policy.refuses_scopes(&[*scope].into()).is_some())
        {
            let from = [earlier, later].into_iter().filter_map(|policy| policy.denied_from(scope)).min();
            denied.extend(from.map(|from| (scope, from)));
        }
        Self {
            expiry_from: [earlier.expiry_from, later.expiry_from].into_iter().flatten().min(),
            lifetime: earlier.lifetime.and(&later.lifetime),
            unused: earlier.unused.and(&later.unused),
            denied,
            networks_from: [earlier.networks_from, later.networks_from].into_iter().flatten().min(),
            changed_at: later.changed_at,
            changed_by: later.changed_by.clone(),
            policy,
        }
    }

    /// From when keys with this scope are held. A scope that only a later release knew of was never on offer.
    fn denied_from(&self, scope: Scope) -> Option<Timestamp> {
        self.policy.refuses_scopes(&[scope].into())?;
        Some(self.denied.get(&scope).copied().unwrap_or(self.changed_at))
    }

    fn scopes_from(&self, scopes: &Scopes) -> Option<Timestamp> {
        scopes.iter().filter_map(|scope| self.denied_from(*scope)).min()
    }

    /// From when the key is held because it may be used from anywhere.
    fn open_from(&self, key: &ApiKeyRecord) -> Option<Timestamp> {
        self.policy.refuses_networks(key.networks.as_ref())?;
        Some(self.networks_from.unwrap_or(self.changed_at))
    }

    /// The rules that the current secret of a key breaks. It breaks the rule about disuse if it will be held for it before
    /// `until`, unless somebody uses it.
    #[must_use]
    pub fn broken_by(&self, key: &ApiKeyRecord, until: Timestamp) -> Vec<Broken> {
        let life = if key.expires_at.is_none() { Rule::Expiry } else { Rule::Lifetime };
        let unused = self.unused.unused_from(key.last_activity()).filter(|from| *from <= until);
        let times = [
            (life, self.held_from(key.secret_created_at, key.expires_at)),
            (Rule::Scopes, self.scopes_from(&key.scopes)),
            (Rule::Unused, unused),
            (Rule::Networks, self.open_from(key)),
        ];
        let broken = times.into_iter().filter_map(|(rule, from)| Some(Broken { rule, held_from: from? }));
        broken.collect()
    }

    /// Until when a key that will be held for disuse counts as one that breaks the policy: for the days of grace from now.
    #[must_use]
    pub fn warned_until(&self, now: Timestamp) -> Timestamp {
        self.policy.grace_ends(now)
    }

    /// From when a secret is held because of its life.
    fn held_from(&self, made_at: Timestamp, expires_at: Option<Timestamp>) -> Option<Timestamp> {
        match expires_at {
            None => self.expiry_from,
            Some(at) => self.lifetime.exceeded_from(made_at, at),
        }
    }

    /// What the policy says about each secret of a key that wasn't ended. No rule about life or disuse applies to an old
    /// secret, which ends soon.
    #[must_use]
    pub fn verdicts<'k>(&self, key: &'k ApiKeyRecord) -> Vec<Verdict<'k>> {
        let denied_from = [self.scopes_from(&key.scopes), self.open_from(key)].into_iter().flatten().min();
        let of = |digest, made_at, expires_at, last_used| {
            let disuse = (!self.unused.is_empty()).then(|| Disuse { days: self.unused.clone(), last_used });
            Verdict { digest, held_from: self.held_from(made_at, expires_at), denied_from, disuse }
        };
        let current = of(&key.digest, key.secret_created_at, key.expires_at, key.last_activity());
        let second = key.second.as_ref().filter(|second| !second.was_ended()).map(|second| match second {
            SecondSecret::New(new) => of(&new.digest, new.created_at, new.expires_at, new.created_at),
            SecondSecret::Old(old) => {
                Verdict { digest: &old.digest, held_from: None, denied_from, disuse: None }
            }
        });
        [Some(current), second].into_iter().flatten().collect()
    }
}
