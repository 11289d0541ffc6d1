//! A stack to try operations on.

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

/// What was seen while something was interfered with.
#[derive(Debug, Default)]
pub(crate) struct Interfered {
    /// Calls of the function, up to the answer.
    pub(crate) calls: AtomicUsize,
    /// Calls that the fault happened to.
    pub(crate) hit: AtomicUsize,
}

/// A company to try operations on.
pub(crate) struct Laboratory {
    pub(crate) world: World,
    pub(crate) admin: String,
    pub(crate) key: Key,
    /// When the demonstration was there, and nothing else.
    pub(crate) began: Timestamp,
    /// The active keys of company Basic, which is not on the Enterprise plan.
    pub(crate) basic_keys: Vec<Key>,
}

impl Laboratory {
    /// Everything that the operation needs once.
    pub(crate) async fn start(operation: Operation) -> Self {
        let world = World::start().await;
        world.dynamodb.contend(&Contention::new(
            Duration::from_millis(2),
            Duration::from_secs(2),
            Weakness::None,
        ));
        let began = world.clock.now();
        // Collectors see nothing of the last seconds.
        world.advance(Duration::from_mins(1));
        let admin = world.sign_in(ADMIN).await;
        let scopes = json!({"scopes": ["deprovisioning", "scim", "audit-log"]});
        let key = world.create_key_with(&admin, scopes).await;
        if operation == Operation::ListKeys {
            // Whether the owner of another's key is suspended takes a call of its own.
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

    /// Interferes with the n-th call of a function (from 1) and as many after it. Notices, which are written once the
    /// answer is out and may come in between, are left alone.
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
