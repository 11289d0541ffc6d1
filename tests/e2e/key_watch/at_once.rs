//! Two runs at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use harness::{Contention, Intervention, Weakness, eventually};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{instance, is_ours, scene, watch, watch_again};

/// The conflicts and the delays of `DynamoDB` mix the steps of both.
#[tokio::test]
async fn two_runs_that_begin_at_once_tell_everything_once() {
    let scene = scene().await;
    let world = &scene.world;
    let contention = Contention::new(Duration::from_millis(5), Duration::from_millis(50), Weakness::None);
    world.dynamodb.contend(&contention);
    for _ in 0..2 {
        scene.forget().await;
        let (one, other) = (instance(world), instance(world));
        let event = json!({"again": true});
        let run = |service| Box::pin(key_watch::handle(service, &event, "test-request"));
        let (one, other) = tokio::join!(run(&one), run(&other));
        let completed = [one, other].map(|report| report.is_ok_and(|report| report.complete));
        assert!(completed.iter().any(|complete| *complete), "{completed:?}");
        // What the one that gave way has begun may be left over.
        watch(world).await;
        assert_eq!(scene.told().await, scene.expected);
    }
}

/// A run has read all marks and then stands still, while another one tells everything.
#[tokio::test]
async fn a_run_that_another_one_overtakes_tells_nothing_again() {
    let scene = scene().await;
    let (world, permits) = (&scene.world, Arc::new(Semaphore::new(0)));
    let stands_still = Arc::new(AtomicBool::new(true));
    let (held, holds) = (permits.clone(), stands_still.clone());
    world.dynamodb.interfere(move |call| {
        let is_telling = is_ours(call) && call.action == "TransactWriteItems";
        if is_telling && holds.load(Ordering::SeqCst) {
            Intervention::Hold(held.clone())
        } else {
            Intervention::Pass
        }
    });
    let _ = world.dynamodb.take_calls();
    let overtake = async {
        let mut calls = Vec::new();
        eventually("an attempt to tell both companies", async || {
            calls.extend(world.dynamodb.take_calls());
            let is_told = |company: &str| {
                calls.iter().any(|call| call.commits() && call.request.to_string().contains(company))
            };
            is_told("company#acme") && is_told("company#events")
        })
        .await;
        stands_still.store(false, Ordering::SeqCst);
        assert!(watch_again(world).await.complete);
        assert_eq!(scene.told().await, scene.expected);
        permits.add_permits(100);
    };
    let (overtaken, ()) = tokio::join!(watch(world), overtake);
    assert_eq!((overtaken.complete, overtaken.told, overtaken.keys_not_watched), (false, 0, 0));
    assert_eq!(scene.told().await, scene.expected);
}
