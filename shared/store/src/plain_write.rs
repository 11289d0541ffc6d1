//! Plain writes: updates of one item outside any transaction.
//!
//! Every plain write has a condition, except the counts in `KeyUsage`, a table that no transaction touches
//! ([`crate::tables::key_usage`]). `DynamoDB` refuses a conditional write while a transaction holds the item. It need
//! not refuse an unconditional one, which could then overtake the transaction
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling>).

use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder};
use tokio::time::Instant;

use crate::{
    error::TableError,
    retry::{Attempt, Operation, Pace, until_done},
    tables::Tables,
    write::Write,
};

impl Write {
    /// Carries out an update on its own. While a transaction holds the item, it tries again every 2 to 20 ms. Returns
    /// whether the condition held.
    pub(crate) async fn apply(self, tables: &Tables, deadline: Instant) -> Result<bool, TableError> {
        let name = tables.name(self.table());
        let request = self.alone(tables.client.update_item().table_name(name))?;
        until_done(Pace::Urgent, deadline, Application(request)).await
    }
}

struct Application(UpdateItemFluentBuilder);

impl Operation for Application {
    type Done = bool;
    type Refused = TableError;

    async fn attempt(&mut self) -> Result<Attempt<bool>, TableError> {
        let Err(error) = self.0.clone().send().await else { return Ok(Attempt::Done(true)) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Attempt::Done(false)),
            // The SDK doesn't retry this.
            Some(UpdateItemError::TransactionConflictException(_)) => Ok(Attempt::Again),
            _ => Err(error.into()),
        }
    }
}
