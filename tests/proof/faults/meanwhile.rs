//! Faults at every call of an operation in whose middle something changes: the administrator who revokes a key loses
//! authority, and the key that changes an account begins another generation.

use std::sync::{Arc, atomic::Ordering};

use harness::{Answer, Observed, SECOND_ADMIN};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    effects::check_visible,
    fault::ANSWERED,
    laboratory::Laboratory,
    operations::{GATES, Operation},
    recount::recount,
};

/// Stops an operation at one of its calls until something has changed.
pub(crate) struct Pause {
    pub(crate) at: fn(&Observed) -> bool,
    /// Gets a permit when the call is made,
    pub(crate) reached: Semaphore,
    /// and the call goes on when this gets some.
    pub(crate) permits: Arc<Semaphore>,
}

impl Pause {
    fn at(at: fn(&Observed) -> bool) -> Arc<Self> {
        Arc::new(Self { at, reached: Semaphore::new(0), permits: Arc::new(Semaphore::new(0)) })
    }

    /// Makes the change while the request is paused. If a fault ends the request before, nothing changes.
    async fn during(
        &self,
        request: impl Future<Output = Answer>,
        change: impl Future<Output = ()>,
    ) -> Answer {
        let mut request = Box::pin(request);
        let changed = async {
            self.reached.acquire().await.expect("never closed").forget();
            change.await;
            self.permits.add_permits(1);
        };
        tokio::select! {
            answer = &mut request => answer,
            () = changed => request.await,
        }
    }
}

fn is_again(answer: &Answer) -> bool {
    [503, 504].contains(&answer.status) && answer.header("retry-after") == "1"
}

/// Sets the state of Acme's second administrator.
async fn set_state(laboratory: &Laboratory, state: &str) {
    let update = json!({
        "TableName": "Accounts",
        "Key": {"companyId": {"S": "acme"}, "accountId": {"S": "acme-second-admin"}},
        "UpdateExpression": "SET #state = :state",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":state": {"S": state}},
    });
    laboratory.world.dynamodb.ask("UpdateItem", &update).await;
}

/// The key works afterwards, or the revocation was broken off, and another administrator sees it and completes it.
#[tokio::test]
async fn a_revocation_whose_administrator_loses_authority() {
    let laboratory = Laboratory::start(Operation::RevokeKey).await;
    let world = &laboratory.world;
    let second = world.sign_in(SECOND_ADMIN).await;
    for (fault, times) in ANSWERED {
        let (mut n, mut withdrawn, mut broken_off) = (1, 0, 0);
        loop {
            let what = format!("authority is lost, {fault:?} {times} times from call {n}");
            let key = world.create_key(&laboratory.admin).await;
            // The first call after the administrator was verified.
            let pause = Pause::at(|call| call.action == "TransactWriteItems");
            let interfered = laboratory.interfere_and_pause("revoke-key", n, fault, times, Some(&pause));
            let answer = pause.during(world.revoke(&second, &key), set_state(&laboratory, "suspended")).await;
            world.dynamodb.let_pass();
            set_state(&laboratory, "active").await;
            if is_again(&answer) {
                broken_off += 1;
                check_visible(world, &laboratory.admin, &key, &what).await;
            } else {
                withdrawn += 1;
                assert_eq!(answer.status, 403, "{what}: {}", answer.text);
                world.read(&key, "acme-member-1").await.ok();
                recount(world, &what).await;
            }
            world.revoke(&laboratory.admin, &key).await.ok();
            assert_eq!(world.read(&key, "acme-member-1").await.status, 401, "{what}");
            recount(world, &what).await;
            if interfered.calls.load(Ordering::Relaxed) < n {
                break;
            }
            n = interfered.next(n, GATES);
        }
        assert!(n > GATES + 5, "{fault:?}: every call until the attempt is withdrawn, and not {n}");
        assert!(withdrawn > 0, "{fault:?} {times} times");
        assert!(broken_off > 0 || !fault.defeats(Operation::RevokeKey, times), "{fault:?} {times} times");
    }
}

/// Begins the next generation of the laboratory's key and raises its gates.
async fn begin_generation(laboratory: &Laboratory, generation: i64) {
    let Laboratory { world, key, .. } = laboratory;
    world.set_generation(key, generation).await;
    world.raise_gates(key, generation).await;
}

/// The gate refuses the write, the key is verified again, and the write commits in the new generation.
#[tokio::test]
async fn a_write_whose_gate_is_closed() {
    let operation = Operation::Suspend;
    let laboratory = Laboratory::start(operation).await;
    let world = &laboratory.world;
    let mut subject = 0;
    for (fault, times) in ANSWERED {
        for n in 1.. {
            subject += 1;
            let what = format!("a closed gate, {fault:?} {times} times from call {n}");
            let prepared = operation.prepare(&laboratory, subject).await;
            // The key was verified.
            let pause = Pause::at(|call| call.request["TableName"] == "Accounts");
            let interfered = laboratory.interfere_and_pause("account-status", n, fault, times, Some(&pause));
            let request = operation.request(&laboratory, &prepared);
            let generation = i64::try_from(subject).expect("a small number");
            let mut answer = pause.during(request, begin_generation(&laboratory, generation)).await;
            world.dynamodb.let_pass();
            if is_again(&answer) {
                answer = operation.request(&laboratory, &prepared).await;
            }
            assert_eq!(answer.status, 200, "{what}: {}", answer.text);
            super::effects::check(operation, &laboratory, &prepared, &what).await;
            let calls = interfered.calls.load(Ordering::Relaxed);
            if calls < n {
                assert_eq!(calls, 5, "{what}: verified and tried twice, and read once");
                break;
            }
        }
    }
    recount(world, "a closed gate").await;
}
