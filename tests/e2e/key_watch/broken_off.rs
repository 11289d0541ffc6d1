//! A run is broken off at each of its calls, and the next invocation continues it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use harness::{Intervention, eventually};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use super::{Scene, instance, is_ours, scene, watch};

/// The number of attempts of the SDK.
const ATTEMPTS: usize = 3;

/// Lets the function's calls from the `first` one on, `count` of them, meet this. Returns the number of its calls.
fn interfere(
    scene: &Scene,
    first: usize,
    count: usize,
    with: Intervention,
) -> (Arc<AtomicUsize>, Arc<Notify>) {
    let (calls, met) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (seen, notify) = (calls.clone(), met.clone());
    scene.world.dynamodb.interfere(move |call| {
        if !is_ours(call) {
            return Intervention::Pass;
        }
        let number = seen.fetch_add(1, Ordering::SeqCst) + 1;
        if (first..first + count).contains(&number) {
            notify.notify_one();
            return with.clone();
        }
        Intervention::Pass
    });
    (calls, met)
}

/// The instance ends at one of its calls, before or after the effect of the call.
#[tokio::test]
async fn everything_is_told_once_wherever_the_instance_ends() {
    let scene = scene().await;
    for has_effect in [false, true] {
        let mut number = 1;
        loop {
            scene.forget().await;
            let with =
                if has_effect { Intervention::Hang } else { Intervention::Hold(Arc::new(Semaphore::new(0))) };
            let (_, met) = interfere(&scene, number, 1, with);
            let service = instance(&scene.world);
            let event = json!({});
            let run = Box::pin(key_watch::handle(&service, &event, "test-request"));
            let ended = tokio::select! {
                report = run => { report.expect("a report"); false }
                () = met.notified() => true,
            };
            if has_effect {
                eventually("the effect", async || scene.world.dynamodb.is_idle()).await;
            }
            scene.world.dynamodb.let_pass();
            assert!(watch(&scene.world).await.complete);
            assert_eq!(scene.told().await, scene.expected, "ended at call {number}, effect: {has_effect}");
            if !ended {
                break;
            }
            number += 1;
        }
        assert!(number > 14, "only {number} calls");
    }
}

/// `DynamoDB` fails at one of the calls for as long as the SDK tries, without an effect and with one.
#[tokio::test]
async fn everything_is_told_once_whichever_call_fails() {
    let scene = scene().await;
    for fault in [Intervention::Fail, Intervention::LoseResponse, Intervention::Throttle] {
        let mut number = 1;
        loop {
            scene.forget().await;
            let (calls, _) = interfere(&scene, number, ATTEMPTS, fault.clone());
            let (service, event) = (instance(&scene.world), json!({}));
            let first = key_watch::handle(&service, &event, "test-request");
            let first = Box::pin(first).await;
            scene.world.dynamodb.let_pass();
            let next = watch(&scene.world).await;
            assert!(next.complete, "{fault:?} at call {number}: {first:?}, {next:?}");
            assert_eq!(scene.told().await, scene.expected, "{fault:?} at call {number}");
            if calls.load(Ordering::SeqCst) < number {
                assert!(first.is_ok_and(|report| report.complete && report.keys_not_watched == 0));
                break;
            }
            number += 1;
        }
        assert!(number > 14, "only {number} calls");
    }
}
