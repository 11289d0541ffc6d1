//! Wrong ways to count what keys suspend.

use domain::ulid::time_of_ulid;
use serde_json::Value;

use super::{Contention, Weakness, gates::token};

/// How the windows in `KeyUsage` begin that count what keys suspend.
const WINDOW: &str = "suspensions#";

/// The windows in which a transaction counts suspensions.
fn counts(request: &mut Value) -> impl Iterator<Item = &mut Value> {
    let operations = request["TransactItems"].as_array_mut().into_iter().flatten();
    let updates = operations.filter_map(|operation| operation.get_mut("Update"));
    updates.filter(|update| window(update).starts_with(WINDOW))
}

fn window(update: &Value) -> &str {
    update["Key"]["window"]["S"].as_str().unwrap_or_default()
}

/// Lets the transaction count in an item that nothing reads. Returns the updates as they were.
fn divert<'r>(updates: impl Iterator<Item = &'r mut Value>, token: &str) -> Vec<Value> {
    let diverted = updates.map(|update| {
        let before = update.clone();
        update["Key"]["window"]["S"] = format!("unread#{token}#{}", window(&before)).into();
        before
    });
    diverted.collect()
}

/// Leaves only the count for the hour that the instance's own clock shows: that of the event in the same transaction.
pub(super) fn count_one_hour(request: &mut Value) -> bool {
    let token = token(request);
    let operations = request["TransactItems"].as_array().into_iter().flatten();
    let mut ids = operations.filter_map(|operation| operation["Put"]["Item"]["eventId"]["S"].as_str());
    let Some(at) = ids.next().and_then(time_of_ulid) else { return false };
    let hour = at.to_string().split(':').next().unwrap_or_default().to_owned();
    let others = counts(request).filter(|update| !window(update).ends_with(&hour));
    !divert(others, &token).is_empty()
}

/// A count that a function checks before its transaction, and raises afterwards.
#[derive(Debug)]
pub(crate) struct OutsideCount(Value);

impl OutsideCount {
    /// The key of the counting item.
    pub(crate) fn key(&self) -> &Value {
        &self.0["Key"]
    }

    /// Whether the item, as it was read, has room.
    pub(crate) fn has_room(&self, item: Option<&Value>) -> bool {
        let number = |value: &Value| value["N"].as_str().and_then(|number| number.parse::<i64>().ok());
        let count = item.and_then(|item| number(&item["suspensions"])).unwrap_or(0);
        number(&self.0["ExpressionAttributeValues"][":room"]).is_some_and(|room| count <= room)
    }

    /// The update, without a condition.
    pub(crate) fn update(mut self) -> Value {
        let is_of_update = |name: &str| !name.starts_with("Condition") && !name.starts_with("ReturnValues");
        let members = self.0.as_object_mut().expect("an update");
        members.retain(|name, _| is_of_update(name));
        if let Some(values) = members["ExpressionAttributeValues"].as_object_mut() {
            values.remove(":room");
        }
        self.0
    }
}

impl Contention {
    /// The transaction without what it counts, and that. Nothing if the design counts in the transaction. A repeat of a
    /// transaction is changed in the same way, but doesn't count again.
    pub(crate) fn count_outside(&self, request: &Value) -> Option<(Value, Vec<OutsideCount>)> {
        if self.behavior.weakness != Weakness::SuspensionsCountedOutside {
            return None;
        }
        let (mut rest, token) = (request.clone(), token(request));
        let mut counted = divert(counts(&mut rest), &token);
        if counted.is_empty() {
            return None;
        }
        if self.tokens.contains(request) {
            counted.clear();
        }
        Some((rest, counted.into_iter().map(OutsideCount).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn transaction(windows: [&str; 2]) -> Value {
        let count =
            |window: &str| json!({"Update": {"TableName": "KeyUsage", "Key": {"window": {"S": window}}}});
        json!({"ClientRequestToken": "t", "TransactItems": [
            {"Put": {"TableName": "AuditEvents", "Item": {"eventId": {"S": "01M6T1QH00ZZZZZZZZZZZZZZZZ"}}}},
            count(windows[0]), count(windows[1]),
        ]})
    }

    #[test]
    fn only_the_hour_of_the_event_is_left() {
        let at = time_of_ulid("01M6T1QH00ZZZZZZZZZZZZZZZZ").expect("a time").to_string();
        let (hour, other) = (format!("suspensions#k#{}", &at[..13]), "suspensions#k#1999-12-31T23");
        let mut request = transaction([&hour, other]);
        assert!(count_one_hour(&mut request));
        assert_eq!(request, transaction([&hour, &format!("unread#t#{other}")]));
        assert!(!count_one_hour(&mut request), "nothing is left to weaken");
    }

    #[test]
    fn a_count_that_was_read_has_room_or_not() {
        let count = OutsideCount(json!({
            "Key": {"window": {"S": "w"}}, "ConditionExpression": "#suspensions <= :room",
            "UpdateExpression": "ADD #suspensions :number",
            "ExpressionAttributeValues": {":number": {"N": "2"}, ":room": {"N": "8"}},
        }));
        let item = |count: &str| json!({"suspensions": {"N": count}});
        assert!(
            count.has_room(None) && count.has_room(Some(&item("8"))) && !count.has_room(Some(&item("9")))
        );
        let update = count.update();
        assert!(update.get("ConditionExpression").is_none() && update["UpdateExpression"].is_string());
        assert_eq!(update["ExpressionAttributeValues"], json!({":number": {"N": "2"}}));
    }
}
