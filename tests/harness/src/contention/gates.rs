//! The two phases of a transaction, as far as its checks of gates are concerned. `DynamoDB` evaluates the conditions of
//! a transaction when it prepares it. Whatever passes the prepared transaction afterwards, it still commits.

use std::{collections::HashSet, sync::Mutex};

use serde_json::{Value, json};

/// The transactions that were committed, by their client request tokens.
#[derive(Debug, Default)]
pub(super) struct CommittedTokens(Mutex<HashSet<String>>);

impl CommittedTokens {
    pub(super) fn note(&self, request: &Value) {
        self.0.lock().expect("not poisoned").insert(token(request));
    }

    /// Whether this transaction was committed before, so that `DynamoDB` evaluates nothing again.
    pub(super) fn contains(&self, request: &Value) -> bool {
        self.0.lock().expect("not poisoned").contains(&token(request))
    }
}

pub(super) fn token(request: &Value) -> String {
    request["ClientRequestToken"].as_str().unwrap_or_default().to_owned()
}

/// A check that a gate lets a generation through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GateCheck {
    /// Its place among the transaction's operations.
    pub(crate) place: usize,
    /// The key of the gate.
    pub(crate) key: Value,
    generation: u64,
}

impl GateCheck {
    /// Whether the gate with this item lets the generation through.
    pub(crate) fn passes(&self, item: Option<&Value>) -> bool {
        item.and_then(|item| number(&item["from"])).is_none_or(|from| from <= self.generation)
    }
}

fn number(value: &Value) -> Option<u64> {
    value["N"].as_str()?.parse().ok()
}

pub(crate) fn is_gate_check(operation: &Value) -> bool {
    operation["ConditionCheck"]["TableName"] == "KeyGates"
}

/// The checks of gates in a transaction.
pub(super) fn checks(request: &Value) -> Vec<GateCheck> {
    let operations = request["TransactItems"].as_array().into_iter().flatten().enumerate();
    let gates = operations.filter(|(_, operation)| is_gate_check(operation));
    gates
        .map(|(place, operation)| {
            let check = &operation["ConditionCheck"];
            let generation = number(&check["ExpressionAttributeValues"][":generation"]);
            GateCheck { place, key: check["Key"].clone(), generation: generation.expect("a generation") }
        })
        .collect()
}

/// The transaction without its checks of gates.
pub(crate) fn without_checks(request: &Value) -> Value {
    let mut rest = request.clone();
    if let Some(operations) = rest["TransactItems"].as_array_mut() {
        operations.retain(|operation| !is_gate_check(operation));
    }
    rest
}

/// Adds the reasons of the checks that were left out, so that the reasons again stand in the order of the operations.
pub(crate) fn restore_reasons(checks: &[GateCheck], answer: &mut Value) {
    if let Some(reasons) = answer["CancellationReasons"].as_array_mut() {
        for check in checks {
            reasons.insert(check.place, json!({"Code": "None"}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_evaluated_and_its_reason_keeps_its_place() {
        let check = |gate: &str| {
            json!({"ConditionCheck": {
                "TableName": "KeyGates", "Key": {"gate": {"S": gate}},
                "ExpressionAttributeValues": {":generation": {"N": "10"}},
            }})
        };
        let update = json!({"Update": {"TableName": "Accounts"}});
        let request = json!({"TransactItems": [update, check("a"), update]});
        let found = checks(&request);
        assert_eq!(found.iter().map(|check| check.place).collect::<Vec<_>>(), [1]);
        let from = |from: &str| json!({"from": {"N": from}});
        assert!(
            found[0].passes(None) && found[0].passes(Some(&from("9"))) && found[0].passes(Some(&from("10")))
        );
        assert!(!found[0].passes(Some(&from("11"))));
        assert_eq!(without_checks(&request), json!({"TransactItems": [update, update]}));
        let mut answer =
            json!({"CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]});
        restore_reasons(&found, &mut answer);
        assert_eq!(answer["CancellationReasons"][2]["Code"], "ConditionalCheckFailed");
        assert_eq!(answer["CancellationReasons"].as_array().map(Vec::len), Some(3));
    }
}
