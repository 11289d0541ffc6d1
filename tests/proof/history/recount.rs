//! Compares the content of the tables at the end with the clients' observations.

use std::collections::HashMap;

use serde_json::Value;

use super::clients::{Creation, History, Outcome, What};

/// Returns everything that is missing or exists too often: keys, their events, and changes of accounts.
pub(crate) fn miscounts(history: &History) -> Vec<String> {
    let mut found = creations(history);
    found.extend(revocations(history));
    found.extend(changes(history));
    found
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

/// The number of events in the log with this action and this affected party.
fn events(history: &History, action: &str, affected: &str) -> usize {
    let is_one = |event: &&Value| event["action"] == action && event["affected"]["id"] == affected;
    history.events.iter().filter(is_one).count()
}

/// A confirmed creation left one key and one event, no matter how often it was tried. A creation with an unknown
/// outcome left at most one.
fn creations(history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for creation in &history.creations {
        let Creation { name, is_made } = creation;
        let keys: Vec<_> = history.keys.iter().filter(|key| text(key, "name") == name).collect();
        let logged: usize =
            keys.iter().map(|key| events(history, "CREATE_API_KEY", text(key, "keyId"))).sum();
        let fits = is_made.map_or(keys.len() <= 1, |is_made| keys.len() == usize::from(is_made));
        if !fits || logged != keys.len() {
            found.push(format!("{creation:?}: {} keys, {logged} events", keys.len()));
        }
    }
    found
}

/// A key with a confirmed revocation has one event of it. If the outcome of the revocation is unknown, it has at most
/// one. A key that nobody revoked has none.
fn revocations(history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for key in &history.keys {
        let id = text(key, "keyId");
        let tried = history.recorded.iter().filter(|r| r.what == What::Revoke && r.key == id);
        let (is_tried, is_done) =
            tried.fold((false, false), |(_, is_done), r| (true, is_done || r.outcome == Outcome::Done(None)));
        let logged = events(history, "REVOKE_API_KEY", id);
        let is_revoked = key.get("revokedAt").is_some();
        let fits = (usize::from(is_done)..=usize::from(is_tried)).contains(&logged);
        if !fits || logged != usize::from(is_revoked) {
            found.push(format!("{id}: revoked {is_revoked}, known {is_done}, {logged} events"));
        }
    }
    found
}

/// The changes of an account alternate, the last one agrees with its state, and the log has each of them once.
fn changes(history: &History) -> Vec<String> {
    let mut found = Vec::new();
    let mut suspended = HashMap::<&str, bool>::new();
    let mut counts = HashMap::<(&str, &str), usize>::new();
    for event in history.committed.iter().filter(|event| event.action.ends_with("SUSPEND_ACCOUNT")) {
        let is_suspended = event.action == "SUSPEND_ACCOUNT";
        if suspended.insert(&event.affected, is_suspended).unwrap_or_default() == is_suspended {
            found.push(format!("{}: {} twice in a row", event.affected, event.action));
        }
        *counts.entry((&event.action, &event.affected)).or_default() += 1;
    }
    for ((action, account), count) in counts {
        let logged = events(history, action, account);
        if logged != count {
            found.push(format!("{account}: {count} times {action}, {logged} events"));
        }
    }
    for (id, is_suspended) in suspended {
        let account = history.accounts.iter().find(|account| text(account, "accountId") == id);
        if account.is_none_or(|account| (text(account, "state") == "suspended") != is_suspended) {
            found.push(format!("{id}: last suspended {is_suspended}, and is {account:?}"));
        }
    }
    found
}
