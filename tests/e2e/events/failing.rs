use harness::{Fault, Intervention};
use local::notices::pass_messages;
use serde_json::Value;

use super::{FROM_QUEUE, LOST, Lab, REFUSED, ids, names, numbers};

/// Every way in which a whole call fails without an effect.
const FAILURES: [Fault; 5] = [Fault::Refuse, Fault::Fail, Fault::Throttle, Fault::Disconnect, Fault::Garbage];

fn sorted(mut names: Vec<Value>) -> Vec<Value> {
    names.sort_by_key(|name| name["eventId"].to_string());
    names
}

/// The places of a batch whose events are in the `PutEvents` call.
fn places(call: &harness::ServiceCall, wanted: &[String]) -> Vec<usize> {
    let entries = call.request["Entries"].as_array().expect("entries");
    let is_wanted = |entry: &Value| {
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("a text")).expect("JSON");
        wanted.iter().any(|id| detail["id"] == id.as_str())
    };
    entries.iter().enumerate().filter(|(_, entry)| is_wanted(entry)).map(|(place, _)| place).collect()
}

fn empty_queue(lab: &Lab) {
    while !lab.queued().is_empty() {
        for message in lab.queues().receive(REFUSED) {
            lab.queues().delete(REFUSED, &message.id);
        }
    }
}

#[tokio::test]
async fn an_event_that_the_bus_refuses_goes_to_the_queue_and_is_published_from_there() {
    let lab = Lab::start().await;
    let event = lab.last_changes(25).await;
    let all = ids(&event);
    let refused = vec![all[0].clone(), all[7].clone(), all[24].clone()];
    let wanted = refused.clone();
    lab.services.interfere(move |call| match call.action.as_str() {
        "PutEvents" => Fault::RefuseEntries(places(call, &wanted)),
        _ => Fault::Pass,
    });
    assert!(lab.invoke(event.clone()).await.is_empty());
    let others: Vec<_> = all.iter().filter(|id| !refused.contains(id)).cloned().collect();
    let mut published = others;
    published.sort();
    assert_eq!(lab.published_ids(), published);
    let all_names = names(&event);
    assert_eq!(lab.queued(), sorted(vec![all_names[0].clone(), all_names[7].clone(), all_names[24].clone()]));

    lab.services.let_pass();
    assert!(pass_messages(lab.queues(), REFUSED, &lab.function(FROM_QUEUE)).await);
    let mut expected = all;
    expected.sort();
    assert_eq!(lab.published_ids(), expected);
    assert!(lab.queued().is_empty());
    assert_eq!(lab.services.published().len(), 25);
}

#[tokio::test]
async fn if_a_whole_call_fails_its_events_go_to_the_queue() {
    let lab = Lab::start().await;
    let event = lab.last_changes(2).await;
    for fault in FAILURES {
        lab.services.interfere_with("PutEvents", fault.clone());
        assert!(lab.invoke(event.clone()).await.is_empty(), "{fault:?}");
        assert_eq!(lab.queued(), sorted(names(&event)), "{fault:?}");
        assert!(lab.published_ids().is_empty(), "{fault:?}");
        empty_queue(&lab);
    }
}

/// The SDK repeats a call whose response it lost.
#[tokio::test]
async fn a_lost_response_publishes_events_again_with_the_same_identifiers() {
    let lab = Lab::start().await;
    let event = lab.last_changes(2).await;
    let mut first = true;
    lab.services.interfere(move |_| {
        if std::mem::take(&mut first) { Fault::DisconnectAfterwards } else { Fault::Pass }
    });
    assert!(lab.invoke(event.clone()).await.is_empty());
    let published = lab.services.published();
    assert_eq!(published.len(), 4);
    assert_eq!(published[..2], published[2..]);
    assert!(lab.queued().is_empty());
    // If no response arrives at all, the events also go to the queue.
    lab.services.interfere_with("PutEvents", Fault::DisconnectAfterwards);
    assert!(lab.invoke(event.clone()).await.is_empty());
    assert_eq!(lab.queued(), sorted(names(&event)));
    let mut expected = ids(&event);
    expected.sort();
    assert_eq!(lab.published_ids(), expected);
}

#[tokio::test]
async fn a_call_that_never_ends_counts_as_refused() {
    let lab = Lab::start().await;
    let event = lab.last_changes(2).await;
    lab.services.interfere_with("PutEvents", Fault::Hang);
    assert!(lab.invoke(event.clone()).await.is_empty());
    assert_eq!(lab.queued(), sorted(names(&event)));
}

#[tokio::test]
async fn what_the_queue_does_not_take_either_is_reported_as_failed() {
    let lab = Lab::start().await;
    let event = lab.last_changes(25).await;
    let all = ids(&event);
    for fault in FAILURES {
        let (wanted, at_queue) = (vec![all[3].clone(), all[20].clone()], fault.clone());
        lab.services.interfere(move |call| match call.action.as_str() {
            "PutEvents" => Fault::RefuseEntries(places(call, &wanted)),
            _ => at_queue.clone(),
        });
        let numbers = numbers(&event);
        let failed = lab.invoke(event.clone()).await;
        assert_eq!(failed, [numbers[3].clone(), numbers[20].clone()], "{fault:?}");
        assert!(lab.queued().is_empty(), "{fault:?}");
    }
    // The queue takes one of the two.
    let wanted = vec![all[3].clone(), all[20].clone()];
    lab.services.interfere(move |call| match call.action.as_str() {
        "PutEvents" => Fault::RefuseEntries(places(call, &wanted)),
        _ => Fault::RefuseEntries(vec![0]),
    });
    assert_eq!(lab.invoke(event.clone()).await, [numbers(&event)[3].clone()]);
    assert_eq!(lab.queued(), [names(&event)[20].clone()]);
}

#[tokio::test]
async fn if_the_table_does_not_answer_all_events_go_to_the_queue() {
    let lab = Lab::start().await;
    let event = lab.last_changes(12).await;
    for failure in
        [Intervention::Fail, Intervention::Throttle, Intervention::Invalid, Intervention::Unprocessed]
    {
        lab.world.dynamodb.interfere_with("BatchGetItem", failure.clone());
        assert!(lab.invoke(event.clone()).await.is_empty(), "{failure:?}");
        assert_eq!(lab.queued(), sorted(names(&event)), "{failure:?}");
        empty_queue(&lab);
    }
    lab.world.dynamodb.let_pass();
    assert!(lab.published_ids().is_empty());
}

/// From the queue, it fails again and again. SQS moves it to the queue of lost ones. The others are published.
#[tokio::test]
async fn a_message_that_always_fails_is_lost_in_the_end_and_the_others_are_published() {
    let lab = Lab::start().await;
    let event = lab.last_changes(3).await;
    lab.services.interfere_with("PutEvents", Fault::Refuse);
    assert!(lab.invoke(event.clone()).await.is_empty());
    let [first, bad, third] = ids(&event).try_into().expect("three");
    let wanted = vec![bad.clone()];
    lab.services.interfere(move |call| match call.action.as_str() {
        "PutEvents" => Fault::RefuseEntries(places(call, &wanted)),
        _ => Fault::Pass,
    });
    let function = lab.function(FROM_QUEUE);
    for _ in 0..5 {
        assert!(pass_messages(lab.queues(), REFUSED, &function).await);
        assert_eq!(lab.queued(), [names(&event)[1].clone()]);
    }
    let _ = lab.services.take_calls();
    assert!(!pass_messages(lab.queues(), REFUSED, &function).await);
    assert!(lab.queued().is_empty() && lab.services.take_calls().is_empty());
    assert_eq!(lab.queues().bodies(LOST), [names(&event)[1].to_string()]);
    assert_eq!(lab.published_ids(), [first, third]);
}
