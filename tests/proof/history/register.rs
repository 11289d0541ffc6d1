//! Small histories of one account, checked for linearizability by `stateright`: there is an order of the operations,
//! each between its invocation and its response, that explains every response.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use harness::{ADMIN, Contention, Key, Numbers, Weakness, World};
use stateright::semantics::{
    ConsistencyTester, LinearizabilityTester,
    register::{Register, RegisterOp, RegisterRet},
};

/// Whether the account is suspended.
type Tester = LinearizabilityTester<usize, Register<bool>>;

struct Log {
    tester: Tester,
    /// A thread whose operation has no response does nothing more. Its client continues as another thread.
    threads: usize,
}

async fn client(world: &World, key: &Key, mut numbers: Numbers, operations: usize, log: &Mutex<Log>) {
    let new_thread = || {
        let mut log = log.lock().expect("not poisoned");
        log.threads += 1;
        log.threads
    };
    let mut thread = new_thread();
    for _ in 0..operations {
        let operation = match numbers.below(3) {
            0 => RegisterOp::Write(true),
            1 => RegisterOp::Write(false),
            _ => RegisterOp::Read,
        };
        let invoked = log.lock().expect("not poisoned").tester.on_invoke(thread, operation.clone()).map(drop);
        invoked.expect("one operation at a time");
        let answer = match operation {
            RegisterOp::Write(true) => world.suspend(key, "acme-member-1").await,
            RegisterOp::Write(false) => world.unsuspend(key, "acme-member-1").await,
            RegisterOp::Read => world.read(key, "acme-member-1").await,
        };
        if answer.status != 200 {
            thread = new_thread();
            continue;
        }
        let suspended = answer.json()["state"] == "suspended";
        let returned = match operation {
            RegisterOp::Read => RegisterRet::ReadOk(suspended),
            RegisterOp::Write(written) => {
                assert_eq!(written, suspended, "the response to a change shows another state");
                RegisterRet::WriteOk
            }
        };
        log.lock().expect("not poisoned").tester.on_return(thread, returned).expect("an operation at work");
    }
}

/// Runs short histories of three clients each, until one is not that of a register.
async fn is_linearizable(contention: &Arc<Contention>, seed: u64) -> Result<(), String> {
    super::say(&format!("SEED={seed}"));
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.contend(contention);
    for round in 0..6_u64 {
        world.unsuspend(&key, "acme-member-1").await.ok();
        let log = Mutex::new(Log { tester: Tester::new(Register(false)), threads: 0 });
        let clients = (0..3).map(|number| {
            let numbers = Numbers::from_seed(seed.wrapping_add(round * 100 + number));
            client(&world, &key, numbers, 4, &log)
        });
        join_all(clients).await;
        let tester = log.into_inner().expect("not poisoned").tester;
        if !tester.is_consistent() {
            return Err(format!("SEED={seed}, round {round}: {tester:?}"));
        }
    }
    Ok(())
}

const HOLD: Duration = Duration::from_millis(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_histories_are_linearizable() {
    let contention = Contention::new(HOLD, Duration::from_secs(2), Weakness::None);
    is_linearizable(&contention, super::seed()).await.expect("an order that explains every answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn control_an_eventually_consistent_account_is_not_linearizable() {
    let first = super::seed();
    for seed in (0..5).map(|number| first.wrapping_add(number)) {
        let staleness = Duration::from_millis(250);
        let contention = Contention::new(HOLD, staleness, Weakness::EventualAccounts);
        if is_linearizable(&contention, seed).await.is_err() {
            return;
        }
    }
    panic!("stale reads go unnoticed, SEED={first} and the next four");
}
