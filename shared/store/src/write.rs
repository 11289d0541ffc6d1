//! One write or check of one item, and the conditions that guard it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{
        AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
        Update,
    },
};

use crate::{error::TableError, item::Item, table::Table};

/// What a condition in a transaction guards. It names the reason if the transaction is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The caller's own authority, as it is now.
    Authority,
    /// The company's plan, counters and active keys.
    Company,
    /// The key may suspend or delete more accounts in this hour.
    Suspensions,
    /// The company is on the Enterprise plan. For a change that has no other condition on the company.
    Plan,
    /// The account is as it was read.
    Account,
    /// The email address or user name is free.
    Email,
    /// The external ID is free.
    ExternalId,
    /// The sign-in is free.
    Identity,
    /// The key is as it was read.
    ApiKey,
    /// The idempotency key was not used before.
    Idempotency,
    /// The audit event has an identifier of its own.
    AuditEvent,
    /// No other instance fetches GitHub's keys in this minute.
    PublishedKeys,
    /// The notice is as it was read.
    Notice,
}

/// What a write of a transaction guards, and which of the transaction's accounts it is about, if any.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) guards: Vec<Guard>,
    pub(crate) about: Option<usize>,
}

enum Kind {
    Put,
    Update(String),
    Delete,
    Check,
}

/// What an update does with an attribute.
pub(crate) enum Change {
    Set(AttributeValue),
    /// Sets it unless it is there.
    SetOnce(AttributeValue),
    Remove,
}

impl From<Option<AttributeValue>> for Change {
    fn from(value: Option<AttributeValue>) -> Self {
        value.map_or(Self::Remove, Self::Set)
    }
}

/// One write or check of a transaction. A `#name` in an expression stands for the attribute `name`.
pub(crate) struct Write {
    guards: Vec<Guard>,
    /// Which of the transaction's accounts this is about.
    about: Option<usize>,
    table: Table,
    kind: Kind,
    item: Item,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    /// Whether a failed condition returns the item.
    returns_item: bool,
}

impl Write {
    fn new(guard: Guard, table: Table, kind: Kind, item: Item) -> Self {
        let (names, values) = (HashMap::new(), HashMap::new());
        let condition = String::new();
        Self {
            guards: vec![guard],
            about: None,
            table,
            kind,
            item,
            condition,
            names,
            values,
            returns_item: false,
        }
    }

    pub(crate) fn put(guard: Guard, table: Table, item: Item) -> Self {
        Self::new(guard, table, Kind::Put, item)
    }

    pub(crate) fn update(guard: Guard, table: Table, key: Item, expression: impl Into<String>) -> Self {
        Self::new(guard, table, Kind::Update(expression.into()), key)
    }

    /// An update that changes these attributes.
    pub(crate) fn set<'n>(
        guard: Guard,
        table: Table,
        key: Item,
        attributes: impl IntoIterator<Item = (&'n str, impl Into<Change>)>,
    ) -> Self {
        let (mut set, mut removed, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (name, change) in attributes {
            let (value, new) = match change.into() {
                Change::Set(value) => (value, format!(":set{name}")),
                Change::SetOnce(value) => (value, format!("if_not_exists(#{name}, :set{name})")),
                Change::Remove => {
                    removed.push(format!("#{name}"));
                    continue;
                }
            };
            set.push(format!("#{name} = {new}"));
            values.push((format!(":set{name}"), value));
        }
        let clauses = [("SET", set), ("REMOVE", removed)];
        let clauses = clauses.into_iter().filter(|(_, list)| !list.is_empty());
        let clauses: Vec<_> = clauses.map(|(clause, list)| format!("{clause} {}", list.join(", "))).collect();
        let write = Self::update(guard, table, key, clauses.join(" "));
        values.into_iter().fold(write, |write, (name, value)| write.value(&name, value))
    }

    pub(crate) fn delete(guard: Guard, table: Table, key: Item) -> Self {
        Self::new(guard, table, Kind::Delete, key)
    }

    pub(crate) fn check(guard: Guard, table: Table, key: Item) -> Self {
        Self::new(guard, table, Kind::Check, key)
    }

    /// Adds a condition. All added conditions must hold.
    pub(crate) fn when(mut self, condition: &str) -> Self {
        if !self.condition.is_empty() {
            self.condition.push_str(" AND ");
        }
        self.condition.push_str(condition);
        self
    }

    pub(crate) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.into(), value);
        self
    }

    /// Names an attribute whose name is not a word, such as a key ID in a map.
    pub(crate) fn name(mut self, alias: &str, attribute: &str) -> Self {
        self.names.insert(alias.into(), attribute.into());
        self
    }

    /// If the condition fails, the refusal has the item as it is.
    pub(crate) fn returning_refused_item(mut self) -> Self {
        self.returns_item = true;
        self
    }

    /// Says which of the transaction's accounts this is about.
    pub(crate) fn about(mut self, place: usize) -> Self {
        self.about = Some(place);
        self
    }

    pub(crate) fn table(&self) -> Table {
        self.table
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject { guards: self.guards.clone(), about: self.about }
    }

    /// Whether one of the two is a check of the other's item. `DynamoDB` allows only one operation per item in a
    /// transaction, so the write also makes such a check.
    pub(crate) fn merges_with(&self, other: &Self) -> bool {
        let checks = |check: &Self, write: &Self| {
            matches!(check.kind, Kind::Check)
                && check.item.iter().all(|(name, value)| write.item.get(name) == Some(value))
        };
        self.table == other.table && (checks(self, other) || checks(other, self))
    }

    pub(crate) fn merge(&mut self, other: Self) {
        let Self { guards, about, kind, item, condition, names, values, .. } = other;
        if matches!(self.kind, Kind::Check) {
            (self.kind, self.item) = (kind, item);
        }
        self.guards.extend(guards);
        self.about = self.about.or(about);
        self.condition = match (self.condition.is_empty(), condition.is_empty()) {
            (true, _) => condition,
            (_, true) => std::mem::take(&mut self.condition),
            _ => format!("({}) AND ({condition})", self.condition),
        };
        self.names.extend(names);
        for (name, value) in values {
            let before = self.values.insert(name, value.clone());
            debug_assert!(before.is_none_or(|before| before == value), "two values for one name");
        }
    }

    /// The write as part of a transaction.
    pub(crate) fn in_transaction(self, table_name: &str) -> Result<TransactWriteItem, TableError> {
        let on_failure = self.returns_item.then_some(ReturnValuesOnConditionCheckFailure::AllOld);
        let Parts { kind, item, condition, names, values } = self.parts();
        macro_rules! build {
            ($builder:expr) => {
                $builder
                    .table_name(table_name)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_return_values_on_condition_check_failure(on_failure)
                    .build()?
            };
        }
        let whole = TransactWriteItem::builder();
        Ok(match kind {
            Kind::Put => whole.put(build!(Put::builder().set_item(item))),
            Kind::Update(update) => {
                whole.update(build!(Update::builder().set_key(item).update_expression(update)))
            }
            Kind::Delete => whole.delete(build!(Delete::builder().set_key(item))),
            Kind::Check => whole.condition_check(build!(ConditionCheck::builder().set_key(item))),
        }
        .build())
    }

    /// The same update outside a transaction. It must have a condition.
    pub(crate) fn alone(
        self,
        request: UpdateItemFluentBuilder,
    ) -> Result<UpdateItemFluentBuilder, TableError> {
        let Parts { kind: Kind::Update(update), item, condition: Some(condition), names, values } =
            self.parts()
        else {
            return Err(TableError::Internal("a plain write is an update with a condition".into()));
        };
        Ok(request
            .set_key(item)
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values))
    }

    /// Fills in the names, and leaves out what is empty, which `DynamoDB` refuses.
    fn parts(mut self) -> Parts {
        let update = if let Kind::Update(expression) = &self.kind { expression.as_str() } else { "" };
        for alias in aliases(update).chain(aliases(&self.condition)) {
            self.names.entry(format!("#{alias}")).or_insert_with(|| alias.into());
        }
        Parts {
            kind: self.kind,
            item: Some(self.item),
            condition: Some(self.condition).filter(|condition| !condition.is_empty()),
            names: Some(self.names).filter(|names| !names.is_empty()),
            values: Some(self.values).filter(|values| !values.is_empty()),
        }
    }
}

/// A write as the SDK's builders take it.
struct Parts {
    kind: Kind,
    item: Option<Item>,
    condition: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<HashMap<String, AttributeValue>>,
}

fn aliases(expression: &str) -> impl Iterator<Item = &str> {
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    expression.split('#').skip(1).map(move |rest| &rest[..end(rest)])
}
