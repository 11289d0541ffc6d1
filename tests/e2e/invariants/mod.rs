//! The invariants of the design, with the same numbers. The first one, that no key is ever stored, has its own program:
//! `never_stored.rs`.

mod all_or_nothing;
mod authority;
mod last_administrator;
mod later_release;
mod planes;
mod protected;
mod recreated;
mod revocation;
mod sealed;

use std::sync::Arc;

use harness::{Intervention, World, eventually};
use store::ATTEMPT_TIMEOUT;
use tokio::sync::Semaphore;

/// Holds every transaction of a function from now on, until permits are added.
pub(crate) fn hold(world: &World, function: &'static str) -> Arc<Semaphore> {
    let permits = Arc::new(Semaphore::new(0));
    let held = permits.clone();
    let _ = world.dynamodb.take_calls();
    world.dynamodb.interfere(move |call| {
        let holds = call.function == function && call.commits();
        if holds { Intervention::Hold(held.clone()) } else { Intervention::Pass }
    });
    permits
}

/// Waits until this many transactions of a function are held.
pub(crate) async fn until_held(world: &World, function: &str, count: usize) {
    let mut seen = 0;
    eventually("transactions are held", async || {
        let calls = world.dynamodb.take_calls();
        seen += calls.iter().filter(|call| call.function == function && call.commits()).count();
        seen >= count
    })
    .await;
}

/// The first copy of the next transaction arrives when the SDK has long sent a second one, which conflicts.
pub(crate) fn delay_first_copy(world: &World) {
    let mut copies = 0;
    world.dynamodb.interfere(move |call| {
        copies += usize::from(call.commits());
        match copies {
            1 if call.commits() => Intervention::Delay(2 * ATTEMPT_TIMEOUT),
            2 if call.commits() => Intervention::Conflict,
            _ => Intervention::Pass,
        }
    });
}

/// Runs a request. Its transaction is held until something else was done.
pub(crate) async fn meanwhile<T>(
    world: &World,
    function: &'static str,
    request: impl Future<Output = T>,
    something: impl Future<Output = ()>,
) -> T {
    let permits = hold(world, function);
    let something = async {
        until_held(world, function, 1).await;
        something.await;
        world.dynamodb.let_pass();
        permits.add_permits(1_000);
    };
    tokio::join!(request, something).0
}
