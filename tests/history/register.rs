//! Small histories of one account, checked for linearizability by `stateright`: there is an order of the operations, each
//! between its invocation and its response, that explains every answer.

use std::{sync::Mutex, time::Duration};

use futures_util::future::join_all;
use stateright::semantics::{
    ConsistencyTester, LinearizabilityTester,
    register::{Register, RegisterOp, RegisterRet},
};
use tests::{ADMIN, Contention, Key, Numbers, Weakness, World};

/// Whether the account is suspended.
type Tester = LinearizabilityTester<usize, Register<bool>>;

struct Log {
    tester: Tester,
    /// A thread whose operation has no answer does nothing any more; its client goes on as another.
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
                assert_eq!(written, suspended, "the answer to a change tells another state");
                RegisterRet::WriteOk
            }
        };
        log.lock().expect("not poisoned").tester.on_return(thread, returned).expect("an operation at work");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_histories_are_linearizable() {
    let world = World::start().await;
    let admin = world.sign_in(ADMIN).await;
    let key = world.create_key(&admin).await;
    world.dynamodb.contend(&Contention::new(Duration::from_millis(3), Duration::ZERO, Weakness::None));
    for round in 0..6_u64 {
        world.unsuspend(&key, "acme-member-1").await.ok();
        let log = Mutex::new(Log { tester: Tester::new(Register(false)), threads: 0 });
        let clients = (0..3).map(|number| {
            let numbers = Numbers::from_seed(super::seed().wrapping_add(round * 100 + number));
            client(&world, &key, numbers, 4, &log)
        });
        join_all(clients).await;
        let tester = log.into_inner().expect("not poisoned").tester;
        assert!(tester.is_consistent(), "seed {}, round {round}: {tester:?}", super::seed());
    }
}

/// The control: a read of the past, between writes that had ended, is no register's.
#[test]
fn control_a_stale_read_is_not_linearizable() {
    let mut tester = Tester::new(Register(false));
    let mut carry_out = |operation, returned| {
        tester.on_invoke(1, operation).map(drop).expect("invoked");
        tester.on_return(1, returned).map(drop).expect("returned");
    };
    carry_out(RegisterOp::Write(true), RegisterRet::WriteOk);
    carry_out(RegisterOp::Read, RegisterRet::ReadOk(false));
    assert!(!tester.is_consistent());
}
