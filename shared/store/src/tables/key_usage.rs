//! `KeyUsage`: how many requests a key and a company made in a minute. [`super::key_uses`] has its other items.
//!
//! These updates, and those of the uses, are the only plain writes without a condition. `DynamoDB` may let such a write pass a
//! transaction that holds the item, but no transaction touches these items. Adding is right in any order.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Config,
    config::retry::RetryConfig,
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput, builders::UpdateItemFluentBuilder},
    types::ReturnValue,
};
use tokio::time::Instant;

use super::Tables;
use crate::{
    error::TableError,
    item::{Attributes, Item, n, s},
    limiter::{Report, Window},
    table::Table,
};

/// How long a window is kept after its minute.
const LIFETIME: Duration = Duration::from_hours(1);

/// What happened to something that was to be added.
pub(super) enum Adding {
    /// It was added. These are the new values, if the write asked for them.
    Added(Option<Item>),
    /// It was certainly not added, because its condition failed. This is the item, if the write asked for it.
    Refused(Option<Item>),
    /// It was certainly not added for another reason.
    NotAdded,
    /// Nobody knows.
    Unknown,
}

impl Tables {
    /// Adds a count to its window, once and before `end`, and tells the limiter the outcome.
    pub(crate) async fn add_usage(&self, report: Report, end: Instant) {
        let expiry = report.ends_at() + i64::try_from(LIFETIME.as_secs()).unwrap_or(0);
        let adding = self
            .client
            .update_item()
            .table_name(self.name(Table::KeyUsage))
            .set_key(Some(window_key(&report)))
            .update_expression("ADD #requests :count SET #expiry = :expiry")
            .expression_attribute_names("#requests", "requests")
            .expression_attribute_names("#expiry", "expiry")
            .expression_attribute_values(":count", n(report.count()))
            .expression_attribute_values(":expiry", n(expiry))
            .return_values(ReturnValue::UpdatedNew);
        match add_once(adding, end).await {
            // Without a sum, only this instance's own count is known. Dropping the report says so.
            Adding::Added(item) => {
                if let Some(sum) = item.and_then(|item| item.number("requests").ok()) {
                    report.added(sum);
                }
            }
            Adding::Refused(_) | Adding::NotAdded => report.not_added(),
            Adding::Unknown => {}
        }
    }
}

/// Adds something once and before `end`. The SDK must not send it again: if a response is lost, it may have been added.
pub(super) async fn add_once(adding: UpdateItemFluentBuilder, end: Instant) -> Adding {
    let once = Config::builder().retry_config(RetryConfig::disabled());
    match tokio::time::timeout_at(end, adding.customize().config_override(once).send()).await {
        Ok(Ok(UpdateItemOutput { attributes, .. })) => Adding::Added(attributes),
        Ok(Err(error)) => {
            if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
                return Adding::Refused(failed.item.clone());
            }
            let adding = if is_certain(&error) { Adding::NotAdded } else { Adding::Unknown };
            tracing::warn!(error = %TableError::from(error), "a count was not added");
            adding
        }
        Err(_) => {
            tracing::warn!("a count was not added in time");
            Adding::Unknown
        }
    }
}

fn window_key(report: &Report) -> Item {
    let name = match report.window() {
        Window::Key(id) => format!("key#{id}"),
        Window::AuditLog(id) => format!("auditLog#{id}"),
        Window::Company(id) => format!("company#{id}"),
    };
    Item::from([("window".into(), s(format!("{name}#{}", report.minute())))])
}

/// Whether the error says that nothing was written.
fn is_certain(error: &SdkError<UpdateItemError>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::ServiceError(error) => {
            error.raw().status().is_client_error() && !error.err().is_internal_server_error()
        }
        _ => false,
    }
}
