//! The items that transactions and plain writes hold while they are carried out.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{ItemKey, Release};

/// The holder of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// A transaction, until it ends or until this time.
    Transaction(Option<Instant>),
    /// This many plain writes. They wait for each other and refuse nothing.
    Writes(usize),
}

impl Holder {
    fn is_transaction(self, now: Instant) -> bool {
        matches!(self, Self::Transaction(until) if until.is_none_or(|until| until > now))
    }

    fn refuses_transactions(self, now: Instant) -> bool {
        matches!(self, Self::Writes(_)) || self.is_transaction(now)
    }
}

/// The held items.
#[derive(Debug)]
pub(crate) struct Holds {
    release: Release,
    time: Duration,
    held: Mutex<HashMap<ItemKey, Holder>>,
    conflicts: AtomicUsize,
    passed: AtomicUsize,
    /// The transactions in progress, and the most that ever were at once.
    transactions: AtomicUsize,
    most_transactions: AtomicUsize,
}

/// The items that a transaction or a plain write holds. Releases them when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    holds: Arc<Holds>,
    items: Vec<ItemKey>,
    is_transaction: bool,
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.is_transaction {
            self.holds.transactions.fetch_sub(1, Ordering::Relaxed);
        }
        let mut held = self.holds.held.lock().expect("not poisoned");
        for item in &self.items {
            match held.get_mut(item) {
                Some(Holder::Writes(count)) if *count > 1 => *count -= 1,
                _ => drop(held.remove(item)),
            }
        }
    }
}

impl Holds {
    pub(super) fn new(release: Release, time: Duration) -> Self {
        Self {
            release,
            time,
            held: Mutex::default(),
            conflicts: AtomicUsize::default(),
            passed: AtomicUsize::default(),
            transactions: AtomicUsize::default(),
            most_transactions: AtomicUsize::default(),
        }
    }

    /// The number of transactions and writes that conflicted.
    pub(super) fn conflicts(&self) -> usize {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// The number of plain writes that passed a transaction.
    pub(super) fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }

    /// The most transactions that were in progress at the same time.
    pub(super) fn most_at_once(&self) -> usize {
        self.most_transactions.load(Ordering::Relaxed)
    }

    /// Holds a transaction's items, which are in the order of its operations. An operation without an item holds
    /// nothing. Returns the reasons of the transaction's cancellation if others hold some of the items.
    pub(super) fn try_hold(self: &Arc<Self>, items: Vec<Option<ItemKey>>) -> Result<Held, Vec<&'static str>> {
        if self.release == Release::Never {
            return Ok(self.transaction(Vec::new()));
        }
        let mut held = self.held.lock().expect("not poisoned");
        let now = Instant::now();
        let is_held = |item: &ItemKey| held.get(item).is_some_and(|holder| holder.refuses_transactions(now));
        if items.iter().flatten().any(is_held) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
            let reason = |item: &Option<ItemKey>| match item {
                Some(item) if is_held(item) => "TransactionConflict",
                _ => "None",
            };
            return Err(items.iter().map(reason).collect());
        }
        let items: Vec<_> = items.into_iter().flatten().collect();
        let until = (self.release == Release::Time).then(|| now + self.time);
        held.extend(items.iter().map(|item| (item.clone(), Holder::Transaction(until))));
        // An item that is held until a time may be another transaction's when this one ends.
        Ok(self.transaction(if until.is_some() { Vec::new() } else { items }))
    }

    /// A transaction that holds these items until it ends.
    fn transaction(self: &Arc<Self>, items: Vec<ItemKey>) -> Held {
        let transactions = self.transactions.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_transactions.fetch_max(transactions, Ordering::Relaxed);
        Held { holds: self.clone(), items, is_transaction: true }
    }

    /// Holds the item of a plain write, or returns `None` if a transaction holds it.
    pub(super) fn try_hold_one(self: &Arc<Self>, item: ItemKey) -> Option<Held> {
        if self.release == Release::Never {
            return Some(Held { holds: self.clone(), items: Vec::new(), is_transaction: false });
        }
        let mut held = self.held.lock().expect("not poisoned");
        let holder = held.entry(item.clone()).or_insert(Holder::Writes(0));
        match holder {
            Holder::Writes(count) => *count += 1,
            Holder::Transaction(_) if holder.is_transaction(Instant::now()) => {
                self.conflicts.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Holder::Transaction(_) => *holder = Holder::Writes(1),
        }
        Some(Held { holds: self.clone(), items: vec![item], is_transaction: false })
    }

    /// Lets a plain write pass whoever holds its item.
    pub(super) fn pass(self: &Arc<Self>, item: &ItemKey) -> Held {
        let now = Instant::now();
        let held = self.held.lock().expect("not poisoned");
        if held.get(item).is_some_and(|holder| holder.is_transaction(now)) {
            self.passed.fetch_add(1, Ordering::Relaxed);
        }
        drop(held);
        Held { holds: self.clone(), items: Vec::new(), is_transaction: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_held_exactly_as_long_or_not_at_all() {
        let item = || "an item".to_owned();
        let timed = Arc::new(Holds::new(Release::Time, Duration::from_millis(2)));
        let held = timed.try_hold(vec![Some(item())]).expect("nothing is in flight");
        assert!(timed.try_hold(vec![Some(item())]).is_err() && timed.try_hold_one(item()).is_none());
        std::thread::sleep(Duration::from_millis(3));
        assert!(timed.try_hold_one(item()).is_some(), "the time is over");
        drop(held);
        let free = Arc::new(Holds::new(Release::Never, Duration::from_millis(2)));
        let _both = [(); 2].map(|()| free.try_hold(vec![Some(item())]).expect("nothing is refused"));
        assert!(free.try_hold_one(item()).is_some());
        assert_eq!((free.most_at_once(), free.conflicts(), timed.conflicts()), (2, 0, 2));
    }
}
