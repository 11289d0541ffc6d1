//! Faults at every call of an operation in whose middle something changes: the administrator who revokes a key loses
//! authority, and the key that changes an account begins another generation. Rotations and changes of the plan or of limits
//! also meet, without faults.

use std::sync::{Arc, atomic::Ordering};

use harness::{Answer, BASIC_ADMIN, KEYS, Observed, SECOND_ADMIN};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    effects::check_visible,
    fault::{ANSWERED, Fault},
    laboratory::Laboratory,
    operations::{GATES, Operation, change_plan},
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

/// Pauses this function at its transaction.
async fn paused(
    laboratory: &Laboratory,
    function: &'static str,
    request: impl Future<Output = Answer>,
    change: impl Future<Output = ()>,
) -> Answer {
    let pause = Pause::at(Observed::commits);
    let _ = laboratory.interfere_and_pause(function, usize::MAX, Fault::Refused, 0, Some(&pause));
    let answer = pause.during(request, change).await;
    laboratory.world.dynamodb.let_pass();
    assert_eq!(pause.permits.available_permits(), 0, "{function} was paused");
    answer
}

/// No secret is added to a frozen key, whether an administrator or the key itself rotates it.
#[tokio::test]
async fn a_rotation_during_which_the_plan_changes() {
    let laboratory = Laboratory::start(Operation::ReleaseKeys).await;
    let world = &laboratory.world;
    for by_itself in [false, true] {
        world.provision(change_plan("enterprise")).await.expect("changed");
        let admin = world.sign_in(BASIC_ADMIN).await;
        let key = world.create_key_with(&admin, json!({"selfRotation": {"lifetimeDays": 9}})).await;
        let path = format!("{KEYS}/{}/rotate", key.id);
        let freeze = async || drop(world.provision(change_plan("team")).await.expect("changed"));
        let answer = if by_itself {
            paused(&laboratory, "own-key", world.rotate_itself(&key, Value::Null), freeze()).await
        } else {
            let rotation = world.call("POST", &path, &admin, Value::Null);
            paused(&laboratory, "rotate-key", rotation, freeze()).await
        };
        assert_eq!(answer.status, if by_itself { 401 } else { 403 }, "{}", answer.text);
        recount(world, "a rotation during which the plan changes").await;
    }
}

/// The new secret gets the plan and the limits of the others.
#[tokio::test]
async fn a_change_of_the_plan_or_of_limits_during_which_a_key_is_rotated() {
    let laboratory = Laboratory::start(Operation::ReleaseKeys).await;
    let world = &laboratory.world;
    let limits = json!({
        "operation": "change-limits", "operator": "Test", "companyId": "basic", "limits": {"key": 777},
    });
    for change in [limits, change_plan("team")] {
        world.provision(change_plan("enterprise")).await.expect("changed");
        let admin = world.sign_in(BASIC_ADMIN).await;
        let key = world.create_key(&admin).await;
        let request = world.call("POST", "/local/provision", "", change);
        let rotation = async || drop(world.rotate(&admin, &key).await);
        paused(&laboratory, "provision", request, rotation()).await.ok();
        recount(world, "a change during which a key is rotated").await;
    }
    let digests = world.dynamodb.items("KeyDigests").await;
    let of_basic = |item: &&Value| item["companyId"] == "basic" && item.get("revokedAt").is_none();
    let mut living = digests.iter().filter(of_basic);
    assert!(living.all(|item| item["limits"]["key"] == 777 && item.get("frozen").is_some()), "{digests:?}");
}
