//! Wrong designs, simulated by changing the calls of the right one on the wire. A check that can't find them proves
//! nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::Value;

/// A wrong design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// None: the code as it is.
    None,
    /// Keys are verified by an eventually consistent read.
    EventualVerification,
    /// A verification is cached for this long.
    CachedVerification(Duration),
    /// A key holder's transactions don't check a gate.
    NoConditionCheck,
    /// Accounts are read by an eventually consistent read.
    EventualAccounts,
    /// The gates of a key stay as they are.
    GatesNotRaised,
    /// The gates are raised by plain writes without a condition, which `DynamoDB` may carry out although a transaction
    /// has checked the gate and is about to commit.
    GatesWithoutCondition,
    /// A change to the plan that the company has raises no gates.
    UnchangedPlanRaisesNoGates,
}

/// A wrong design, and what it remembers.
#[derive(Debug)]
pub(super) struct Weak {
    pub(super) weakness: Weakness,
    verified: Mutex<HashMap<String, (Instant, Value)>>,
    /// The functions, by their access key IDs, that have committed a transaction.
    committed: Mutex<HashSet<String>>,
}

impl Weak {
    pub(super) fn new(weakness: Weakness) -> Self {
        Self { weakness, verified: Mutex::default(), committed: Mutex::default() }
    }

    /// Changes a request to that of the weaker design. Returns whether it did.
    pub(super) fn weaken(&self, action: &str, request: &mut Value) -> bool {
        match (self.weakness, action) {
            (Weakness::EventualVerification, "GetItem") if request["TableName"] == "KeyDigests" => {
                request["ConsistentRead"] = false.into();
            }
            (Weakness::EventualAccounts, "GetItem") if request["TableName"] == "Accounts" => {
                request["ConsistentRead"] = false.into();
            }
            (Weakness::GatesWithoutCondition, "UpdateItem") if request["TableName"] == "KeyGates" => {
                request.as_object_mut().and_then(|request| request.remove("ConditionExpression"));
            }
            _ => return false,
        }
        true
    }

    /// Whether the weaker design wouldn't make this call.
    pub(super) fn leaves_out(&self, function: &str, action: &str, request: &Value) -> bool {
        let raises_gate = action == "UpdateItem" && request["TableName"] == "KeyGates";
        raises_gate
            && match self.weakness {
                Weakness::GatesNotRaised => true,
                Weakness::UnchangedPlanRaisesNoGates => {
                    function.starts_with("provision")
                        && !self.committed.lock().expect("not poisoned").contains(function)
                }
                _ => false,
            }
    }

    /// Remembers that a function has committed a transaction.
    pub(super) fn note_committed(&self, function: &str) {
        if self.weakness == Weakness::UnchangedPlanRaisesNoGates {
            self.committed.lock().expect("not poisoned").insert(function.to_owned());
        }
    }

    /// The cached response to a verification, if the weaker design would still use it.
    pub(super) fn remembered(&self, action: &str, request: &Value) -> Option<Value> {
        let Weakness::CachedVerification(life) = self.weakness else { return None };
        let verified = self.verified.lock().expect("not poisoned");
        let (at, answer) = verified.get(&verification(action, request)?)?;
        (at.elapsed() < life).then(|| answer.clone())
    }

    /// Caches the response to a verification.
    pub(super) fn remember(&self, action: &str, request: &Value, answer: &Value) {
        if let (Weakness::CachedVerification(_), Some(key)) = (self.weakness, verification(action, request)) {
            let mut verified = self.verified.lock().expect("not poisoned");
            verified.insert(key, (Instant::now(), answer.clone()));
        }
    }
}

/// The key of the item that a verification reads.
fn verification(action: &str, request: &Value) -> Option<String> {
    (action == "GetItem" && request["TableName"] == "KeyDigests").then(|| request["Key"].to_string())
}
