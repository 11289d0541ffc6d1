//! How many requests with API keys a company may make in a minute.

use std::ops::RangeInclusive;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Limit {
    /// The requests with one key.
    Key,
    /// Those of them that read the audit log.
    AuditLog,
    /// The requests with all keys of a company.
    Company,
}

impl Limit {
    /// Every limit.
    pub const ALL: [Self; 3] = [Self::Key, Self::AuditLog, Self::Company];

    /// The limit as stored, and as operators name it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::AuditLog => "auditLog",
            Self::Company => "company",
        }
    }

    /// The limit's name in response headers.
    #[must_use]
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::AuditLog => "audit-log",
            Self::Company => "company",
        }
    }

    /// The limit with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limit| limit.id() == id)
    }

    /// Requests in a minute, for a company without a number of its own.
    #[must_use]
    pub const fn default_number(self) -> u32 {
        match self {
            Self::Key => 3_000,
            Self::AuditLog => 120,
            Self::Company => 6_000,
        }
    }

    /// The numbers that a company can have. A request may name 100 accounts, each of which counts, so no key and no company
    /// has a lower limit. A verification reads one item, and `DynamoDB` allows 3,000 such reads a second.
    #[must_use]
    pub const fn range(self) -> RangeInclusive<u32> {
        match self {
            Self::Key => 100..=180_000,
            Self::AuditLog => 10..=6_000,
            Self::Company => 100..=600_000,
        }
    }
}

/// A company's own numbers. A limit without one has its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits([Option<u32>; Limit::ALL.len()]);

impl Limits {
    /// The requests that the limit allows in a minute.
    #[must_use]
    pub fn number(&self, limit: Limit) -> u32 {
        self.own(limit).unwrap_or(limit.default_number())
    }

    /// The company's own number.
    #[must_use]
    pub fn own(&self, limit: Limit) -> Option<u32> {
        self.0[limit as usize]
    }

    /// The same limits with another number, or with the default.
    #[must_use]
    pub fn with(mut self, limit: Limit, number: Option<u32>) -> Self {
        self.0[limit as usize] = number;
        self
    }

    /// Whether both allow the same.
    #[must_use]
    pub fn allows_the_same(&self, other: &Self) -> bool {
        Limit::ALL.into_iter().all(|limit| self.number(limit) == other.number(limit))
    }

    /// The same limits, each with its number, so that they stay the same if a default changes.
    #[must_use]
    pub fn explicit(&self) -> Self {
        Limit::ALL.into_iter().fold(*self, |limits, limit| limits.with(limit, Some(self.number(limit))))
    }

    /// Whether every limit has its default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_numbers_replace_defaults_one_by_one() {
        let own = Limits::default().with(Limit::AuditLog, Some(600));
        assert_eq!(Limit::ALL.map(|limit| own.number(limit)), [3_000, 600, 6_000]);
        assert!(!own.is_default());
        assert!(own.with(Limit::AuditLog, None).is_default());
        for limit in Limit::ALL {
            assert_eq!(Limit::from_id(limit.id()), Some(limit));
            assert!(limit.range().contains(&limit.default_number()));
        }
    }
}
