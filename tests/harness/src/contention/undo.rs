//! Wrong ways to undo a suspension.

use serde_json::{Value, json};

/// Unsuspends the accounts from which the transaction only takes one of those who want them to be suspended. Returns whether
/// there is one.
pub(super) fn ignore_others(request: &mut Value) -> bool {
    let operations = request["TransactItems"].as_array_mut().into_iter().flatten();
    let updates = operations.filter_map(|operation| operation.get_mut("Update"));
    let withdrawals = updates.filter(|update| {
        let expression = update["UpdateExpression"].as_str().unwrap_or_default();
        expression.contains("#suspendedBy") && !expression.contains("#state")
    });
    let undone = withdrawals.map(|update| {
        update["UpdateExpression"] =
            "SET #state = :undone, #version = :version REMOVE #suspendedBy, #suspendedAt".into();
        let names = ["state", "version", "suspendedBy", "suspendedAt"];
        let names = names.map(|name| (format!("#{name}"), json!(name)));
        update["ExpressionAttributeNames"] = Value::Object(names.into_iter().collect());
        let values = &mut update["ExpressionAttributeValues"];
        let kept = [":version", ":before"].map(|name| (name.to_owned(), values[name].clone()));
        *values = Value::Object(kept.into_iter().collect());
        values[":undone"] = json!({"S": "active"});
    });
    undone.count() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(expression: &str, names: &Value, values: &Value) -> Value {
        json!({"TransactItems": [{"Update": {
            "TableName": "Accounts", "UpdateExpression": expression, "ConditionExpression": "#version = :before",
            "ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
        }}]})
    }

    #[test]
    fn a_withdrawal_becomes_an_unsuspension() {
        let (before, after) = (json!({"N": "1"}), json!({"N": "2"}));
        let mut request = update(
            "SET #suspendedBy = :suspendedBy, #version = :version",
            &json!({"#suspendedBy": "suspendedBy", "#version": "version"}),
            &json!({":suspendedBy": {"M": {}}, ":version": after, ":before": before}),
        );
        assert!(ignore_others(&mut request));
        let names = json!({
            "#state": "state", "#version": "version", "#suspendedBy": "suspendedBy", "#suspendedAt": "suspendedAt",
        });
        let expected = update(
            "SET #state = :undone, #version = :version REMOVE #suspendedBy, #suspendedAt",
            &names,
            &json!({":undone": {"S": "active"}, ":version": after, ":before": before}),
        );
        assert_eq!(request, expected);
        assert!(!ignore_others(&mut request), "nothing is left to weaken");
    }
}
