//! Simulates the contention of `DynamoDB`, because the engine commits one transaction after the other and has none.
//! Transactions and plain writes hold their items for a while, conflicting calls are canceled or refused, and a read
//! that isn't strongly consistent may return old data. It also simulates weaknesses that the code doesn't have, because
//! a check that can't find them proves nothing.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use local::template::{SOURCE, Template};
use serde_json::{Map, Value, json};

/// A wrong design, simulated by changing the calls of the right one on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// None: the code as it is.
    None,
    /// Keys are verified by an eventually consistent read.
    EventualVerification,
    /// A verification is cached for this long.
    CachedVerification(Duration),
    /// A key holder's transactions don't check a gate.
    NoConditionCheck,
    /// Accounts are read by an eventually consistent read.
    EventualAccounts,
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
    /// The time after which it was committed,
    pub after: Instant,
    /// and the time before which it was.
    pub before: Instant,
}

/// An item: its table and its key, as one text.
type ItemKey = String;

/// The holder of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// A transaction, until it ends or until this time.
    Transaction(Option<Instant>),
    /// This many plain writes. They wait for each other and refuse nothing.
    Writes(usize),
}

impl Holder {
    fn holds(self, now: Instant) -> bool {
        !matches!(self, Self::Transaction(Some(until)) if until <= now)
    }
}

/// The contention layer.
#[derive(Debug)]
pub struct Contention {
    hold: Duration,
    /// Whether a call that needs a held item is refused.
    refuses: bool,
    /// Whether items are held exactly that long, and not until the engine has carried out the call.
    is_exact: bool,
    staleness: Duration,
    weakness: Weakness,
    keys: HashMap<String, Vec<String>>,
    held: Mutex<HashMap<ItemKey, Holder>>,
    /// The content of an item before its last write, and the time of that write.
    replaced: Mutex<HashMap<ItemKey, (Instant, Option<Value>)>>,
    verified: Mutex<HashMap<String, (Instant, Value)>>,
    committed: Mutex<Vec<Committed>>,
    /// The events that were already seen. A repeated transaction that was committed the first time gets the same
    /// response.
    noted: Mutex<HashSet<String>>,
    conflicts: AtomicUsize,
    /// The transactions that hold their items now, and the most that ever did at once.
    holding: AtomicUsize,
    most_holding: AtomicUsize,
}

/// The items that a transaction or a plain write holds. Releases them when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    contention: Arc<Contention>,
    items: Vec<ItemKey>,
    is_transaction: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_transaction {
            self.contention.holding.fetch_sub(1, Ordering::Relaxed);
        }
        let mut held = self.contention.held.lock().expect("not poisoned");
        for item in &self.items {
            match held.get_mut(item) {
                Some(Holder::Writes(count)) if *count > 1 => *count -= 1,
                _ => drop(held.remove(item)),
            }
        }
    }
}

impl Contention {
    /// Transactions hold their items for `hold`. A read that isn't strongly consistent may return data from up to
    /// `staleness` ago.
    ///
    /// # Panics
    /// If `template.yaml` can't be read.
    #[must_use]
    pub fn new(hold: Duration, staleness: Duration, weakness: Weakness) -> Arc<Self> {
        Self::with(hold, staleness, weakness, true, false)
    }

    /// Transactions hold their items exactly this long, however busy this machine is. What takes longer here than at
    /// `DynamoDB` then causes no conflicts.
    ///
    /// # Panics
    /// If `template.yaml` can't be read.
    #[must_use]
    pub fn for_exactly(hold: Duration) -> Arc<Self> {
        Self::with(hold, Duration::ZERO, Weakness::None, true, true)
    }

    /// Calls take as long as with conflicts, but none is ever refused. A measurement that is made with both shows what
    /// the conflicts cost.
    ///
    /// # Panics
    /// If `template.yaml` can't be read.
    #[must_use]
    pub fn without_conflicts(hold: Duration) -> Arc<Self> {
        Self::with(hold, Duration::ZERO, Weakness::None, false, false)
    }

    fn with(
        hold: Duration,
        staleness: Duration,
        weakness: Weakness,
        refuses: bool,
        is_exact: bool,
    ) -> Arc<Self> {
        let template = Template::read(SOURCE).expect("readable");
        let keys = template.tables.into_iter().map(|table| {
            let parts = [Some(table.partition_key), table.sort_key];
            (table.table.logical_id().to_owned(), parts.into_iter().flatten().collect())
        });
        Arc::new(Self {
            hold,
            refuses,
            is_exact,
            staleness,
            weakness,
            keys: keys.collect(),
            held: Mutex::default(),
            replaced: Mutex::default(),
            verified: Mutex::default(),
            committed: Mutex::default(),
            noted: Mutex::default(),
            conflicts: AtomicUsize::default(),
            holding: AtomicUsize::default(),
            most_holding: AtomicUsize::default(),
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
        self.conflicts.load(Ordering::Relaxed)
    }

    /// The most transactions that held their items at the same time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.most_holding.load(Ordering::Relaxed)
    }

    /// How long a call holds its items. A plain write doesn't have two phases, so it holds them half as long as a
    /// transaction.
    pub(crate) fn hold_time(&self, action: &str) -> Duration {
        if action == "TransactWriteItems" { self.hold } else { self.hold / 2 }
    }

    /// Whether the response to a read may be another than the engine's.
    pub(crate) fn changes_reads(&self) -> bool {
        !self.staleness.is_zero() || matches!(self.weakness, Weakness::CachedVerification(_))
    }

    /// Changes a request to that of the weaker design. Returns whether there is one.
    pub(crate) fn weaken(&self, action: &str, request: &mut Value) -> bool {
        match (self.weakness, action) {
            (Weakness::EventualVerification, "GetItem") if request["TableName"] == "KeyDigests" => {
                request["ConsistentRead"] = false.into();
            }
            (Weakness::EventualAccounts, "GetItem") if request["TableName"] == "Accounts" => {
                request["ConsistentRead"] = false.into();
            }
            (Weakness::NoConditionCheck, "TransactWriteItems") => {
                let operations = request["TransactItems"].as_array_mut().into_iter().flatten();
                for operation in operations {
                    let Some(check) = operation.get_mut("ConditionCheck") else { continue };
                    if check["TableName"] == "KeyGates" {
                        *check = json!({
                            "TableName": "KeyGates", "Key": check["Key"],
                            "ConditionExpression": "attribute_not_exists(nothing)",
                        });
                    }
                }
            }
            _ => {}
        }
        self.weakness != Weakness::None
    }

    /// The cached response to a verification, if the weaker design would still use it.
    pub(crate) fn remembered(&self, action: &str, request: &Value) -> Option<Value> {
        let Weakness::CachedVerification(life) = self.weakness else { return None };
        let verified = self.verified.lock().expect("not poisoned");
        let (at, answer) = verified.get(&verification(action, request)?)?;
        (at.elapsed() < life).then(|| answer.clone())
    }

    /// Caches the response to a verification.
    pub(crate) fn remember(&self, action: &str, request: &Value, answer: &Value) {
        if let (Weakness::CachedVerification(_), Some(key)) = (self.weakness, verification(action, request)) {
            let mut verified = self.verified.lock().expect("not poisoned");
            verified.insert(key, (Instant::now(), answer.clone()));
        }
    }

    /// The items of a transaction, in the order of its operations, and whether each is written.
    fn items(&self, request: &Value) -> Vec<(ItemKey, bool)> {
        let operations = request["TransactItems"].as_array().into_iter().flatten();
        let operations = operations.filter_map(|operation| operation.as_object()?.iter().next());
        operations.map(|(kind, operation)| (self.item(operation), kind != "ConditionCheck")).collect()
    }

    /// The item of a write, from its `Key` or its complete `Item`.
    fn item(&self, operation: &Value) -> ItemKey {
        let table = operation["TableName"].as_str().unwrap_or_default();
        let whole = operation.get("Key").or_else(|| operation.get("Item")).unwrap_or(&Value::Null);
        self.item_key(table, whole)
    }

    fn item_key(&self, table: &str, whole: &Value) -> ItemKey {
        let parts = self.keys.get(table).into_iter().flatten().map(|name| whole[name].to_string());
        format!("{table} {}", parts.collect::<Vec<_>>().join(" "))
    }

    /// Holds a transaction's items. Returns the reasons of its cancellation if others hold some of them.
    pub(crate) fn try_hold(self: &Arc<Self>, request: &Value) -> Result<Held, Vec<&'static str>> {
        let items: Vec<_> = self.items(request).into_iter().map(|(item, _)| item).collect();
        if !self.refuses {
            return Ok(self.hold_all(Vec::new()));
        }
        let mut held = self.held.lock().expect("not poisoned");
        let now = Instant::now();
        let is_held = |item| held.get(item).is_some_and(|holder| holder.holds(now));
        if items.iter().any(is_held) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
            let reason = |item| if is_held(item) { "TransactionConflict" } else { "None" };
            return Err(items.iter().map(reason).collect());
        }
        let until = self.is_exact.then(|| now + self.hold);
        held.extend(items.iter().map(|item| (item.clone(), Holder::Transaction(until))));
        // An item that is held until a time may be another transaction's when this one ends.
        Ok(self.hold_all(if self.is_exact { Vec::new() } else { items }))
    }

    /// A transaction that holds these items.
    fn hold_all(self: &Arc<Self>, items: Vec<ItemKey>) -> Held {
        let holding = self.holding.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_holding.fetch_max(holding, Ordering::Relaxed);
        Held { contention: self.clone(), items, is_transaction: true }
    }

    /// Holds the item of a plain write, or returns `None` if a transaction holds it.
    pub(crate) fn try_hold_one(self: &Arc<Self>, request: &Value) -> Option<Held> {
        let item = self.item(request);
        if !self.refuses {
            return Some(Held { contention: self.clone(), items: Vec::new(), is_transaction: false });
        }
        let mut held = self.held.lock().expect("not poisoned");
        let holder = held.entry(item.clone()).or_insert(Holder::Writes(0));
        match holder {
            Holder::Writes(count) => *count += 1,
            Holder::Transaction(_) if holder.holds(Instant::now()) => {
                self.conflicts.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Holder::Transaction(_) => *holder = Holder::Writes(1),
        }
        Some(Held { contention: self.clone(), items: vec![item], is_transaction: false })
    }

    /// The tables and keys that a call writes. A read of old data returns their earlier content.
    pub(crate) fn written(&self, action: &str, request: &Value) -> Vec<(String, Value)> {
        let of = |operation: &Value| {
            let table = operation["TableName"].as_str()?;
            let whole = operation.get("Key").or_else(|| operation.get("Item"))?;
            let key = self.keys.get(table)?.iter().map(|name| (name.clone(), whole[name].clone()));
            Some((table.to_owned(), key.collect::<Map<_, _>>().into()))
        };
        match action {
            _ if self.staleness.is_zero() => Vec::new(),
            "TransactWriteItems" => {
                let operations = request["TransactItems"].as_array().into_iter().flatten();
                let operations = operations.filter_map(|operation| operation.as_object()?.iter().next());
                operations.filter(|(kind, _)| *kind != "ConditionCheck").filter_map(|(_, o)| of(o)).collect()
            }
            "UpdateItem" | "PutItem" | "DeleteItem" => of(request).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Remembers the content of an item before a write.
    pub(crate) fn note_replaced(&self, table: &str, key: &Value, before: Option<Value>) {
        let item = self.item_key(table, key);
        self.replaced.lock().expect("not poisoned").insert(item, (Instant::now(), before));
    }

    /// Remembers the events of a transaction that was committed after this time.
    pub(crate) fn note_committed(&self, request: &Value, after: Instant) {
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
                let committed = Committed { action, actor, affected, after, before };
                self.committed.lock().expect("not poisoned").push(committed);
            }
        }
    }

    /// The old content of an item that has this content now.
    fn past(&self, table: &str, key: &Value, present: Option<Value>) -> Option<Value> {
        let replaced = self.replaced.lock().expect("not poisoned");
        match replaced.get(&self.item_key(table, key)) {
            Some((at, before)) if at.elapsed() < self.staleness => before.clone(),
            _ => present,
        }
    }

    /// Replaces the response to a read that isn't strongly consistent by old data. A query finds the same items as now,
    /// with their old content.
    pub(crate) fn age(&self, action: &str, request: &Value, answer: &mut Value) {
        let is_consistent = |asked: &Value| asked["ConsistentRead"] == true;
        let table = request["TableName"].as_str().unwrap_or_default();
        match action {
            "GetItem" if !is_consistent(request) => {
                let present = answer.get("Item").cloned();
                let seen = self.past(table, &request["Key"], present);
                *answer = seen.map_or_else(|| json!({}), |item| json!({"Item": item}));
            }
            "Query" if !is_consistent(request) => {
                let items = answer["Items"].as_array().cloned().unwrap_or_default();
                let seen = items.into_iter().filter_map(|item| self.past(table, &item.clone(), Some(item)));
                answer["Items"] = seen.collect();
            }
            "BatchGetItem" => {
                let asked = request["RequestItems"].as_object().into_iter().flatten();
                for (table, asked) in asked.filter(|(_, asked)| !is_consistent(asked)) {
                    let items = answer["Responses"][table].as_array().cloned().unwrap_or_default();
                    let present = |key| {
                        let wanted = self.item_key(table, key);
                        items.iter().find(|item| self.item_key(table, item) == wanted).cloned()
                    };
                    let keys = asked["Keys"].as_array().into_iter().flatten();
                    answer["Responses"][table] =
                        keys.filter_map(|key| self.past(table, key, present(key))).collect();
                }
            }
            _ => {}
        }
    }
}

/// The key of the item that a verification reads.
fn verification(action: &str, request: &Value) -> Option<String> {
    (action == "GetItem" && request["TableName"] == "KeyDigests").then(|| request["Key"].to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_and_plain_writes_hold_their_items() {
        let contention = Contention::new(Duration::from_millis(4), Duration::ZERO, Weakness::None);
        let account = |id: &str| json!({"TableName": "Accounts", "Key": {"accountId": {"S": id}}});
        let transaction =
            json!({"TransactItems": [{"ConditionCheck": account("a")}, {"Update": account("b")}]});
        let writes = [contention.try_hold_one(&account("b")), contention.try_hold_one(&account("b"))];
        assert!(writes.iter().all(Option::is_some), "plain writes don't conflict with each other");
        let [first, second] = writes;
        drop(first);
        let met = contention.try_hold(&transaction).expect_err("a plain write is in flight");
        assert_eq!(met, ["None", "TransactionConflict"]);
        drop(second);
        let held = contention.try_hold(&transaction).expect("nothing is in flight");
        assert!(contention.try_hold_one(&account("a")).is_none(), "what a transaction checks is held too");
        assert!(contention.try_hold_one(&account("c")).is_some());
        assert_eq!(contention.conflicts(), 2);
        drop(held);
        assert!(contention.try_hold_one(&account("a")).is_some());
    }

    #[test]
    fn without_conflicts_nothing_is_refused() {
        let contention = Contention::without_conflicts(Duration::from_millis(4));
        let account = json!({"TableName": "Accounts", "Key": {"accountId": {"S": "a"}}});
        let transaction = json!({"TransactItems": [{"Update": account}]});
        let _first = contention.try_hold(&transaction).expect("nothing is refused");
        let _second = contention.try_hold(&transaction).expect("nothing is refused");
        assert!(contention.try_hold_one(&account).is_some());
        assert_eq!((contention.conflicts(), contention.most_at_once()), (0, 2));
        assert_eq!(contention.hold_time("TransactWriteItems"), Duration::from_millis(4), "it takes as long");
    }
}
