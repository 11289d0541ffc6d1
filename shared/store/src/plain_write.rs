//! Plain writes: updates of one item outside any transaction.
//!
//! Every plain write has a condition. `DynamoDB` refuses a conditional write while a transaction holds the item. It need
//! not refuse an unconditional one, which could then overtake the transaction
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling>).

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use tokio::time::Instant;

use crate::{
    error::TableError,
    item::Item,
    retry::{Attempt, Operation, Pace, until_done},
    tables::Tables,
    write::Write,
};

/// The outcome of a plain write.
pub(crate) enum Applied {
    /// The item as it is now.
    Written(Item),
    /// The condition failed. The item as it is, if it exists.
    Refused(Option<Item>),
}

impl Write {
    /// Carries out an update on its own. While a transaction holds the item, it tries again every 2 to 20 ms.
    pub(crate) async fn apply(self, tables: &Tables, deadline: Instant) -> Result<Applied, TableError> {
        let name = tables.name(self.table());
        let request = self.alone(tables.client.update_item().table_name(name))?;
        until_done(Pace::Urgent, deadline, Application(request)).await
    }
}

struct Application(UpdateItemFluentBuilder);

impl Operation for Application {
    type Done = Applied;
    type Refused = TableError;

    async fn attempt(&mut self) -> Result<Attempt<Applied>, TableError> {
        let request = self
            .0
            .clone()
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(written) => {
                return Ok(Attempt::Done(Applied::Written(written.attributes.unwrap_or_default())));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Attempt::Done(Applied::Refused(failed.item.clone())))
            }
            // The SDK doesn't retry this.
            Some(UpdateItemError::TransactionConflictException(_)) => Ok(Attempt::Again),
            _ => Err(error.into()),
        }
    }
}
