//! The `DynamoDB` tables. Each file reads and writes the items of one table.

pub(crate) mod account_counts;
pub(crate) mod account_lookups;
pub(crate) mod accounts;
pub(crate) mod api_keys;
pub(crate) mod audit_events;
pub(crate) mod companies;
pub(crate) mod idempotency_records;
pub(crate) mod identities;
pub(crate) mod key_digests;
pub(crate) mod key_gates;
mod key_leaks;
pub(crate) mod key_limits;
pub(crate) mod key_notices;
pub(crate) mod key_policies;
pub(crate) mod key_secrets;
pub(crate) mod key_usage;
pub(crate) mod key_uses;
mod mail_choices;
mod mail_recipients;
mod mail_states;
mod notices;
pub(crate) mod published_keys;
mod recorded_events;
mod suspenders;
pub(crate) mod suspension_counts;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{Client, operation::batch_get_item::BatchGetItemOutput, types::KeysAndAttributes};

use crate::{error::TableError, item::Item, settings::Settings, table::Table};

pub use accounts::AccountPage;
pub use api_keys::KeyPage;
pub use audit_events::EventPage;
pub use idempotency_records::IdempotencyRecord;
pub use mail_states::KnownMails;
pub use notices::{CompanyPage, Mark, WatchProgress};
pub use recorded_events::FoundEvent;

/// A connection to the tables. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tables {
    pub(crate) client: Client,
    pub(crate) settings: Arc<Settings>,
}

impl Tables {
    /// The tables that these settings name. The first call opens the connection.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { client: Client::from_conf(settings.client_configuration()), settings: Arc::new(settings) }
    }

    pub(crate) fn name(&self, table: Table) -> &str {
        self.settings.table_name(table)
    }

    /// Reads one item, strongly consistent.
    pub(crate) async fn get(&self, table: Table, key: Item) -> Result<Option<Item>, TableError> {
        let request =
            self.client.get_item().table_name(self.name(table)).set_key(Some(key)).consistent_read(true);
        Ok(request.send().await?.item)
    }

    /// Reads several items in one strongly consistent read, in no particular order. If `DynamoDB` leaves items
    /// unprocessed, they are read again, and then the read fails. So a missing item always means that the item doesn't
    /// exist.
    pub(crate) async fn batch_get(
        &self,
        wanted: Vec<(Table, Vec<Item>)>,
    ) -> Result<Vec<(Table, Item)>, TableError> {
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
                let table = table.ok_or(TableError::Corrupt("a table that was not requested"))?;
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
