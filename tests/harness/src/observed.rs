//! What the functions say to the engine, call by call.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// One call as it went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The function that called: the access key ID with which it signed.
    pub function: String,
    /// `GetItem`, `TransactWriteItems`, …
    pub action: String,
    /// What it did to which table, as IAM sees it.
    pub operations: BTreeSet<Operation>,
    /// The whole request.
    pub request: Value,
}

impl Observed {
    /// Whether it is an operation's transaction, and no notice about a key.
    #[must_use]
    pub fn commits(&self) -> bool {
        self.action == "TransactWriteItems" && !self.is_notice()
    }

    /// Whether it notes the use of a key, which functions do once an answer is out.
    #[must_use]
    pub fn notes_use(&self) -> bool {
        self.action == "TransactWriteItems" && self.request.to_string().contains("lastUsedAt")
    }

    /// Whether it records the use of a revoked key, which functions do once an answer is out.
    #[must_use]
    pub fn records_revoked_use(&self) -> bool {
        self.action == "TransactWriteItems" && self.request.to_string().contains("refusedSince")
    }

    /// Whether it is made once an answer is out, and is no part of the operation.
    #[must_use]
    pub fn is_notice(&self) -> bool {
        self.notes_use() || self.records_revoked_use()
    }
}

/// A table and an action as IAM grants it.
pub type Operation = (String, String);

/// The rights that a call needs
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>).
pub(crate) fn operations(action: &str, request: &Value) -> BTreeSet<Operation> {
    let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match action {
        "BatchGetItem" => {
            let tables = request["RequestItems"].as_object().map(Map::keys);
            tables.into_iter().flatten().map(|table| (table.clone(), action.to_owned())).collect()
        }
        "TransactWriteItems" => {
            let items = request["TransactItems"].as_array().into_iter().flatten();
            let items = items.filter_map(Value::as_object).flatten();
            items
                .map(|(kind, item)| {
                    let right = match kind.as_str() {
                        "ConditionCheck" => "ConditionCheckItem".to_owned(),
                        other => format!("{other}Item"),
                    };
                    (name(&item["TableName"]), right)
                })
                .collect()
        }
        _ => [(name(&request["TableName"]), action.to_owned())].into(),
    }
}
