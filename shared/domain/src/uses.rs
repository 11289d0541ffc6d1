//! What a key was used for: counts of its requests on each day.

use std::collections::BTreeMap;

use crate::{
    day::Day,
    key::RefusedKey,
    network::{ByNetwork, SeenNetworks},
    scope::{Scope, Scopes, covers},
    suspensions::SuspensionCount,
    time::Timestamp,
};

/// The number of days, with today, for which the uses of a key are read.
pub const DAYS: i64 = 90;

/// Why a request with a key that exists was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// A limit refused it.
    Limited,
    /// The key lacks the scope.
    Scope,
    /// The key is held, or frozen.
    Held,
    /// The secret has expired, or nobody used it in time.
    Expired,
    /// The key's list of networks refused it.
    Network,
}

impl Refusal {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Limited, Self::Scope, Self::Held, Self::Expired, Self::Network];

    /// The reason as stored, and in responses.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::Scope => "scope",
            Self::Held => "held",
            Self::Expired => "expired",
            Self::Network => "network",
        }
    }

    /// The reason to count for a key that was refused. The audit log has the uses of revoked keys and ended secrets.
    #[must_use]
    pub const fn of(reason: RefusedKey) -> Option<Self> {
        match reason {
            RefusedKey::Frozen | RefusedKey::Held => Some(Self::Held),
            RefusedKey::Expired => Some(Self::Expired),
            RefusedKey::Malformed | RefusedKey::Unknown | RefusedKey::Replaced | RefusedKey::Revoked => None,
        }
    }
}

/// What is counted of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    /// It was admitted, and this is the least scope that it needed.
    Needed(Scope),
    /// It was admitted, and any scope was enough: the key asked about itself.
    AnyScope,
    /// It was refused.
    Refused(Refusal),
}

impl Use {
    /// The use of an admitted request that needed this scope, or any.
    #[must_use]
    pub fn admitted(needed: Option<Scope>) -> Self {
        needed.map_or(Self::AnyScope, Self::Needed)
    }

    /// Everything that can be counted.
    pub fn all() -> impl Iterator<Item = Self> {
        let scopes = Scope::ALL.into_iter().map(Self::Needed);
        scopes.chain([Self::AnyScope]).chain(Refusal::ALL.into_iter().map(Self::Refused))
    }

    /// Whether the network that the request came from is counted.
    #[must_use]
    pub const fn is_seen(self) -> bool {
        match self {
            Self::Needed(_) | Self::AnyScope | Self::Refused(Refusal::Network) => true,
            Self::Refused(Refusal::Limited | Refusal::Scope | Refusal::Held | Refusal::Expired) => false,
        }
    }

    /// The scope that was needed.
    #[must_use]
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::Needed(scope) => Some(scope),
            Self::AnyScope | Self::Refused(_) => None,
        }
    }
}

/// The last use of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When the request was admitted.
    pub at: Timestamp,
    /// The address that it came from.
    pub ip: Option<String>,
    /// The scope that it needed. `None` if any was enough.
    pub scope: Option<Scope>,
}

/// The uses of a key on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOfUses {
    /// The day.
    pub day: Day,
    /// How often each was counted.
    pub counts: BTreeMap<Use, u64>,
    /// The networks of admitted requests, and of those that the key's list of networks refused.
    pub networks: ByNetwork<u64>,
    /// The last use of the day.
    pub last: Option<LastUse>,
}

/// The uses of a key in the last [`DAYS`] days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// How many accounts the key suspended and deleted in this hour. `None` if none were counted.
    pub suspensions: Option<SuspensionCount>,
    /// The days with uses, newest first.
    pub days: Vec<DayOfUses>,
    /// The day on which uses began to be counted. `None` if it isn't known.
    pub counted_since: Option<Day>,
    /// The day on which networks began to be counted. `None` if it isn't known.
    pub networks_counted_since: Option<Day>,
}

/// What a key has and doesn't use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The scopes that no request has needed for [`DAYS`] days. Not empty.
    pub scopes: Scopes,
    /// Fewer or narrower scopes that are enough for the requests of these days. `None` if there was no request that needed
    /// a scope.
    pub narrowed: Option<Scopes>,
}

/// The days for which the uses of a key are read, newest first.
pub fn days_until(today: Day) -> impl Iterator<Item = Day> {
    (0..DAYS).map(move |ago| today.plus(-ago))
}

impl Uses {
    /// The last use.
    #[must_use]
    pub fn last(&self) -> Option<&LastUse> {
        self.days.iter().find_map(|day| day.last.as_ref())
    }

    /// The networks that requests came from since this day.
    #[must_use]
    pub fn networks(&self, since: Day) -> SeenNetworks {
        let days = self.days.iter().filter(|day| day.day >= since);
        SeenNetworks::of(days.map(|day| (day.day, &day.networks)))
    }

    /// The last day on which a request needed this scope.
    #[must_use]
    pub fn last_needed(&self, scope: Scope) -> Option<Day> {
        let needs = |day: &&DayOfUses| day.counts.get(&Use::Needed(scope)).is_some_and(|times| *times > 0);
        self.days.iter().find(needs).map(|day| day.day)
    }

    /// What a key with these scopes has and doesn't use. `None` if it uses everything, or if the key or the counting is too
    /// young to tell.
    #[must_use]
    pub fn unused(&self, scopes: &Scopes, created: Day, today: Day) -> Option<Unused> {
        let first = today.plus(1 - DAYS);
        if created >= first || self.counted_since.is_none_or(|since| since >= first) {
            return None;
        }
        let is_needed = |scope: &Scope| self.last_needed(*scope).is_some();
        let unused: Scopes = scopes.iter().copied().filter(|scope| !is_needed(scope)).collect();
        if unused.is_empty() {
            return None;
        }
        // A key that had more scopes on some of these days can't get them back.
        let has = |scope: &Scope| covers(scopes, &Scopes::from([*scope]));
        let needed: Scopes = Scope::ALL.into_iter().filter(|scope| is_needed(scope) && has(scope)).collect();
        // A scope that is needed includes its read-only one.
        let is_included = |scope: &Scope| needed.iter().any(|other| other != scope && other.includes(*scope));
        let narrowed: Scopes = needed.iter().copied().filter(|scope| !is_included(scope)).collect();
        Some(Unused { scopes: unused, narrowed: Some(narrowed).filter(|narrowed| !narrowed.is_empty()) })
    }
}

#[cfg(test)]
mod tests;
