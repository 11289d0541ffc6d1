//! Wrong designs, simulated by changing the calls of the right one on the wire. A check that can't find them proves
//! nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    finders::{self, Finders},
    gates, suspensions, undo,
};

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
    /// The first use of a new secret doesn't set the end of the old one.
    FirstUseSetsNoEnd,
    /// Completing a rotation doesn't end the old secret.
    CompletionEndsNothing,
    /// A verification takes a new secret for the current one, so nothing records its first use.
    FirstUseUnrecorded,
    /// Changes of a key's secrets don't name the version that they read.
    NoSecretsVersion,
    /// An edit or a hold that changes nothing raises no gates.
    UnchangedKeyRaisesNoGates,
    /// An edit doesn't name the version of the company's policy.
    EditNamesNoPolicy,
    /// A change of the policy doesn't name the number of rotations and edits that it read.
    PolicyNamesNoEdits,
    /// What a key suspends is counted before and after the transaction that does it.
    SuspensionsCountedOutside,
    /// A suspension counts only for the hour that the instance's own clock shows.
    SuspensionsCountOneHour,
    /// An undo unsuspends whoever else wants the account to be suspended.
    UndoIgnoresOthers,
    /// An undo doesn't name the version of the account that it read.
    UndoNamesNoVersion,
    /// An account that a key unsuspends doesn't keep who wanted it to be suspended.
    UnsuspensionForgets,
    /// A revocation by somebody who found the key raises no gates.
    FinderRaisesNoGates,
    /// A finder ends only the secret that was found.
    FinderEndsOneSecret,
    /// A finder can end a key with a secret that has ended.
    EndedSecretEndsKey,
}

/// A wrong design, and what it remembers.
#[derive(Debug)]
pub(super) struct Weak {
    pub(super) weakness: Weakness,
    verified: Mutex<HashMap<String, (Instant, Value)>>,
    /// The functions, by their access key IDs, that have committed a transaction.
    committed: Mutex<HashSet<String>>,
    /// The digests of keys whose gates are raised although nothing has changed.
    settling: Mutex<HashSet<String>>,
    finders: Finders,
}

impl Weak {
    pub(super) fn new(weakness: Weakness) -> Self {
        Self {
            weakness,
            verified: Mutex::default(),
            committed: Mutex::default(),
            settling: Mutex::default(),
            finders: Finders::default(),
        }
    }

    /// Changes a request to that of the weaker design. Returns whether it did.
    pub(super) fn weaken(&self, function: &str, action: &str, request: &mut Value) -> bool {
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
            (Weakness::FinderEndsOneSecret, "BatchGetItem") if function == finders::FUNCTION => {
                self.finders.note_found(request);
                return false;
            }
            (_, "TransactWriteItems") => return self.weaken_transaction(function, request),
            _ => return false,
        }
        true
    }

    fn weaken_transaction(&self, function: &str, request: &mut Value) -> bool {
        if self.weakness == Weakness::SuspensionsCountOneHour {
            return suspensions::count_one_hour(request);
        }
        if self.weakness == Weakness::UndoIgnoresOthers && function == "undo-suspensions" {
            return undo::ignore_others(request);
        }
        if function == finders::FUNCTION {
            return match self.weakness {
                Weakness::FinderEndsOneSecret => self.finders.end_found_only(request),
                Weakness::EndedSecretEndsKey => self.finders.leave_ended(request),
                _ => false,
            };
        }
        let changes: &[(&str, &str, &str)] = match self.weakness {
            Weakness::UndoNamesNoVersion if function == "undo-suspensions" => {
                &[("Accounts", "#version = :before", "attribute_exists(#version)")]
            }
            Weakness::EditNamesNoPolicy if function == "edit-key" => &[
                ("Companies", "attribute_not_exists(#keyPolicyVersion)", "attribute_exists(#activeKeys)"),
                ("Companies", "#keyPolicyVersion = :policyVersion", "attribute_exists(#activeKeys)"),
            ],
            Weakness::PolicyNamesNoEdits if function == "key-policy" => &[
                ("Companies", "attribute_not_exists(#rotations)", "attribute_exists(#activeKeys)"),
                ("Companies", "#rotations = :rotations", "attribute_exists(#activeKeys)"),
            ],
            Weakness::UnsuspensionForgets => &[("Accounts", "#formerSuspenders = :formerSuspenders, ", "")],
            Weakness::FirstUseSetsNoEnd => {
                &[("KeyDigests", "SET #expiresAt = :endsAt, #replaced = ", "SET #replaced = ")]
            }
            Weakness::CompletionEndsNothing => &[(
                "KeyDigests",
                "SET #generation = :generation, #revokedAt = :now",
                "SET #generation = :generation",
            )],
            Weakness::NoSecretsVersion => &[
                ("ApiKeys", "attribute_not_exists(#secretsVersion)", "attribute_exists(#keyId)"),
                ("ApiKeys", "#secretsVersion = :version", "attribute_exists(#keyId)"),
            ],
            _ => return false,
        };
        let operations = request["TransactItems"].as_array_mut().into_iter().flatten();
        let updates = operations.filter_map(|operation| operation.get_mut("Update"));
        updates.map(|update| replace(update, changes)).filter(|is_changed| *is_changed).count() > 0
    }

    /// Whether the weaker design's transaction doesn't have this operation.
    pub(super) fn has_no(&self, operation: &Value) -> bool {
        self.weakness == Weakness::NoConditionCheck && gates::is_gate_check(operation)
    }

    /// Whether the response to a read may be another than that of the right design.
    pub(super) fn changes_answers(&self) -> bool {
        use Weakness::{CachedVerification, EndedSecretEndsKey, FirstUseUnrecorded};
        matches!(self.weakness, CachedVerification(_) | EndedSecretEndsKey | FirstUseUnrecorded)
    }

    /// Changes the response to a read to that of the weaker design.
    pub(super) fn change_answer(&self, function: &str, action: &str, request: &Value, answer: &mut Value) {
        if self.weakness == Weakness::EndedSecretEndsKey && function == finders::FUNCTION {
            self.finders.revive(action, request, answer);
        }
        if self.weakness == Weakness::FirstUseUnrecorded && verification(action, request).is_some() {
            answer["Item"].as_object_mut().and_then(|item| item.remove("unusedUntil"));
        }
    }

    /// Whether the weaker design wouldn't make this call.
    pub(super) fn leaves_out(&self, function: &str, action: &str, request: &Value) -> bool {
        let raises_gate = action == "UpdateItem" && request["TableName"] == "KeyGates";
        if self.weakness == Weakness::UnchangedKeyRaisesNoGates && function == "edit-key" {
            return self.is_unchanged(action, request, raises_gate);
        }
        raises_gate
            && match self.weakness {
                Weakness::GatesNotRaised => true,
                Weakness::FinderRaisesNoGates => function == finders::FUNCTION,
                Weakness::UnchangedPlanRaisesNoGates => {
                    function.starts_with("provision")
                        && !self.committed.lock().expect("not poisoned").contains(function)
                }
                _ => false,
            }
    }

    /// Whether the call raises the gate of a secret whose generation was read since the last transaction of the function: it is
    /// raised although nothing has changed.
    fn is_unchanged(&self, action: &str, request: &Value, raises_gate: bool) -> bool {
        let mut settling = self.settling.lock().expect("not poisoned");
        match action {
            "TransactWriteItems" => settling.retain(|digest| !request.to_string().contains(digest.as_str())),
            "BatchGetItem" if request["RequestItems"].get("ApiKeys").is_none() => {
                let keys = request["RequestItems"]["KeyDigests"]["Keys"].as_array().into_iter().flatten();
                settling.extend(keys.filter_map(|key| Some(key["digest"]["S"].as_str()?.to_owned())));
            }
            _ => {}
        }
        let gate = request["Key"]["gate"]["S"].as_str().unwrap_or_default();
        raises_gate && gate.split('#').next().is_some_and(|digest| settling.contains(digest))
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

/// Replaces parts of an update's expressions, and removes the names and values that nothing uses any more, because `DynamoDB`
/// refuses those. Returns whether anything was replaced.
fn replace(update: &mut Value, changes: &[(&str, &str, &str)]) -> bool {
    let mut is_changed = false;
    let table = update["TableName"].clone();
    for (_, from, to) in changes.iter().filter(|(of, ..)| table == *of) {
        for name in ["UpdateExpression", "ConditionExpression"] {
            let before = update[name].as_str().unwrap_or_default().to_owned();
            if before.contains(from) {
                update[name] = before.replace(from, to).into();
                is_changed = true;
            }
        }
    }
    let text = |name: &str| update[name].as_str().unwrap_or_default().to_owned();
    let expressions = format!("{} {}", text("UpdateExpression"), text("ConditionExpression"));
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "#:_".contains(letter);
    let used: HashSet<&str> = expressions.split(|letter| !is_part(letter)).collect();
    for names in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        if let Some(names) = update[names].as_object_mut().filter(|_| is_changed) {
            names.retain(|name, _| used.contains(name.as_str()));
        }
    }
    is_changed
}

/// The key of the item that a verification reads.
fn verification(action: &str, request: &Value) -> Option<String> {
    (action == "GetItem" && request["TableName"] == "KeyDigests").then(|| request["Key"].to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_condition_on_the_version_is_left_out() {
        let update = |condition: &str, values: Value| {
            json!({"TransactItems": [{"Update": {
                "TableName": "ApiKeys", "UpdateExpression": "SET #secretsVersion = :secretsVersion",
                "ConditionExpression": format!("attribute_exists(#keyId) AND {condition}"),
                "ExpressionAttributeNames": {"#secretsVersion": "secretsVersion", "#keyId": "keyId"},
                "ExpressionAttributeValues": values,
            }}]})
        };
        let mut request = update("#secretsVersion = :version", json!({":secretsVersion": 2, ":version": 1}));
        let weak = Weak::new(Weakness::NoSecretsVersion);
        assert!(weak.weaken("rotate-key", "TransactWriteItems", &mut request));
        assert_eq!(request, update("attribute_exists(#keyId)", json!({":secretsVersion": 2})));
        assert!(!weak.weaken("rotate-key", "TransactWriteItems", &mut request), "nothing is left to weaken");
    }
}
