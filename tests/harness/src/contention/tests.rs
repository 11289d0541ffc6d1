use serde_json::json;

use super::*;

fn account(id: &str) -> Value {
    json!({"TableName": "Accounts", "Key": {"accountId": {"S": id}}})
}

#[test]
fn transactions_and_plain_writes_hold_their_items() {
    let contention = Contention::new(Duration::from_millis(4), Duration::ZERO, Weakness::None);
    let transaction = json!({"TransactItems": [{"ConditionCheck": account("a")}, {"Update": account("b")}]});
    let writes = [contention.try_hold_one(&account("b")), contention.try_hold_one(&account("b"))];
    assert!(writes.iter().all(Option::is_some), "plain writes don't conflict with each other");
    let [first, second] = writes;
    drop(first);
    let met = contention.try_hold(&transaction).expect_err("a plain write is in flight");
    assert_eq!(met, ["None", "TransactionConflict"]);
    drop(second);
    let held = contention.try_hold(&transaction).expect("nothing is in flight");
    assert!(contention.try_hold_one(&account("a")).is_none(), "what a transaction checks is held too");
    assert!(contention.try_hold_one(&account("c")).is_some());
    assert_eq!(contention.conflicts(), 2);
    drop(held);
    assert!(contention.try_hold_one(&account("a")).is_some());
}

#[test]
fn a_write_without_a_condition_passes_if_asked_for() {
    let contention = Contention::of(Behavior {
        hold: Duration::from_millis(4),
        release: Release::Done,
        stalls: Some(Stalls { one_in: 2, times: 10 }),
        staleness: Duration::ZERO,
        unconditional_writes_pass: true,
        weakness: Weakness::None,
    });
    let transaction = json!({"TransactItems": [{"Update": account("a")}]});
    let _held = contention.try_hold(&transaction).expect("nothing is in flight");
    assert!(contention.try_hold_one(&account("a")).is_some());
    assert_eq!((contention.passed(), contention.conflicts()), (1, 0));
    let mut conditional = account("a");
    conditional["ConditionExpression"] = "attribute_exists(accountId)".into();
    assert!(contention.try_hold_one(&conditional).is_none());
    assert_eq!((contention.passed(), contention.conflicts()), (1, 1));
    let check = json!({"ConditionCheck": {
        "TableName": "KeyGates", "Key": {"gate": {"S": "a"}},
        "ExpressionAttributeValues": {":generation": {"N": "1"}},
    }});
    let gated = json!({"TransactItems": [check]});
    let times = |request| [(); 3].map(|()| contention.hold_time("TransactWriteItems", request).as_millis());
    assert_eq!((times(&gated), times(&transaction)), ([4, 40, 4], [4, 4, 4]));
}
