//! The stand-in for Lambda's event source mapping of the stream.

use std::sync::{Arc, Mutex};

use local::notices::{Checkpoint, Function};
use serde_json::{Value, json};

use super::{LOST, Lab, ids, numbers};

/// What a function was invoked with.
type Seen = Arc<Mutex<Vec<Vec<String>>>>;

/// A function that notes the events of each invocation, and answers as it is told.
fn function(answer: impl Fn(&Value) -> Result<Value, String> + Send + Sync + 'static) -> (Function, Seen) {
    let seen = Seen::default();
    let noted = seen.clone();
    let function: Function = Arc::new(move |event, _| {
        noted.lock().expect("not poisoned").push(ids(&event));
        let answer = answer(&event);
        Box::pin(async move { answer })
    });
    (function, seen)
}

fn take(seen: &Seen) -> Vec<Vec<String>> {
    std::mem::take(&mut seen.lock().expect("not poisoned"))
}

/// The stack, and the insertions until now: their events and their sequence numbers.
async fn scene() -> (Lab, Vec<String>, Vec<String>) {
    let lab = Lab::start().await;
    let changes = json!({"Records": lab.changes().await});
    let (ids, numbers) = (ids(&changes), numbers(&changes));
    assert!(ids.len() > 20, "{}", ids.len());
    (lab, ids, numbers)
}

#[tokio::test]
async fn batches_are_passed_on_in_order_and_once() {
    let (lab, all, _) = scene().await;
    let mut mapping = lab.mapping(Checkpoint::Memory(None), 10);
    let (function, seen) = function(|_| Ok(json!({"batchItemFailures": []})));
    while mapping.pass_batch(&function).await.expect("passed") {}
    let batches = take(&seen);
    assert!(batches.iter().all(|batch| batch.len() <= 10));
    assert_eq!(batches.concat(), all);
}

#[tokio::test]
async fn from_the_first_failed_record_on_everything_is_repeated() {
    let (lab, all, numbers) = scene().await;
    let mut mapping = lab.mapping(Checkpoint::Memory(None), 10);
    let failed = Mutex::new(vec![numbers[7].clone(), numbers[4].clone()]);
    let (function, seen) = function(move |_| {
        let failed = std::mem::take(&mut *failed.lock().expect("not poisoned"));
        let failures: Vec<_> = failed.iter().map(|number| json!({"itemIdentifier": number})).collect();
        Ok(json!({"batchItemFailures": failures}))
    });
    assert!(mapping.pass_batch(&function).await.expect("passed"));
    assert_eq!(take(&seen), [all[..10].to_vec(), all[4..10].to_vec()]);
    assert_eq!(mapping.checkpoint.read(), Some(numbers[9].clone()));
}

/// An answer that names another record, or that isn't one, means that all have failed.
#[tokio::test]
async fn an_answer_that_names_no_record_of_the_batch_repeats_everything() {
    let (lab, all, _) = scene().await;
    for wrong in [
        json!({"batchItemFailures": [{"itemIdentifier": ""}]}),
        json!({"batchItemFailures": [{"itemIdentifier": "100000000000000000001"}]}),
        json!({"batchItemFailures": [{"other": 1}]}),
        json!({"batchItemFailures": 1}),
    ] {
        let mut mapping = lab.mapping(Checkpoint::Memory(None), 4);
        let wrong_once = Mutex::new(Some(wrong));
        let (function, seen) =
            function(move |_| Ok(wrong_once.lock().expect("not poisoned").take().unwrap_or_default()));
        assert!(mapping.pass_batch(&function).await.expect("passed"));
        assert_eq!(take(&seen), [all[..4].to_vec(), all[..4].to_vec()]);
    }
}

#[tokio::test]
async fn a_record_that_makes_the_function_fail_is_lost_alone() {
    let (lab, all, numbers) = scene().await;
    let mut mapping = lab.mapping(Checkpoint::Memory(None), 16);
    let poison = all[5].clone();
    let (function, seen) =
        function(
            move |event| {
                if ids(event).contains(&poison) { Err("on purpose".into()) } else { Ok(Value::Null) }
            },
        );
    assert!(mapping.pass_batch(&function).await.expect("passed"));
    let batches = take(&seen);
    let taken: Vec<_> = batches.iter().filter(|batch| !batch.contains(&all[5])).cloned().collect();
    let others: Vec<_> = all[..16].iter().filter(|id| **id != all[5]).cloned().collect();
    assert_eq!(taken.concat(), others);
    // Once, and three repeats.
    assert_eq!(batches.iter().filter(|batch| **batch == [all[5].clone()]).count(), 4);
    let lost = lab.queues().bodies(LOST);
    assert!(lost.len() == 1 && lost[0].contains(&numbers[5]), "{lost:?}");
    assert_eq!(mapping.checkpoint.read(), Some(numbers[15].clone()));
}

#[tokio::test]
async fn a_record_that_is_always_reported_is_lost_and_the_others_are_taken() {
    let (lab, all, numbers) = scene().await;
    let mut mapping = lab.mapping(Checkpoint::Memory(None), 8);
    let poison = numbers[2].clone();
    let (function, seen) = function(move |event| {
        let failed = super::numbers(event).contains(&poison);
        let failures: Vec<_> = failed.then(|| json!({"itemIdentifier": poison})).into_iter().collect();
        Ok(json!({"batchItemFailures": failures}))
    });
    assert!(mapping.pass_batch(&function).await.expect("passed"));
    assert_eq!(take(&seen).last(), Some(&all[3..8].to_vec()));
    let lost = lab.queues().bodies(LOST);
    assert!(lost.len() == 1 && lost[0].contains(&numbers[2]), "{lost:?}");
}

#[tokio::test]
async fn only_insertions_are_passed_on() {
    let (lab, all, _) = scene().await;
    let last = lab.changes().await.pop().expect("a change");
    let key = &last["dynamodb"]["Keys"];
    let update = json!({
        "TableName": "AuditEvents", "Key": key,
        "UpdateExpression": "SET ip = :ip", "ExpressionAttributeValues": {":ip": {"S": "192.0.2.1"}},
    });
    lab.world.dynamodb.ask("UpdateItem", &update).await;
    lab.world.dynamodb.ask("DeleteItem", &json!({"TableName": "AuditEvents", "Key": key})).await;
    let mut mapping = lab.mapping(Checkpoint::Memory(None), 1);
    let (function, seen) = function(|_| Ok(Value::Null));
    while mapping.pass_batch(&function).await.expect("passed") {}
    assert_eq!(take(&seen).concat(), all);
}
