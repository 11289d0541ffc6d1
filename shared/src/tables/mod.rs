//! The `DynamoDB` tables. This module alone imports the SDK; the mapping of an item sits beside its table.
//!
//! Promises:
//! - Every read that a decision rests on is strongly consistent, and no index takes part in one.
//! - What belongs to a company is reached through a [`Caller`], which names the company; a method that doesn't
//!   take one is visible to [`crate::auth`] only.
//! - Every write is one transaction that carries its caller's authority as a condition; the exceptions are the
//!   fence, the notices about keys and [`Tables::restore`], each of which says why.

mod account_writes;
mod accounts;
mod api_keys;
mod audit_events;
mod companies;
mod error;
mod idempotency_records;
mod identities;
mod item;
mod key_digests;
mod restoration;
mod schema;
mod transaction;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    operation::batch_get_item::BatchGetItemOutput,
    types::{AttributeValue, KeysAndAttributes},
};

use crate::{auth::Caller, config::Settings};
pub use accounts::AccountPage;
pub use api_keys::KeyPage;
pub use audit_events::EventPage;
pub use error::{Cause, TableError};
pub use idempotency_records::IdempotencyRecord;
use item::{Item, s};
pub use restoration::Restored;
pub use schema::TableDefinition;
pub use transaction::{CommitError, Guard, Refusals};

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
    /// The audit log.
    AuditEvents,
    /// Creations that may be asked for again.
    IdempotencyRecords,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 8] = [
        Self::Companies,
        Self::Accounts,
        Self::AccountLookups,
        Self::Identities,
        Self::ApiKeys,
        Self::KeyDigests,
        Self::AuditEvents,
        Self::IdempotencyRecords,
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
            Self::AuditEvents => "AuditEvents",
            Self::IdempotencyRecords => "IdempotencyRecords",
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
            Self::AuditEvents => "TABLE_AUDIT_EVENTS",
            Self::IdempotencyRecords => "TABLE_IDEMPOTENCY_RECORDS",
        }
    }
}

/// A connection to the tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tables {
    client: Client,
    settings: Arc<Settings>,
}

impl Tables {
    /// The tables that these settings name. No connection is made before the first call.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { client: Client::from_conf(settings.client_configuration()), settings: Arc::new(settings) }
    }

    fn name(&self, table: Table) -> &str {
        self.settings.table_name(table)
    }

    /// One strongly consistent read of one item.
    async fn get(&self, table: Table, key: Item) -> Result<Option<Item>, TableError> {
        let request =
            self.client.get_item().table_name(self.name(table)).set_key(Some(key)).consistent_read(true);
        Ok(request.send().await?.item)
    }

    /// One strongly consistent read of several items, in no particular order. What `DynamoDB` leaves unprocessed
    /// is asked for again, then the read fails: a missing item must mean that it isn't there.
    async fn batch_get(&self, wanted: Vec<(Table, Vec<Item>)>) -> Result<Vec<(Table, Item)>, TableError> {
        let tables: Vec<Table> = wanted.iter().map(|(table, _)| *table).collect();
        let mut request = self.client.batch_get_item();
        for (table, keys) in wanted {
            let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build()?;
            request = request.request_items(self.name(table), keys);
        }
        let mut output = request.send().await?;
        let mut found = Vec::new();
        for pause_millis in [20, 40, 80, 0] {
            let BatchGetItemOutput { responses, unprocessed_keys, .. } = output;
            for (name, items) in responses.unwrap_or_default() {
                let table = tables.iter().copied().find(|table| self.name(*table) == name);
                let table = table.ok_or(TableError::Corrupt("a table that was not asked for"))?;
                found.extend(items.into_iter().map(|item| (table, item)));
            }
            let Some(unprocessed) = unprocessed_keys.filter(|keys| !keys.is_empty()) else {
                return Ok(found);
            };
            if pause_millis == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(pause_millis)).await;
            output = self.client.batch_get_item().set_request_items(Some(unprocessed)).send().await?;
        }
        Err(TableError::Unavailable("BatchGetItem left keys unprocessed".into()))
    }
}

fn company_key<'a>(caller: impl Into<Caller<'a>>) -> Item {
    Item::from([("companyId".into(), s(caller.into().company_id().as_str()))])
}

fn key_in_company<'a>(caller: impl Into<Caller<'a>>, attribute: &str, value: &str) -> Item {
    let mut key = company_key(caller);
    key.insert(attribute.into(), AttributeValue::S(value.into()));
    key
}
