//! Simulates the contention of `DynamoDB`, because the engine commits one transaction after the other and has none.
//! Transactions and plain writes hold their items for a while, conflicting calls are canceled or refused, and a read
//! that isn't strongly consistent may return old data. It also simulates weaknesses that the code doesn't have, because
//! a check that can't find them proves nothing.

mod finders;
mod gates;
mod holds;
mod past;
mod suspensions;
#[cfg(test)]
mod tests;
mod undo;
mod weakness;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use local::template::{SOURCE, Template};
use serde_json::{Map, Value};

pub(crate) use gates::{GateCheck, restore_reasons, without_checks};
pub(crate) use holds::Held;
pub(crate) use suspensions::OutsideCount;
pub use weakness::Weakness;

use gates::CommittedTokens;
use holds::Holds;
use past::Past;
use weakness::Weak;

/// How the layer behaves.
#[derive(Clone, Copy, Debug)]
pub struct Behavior {
    /// How long a transaction holds its items.
    pub hold: Duration,
    /// When a transaction releases its items.
    pub release: Release,
    /// Some transactions hold their items longer.
    pub stalls: Option<Stalls>,
    /// A read that isn't strongly consistent returns the data of this long ago.
    pub staleness: Duration,
    /// Whether a plain write without a condition is carried out although a transaction holds its item. `DynamoDB`
    /// doesn't say that it refuses such writes.
    pub unconditional_writes_pass: bool,
    /// The simulated wrong design.
    pub weakness: Weakness,
}

/// When a transaction releases the items that it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// After the engine has carried it out.
    Done,
    /// When the time is over, however busy this machine is. What takes longer here than at `DynamoDB` then causes no
    /// conflicts.
    Time,
    /// It holds nothing. Calls take as long, but none is refused.
    Never,
}

/// Transactions that hold their items longer, as in `DynamoDB` when the coordinator of a transaction fails and another
/// completes it. Only writes that check a gate stall: a revocation that stalls as well gives them time to end.
#[derive(Clone, Copy, Debug)]
pub struct Stalls {
    /// One such transaction in this many
    pub one_in: usize,
    /// holds its items this many times as long.
    pub times: u32,
}

/// An audit event in the order in which events were committed.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The action.
    pub action: String,
    /// The identifier of the account or key that did it.
    pub actor: String,
    /// The identifier of what it was done to.
    pub affected: String,
    /// The whole event, as it went over the wire.
    pub event: Value,
    /// The time after which it was committed,
    pub after: Instant,
    /// and the time before which it was.
    pub before: Instant,
}

/// An item: its table and its key, as one text.
type ItemKey = String;

/// The names of each table's key attributes.
#[derive(Debug)]
struct Keys(HashMap<String, Vec<String>>);

impl Keys {
    /// An item, from its key or its complete content.
    fn of(&self, table: &str, whole: &Value) -> ItemKey {
        let parts = self.0.get(table).into_iter().flatten().map(|name| whole[name].to_string());
        format!("{table} {}", parts.collect::<Vec<_>>().join(" "))
    }

    /// The item of a write, from its `Key` or its complete `Item`.
    fn of_write(&self, operation: &Value) -> ItemKey {
        let table = operation["TableName"].as_str().unwrap_or_default();
        let whole = operation.get("Key").or_else(|| operation.get("Item")).unwrap_or(&Value::Null);
        self.of(table, whole)
    }
}

/// The contention layer.
#[derive(Debug)]
pub struct Contention {
    behavior: Behavior,
    keys: Keys,
    holds: Arc<Holds>,
    past: Past,
    weak: Weak,
    /// The number of transactions that check a gate.
    gated: AtomicUsize,
    tokens: CommittedTokens,
    committed: Mutex<Vec<Committed>>,
    /// The events that were already seen. A repeated transaction that was committed the first time gets the same
    /// response.
    noted: Mutex<HashSet<String>>,
}

impl Contention {
    /// Transactions hold their items for `hold`. A read that isn't strongly consistent returns the data of `staleness`
    /// ago.
    ///
    /// # Panics
    /// If `template.yaml` can't be read.
    #[must_use]
    pub fn new(hold: Duration, staleness: Duration, weakness: Weakness) -> Arc<Self> {
        let unconditional_writes_pass = weakness == Weakness::GatesWithoutCondition;
        let release = Release::Done;
        Self::of(Behavior { hold, release, stalls: None, staleness, unconditional_writes_pass, weakness })
    }

    /// A layer for measurements: transactions hold their items exactly this long, or nothing.
    ///
    /// # Panics
    /// If `template.yaml` can't be read.
    #[must_use]
    pub fn measured(hold: Duration, release: Release) -> Arc<Self> {
        Self::of(Behavior {
            hold,
            release,
            stalls: None,
            staleness: Duration::ZERO,
            unconditional_writes_pass: false,
            weakness: Weakness::None,
        })
    }

    /// A layer that behaves like this.
    ///
    /// # Panics
    /// If `template.yaml` can't be read.
    #[must_use]
    pub fn of(behavior: Behavior) -> Arc<Self> {
        let template = Template::read(SOURCE).expect("readable");
        let keys = template.tables.into_iter().map(|table| {
            let parts = [Some(table.partition_key), table.sort_key];
            (table.table.logical_id().to_owned(), parts.into_iter().flatten().collect())
        });
        Arc::new(Self {
            behavior,
            keys: Keys(keys.collect()),
            holds: Arc::new(Holds::new(behavior.release, behavior.hold)),
            past: Past::new(behavior.staleness),
            weak: Weak::new(behavior.weakness),
            gated: AtomicUsize::default(),
            tokens: CommittedTokens::default(),
            committed: Mutex::default(),
            noted: Mutex::default(),
        })
    }

    /// The events in the order of their commits.
    ///
    /// # Panics
    /// If a test has panicked.
    #[must_use]
    pub fn committed(&self) -> Vec<Committed> {
        self.committed.lock().expect("not poisoned").clone()
    }

    /// The number of transactions and writes that conflicted.
    #[must_use]
    pub fn conflicts(&self) -> usize {
        self.holds.conflicts()
    }

    /// The number of plain writes that were carried out although a transaction held their item.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.holds.passed()
    }

    /// How long a call holds its items. A plain write doesn't have two phases, so it holds them half as long as a
    /// transaction.
    pub(crate) fn hold_time(&self, action: &str, request: &Value) -> Duration {
        let Behavior { hold, stalls, .. } = self.behavior;
        if action != "TransactWriteItems" {
            return hold / 2;
        }
        let Some(stalls) = stalls.filter(|_| !gates::checks(request).is_empty()) else { return hold };
        let number = self.gated.fetch_add(1, Ordering::Relaxed) + 1;
        if number.is_multiple_of(stalls.one_in) { hold * stalls.times } else { hold }
    }

    /// The most transactions that were in progress at the same time.
    ///
    /// # Panics
    /// If a test has panicked.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.holds.most_at_once()
    }

    /// Whether the response to a read may be another than the engine's.
    pub(crate) fn changes_reads(&self) -> bool {
        self.past.is_kept() || self.weak.changes_answers()
    }

    /// Changes a request to that of the weaker design. Returns whether it did.
    pub(crate) fn weaken(&self, function: &str, action: &str, request: &mut Value) -> bool {
        self.weak.weaken(function, action, request)
    }

    /// Whether the weaker design wouldn't make this call.
    pub(crate) fn leaves_out(&self, function: &str, action: &str, request: &Value) -> bool {
        self.weak.leaves_out(function, action, request)
    }

    /// The cached response to a verification, if the weaker design would still use it.
    pub(crate) fn remembered(&self, action: &str, request: &Value) -> Option<Value> {
        self.weak.remembered(action, request)
    }

    /// Caches the response to a verification.
    pub(crate) fn remember(&self, action: &str, request: &Value, answer: &Value) {
        self.weak.remember(action, request, answer);
    }

    /// Holds a transaction's items. Returns the reasons of its cancellation if others hold some of them.
    pub(crate) fn try_hold(&self, request: &Value) -> Result<Held, Vec<&'static str>> {
        let operations = request["TransactItems"].as_array().into_iter().flatten();
        let item = |operation: &Value| {
            let (_, write) = operation.as_object()?.iter().next()?;
            (!self.weak.has_no(operation)).then(|| self.keys.of_write(write))
        };
        self.holds.try_hold(operations.map(item).collect())
    }

    /// Holds the item of a plain write, or returns `None` if a transaction holds it.
    pub(crate) fn try_hold_one(&self, request: &Value) -> Option<Held> {
        let item = self.keys.of_write(request);
        let is_unconditional = request["ConditionExpression"].is_null();
        if self.behavior.unconditional_writes_pass && is_unconditional {
            return Some(self.holds.pass(&item));
        }
        self.holds.try_hold_one(item)
    }

    /// The checks of gates that aren't forwarded with a transaction, because they are evaluated when it is prepared, or
    /// not at all.
    pub(crate) fn separate_checks(&self, request: &Value) -> Vec<GateCheck> {
        let is_weak = self.behavior.weakness == Weakness::NoConditionCheck;
        if self.behavior.unconditional_writes_pass || is_weak { gates::checks(request) } else { Vec::new() }
    }

    /// Whether a transaction's separate checks are evaluated when it is prepared.
    pub(crate) fn evaluates(&self, request: &Value) -> bool {
        self.behavior.weakness != Weakness::NoConditionCheck && !self.tokens.contains(request)
    }

    /// The tables and keys that a call writes. A read of old data returns their earlier content.
    pub(crate) fn written(&self, action: &str, request: &Value) -> Vec<(String, Value)> {
        let of = |operation: &Value| {
            let table = operation["TableName"].as_str()?;
            let whole = operation.get("Key").or_else(|| operation.get("Item"))?;
            let key = self.keys.0.get(table)?.iter().map(|name| (name.clone(), whole[name].clone()));
            Some((table.to_owned(), key.collect::<Map<_, _>>().into()))
        };
        match action {
            _ if !self.past.is_kept() => Vec::new(),
            "TransactWriteItems" => {
                let operations = request["TransactItems"].as_array().into_iter().flatten();
                let operations = operations.filter_map(|operation| operation.as_object()?.iter().next());
                operations.filter(|(kind, _)| *kind != "ConditionCheck").filter_map(|(_, o)| of(o)).collect()
            }
            // No function reads gates.
            "UpdateItem" if request["TableName"] == "KeyGates" => Vec::new(),
            "UpdateItem" | "PutItem" | "DeleteItem" => of(request).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Remembers the content of an item before a write.
    pub(crate) fn note_replaced(&self, table: &str, key: &Value, before: Option<Value>) {
        self.past.note(self.keys.of(table, key), before);
    }

    /// Replaces the response to a read that isn't strongly consistent by old data, and that of a verification by the weaker
    /// design's.
    pub(crate) fn age(&self, function: &str, action: &str, request: &Value, answer: &mut Value) {
        self.weak.change_answer(function, action, request, answer);
        self.past.age(&self.keys, action, request, answer);
    }

    /// Remembers a function's transaction that was committed after this time, and its events.
    pub(crate) fn note_committed(&self, function: &str, request: &Value, after: Instant) {
        self.tokens.note(request);
        self.weak.note_committed(function);
        let before = Instant::now();
        let id =
            |event: &Value, who: &str| event[who]["M"]["id"]["S"].as_str().unwrap_or_default().to_owned();
        for operation in request["TransactItems"].as_array().into_iter().flatten() {
            let put = &operation["Put"];
            if put["TableName"] == "AuditEvents" {
                let event = &put["Item"];
                if !self.noted.lock().expect("not poisoned").insert(event["eventId"].to_string()) {
                    continue;
                }
                let action = event["action"]["S"].as_str().unwrap_or_default().to_owned();
                let (actor, affected) = (id(event, "actor"), id(event, "affected"));
                let event = event.clone();
                let committed = Committed { action, actor, affected, event, after, before };
                self.committed.lock().expect("not poisoned").push(committed);
            }
        }
    }
}
