//! Finds violations in a history.

use std::time::Instant;

use domain::scope::Scope;
use harness::Committed;

use super::record::{Change, History, Use, What};

#[derive(Debug)]
#[expect(dead_code, reason = "their content is for the output of a failed test")]
pub(super) enum Violation {
    /// A request needed what an answer had said was taken away, began later and succeeded.
    Used(Change, Use),
    /// A write needed what an answer had said was taken away, and was committed later.
    Committed(Change, Committed),
    /// An event that can't follow those before it.
    Impossible(Committed),
}

/// The amount of checked data.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) used: usize,
    pub(super) refused: usize,
    pub(super) without_scope: usize,
    pub(super) narrowed: usize,
    pub(super) held: usize,
    pub(super) released: usize,
    pub(super) revoked: usize,
}

pub(super) fn summary(history: &History) -> Summary {
    let count = |action| history.committed.iter().filter(|event| event.action == action).count();
    let [refused, without_scope] = history.records.refused;
    Summary {
        used: history.records.uses.len(),
        refused,
        without_scope,
        narrowed: count("UPDATE_API_KEY"),
        held: count("HOLD_API_KEY"),
        released: count("RELEASE_API_KEY"),
        revoked: count("REVOKE_API_KEY"),
    }
}

pub(super) fn violations(history: &History) -> Vec<Violation> {
    let mut found = impossible(history);
    for change in &history.records.changes {
        let ends = ends_of(history, change);
        let is_taken = |needed, from: Instant, to: Instant| {
            takes(&change.what, needed) && from > change.ended && ends.is_none_or(|ends| to < ends)
        };
        let of_key = history.records.uses.iter().filter(|used| used.key == change.key);
        let late = of_key.filter(|used| is_taken(used.needed, used.began, used.ended));
        found.extend(late.map(|used| Violation::Used(change.clone(), used.clone())));
        let writes = history.committed.iter().filter(|event| event.actor == change.key);
        let late = writes.filter(|event| {
            needed_by(event).is_some_and(|needed| is_taken(needed, event.after, event.before))
        });
        found.extend(late.map(|event| Violation::Committed(change.clone(), event.clone())));
    }
    found
}

/// Whether a change takes away what a request needs.
fn takes(what: &What, needed: Scope) -> bool {
    match what {
        What::Narrow(remain) => !remain.iter().any(|scope| scope.includes(needed)),
        What::Hold | What::Revoke => true,
        What::Release => false,
    }
}

/// When a hold may have ended: with the first release that was committed after the hold began. Nothing else ends.
fn ends_of(history: &History, change: &Change) -> Option<Instant> {
    if change.what != What::Hold {
        return None;
    }
    let releases = history.committed.iter().filter(|event| {
        event.action == "RELEASE_API_KEY" && event.affected == change.key && event.before > change.began
    });
    releases.map(|release| release.after).min()
}

/// The scope that a write of a key needs.
fn needed_by(event: &Committed) -> Option<Scope> {
    match event.action.as_str() {
        "SUSPEND_ACCOUNT" | "UNSUSPEND_ACCOUNT" => Some(Scope::Deprovisioning),
        "UPDATE_ACCOUNT" => Some(Scope::Scim),
        _ => None,
    }
}

/// A hold follows no hold, a release follows a hold, and nothing of a key follows its revocation.
fn impossible(history: &History) -> Vec<Violation> {
    let (mut held, mut revoked) = (Vec::new(), Vec::new());
    let mut found = Vec::new();
    for event in &history.committed {
        let key = &event.affected;
        let is_wrong = match event.action.as_str() {
            "HOLD_API_KEY" => {
                let is_held = held.contains(&key);
                held.push(key);
                is_held
            }
            "RELEASE_API_KEY" => {
                let is_held = held.contains(&key);
                held.retain(|other| *other != key);
                !is_held
            }
            "REVOKE_API_KEY" => {
                let is_revoked = revoked.contains(&key);
                revoked.push(key);
                is_revoked
            }
            _ => false,
        };
        let is_change =
            ["UPDATE_API_KEY", "HOLD_API_KEY", "RELEASE_API_KEY"].contains(&event.action.as_str());
        let is_write = needed_by(event).is_some() && revoked.contains(&&event.actor);
        if is_wrong || is_write || is_change && revoked.contains(&key) {
            found.push(Violation::Impossible(event.clone()));
        }
    }
    found
}
