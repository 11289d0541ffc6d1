//! The function is broken off at each of its calls, to `DynamoDB` and to SES, before and after the effect of the call.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use harness::{ADMIN, Delivery, Intervention, Mail, SECOND_ADMIN, eventually};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

use super::{ATTEMPT, HOUR, MINUTE, Scene, count, queue, used_of};

/// Lets the call with this number end the instance.
struct End<'a> {
    scene: &'a Scene,
    calls: Arc<AtomicUsize>,
    met: Arc<Notify>,
}

impl<'a> End<'a> {
    fn at(scene: &'a Scene, number: usize, has_effect: bool) -> Self {
        let (calls, met) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let is_it = {
            let (calls, met) = (calls.clone(), met.clone());
            move || {
                let is_it = calls.fetch_add(1, Ordering::SeqCst) + 1 == number;
                if is_it {
                    met.notify_one();
                }
                is_it
            }
        };
        let is_mail = is_it.clone();
        scene.ses.decide(move |_| match is_mail() {
            true if has_effect => Delivery::AcceptAndHang,
            true => Delivery::Hang,
            false => Delivery::Accept,
        });
        scene.world.dynamodb.interfere(move |call| match call.function == send_mail::NAME && is_it() {
            true if has_effect => Intervention::Hang,
            true => Intervention::Hold(Arc::new(Semaphore::new(0))),
            false => Intervention::Pass,
        });
        Self { scene, calls, met }
    }

    /// Invokes the function until an invocation isn't broken off. Each invocation is a new instance. SQS and the schedule repeat
    /// one that ended.
    async fn invoke(&self, event: &Value) {
        loop {
            let mailer = self.scene.mailer();
            let work = Box::pin(send_mail::handle(&mailer, event.clone(), "test-request"));
            tokio::select! {
                answer = work => {
                    assert_eq!(answer.expect("an answer"), send_mail::Answer::default());
                    return;
                }
                () = self.met.notified() => {}
            }
            eventually("the effect", async || self.scene.world.dynamodb.is_idle()).await;
            self.scene.world.advance(6 * MINUTE);
        }
    }
}

/// The number of events that a person was told of, each mail once, and whether the mails came an hour apart.
fn check(mails: &[Mail], to: &str, expected: usize, context: &str) {
    let mine: Vec<_> = mails.iter().filter(|mail| mail.to == to).collect();
    let counts: BTreeMap<_, _> = mine.iter().map(|mail| (mail.id.clone(), count(mail))).collect();
    assert_eq!(counts.values().sum::<usize>(), expected, "{context}: {mine:?}");
    for pair in mine.windows(2) {
        let is_apart = pair[1].at >= pair[0].at.plus(HOUR);
        assert!(pair[0].id == pair[1].id || is_apart, "{context}: {pair:?}");
    }
    let contents: BTreeSet<_> = mine.iter().map(|mail| (&mail.id, &mail.text)).collect();
    assert_eq!(contents.len(), counts.len(), "{context}: a repeat says something else");
}

#[tokio::test]
async fn every_event_is_told_wherever_the_instance_ends() {
    let scene = Scene::new().await;
    for has_effect in [false, true] {
        let mut number = 1;
        loop {
            let context = format!("ended at call {number}, effect: {has_effect}");
            let end = End::at(&scene, number, has_effect);
            let (due, used) =
                (json!({"due": true}), |event| used_of(number * 2 + usize::from(has_effect), event));
            end.invoke(&queue(&[used(1)])).await;
            scene.world.advance(MINUTE);
            end.invoke(&queue(&[used(2), used(3)])).await;
            for _ in 0..2 {
                scene.world.advance(HOUR);
                end.invoke(&due).await;
            }
            let mails = scene.ses.take();
            for to in [ADMIN, SECOND_ADMIN] {
                check(&mails, to, 3, &context);
            }
            let repeats = mails.len() - 4;
            assert!(repeats <= 2, "{context}: {mails:?}");
            if end.calls.load(Ordering::SeqCst) < number {
                assert_eq!(repeats, 0, "nothing ended, so nothing was repeated");
                break;
            }
            number += 1;
        }
        assert!(number > 15, "only {number} calls");
    }
}

/// `DynamoDB` fails at one of the calls for as long as the SDK tries. The queue and the schedule repeat what failed.
#[tokio::test]
async fn every_event_is_told_whichever_call_fails() {
    let scene = Scene::new().await;
    let mailer = scene.mailer();
    let mut key = 0;
    for fault in [Intervention::Fail, Intervention::LoseResponse] {
        let mut number = 1;
        loop {
            let context = format!("{fault:?} at call {number}");
            let calls = Arc::new(AtomicUsize::new(0));
            let (seen, meets) = (calls.clone(), fault.clone());
            scene.world.dynamodb.interfere(move |call| {
                if call.function != send_mail::NAME {
                    return Intervention::Pass;
                }
                let now = seen.fetch_add(1, Ordering::SeqCst) + 1;
                if (number..number + 3).contains(&now) { meets.clone() } else { Intervention::Pass }
            });
            key += 1;
            let used = |event| used_of(key, event);
            for event in [queue(&[used(1)]), queue(&[used(2), used(3)])] {
                let handle =
                    async || Box::pin(send_mail::handle(&mailer, event.clone(), "test-request")).await;
                let failed = handle().await.expect("an answer").batch_item_failures.len();
                if failed > 0 {
                    scene.world.advance(ATTEMPT + MINUTE);
                    assert_eq!(handle().await.expect("an answer"), send_mail::Answer::default());
                }
            }
            for _ in 0..3 {
                scene.world.advance(HOUR);
                // The schedule comes again.
                let _ = scene.due(&mailer).await;
            }
            let mails = scene.ses.take();
            for to in [ADMIN, SECOND_ADMIN] {
                check(&mails, to, 3, &context);
            }
            if calls.load(Ordering::SeqCst) < number {
                break;
            }
            number += 1;
        }
        assert!(number > 10, "only {number} calls");
    }
}
