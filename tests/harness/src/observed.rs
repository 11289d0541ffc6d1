//! The calls of the functions to the engine.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// How the windows in `KeyUsage` begin that count what keys were used for.
pub(crate) const USES: &str = "uses#";
/// How the windows begin that count suspensions.
pub(crate) const SUSPENSIONS: &str = "suspensions#";

/// One call as it went over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The calling function: the access key ID with which it signed.
    pub function: String,
    /// `GetItem`, `TransactWriteItems`, …
    pub action: String,
    /// The actions and tables, as IAM sees them.
    pub operations: BTreeSet<Operation>,
    /// The complete request.
    pub request: Value,
    /// Whether no other call was in progress when it arrived. Such a call begins a round trip. Calls that arrive while
    /// others are in progress belong to the same one. Calls that count uses are left out.
    pub begins_round_trip: bool,
}

impl Observed {
    /// Whether the call is the transaction that carries out an operation, with its event, and not a notice about a key or
    /// the beginning of a revocation.
    #[must_use]
    pub fn commits(&self) -> bool {
        self.action == "TransactWriteItems" && self.adds_event() && !self.is_notice()
    }

    fn adds_event(&self) -> bool {
        self.operations.contains(&("AuditEvents".into(), "PutItem".into()))
    }

    /// Whether the call notes the use of a key, which functions do after the response. A completed rotation keeps such a note,
    /// but adds an event.
    #[must_use]
    pub fn notes_use(&self) -> bool {
        let has_note = self.request.to_string().contains("lastUsedAt");
        self.action == "TransactWriteItems" && has_note && !self.adds_event()
    }

    /// Whether the call records the use of a revoked key, which functions do after the response.
    #[must_use]
    pub fn records_revoked_use(&self) -> bool {
        self.action == "TransactWriteItems" && self.request.to_string().contains("refusedSince")
    }

    /// Whether the call notes that a limit refused requests with a key, which functions do after the response.
    #[must_use]
    pub fn notes_limited(&self) -> bool {
        self.action == "TransactWriteItems" && self.request.to_string().contains("limitedAt")
    }

    /// Whether the call records that a request came from a network that isn't on the key's list, or reached the key's limit of
    /// suspensions, which functions do after the response.
    #[must_use]
    pub fn records_containment(&self) -> bool {
        let request = self.request.to_string();
        let notes = ["SET #networkRefusedAt = :now", "SET #limitReached = :stop"];
        self.action == "TransactWriteItems" && notes.iter().any(|note| request.contains(note))
    }

    /// Whether the call records that a request contained a key where it is often logged, which functions do after the response.
    #[must_use]
    pub fn records_exposure(&self) -> bool {
        self.action == "TransactWriteItems" && self.request.to_string().contains("SET #exposedAt = :now")
    }

    /// Whether the call reports how many requests an instance admitted, which functions do after the response, or while a
    /// request waits.
    #[must_use]
    pub fn reports_usage(&self) -> bool {
        self.updates_usage() && !self.counts_uses()
    }

    /// Whether the call counts what keys were used for, which functions do after the response.
    #[must_use]
    pub fn counts_uses(&self) -> bool {
        let window = self.request["Key"]["window"]["S"].as_str();
        self.updates_usage() && window.is_some_and(|window| window.starts_with(USES))
    }

    fn updates_usage(&self) -> bool {
        self.action == "UpdateItem" && self.request["TableName"] == "KeyUsage"
    }

    /// Whether the call is made after the response and is not part of the operation.
    #[must_use]
    pub fn is_notice(&self) -> bool {
        self.notes_use()
            || self.notes_limited()
            || self.records_revoked_use()
            || self.records_containment()
            || self.records_exposure()
            || self.updates_usage()
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
