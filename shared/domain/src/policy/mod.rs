//! The key policy: what a company demands of its API keys.
//!
//! A key that a policy no longer allows isn't refused at once. It goes on for the days of grace, and is then held. What is
//! made or changed must comply immediately. Everything is a function of the policy and the key: no list of held keys exists.

mod in_force;

use std::{fmt, ops::RangeInclusive, time::Duration};

use thiserror::Error;

use crate::{
    key::{LONGEST_LIFE_DAYS, SelfRotation},
    leaks::LeakResponse,
    network::AllowedNetworks,
    scope::{Scope, Scopes, common, covers},
    time::Timestamp,
};

pub use in_force::{Broken, PolicyInForce, Verdict};

/// The days of grace that a company can give its keys. At least a day, so that no request in progress outlives it.
pub const GRACE_DAYS: RangeInclusive<u16> = 1..=90;

/// The days of grace if none are named.
pub const DEFAULT_GRACE_DAYS: u16 = 14;

/// The days without use after which a company can have its keys held. Longer than a new secret waits for its first use.
pub const UNUSED_DAYS: RangeInclusive<u16> = 30..=366;

/// What a company demands of its keys. The default demands nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Whether keys must expire.
    pub must_expire: bool,
    /// The longest life of a secret, in days. Keys must then expire.
    pub longest_lifetime_days: Option<u16>,
    /// After how many days without use a key is held.
    pub unused_days: Option<u16>,
    /// The scopes on offer. `None` for all.
    pub scopes: Option<Scopes>,
    /// Whether keys must have a list of networks that is enforced.
    pub networks_required: bool,
    /// How many accounts a key without a limit of its own may suspend and delete in an hour.
    pub suspensions_per_hour: Option<u16>,
    /// What happens to a key that GitHub found in public.
    pub leaked_keys: LeakResponse,
    /// How long keys that break a new rule go on.
    pub grace_days: u16,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            must_expire: false,
            longest_lifetime_days: None,
            unused_days: None,
            scopes: None,
            networks_required: false,
            suspensions_per_hour: None,
            leaked_keys: LeakResponse::default(),
            grace_days: DEFAULT_GRACE_DAYS,
        }
    }
}

/// A rule of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Keys must expire.
    Expiry,
    /// The longest life of a secret.
    Lifetime,
    /// The scopes on offer.
    Scopes,
    /// The days without use.
    Unused,
    /// Keys must have a list of networks that is enforced.
    Networks,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 5] = [Self::Expiry, Self::Lifetime, Self::Scopes, Self::Unused, Self::Networks];

    /// The rule as it is sent.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Lifetime => "lifetime",
            Self::Scopes => "scopes",
            Self::Unused => "unused",
            Self::Networks => "networks",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The policy doesn't allow what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PolicyRefused {
    /// The key must expire.
    #[error("must be set, because the key policy demands that keys expire")]
    MustExpire,
    /// The secret would live longer than this.
    #[error("must be at most {0} days after the secret was made, because of the key policy")]
    LivesTooLong(u16),
    /// The key's own secrets would live longer than this.
    #[error("must be at most {0} days, because of the key policy")]
    RotatesTooLong(u16),
    /// The scope isn't on offer.
    #[error("contains {0}, which the key policy doesn't offer")]
    NotOffered(Scope),
    /// The key must have a list of networks that is enforced.
    #[error("must be a list with the mode enforce, because the key policy demands one")]
    MustEnforceNetworks,
}

impl KeyPolicy {
    /// Whether it demands nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let grace_days = self.grace_days;
        *self == Self { grace_days, ..Self::default() }
    }

    /// The rules of both policies, with the days of grace of the later one. If they offer no scope in common, those of the
    /// later one are on offer.
    #[must_use]
    pub fn and(&self, later: &Self) -> Self {
        let least = |number: Option<u16>, other: Option<u16>| [number, other].into_iter().flatten().min();
        let offered = match (&self.scopes, &later.scopes) {
            (Some(scopes), Some(others)) => Some(common(scopes, others)).filter(|both| !both.is_empty()),
            (offered, None) => offered.clone(),
            (None, _) => None,
        };
        Self {
            must_expire: self.must_expire || later.must_expire,
            longest_lifetime_days: least(self.longest_lifetime_days, later.longest_lifetime_days),
            unused_days: least(self.unused_days, later.unused_days),
            scopes: offered.or_else(|| later.scopes.clone()),
            networks_required: self.networks_required || later.networks_required,
            suspensions_per_hour: least(self.suspensions_per_hour, later.suspensions_per_hour),
            leaked_keys: self.leaked_keys.and(later.leaked_keys),
            grace_days: later.grace_days,
        }
    }

    /// The longest life of a secret that it allows.
    #[must_use]
    pub fn longest_life(&self) -> Option<Duration> {
        let days = self.longest_lifetime_days.or(self.must_expire.then_some(LONGEST_LIFE_DAYS));
        days.map(|days| Duration::from_hours(24 * u64::from(days)))
    }

    /// When the days of grace end for what breaks a rule that begins now.
    #[must_use]
    pub fn grace_ends(&self, now: Timestamp) -> Timestamp {
        now.plus(Duration::from_hours(24 * u64::from(self.grace_days)))
    }

    /// Checks the scopes of a key.
    #[must_use]
    pub fn refuses_scopes(&self, scopes: &Scopes) -> Option<PolicyRefused> {
        let offered = self.scopes.as_ref()?;
        let mut denied = scopes.iter().filter(|scope| !covers(offered, &Scopes::from([**scope])));
        denied.next().map(|scope| PolicyRefused::NotOffered(*scope))
    }

    /// Checks the networks from which a key may be used.
    #[must_use]
    pub fn refuses_networks(&self, networks: Option<&AllowedNetworks>) -> Option<PolicyRefused> {
        let is_enforced = networks.is_some_and(AllowedNetworks::is_enforced);
        (self.networks_required && !is_enforced).then_some(PolicyRefused::MustEnforceNetworks)
    }

    /// Checks the expiry of a secret that was made at this time.
    #[must_use]
    pub fn refuses_expiry(&self, made_at: Timestamp, expires_at: Option<Timestamp>) -> Option<PolicyRefused> {
        let Some(expires_at) = expires_at else {
            return self.longest_life().map(|_| PolicyRefused::MustExpire);
        };
        let days = self.longest_lifetime_days?;
        let longest = Duration::from_hours(24 * u64::from(days));
        (expires_at > made_at.plus(longest)).then_some(PolicyRefused::LivesTooLong(days))
    }

    /// Checks how long the secrets may live that a key makes itself.
    #[must_use]
    pub fn refuses_self_rotation(&self, allowed: Option<SelfRotation>) -> Option<PolicyRefused> {
        let days = self.longest_lifetime_days?;
        (allowed?.lifetime_days > days).then_some(PolicyRefused::RotatesTooLong(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_policies() {
        let policy = |must_expire, longest_lifetime_days, scopes: &[Scope]| KeyPolicy {
            must_expire,
            longest_lifetime_days,
            scopes: (!scopes.is_empty()).then(|| scopes.iter().copied().collect()),
            ..KeyPolicy::default()
        };
        let none = KeyPolicy { grace_days: 3, ..KeyPolicy::default() };
        let strict = policy(true, Some(90), &[Scope::Scim, Scope::AuditLog]);
        assert_eq!(strict.and(&none), KeyPolicy { grace_days: 3, ..strict.clone() });
        assert_eq!(none.and(&strict), strict);
        let other = policy(false, Some(30), &[Scope::Deprovisioning, Scope::Scim]);
        assert_eq!(strict.and(&other), policy(true, Some(30), &[Scope::Scim]));
        let apart = policy(false, None, &[Scope::Deprovisioning]);
        assert_eq!(strict.and(&apart), policy(true, Some(90), &[Scope::Deprovisioning]));
        assert_eq!(apart.and(&strict), strict);
    }

    #[test]
    fn what_it_refuses() {
        let at = Timestamp::from_millis;
        let day = 24 * 3_600_000;
        let none = KeyPolicy::default();
        assert!(none.is_empty() && KeyPolicy { grace_days: 3, ..none.clone() }.is_empty());
        assert_eq!(none.refuses_expiry(at(0), None), None);
        let expiring = KeyPolicy { must_expire: true, ..none.clone() };
        assert!(!expiring.is_empty());
        assert_eq!(expiring.refuses_expiry(at(0), None), Some(PolicyRefused::MustExpire));
        assert_eq!(expiring.refuses_expiry(at(0), Some(at(366 * day))), None);
        let short = KeyPolicy { longest_lifetime_days: Some(90), ..none.clone() };
        assert_eq!(short.refuses_expiry(at(0), None), Some(PolicyRefused::MustExpire));
        assert_eq!(short.refuses_expiry(at(5), Some(at(90 * day + 5))), None);
        let long = short.refuses_expiry(at(5), Some(at(90 * day + 6)));
        assert_eq!(long, Some(PolicyRefused::LivesTooLong(90)));
        let rotates = |lifetime_days| short.refuses_self_rotation(Some(SelfRotation { lifetime_days }));
        assert_eq!((rotates(90), rotates(91)), (None, Some(PolicyRefused::RotatesTooLong(90))));
        let scopes = KeyPolicy { scopes: Some([Scope::Scim].into()), ..none };
        assert_eq!(scopes.refuses_scopes(&[Scope::Scim].into()), None);
        let both = scopes.refuses_scopes(&[Scope::Scim, Scope::AuditLog].into());
        assert_eq!(both, Some(PolicyRefused::NotOffered(Scope::AuditLog)));
    }
}
