//! The list of tables.

/// The tables, by the names that `template.yaml` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Companies and their counters.
    Companies,
    /// Accounts of companies.
    Accounts,
    /// Email address to account.
    AccountLookups,
    /// Sign-in to account.
    Identities,
    /// Keys as their company sees them.
    ApiKeys,
    /// Keys as verification sees them.
    KeyDigests,
    /// Which generations of a key may still write.
    KeyGates,
    /// The requests of each key and company in each minute.
    KeyUsage,
    /// The parts of each company's number of accounts.
    AccountCounts,
    /// The audit log.
    AuditEvents,
    /// Key creations that a client may repeat.
    IdempotencyRecords,
    /// The public keys with which GitHub signs what it reports.
    PublishedKeys,
    /// What companies were told, and which mails their administrators want.
    Notices,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 13] = [
        Self::Companies,
        Self::Accounts,
        Self::AccountLookups,
        Self::Identities,
        Self::ApiKeys,
        Self::KeyDigests,
        Self::KeyGates,
        Self::KeyUsage,
        Self::AccountCounts,
        Self::AuditEvents,
        Self::IdempotencyRecords,
        Self::PublishedKeys,
        Self::Notices,
    ];

    /// The table's logical ID in `template.yaml`.
    #[must_use]
    pub const fn logical_id(self) -> &'static str {
        match self {
            Self::Companies => "Companies",
            Self::Accounts => "Accounts",
            Self::AccountLookups => "AccountLookups",
            Self::Identities => "Identities",
            Self::ApiKeys => "ApiKeys",
            Self::KeyDigests => "KeyDigests",
            Self::KeyGates => "KeyGates",
            Self::KeyUsage => "KeyUsage",
            Self::AccountCounts => "AccountCounts",
            Self::AuditEvents => "AuditEvents",
            Self::IdempotencyRecords => "IdempotencyRecords",
            Self::PublishedKeys => "PublishedKeys",
            Self::Notices => "Notices",
        }
    }

    /// The environment variable that holds the table's name.
    #[must_use]
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Companies => "TABLE_COMPANIES",
            Self::Accounts => "TABLE_ACCOUNTS",
            Self::AccountLookups => "TABLE_ACCOUNT_LOOKUPS",
            Self::Identities => "TABLE_IDENTITIES",
            Self::ApiKeys => "TABLE_API_KEYS",
            Self::KeyDigests => "TABLE_KEY_DIGESTS",
            Self::KeyGates => "TABLE_KEY_GATES",
            Self::KeyUsage => "TABLE_KEY_USAGE",
            Self::AccountCounts => "TABLE_ACCOUNT_COUNTS",
            Self::AuditEvents => "TABLE_AUDIT_EVENTS",
            Self::IdempotencyRecords => "TABLE_IDEMPOTENCY_RECORDS",
            Self::PublishedKeys => "TABLE_PUBLISHED_KEYS",
            Self::Notices => "TABLE_NOTICES",
        }
    }
}
