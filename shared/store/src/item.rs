//! Reads and writes the attributes of items.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    identifiers::{AccountId, CompanyId, Email, KeyId},
    key::{Digest, Mask, Person},
    limits::{Limit, Limits},
    scope::{Scope, Scopes},
    time::Timestamp,
};

use crate::{caller::Caller, error::TableError};

/// Attributes by name.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
#[expect(clippy::needless_pass_by_value, reason = "takes literals, numbers and references alike")]
pub(crate) fn s(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number attribute.
#[expect(clippy::needless_pass_by_value, reason = "takes literals, numbers and references alike")]
pub(crate) fn n(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time attribute: milliseconds since the epoch.
pub(crate) fn at(value: Timestamp) -> AttributeValue {
    n(value.millis())
}

/// A set of scopes.
pub(crate) fn scope_set(scopes: &Scopes) -> AttributeValue {
    AttributeValue::Ss(scopes.iter().map(ToString::to_string).collect())
}

/// A person in a map.
pub(crate) fn person(person: &Person) -> AttributeValue {
    AttributeValue::M(Item::from([
        ("accountId".into(), s(&person.account_id)),
        ("email".into(), s(&person.email)),
    ]))
}

/// A map of the attributes that have a value.
pub(crate) fn map_of<const N: usize>(attributes: [(&str, Option<AttributeValue>); N]) -> AttributeValue {
    let present = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    AttributeValue::M(present.collect())
}

/// The attribute with a company's own limits.
pub(crate) const LIMITS: &str = "limits";

/// A company's own limits in a map. `None` if it has only defaults.
pub(crate) fn limits_attribute(limits: &Limits) -> Option<AttributeValue> {
    let own = Limit::ALL.into_iter().filter_map(|limit| Some((limit.id().into(), n(limits.own(limit)?))));
    Some(own.collect()).filter(|own: &Item| !own.is_empty()).map(AttributeValue::M)
}

/// The key of the caller's company.
pub(crate) fn company_key<'a>(caller: impl Into<Caller<'a>>) -> Item {
    Item::from([("companyId".into(), s(caller.into().company_id().as_str()))])
}

/// The key of an item in the caller's company.
pub(crate) fn key_in_company<'a>(caller: impl Into<Caller<'a>>, attribute: &str, value: &str) -> Item {
    let mut key = company_key(caller);
    key.insert(attribute.into(), AttributeValue::S(value.into()));
    key
}

/// The key of a notice in the caller's company.
pub(crate) fn notice_in_company<'a>(caller: impl Into<Caller<'a>>, notice: &str) -> Item {
    let about = format!("company#{}", caller.into().company_id());
    Item::from([("about".into(), s(about)), ("notice".into(), s(notice))])
}

/// Reads attributes. A missing attribute, or one of another type, is [`TableError::Corrupt`].
pub(crate) trait Attributes {
    fn optional(&self, name: &'static str) -> Option<&AttributeValue>;

    fn text(&self, name: &'static str) -> Result<&str, TableError> {
        self.optional(name).and_then(|v| v.as_s().ok()).map(String::as_str).ok_or(TableError::Corrupt(name))
    }

    fn number<N: std::str::FromStr>(&self, name: &'static str) -> Result<N, TableError> {
        self.optional_number(name)?.ok_or(TableError::Corrupt(name))
    }

    fn optional_number<N: std::str::FromStr>(&self, name: &'static str) -> Result<Option<N>, TableError> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        value.as_n().ok().and_then(|n| n.parse().ok()).map(Some).ok_or(TableError::Corrupt(name))
    }

    fn time(&self, name: &'static str) -> Result<Timestamp, TableError> {
        self.number(name).map(Timestamp::from_millis)
    }

    fn optional_time(&self, name: &'static str) -> Result<Option<Timestamp>, TableError> {
        Ok(self.optional_number(name)?.map(Timestamp::from_millis))
    }

    fn parsed<T>(&self, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Result<T, TableError> {
        parse(self.text(name)?).ok_or(TableError::Corrupt(name))
    }

    /// A value of a closed list. A value that a later release stored counts as `unknown`, which must give no authority.
    /// So after a rollback, the earlier release can still list the items.
    fn known<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        unknown: T,
    ) -> Result<T, TableError> {
        Ok(parse(self.text(name)?).unwrap_or(unknown))
    }

    fn optional_parsed<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, TableError> {
        if self.optional(name).is_none() { Ok(None) } else { self.parsed(name, parse).map(Some) }
    }

    fn company_id(&self) -> Result<CompanyId, TableError> {
        self.parsed("companyId", CompanyId::parse)
    }

    fn account_id(&self) -> Result<AccountId, TableError> {
        self.parsed("accountId", AccountId::parse)
    }

    fn key_id(&self) -> Result<KeyId, TableError> {
        self.parsed("keyId", KeyId::parse)
    }

    /// A set of keys. An empty set isn't stored.
    fn key_ids(&self, name: &'static str) -> Result<BTreeSet<KeyId>, TableError> {
        let Some(ids) = self.optional(name) else { return Ok(BTreeSet::new()) };
        let ids = ids.as_ss().map_err(|_| TableError::Corrupt(name))?;
        ids.iter().map(|id| KeyId::parse(id).ok_or(TableError::Corrupt(name))).collect()
    }

    fn digest(&self) -> Result<Digest, TableError> {
        self.parsed("digest", Digest::from_hex)
    }

    /// A key's generation. The first one isn't stored.
    fn generation(&self) -> Result<u64, TableError> {
        Ok(self.optional_number("generation")?.unwrap_or(0))
    }

    fn mask(&self) -> Result<Mask, TableError> {
        self.parsed("mask", Mask::parse)
    }

    /// A company's own limits. A limit that a later release stored has no effect here.
    fn limits(&self) -> Result<Limits, TableError> {
        let Some(own) = self.optional(LIMITS) else { return Ok(Limits::default()) };
        let own = own.as_m().map_err(|_| TableError::Corrupt(LIMITS))?;
        Limit::ALL.into_iter().try_fold(Limits::default(), |limits, limit| {
            Ok(limits.with(limit, own.optional_number(limit.id())?))
        })
    }

    /// The scopes that this release knows. A scope that a later release stored grants nothing here.
    fn scopes(&self) -> Result<Scopes, TableError> {
        let ids =
            self.optional("scopes").and_then(|v| v.as_ss().ok()).ok_or(TableError::Corrupt("scopes"))?;
        Ok(ids.iter().filter_map(|id| Scope::from_id(id)).collect())
    }

    fn optional_map(&self, name: &'static str) -> Result<Option<&Item>, TableError> {
        self.optional(name).map(|value| value.as_m().map_err(|_| TableError::Corrupt(name))).transpose()
    }

    fn optional_person(&self, name: &'static str) -> Result<Option<Person>, TableError> {
        let Some(map) = self.optional_map(name)? else {
            return Ok(None);
        };
        Ok(Some(Person { account_id: map.account_id()?, email: map.parsed("email", Email::parse)? }))
    }
}

impl Attributes for Item {
    fn optional(&self, name: &'static str) -> Option<&AttributeValue> {
        self.get(name)
    }
}
