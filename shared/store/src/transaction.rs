//! Transactions that check their caller's authority.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};
use domain::{
    account::{AccountState, Role},
    time::Timestamp,
};
use thiserror::Error;

use crate::{
    caller::Caller,
    error::TableError,
    item::{Item, at, key_in_company, n, s},
    random,
    table::Table,
    tables::Tables,
};

/// The maximum number of operations in a transaction
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>).
const MOST_OPERATIONS: usize = 100;

/// What a condition in a transaction guards. It names the reason if the transaction is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The caller's own authority, as it is now.
    Authority,
    /// The company's plan, counters and active keys.
    Company,
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
}

/// The guards that refused a transaction.
#[derive(Debug)]
pub struct Refusals(Vec<Vec<Guard>>);

impl Refusals {
    /// Whether this guard may have refused. If two guards share one write, `DynamoDB` doesn't say which of them
    /// refused.
    #[must_use]
    pub fn contains(&self, guard: Guard) -> bool {
        self.0.iter().flatten().any(|refused| *refused == guard)
    }

    /// Whether this guard certainly refused.
    #[must_use]
    pub fn contains_alone(&self, guard: Guard) -> bool {
        self.0.iter().any(|refused| *refused == [guard])
    }
}

/// The reason why a transaction did not commit.
#[derive(Debug, Error)]
pub enum CommitError {
    /// Conditions failed: the data is not as the operation read it.
    #[error("conditions failed: {0:?}")]
    Refused(Refusals),
    /// Another transaction held one of the items, or an attempt of this one is still in progress and may commit. The
    /// SDK doesn't retry this. The operation does, and first reads the current state.
    #[error("another transaction holds an item")]
    Conflict,
    /// No usable response.
    #[error(transparent)]
    Failed(TableError),
}

enum Kind {
    Put,
    Update(String),
    Delete,
    Check,
}

/// One write or check of a transaction. A `#name` in an expression stands for the attribute `name`.
pub(crate) struct Write {
    guards: Vec<Guard>,
    table: Table,
    kind: Kind,
    item: Item,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Write {
    fn new(guard: Guard, table: Table, kind: Kind, item: Item) -> Self {
        let (names, values) = (HashMap::new(), HashMap::new());
        Self { guards: vec![guard], table, kind, item, condition: String::new(), names, values }
    }

    pub(crate) fn put(guard: Guard, table: Table, item: Item) -> Self {
        Self::new(guard, table, Kind::Put, item)
    }

    pub(crate) fn update(guard: Guard, table: Table, key: Item, expression: impl Into<String>) -> Self {
        Self::new(guard, table, Kind::Update(expression.into()), key)
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

    /// Whether one of the two is a check of the other's item. `DynamoDB` allows only one operation per item in a
    /// transaction, so the write also makes such a check.
    fn merges_with(&self, other: &Self) -> bool {
        let checks = |check: &Self, write: &Self| {
            matches!(check.kind, Kind::Check)
                && check.item.iter().all(|(name, value)| write.item.get(name) == Some(value))
        };
        self.table == other.table && (checks(self, other) || checks(other, self))
    }

    fn merge(&mut self, other: Self) {
        let Self { guards, kind, item, condition, names, values, .. } = other;
        if matches!(self.kind, Kind::Check) {
            (self.kind, self.item) = (kind, item);
        }
        self.guards.extend(guards);
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

    fn build(mut self, table_name: &str) -> Result<TransactWriteItem, TableError> {
        let update = if let Kind::Update(expression) = &self.kind { expression.as_str() } else { "" };
        for alias in aliases(update).chain(aliases(&self.condition)) {
            self.names.entry(format!("#{alias}")).or_insert_with(|| alias.into());
        }
        let condition = Some(self.condition).filter(|c| !c.is_empty());
        let names = Some(self.names).filter(|names| !names.is_empty());
        let values = Some(self.values).filter(|values| !values.is_empty());
        let item = Some(self.item);
        macro_rules! build {
            ($builder:expr) => {
                $builder
                    .table_name(table_name)
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()?
            };
        }
        let whole = TransactWriteItem::builder();
        Ok(match self.kind {
            Kind::Put => whole.put(build!(Put::builder().set_item(item))),
            Kind::Update(update) => {
                whole.update(build!(Update::builder().set_key(item).update_expression(update)))
            }
            Kind::Delete => whole.delete(build!(Delete::builder().set_key(item))),
            Kind::Check => whole.condition_check(build!(ConditionCheck::builder().set_key(item))),
        }
        .build())
    }
}

fn aliases(expression: &str) -> impl Iterator<Item = &str> {
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    expression.split('#').skip(1).map(move |rest| &rest[..end(rest)])
}

/// Writes that commit together or not at all.
pub(crate) struct Transaction<'a> {
    tables: &'a Tables,
    writes: Vec<Write>,
    now: Timestamp,
}

impl<'a> Transaction<'a> {
    /// A transaction without a check of authority.
    pub(crate) fn without_authority(tables: &'a Tables, now: Timestamp) -> Self {
        Self { tables, writes: Vec::new(), now }
    }

    /// A transaction of this caller. It commits only if the caller still has authority.
    pub(crate) fn of<'c>(tables: &'a Tables, caller: impl Into<Caller<'c>>, now: Timestamp) -> Self {
        let mut writes = Vec::new();
        match caller.into() {
            Caller::Administrator(admin) => {
                let key = key_in_company(admin, "accountId", admin.account().id.as_str());
                let check = Write::check(Guard::Authority, Table::Accounts, key)
                    .when("#state = :active AND #role = :admin")
                    .when("(attribute_not_exists(#sessionsNotBefore) OR #sessionsNotBefore <= :authTime)")
                    .value(":active", s(AccountState::Active.id()))
                    .value(":admin", s(Role::CompanyAdmin.id()))
                    .value(":authTime", n(admin.auth_time()));
                // An account that was deleted and created again under the same ID belongs to another person.
                writes.push(match admin.account().created_at {
                    Some(created) => {
                        check.when("#createdAt = :callerCreatedAt").value(":callerCreatedAt", at(created))
                    }
                    None => check.when("attribute_exists(#accountId) AND attribute_not_exists(#createdAt)"),
                });
            }
            Caller::KeyHolder(holder) => {
                let key = Item::from([("digest".into(), s(holder.digest().to_hex()))]);
                writes.push(
                    Write::check(Guard::Authority, Table::KeyDigests, key)
                        .when("#companyId = :company AND contains(#scopes, :scope)")
                        .when("attribute_not_exists(#revokedAt) AND attribute_not_exists(#frozen)")
                        .when("(attribute_not_exists(#expiresAt) OR #expiresAt > :now)")
                        .value(":company", s(holder.company_id()))
                        .value(":scope", s(holder.scope()))
                        .value(":now", at(now)),
                );
            }
            // IAM admits operators, and no table knows them. A refused key holder can only be recorded.
            Caller::Operator(_) | Caller::Refused(_) => {}
        }
        Self { tables, writes, now }
    }

    pub(crate) fn and(mut self, write: Write) -> Self {
        match self.writes.iter_mut().find(|other| other.merges_with(&write)) {
            Some(other) => other.merge(write),
            None => self.writes.push(write),
        }
        self
    }

    pub(crate) fn and_all(self, writes: impl IntoIterator<Item = Write>) -> Self {
        writes.into_iter().fold(self, Self::and)
    }

    /// Sends the transaction once. If the connection is lost, the SDK repeats it with the same client request token,
    /// which `DynamoDB` recognizes for 10 minutes.
    pub(crate) async fn commit(self) -> Result<(), CommitError> {
        if self.writes.len() > MOST_OPERATIONS {
            let error = TableError::Internal("the transaction has more than 100 operations".into());
            return Err(CommitError::Failed(error));
        }
        let guards: Vec<_> = self.writes.iter().map(|write| write.guards.clone()).collect();
        let mut request =
            self.tables.client.transact_write_items().client_request_token(random::ulid(self.now));
        for write in self.writes {
            let name = self.tables.name(write.table);
            request = request.transact_items(write.build(name).map_err(CommitError::Failed)?);
        }
        let Err(error) = request.send().await else {
            return Ok(());
        };
        let canceled = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled,
            // An attempt that the SDK sent again is still in progress. It may commit.
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                return Err(CommitError::Conflict);
            }
            _ => return Err(CommitError::Failed(error.into())),
        };
        let mut refusals = Vec::new();
        let mut other = None;
        for (reason, guards) in canceled.cancellation_reasons().iter().zip(guards) {
            match reason.code() {
                None | Some("None") => {}
                Some("ConditionalCheckFailed") => refusals.push(guards),
                Some(code) => other = Some(code.to_owned()),
            }
        }
        let refusals = Refusals(refusals);
        Err(match other.as_deref() {
            _ if refusals.contains_alone(Guard::Authority) => CommitError::Refused(refusals),
            // If another transaction holds one of the items, a failed condition on another item may be about to change.
            Some("TransactionConflict") => CommitError::Conflict,
            _ if !refusals.0.is_empty() => CommitError::Refused(refusals),
            Some("ThrottlingError" | "ProvisionedThroughputExceeded") => {
                CommitError::Failed(TableError::Unavailable("the transaction was throttled".into()))
            }
            _ => CommitError::Failed(error.into()),
        })
    }
}
