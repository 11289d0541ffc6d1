//! A stack for trying operations.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::time::Timestamp;
use harness::{ADMIN, Answer, BASIC_ADMIN, Contention, Intervention, Key, SECOND_ADMIN, Weakness, World};
use serde_json::{Value, json};

use super::{fault::Fault, operations::Operation};

/// The observations during an interference.
#[derive(Debug, Default)]
pub(crate) struct Interfered {
    /// The calls of the function until the response.
    pub(crate) calls: AtomicUsize,
    /// The calls that the fault affected.
    pub(crate) hit: AtomicUsize,
}

/// A company for trying operations.
pub(crate) struct Laboratory {
    pub(crate) world: World,
    pub(crate) admin: String,
    pub(crate) key: Key,
    /// The time at which only the demonstration existed.
    pub(crate) began: Timestamp,
    /// The active keys of company Basic, which is not on the Enterprise plan.
    pub(crate) basic_keys: Vec<Key>,
}

impl Laboratory {
    /// Creates what the operation needs once.
    pub(crate) async fn start(operation: Operation) -> Self {
        let world = World::start().await;
        world.dynamodb.contend(&Contention::new(
            Duration::from_millis(2),
            Duration::from_secs(2),
            Weakness::None,
        ));
        let began = world.clock.now();
        // Collectors don't see the events of the last seconds.
        world.advance(Duration::from_mins(1));
        let admin = world.sign_in(ADMIN).await;
        let scopes = json!({"scopes": ["deprovisioning", "scim", "audit-log"]});
        let key = world.create_key_with(&admin, scopes).await;
        if operation == Operation::ListKeys {
            // Finding out whether the owner of another administrator's key is suspended takes a separate call.
            let second = world.sign_in(SECOND_ADMIN).await;
            world.create_key(&second).await;
        }
        let mut basic_keys = Vec::new();
        if operation == Operation::ChangePlan {
            let change = |plan| json!({"operation": "change-plan", "companyId": "basic", "plan": plan});
            world.provision(change("enterprise")).await.expect("changed");
            let basic = world.sign_in(BASIC_ADMIN).await;
            for _ in 0..3 {
                basic_keys.push(world.create_key(&basic).await);
            }
            let revoked = world.create_key(&basic).await;
            world.revoke(&basic, &revoked).await.ok();
            world.provision(change("team")).await.expect("changed");
        }
        Self { world, admin, key, began, basic_keys }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let authorization =
            if path.starts_with("/admin/") { self.admin.clone() } else { self.key.authorization() };
        self.world.call(method, path, &authorization, body).await
    }

    /// Interferes with the n-th call of a function (from 1) and this many calls after it. Notices are not affected,
    /// because they are written after the response and may come in between.
    pub(crate) fn interfere(
        &self,
        function: &'static str,
        n: usize,
        fault: Fault,
        times: usize,
    ) -> Arc<Interfered> {
        let interfered = Arc::new(Interfered::default());
        let counted = interfered.clone();
        self.world.dynamodb.interfere(move |call| {
            if call.function != function || call.is_notice() {
                return Intervention::Pass;
            }
            let number = counted.calls.fetch_add(1, Ordering::Relaxed) + 1;
            if !(n..n + times).contains(&number) {
                return Intervention::Pass;
            }
            let intervention = fault.at(&call.action);
            if !matches!(intervention, Intervention::Pass) {
                counted.hit.fetch_add(1, Ordering::Relaxed);
            }
            intervention
        });
        interfered
    }
}
