//! The items that transactions and plain writes hold while they are carried out.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::ItemKey;

/// The holder of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Transaction,
    /// This many plain writes. They wait for each other and refuse nothing.
    Writes(usize),
}

/// The held items.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    held: Mutex<HashMap<ItemKey, Holder>>,
    conflicts: AtomicUsize,
    passed: AtomicUsize,
}

/// The items that a transaction or a plain write holds. Releases them when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    holds: Arc<Holds>,
    items: Vec<ItemKey>,
}

impl Drop for Held {
    fn drop(&mut self) {
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
    /// The number of transactions and writes that conflicted.
    pub(super) fn conflicts(&self) -> usize {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// The number of plain writes that passed a transaction.
    pub(super) fn passed(&self) -> usize {
        self.passed.load(Ordering::Relaxed)
    }

    /// Holds a transaction's items, which are in the order of its operations. An operation without an item holds
    /// nothing. Returns the reasons of the transaction's cancellation if others hold some of the items.
    pub(super) fn try_hold(self: &Arc<Self>, items: Vec<Option<ItemKey>>) -> Result<Held, Vec<&'static str>> {
        let mut held = self.held.lock().expect("not poisoned");
        if items.iter().flatten().any(|item| held.contains_key(item)) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
            let is_held = |item: &Option<ItemKey>| item.as_ref().is_some_and(|item| held.contains_key(item));
            let reason = |item| if is_held(item) { "TransactionConflict" } else { "None" };
            return Err(items.iter().map(reason).collect());
        }
        let items: Vec<_> = items.into_iter().flatten().collect();
        held.extend(items.iter().map(|item| (item.clone(), Holder::Transaction)));
        Ok(Held { holds: self.clone(), items })
    }

    /// Holds the item of a plain write, or returns `None` if a transaction holds it.
    pub(super) fn try_hold_one(self: &Arc<Self>, item: ItemKey) -> Option<Held> {
        let mut held = self.held.lock().expect("not poisoned");
        match held.entry(item.clone()).or_insert(Holder::Writes(0)) {
            Holder::Writes(count) => *count += 1,
            Holder::Transaction => {
                self.conflicts.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        }
        Some(Held { holds: self.clone(), items: vec![item] })
    }

    /// Lets a plain write pass whoever holds its item.
    pub(super) fn pass(self: &Arc<Self>, item: &ItemKey) -> Held {
        if self.held.lock().expect("not poisoned").get(item) == Some(&Holder::Transaction) {
            self.passed.fetch_add(1, Ordering::Relaxed);
        }
        Held { holds: self.clone(), items: Vec::new() }
    }
}
