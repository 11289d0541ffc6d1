//! Wrong ways to revoke a key that somebody found.

use std::{collections::HashSet, sync::Mutex};

use serde_json::{Value, json};

/// The function that finders call.
pub(super) const FUNCTION: &str = "leaked-keys";

/// What a wrong design remembers, by the digests of secrets.
#[derive(Debug, Default)]
pub(super) struct Finders {
    found: Mutex<HashSet<String>>,
    ended: Mutex<HashSet<String>>,
}

/// Later than every moment of a test, in milliseconds.
const LATER: &str = "9999999999999";

impl Finders {
    /// Remembers the secrets of a report.
    pub(super) fn note_found(&self, request: &Value) {
        let keys = request["RequestItems"]["KeyDigests"]["Keys"].as_array().into_iter().flatten();
        self.found.lock().expect("not poisoned").extend(keys.map(|key| digest(key).to_owned()));
    }

    /// Lets the transaction end no other secrets than those that were found. Returns whether there are any.
    pub(super) fn end_found_only(&self, request: &mut Value) -> bool {
        let found = self.found.lock().expect("not poisoned");
        only_check(request, |digest| !found.contains(digest))
    }

    /// Lets the transaction leave secrets as they are that have ended. Returns whether there are any.
    pub(super) fn leave_ended(&self, request: &mut Value) -> bool {
        let ended = self.ended.lock().expect("not poisoned");
        only_check(request, |digest| ended.contains(digest))
    }

    /// Shows secrets that were found as if nobody had ended them.
    pub(super) fn revive(&self, action: &str, request: &Value, answer: &mut Value) {
        let mut ended = self.ended.lock().expect("not poisoned");
        if action == "BatchGetItem" && request["RequestItems"].get("KeyDigests").is_some() {
            let items = answer["Responses"]["KeyDigests"].as_array_mut().into_iter().flatten();
            for item in items {
                if item.as_object_mut().and_then(|item| item.remove("revokedAt")).is_some() {
                    ended.insert(digest(item).to_owned());
                }
            }
        }
        if action == "GetItem"
            && let Some(old) = answer.pointer_mut("/Item/oldSecret/M")
            && ended.contains(digest(old))
        {
            old.as_object_mut().and_then(|old| old.remove("endedIn"));
            old["endsAt"] = json!({"N": LATER});
        }
    }
}

fn digest(item: &Value) -> &str {
    item["digest"]["S"].as_str().unwrap_or_default()
}

/// Replaces the changes of these secrets by checks that they exist, so that the reasons of a cancellation keep their places. Returns
/// whether there are any.
fn only_check(request: &mut Value, is_one: impl Fn(&str) -> bool) -> bool {
    let operations = request["TransactItems"].as_array_mut().into_iter().flatten();
    let changes = operations.filter(|operation| {
        let update = &operation["Update"];
        update["TableName"] == "KeyDigests" && is_one(digest(&update["Key"]))
    });
    let replaced = changes.map(|operation| {
        *operation = json!({"ConditionCheck": {
            "TableName": "KeyDigests", "Key": operation["Update"]["Key"],
            "ConditionExpression": "attribute_exists(#digest)",
            "ExpressionAttributeNames": {"#digest": "digest"},
        }});
    });
    replaced.count() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(digest: &str) -> Value {
        json!({"Update": {"TableName": "KeyDigests", "Key": {"digest": {"S": digest}}}})
    }

    fn kinds(request: &Value) -> Vec<&str> {
        let operations = request["TransactItems"].as_array().into_iter().flatten();
        operations
            .flat_map(|operation| operation.as_object().expect("an operation").keys())
            .map(String::as_str)
            .collect()
    }

    #[test]
    fn only_the_found_secret_is_ended() {
        let finders = Finders::default();
        finders.note_found(&json!({"RequestItems": {"KeyDigests": {"Keys": [{"digest": {"S": "a"}}]}}}));
        let mut request = json!({"TransactItems": [update("a"), update("b")]});
        assert!(finders.end_found_only(&mut request));
        assert_eq!(kinds(&request), ["Update", "ConditionCheck"]);
        assert!(!finders.end_found_only(&mut request), "nothing is left to weaken");
    }

    #[test]
    fn an_ended_secret_looks_alive_and_stays_as_it_is() {
        let finders = Finders::default();
        let asked = json!({"RequestItems": {"KeyDigests": {}}});
        let ended = json!({"digest": {"S": "a"}, "revokedAt": {"N": "1"}});
        let mut found = json!({"Responses": {"KeyDigests": [ended, {"digest": {"S": "b"}}]}});
        finders.revive("BatchGetItem", &asked, &mut found);
        assert_eq!(found["Responses"]["KeyDigests"][0], json!({"digest": {"S": "a"}}));
        let old = json!({"M": {"digest": {"S": "a"}, "endsAt": {"N": "1"}, "endedIn": {"N": "1"}}});
        let mut key = json!({"Item": {"oldSecret": old}});
        finders.revive("GetItem", &json!({}), &mut key);
        let alive = json!({"M": {"digest": {"S": "a"}, "endsAt": {"N": LATER}}});
        assert_eq!(key["Item"]["oldSecret"], alive);
        let mut request = json!({"TransactItems": [update("a"), update("b")]});
        assert!(finders.leave_ended(&mut request));
        assert_eq!(kinds(&request), ["ConditionCheck", "Update"]);
    }
}
