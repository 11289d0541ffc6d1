//! The registry of scopes: what an API key may be used for.
//!
//! To add an API, add a variant here and its entry in [`Scope::descriptor`]. See `docs/adding-an-api.md`.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

/// What a key may be used for. Add a scope only together with the function that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The Deprovisioning API: suspend, unsuspend, read account state.
    Deprovisioning,
    /// Of the Deprovisioning API only what reads.
    AccountsRead,
    /// The SCIM API: create, read, update and delete users.
    Scim,
    /// Of the SCIM API only what reads.
    ScimRead,
    /// The Audit Log API: read the company's audit log.
    AuditLog,
}

/// A scope as the dashboard shows it.
#[derive(Clone, Copy, Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Scope")]
pub struct Descriptor {
    /// The scope's ID in requests and responses.
    pub id: &'static str,
    /// The name that people see.
    pub title: &'static str,
    /// One sentence that says what a key with this scope can do.
    pub description: &'static str,
}

impl Scope {
    /// Every scope that a key can have.
    pub const ALL: [Self; 5] =
        [Self::Deprovisioning, Self::AccountsRead, Self::Scim, Self::ScimRead, Self::AuditLog];

    /// The scope's ID, title and description.
    #[must_use]
    pub const fn descriptor(self) -> Descriptor {
        match self {
            Self::Deprovisioning => Descriptor {
                id: "deprovisioning",
                title: "Deprovisioning API",
                description: "Suspend and unsuspend accounts of the company, and read whether an account is suspended.",
            },
            Self::AccountsRead => Descriptor {
                id: "accounts:read",
                title: "Deprovisioning API, read-only",
                description: "Read whether an account of the company is suspended.",
            },
            Self::Scim => Descriptor {
                id: "scim",
                title: "SCIM API",
                description: "Let an identity provider create, read, update, suspend and delete accounts of the company.",
            },
            Self::ScimRead => Descriptor {
                id: "scim:read",
                title: "SCIM API, read-only",
                description: "Read and search the accounts of the company.",
            },
            Self::AuditLog => Descriptor {
                id: "audit-log",
                title: "Audit Log API",
                description: "Read who did what in the company, when and from where.",
            },
        }
    }

    /// The identifier, `deprovisioning`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.descriptor().id
    }

    /// Whether a key with this scope can do everything that a key with the other one can. A scope includes its read-only one.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        match self {
            Self::Deprovisioning => matches!(other, Self::Deprovisioning | Self::AccountsRead),
            Self::Scim => matches!(other, Self::Scim | Self::ScimRead),
            Self::AccountsRead | Self::ScimRead | Self::AuditLog => other == self,
        }
    }

    /// The scope with this identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.id() == id)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl schemars::JsonSchema for Scope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScopeId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let ids = Self::ALL.map(Self::id);
        schemars::json_schema!({"type": "string", "enum": ids})
    }
}

/// The scopes of one key. A created key has at least one.
pub type Scopes = BTreeSet<Scope>;

/// Whether these scopes permit everything that the others do.
#[must_use]
pub fn covers(scopes: &Scopes, others: &Scopes) -> bool {
    others.iter().all(|other| scopes.iter().any(|scope| scope.includes(*other)))
}

/// What both permit.
#[must_use]
pub fn common(scopes: &Scopes, others: &Scopes) -> Scopes {
    let permitted_by = |scopes: &Scopes, scope: &Scope| covers(scopes, &[*scope].into());
    let of_scopes = scopes.iter().filter(|scope| permitted_by(others, scope));
    let of_others = others.iter().filter(|scope| permitted_by(scopes, scope));
    let all: Scopes = of_scopes.chain(of_others).copied().collect();
    // Without the read-only scope of another one, unless both name it.
    let is_included = |scope: Scope| all.iter().any(|other| *other != scope && other.includes(scope));
    let named = |scope: &Scope| scopes.contains(scope) && others.contains(scope);
    all.iter().copied().filter(|scope| named(scope) || !is_included(*scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_found_again() {
        let ids: BTreeSet<_> = Scope::ALL.iter().map(|s| s.id()).collect();
        assert_eq!(ids.len(), Scope::ALL.len());
        for scope in Scope::ALL {
            assert_eq!(Scope::from_id(scope.id()), Some(scope));
        }
        assert_eq!(Scope::from_id("everything"), None);
    }

    #[test]
    fn what_scopes_include() {
        use Scope::{AccountsRead, AuditLog, Deprovisioning, Scim, ScimRead};
        let included = |scope: Scope| -> Vec<_> {
            Scope::ALL.into_iter().filter(|other| scope.includes(*other)).collect()
        };
        assert_eq!(included(Deprovisioning), [Deprovisioning, AccountsRead]);
        assert_eq!(included(Scim), [Scim, ScimRead]);
        for scope in [AccountsRead, ScimRead, AuditLog] {
            assert_eq!(included(scope), [scope]);
        }
        let both = Scopes::from([Deprovisioning, AuditLog]);
        assert!(covers(&both, &[AccountsRead, AuditLog].into()) && covers(&both, &Scopes::new()));
        assert!(!covers(&both, &[AccountsRead, ScimRead].into()));
        assert!(!covers(&[AccountsRead].into(), &both));
    }

    #[test]
    fn what_both_permit() {
        let all = Scopes::from(Scope::ALL);
        let some = Scopes::from([Scope::Scim, Scope::AuditLog]);
        assert_eq!(common(&all, &some), some);
        assert_eq!(common(&some, &[Scope::Deprovisioning, Scope::Scim].into()), [Scope::Scim].into());
        assert_eq!(common(&some, &[Scope::Deprovisioning].into()), Scopes::new());
        assert_eq!(common(&some, &[Scope::ScimRead].into()), [Scope::ScimRead].into());
        let both = Scopes::from([Scope::Scim, Scope::ScimRead]);
        assert_eq!((common(&both, &both), common(&both, &some)), (both.clone(), [Scope::Scim].into()));
    }
}
