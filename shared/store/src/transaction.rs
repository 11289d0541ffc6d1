//! Transactions that check their caller's authority.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use domain::{
    account::{AccountState, Role},
    suspensions::KnownCounts,
    time::Timestamp,
};
use thiserror::Error;

use crate::{
    caller::Caller,
    error::TableError,
    item::{Item, at, key_in_company, n, s},
    random,
    table::Table,
    tables::{Tables, key_gates::check_gate, suspension_counts::note_refused},
    write::{Guard, Subject, Write},
};

/// The maximum number of operations in a transaction
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>).
const MOST_OPERATIONS: usize = 100;

/// The guards that refused a transaction.
#[derive(Debug)]
pub struct Refusals {
    subjects: Vec<Subject>,
    /// The items of the writes that return them.
    items: Vec<Item>,
}

impl Refusals {
    /// Whether this guard may have refused. If two guards share one write, `DynamoDB` doesn't say which of them
    /// refused.
    #[must_use]
    pub fn contains(&self, guard: Guard) -> bool {
        self.subjects.iter().any(|refused| refused.guards.contains(&guard))
    }

    /// Whether this guard certainly refused.
    #[must_use]
    pub fn contains_alone(&self, guard: Guard) -> bool {
        self.subjects.iter().any(|refused| refused.guards == [guard])
    }

    /// Learns how many suspensions were counted, if that refused the transaction.
    pub fn learn_counts(&self, known: &mut KnownCounts) {
        for item in &self.items {
            note_refused(known, item);
        }
    }

    /// Whether the account at this place of the transaction may have changed since it was read.
    #[must_use]
    pub fn is_account(&self, place: usize) -> bool {
        let is_of = |refused: &Subject| refused.about == Some(place);
        self.subjects.iter().any(|refused| is_of(refused) && refused.guards.contains(&Guard::Account))
    }
}

/// The items that another transaction held. None if that isn't known.
#[derive(Debug)]
pub struct Held(Vec<Subject>);

impl Held {
    /// Whether it isn't known what was held. An attempt of this transaction may still commit.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an item of the account at this place of the transaction was held.
    #[must_use]
    pub fn is_about(&self, place: usize) -> bool {
        self.0.iter().any(|held| held.about == Some(place))
    }

    /// Whether nothing was held but what this guards.
    #[must_use]
    pub fn is_only(&self, guard: Guard) -> bool {
        !self.0.is_empty() && self.0.iter().all(|held| held.guards == [guard])
    }

    /// Whether an item was held that all accounts of the transaction share: of the caller's authority, or the company.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.iter().any(|held| held.about.is_none())
    }
}

/// The reason why a transaction did not commit.
#[derive(Debug, Error)]
pub enum CommitError {
    /// Conditions failed: the data is not as the operation read it.
    #[error("conditions failed: {0:?}")]
    Refused(Refusals),
    /// Another transaction held some of the items, or an attempt of this one is still in progress and may commit. The
    /// SDK doesn't retry this. The operation does, and first reads what may have changed.
    #[error("another transaction holds an item")]
    Conflict(Held),
    /// No usable response.
    #[error(transparent)]
    Failed(TableError),
}

/// Writes that commit together or not at all.
pub(crate) struct Transaction<'a> {
    tables: &'a Tables,
    writes: Vec<Write>,
    now: Timestamp,
    /// Whether the caller's key had expired, or the policy held it, when the transaction began. No item's condition says so.
    is_expired: bool,
}

impl<'a> Transaction<'a> {
    /// A transaction without a check of authority.
    pub(crate) fn without_authority(tables: &'a Tables, now: Timestamp) -> Self {
        Self { tables, writes: Vec::new(), now, is_expired: false }
    }

    /// A transaction of this caller. It commits only if the caller still has authority.
    pub(crate) fn of<'c>(tables: &'a Tables, caller: impl Into<Caller<'c>>, now: Timestamp) -> Self {
        let (mut writes, mut is_expired) = (Vec::new(), false);
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
                let credential = holder.credential();
                is_expired =
                    credential.expires_at.is_some_and(|expiry| expiry <= now) || credential.holds.hold(now);
                writes.push(check_gate(holder));
            }
            // IAM admits operators, and no table knows them. A refused key holder can only be recorded. Having found a key is
            // the right to end it. The service itself only tells people what it noticed.
            Caller::Operator(_) | Caller::Refused(_) | Caller::Finder(_) | Caller::Service(_) => {}
        }
        Self { tables, writes, now, is_expired }
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
        if self.is_expired {
            let authority = Subject { guards: vec![Guard::Authority], about: None };
            return Err(CommitError::Refused(Refusals { subjects: vec![authority], items: Vec::new() }));
        }
        if self.writes.len() > MOST_OPERATIONS {
            let error = TableError::Internal("the transaction has more than 100 operations".into());
            return Err(CommitError::Failed(error));
        }
        let subjects: Vec<_> = self.writes.iter().map(Write::subject).collect();
        let mut request =
            self.tables.client.transact_write_items().client_request_token(random::ulid(self.now));
        for write in self.writes {
            let name = self.tables.name(write.table());
            request = request.transact_items(write.in_transaction(name).map_err(CommitError::Failed)?);
        }
        let Err(error) = request.send().await else {
            return Ok(());
        };
        let canceled = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled,
            // An attempt that the SDK sent again is still in progress. It may commit.
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                return Err(CommitError::Conflict(Held(Vec::new())));
            }
            _ => return Err(CommitError::Failed(error.into())),
        };
        let (mut subjects_refused, mut items, mut held) = (Vec::new(), Vec::new(), Vec::new());
        let mut other = None;
        for (reason, subject) in canceled.cancellation_reasons().iter().zip(subjects) {
            match reason.code() {
                None | Some("None") => {}
                Some("ConditionalCheckFailed") => {
                    subjects_refused.push(subject);
                    items.extend(reason.item().filter(|item| !item.is_empty()).cloned());
                }
                Some("TransactionConflict") => held.push(subject),
                Some(code) => other = Some(code.to_owned()),
            }
        }
        let refusals = Refusals { subjects: subjects_refused, items };
        Err(match other.as_deref() {
            _ if refusals.contains_alone(Guard::Authority) => CommitError::Refused(refusals),
            // If another transaction holds one of the items, a failed condition on another item may be about to change.
            _ if !held.is_empty() => CommitError::Conflict(Held(held)),
            _ if !refusals.subjects.is_empty() => CommitError::Refused(refusals),
            Some("ThrottlingError" | "ProvisionedThroughputExceeded") => {
                CommitError::Failed(TableError::Unavailable("the transaction was throttled".into()))
            }
            _ => CommitError::Failed(error.into()),
        })
    }
}
