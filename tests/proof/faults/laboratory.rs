//! A stack for trying operations.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::time::Timestamp;
use harness::{
    ADMIN, Answer, BASIC_ADMIN, Contention, Intervention, Key, Observed, SECOND_ADMIN, Weakness, World,
};
use serde_json::{Value, json};

use super::{
    fault::Fault,
    meanwhile::Pause,
    operations::{Operation, change_plan},
};

/// The observations during an interference.
#[derive(Debug, Default)]
pub(crate) struct Interfered {
    /// The calls of the function until the response. A gate counts once, however often it is tried.
    pub(crate) calls: AtomicUsize,
    /// The calls that the fault affected.
    pub(crate) hit: AtomicUsize,
    /// The gates, in the order in which the function began to raise them, with the number of the call.
    gates: Mutex<Vec<(Value, usize)>>,
}

impl Interfered {
    /// The number of a call, and whether it is a gate's.
    fn number(&self, call: &Observed) -> (usize, bool) {
        let next = || self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call.action != "UpdateItem" || call.request["TableName"] != "KeyGates" {
            return (next(), false);
        }
        // Gates are raised at the same time, so a repeat may come after the calls of others.
        let mut gates = self.gates.lock().expect("not poisoned");
        let known = gates.iter().find(|(request, _)| *request == call.request).map(|(_, number)| *number);
        let number = known.unwrap_or_else(|| {
            let number = next();
            gates.push((call.request.clone(), number));
            number
        });
        (number, true)
    }

    /// The call after this one that is worth a fault. Of the gates, the first, a middle one and the last are.
    pub(crate) fn next(&self, n: usize, gates: usize) -> usize {
        let raised = self.gates.lock().expect("not poisoned");
        let Some(place) = raised.iter().position(|(_, number)| *number == n) else { return n + 1 };
        let worthy = [gates / 2, gates - 1].into_iter().find(|worthy| *worthy > place);
        n + worthy.map_or(1, |worthy| worthy - place)
    }
}

/// The number of items that `DynamoDB` deletes in a batch.
const MOST_IN_BATCH: usize = 25;

/// A company for trying operations.
pub(crate) struct Laboratory {
    pub(crate) world: World,
    pub(crate) admin: String,
    pub(crate) key: Key,
    /// The time at which only the demonstration existed.
    pub(crate) began: Timestamp,
    /// The secrets of two active keys of company Basic, which is not on the Enterprise plan.
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
        world.raise_limits("acme").await;
        let mut basic_keys = Vec::new();
        if operation.changes_plan() || operation == Operation::ChangeLimits {
            world.provision(change_plan("enterprise")).await.expect("changed");
            let basic = world.sign_in(BASIC_ADMIN).await;
            for is_used in [true, false] {
                let key = world.create_key(&basic).await;
                let new = world.rotate(&basic, &key).await;
                if is_used {
                    world.read(&new, "basic-admin").await.ok();
                }
                basic_keys.extend([key, new]);
            }
            let revoked = world.create_key(&basic).await;
            world.revoke(&basic, &revoked).await.ok();
            world.provision(change_plan("team")).await.expect("changed");
        }
        Self { world, admin, key, began, basic_keys }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let authorization =
            if path.starts_with("/admin/") { self.admin.clone() } else { self.key.authorization() };
        self.world.call(method, path, &authorization, body).await
    }

    /// Takes the gates of the frozen keys away, as if nobody had raised them.
    pub(crate) async fn lower_gates(&self) {
        self.lower_gates_of(|item| item.get("frozen").is_some()).await;
    }

    /// Takes the gates of these secrets away, as if nobody had raised them.
    pub(crate) async fn lower_gates_of(&self, is_one: impl Fn(&Value) -> bool) {
        let digests = self.world.dynamodb.items("KeyDigests").await;
        let digests: Vec<_> = digests.iter().filter(|item| is_one(item)).collect();
        let gates = self.world.dynamodb.items("KeyGates").await;
        let gates = gates.iter().map(|gate| gate["gate"].as_str().expect("a text"));
        let is_theirs =
            |gate: &&str| digests.iter().any(|item| gate.split('#').next() == item["digest"].as_str());
        let deletions = gates.filter(is_theirs).map(|gate| json!({"gate": {"S": gate}}));
        self.delete("KeyGates", deletions.collect()).await;
    }

    /// Deletes a revoked key with everything that belongs to it, so that recounts stay fast.
    pub(crate) async fn remove(&self, key: &Key) {
        self.lower_gates_of(|item| item["keyId"] == key.id).await;
        let digests = self.world.dynamodb.items("KeyDigests").await;
        let digests = digests.iter().filter(|item| item["keyId"] == key.id);
        let digests = digests.map(|item| json!({"digest": {"S": item["digest"]}}));
        self.delete("KeyDigests", digests.collect()).await;
        self.delete("ApiKeys", vec![json!({"companyId": {"S": "acme"}, "keyId": {"S": key.id}})]).await;
    }

    async fn delete(&self, table: &str, keys: Vec<Value>) {
        let deletions: Vec<_> = keys.iter().map(|key| json!({"DeleteRequest": {"Key": key}})).collect();
        for some in deletions.chunks(MOST_IN_BATCH) {
            self.world.dynamodb.ask("BatchWriteItem", &json!({"RequestItems": {table: some}})).await;
        }
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
        self.interfere_and_pause(function, n, fault, times, None)
    }

    /// Interferes, and also pauses the function once, at a call that the fault doesn't affect.
    pub(crate) fn interfere_and_pause(
        &self,
        function: &'static str,
        n: usize,
        fault: Fault,
        times: usize,
        pause: Option<&Arc<Pause>>,
    ) -> Arc<Interfered> {
        let interfered = Arc::new(Interfered::default());
        let (counted, mut pause) = (interfered.clone(), pause.cloned());
        self.world.dynamodb.interfere(move |call| {
            if call.function != function || call.is_notice() {
                return Intervention::Pass;
            }
            let (number, is_gate) = counted.number(call);
            // Of the gates, only the chosen one is affected, as often as it is tried.
            let is_meant = if is_gate {
                number == n && counted.hit.load(Ordering::Relaxed) < times
            } else {
                (n..n + times).contains(&number)
            };
            let intervention = if is_meant { fault.at(&call.action) } else { Intervention::Pass };
            if !matches!(intervention, Intervention::Pass) {
                counted.hit.fetch_add(1, Ordering::Relaxed);
                return intervention;
            }
            let Some(paused) = pause.take_if(|pause| (pause.at)(call)) else { return intervention };
            paused.reached.add_permits(1);
            Intervention::Hold(paused.permits.clone())
        });
        interfered
    }
}
