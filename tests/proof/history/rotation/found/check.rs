//! Who revoked each key, and with what right.

use std::ops::AddAssign;

use harness::{Committed, World};
use serde_json::Value;

use super::super::{
    check::{self, Violation, may_revoke, says_revoked},
    lives::{Lives, actor_mask, is_revocation, lives},
    record::{History, Outcome, Recorded, What},
};

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// Keys that finders, administrators and the keys themselves revoked.
    found: usize,
    by_administrators: usize,
    by_themselves: usize,
    /// Answers to finders about a secret that had ended, although the key worked.
    spared: usize,
    uses: usize,
    refused: usize,
    unknown: usize,
    conflicts: usize,
    crashes: usize,
}

impl Summary {
    /// Whether enough of everything happened to prove something.
    pub(super) fn is_enough(&self) -> bool {
        let least = [
            (self.found, 8),
            (self.by_administrators + self.by_themselves, 2),
            (self.spared, 3),
            (self.uses, 100),
            (self.refused, 40),
            (self.unknown, 5),
            (self.conflicts, 50),
            (self.crashes, 1),
        ];
        least.iter().all(|(count, least)| count >= least)
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, more: Self) {
        self.found += more.found;
        self.by_administrators += more.by_administrators;
        self.by_themselves += more.by_themselves;
        self.spared += more.spared;
        self.uses += more.uses;
        self.refused += more.refused;
        self.unknown += more.unknown;
        self.conflicts += more.conflicts;
        self.crashes += more.crashes;
    }
}

pub(super) fn summary(history: &History) -> Summary {
    let lives = lives(&history.committed);
    let count = |wanted: &dyn Fn(&Recorded) -> bool| history.recorded.iter().filter(|r| wanted(r)).count();
    let revoked = |actor: &str| {
        let revocations = history.committed.iter().filter(|event| is_revocation(&event.action));
        revocations.filter(|event| actor_type(event) == actor).count()
    };
    let revoked_before = |one: &Recorded| {
        let is_one = |event: &Committed| is_revocation(&event.action) && event.affected == one.key;
        history.committed.iter().any(|event| is_one(event) && event.after < one.ended)
    };
    let is_spared = |one: &Recorded| {
        let is_answered = one.what == What::Find && one.outcome == Outcome::Done;
        is_answered && !may_revoke(history, &lives, one) && !revoked_before(one)
    };
    Summary {
        found: revoked("finder"),
        by_administrators: revoked("account"),
        by_themselves: revoked("api_key"),
        spared: count(&is_spared),
        uses: count(&|one| one.what == What::Use && one.outcome == Outcome::Done),
        refused: count(&|one| one.what == What::Use && matches!(one.outcome, Outcome::Refused(..))),
        unknown: count(&|one| one.outcome == Outcome::Unknown),
        conflicts: history.conflicts,
        crashes: history.crashes,
    }
}

/// Everything that must not be in a history of rotations, and revocations without a right or without an effect.
pub(super) fn violations(history: &History) -> Vec<Violation> {
    let lives = lives(&history.committed);
    let mut found = check::violations(history);
    let revocations = || {
        let committed = history.committed.iter().enumerate();
        committed.filter(|(_, event)| is_revocation(&event.action))
    };
    let wrong = revocations().filter(|(place, event)| !has_right(history, &lives, *place, event));
    found.extend(wrong.map(|(_, event)| Violation::RevokedWithoutRight(event.clone())));
    let is_revoked =
        |one: &Recorded| revocations().any(|(_, event)| event.affected == one.key && event.after < one.ended);
    let says = history.recorded.iter().filter(|one| says_revoked(history, &lives, one));
    found.extend(says.filter(|one| !is_revoked(one)).map(|one| Violation::NotRevoked(one.clone())));
    found
}

/// Whether somebody asked for this revocation before it was committed, who is its actor. A secret that gave the right to ask must not
/// have ended before.
fn has_right(history: &History, lives: &Lives, place: usize, event: &Committed) -> bool {
    let (what, mask) = match actor_type(event) {
        "account" => (What::Revoke, None),
        "api_key" => (What::RevokeItself, Some(actor_mask(event))),
        "finder" => (What::Find, event.event["details"]["M"]["leakedMask"]["S"].as_str()),
        _ => return false,
    };
    let is_asked = history.recorded.iter().any(|one| {
        let is_this = one.what == what && one.key == event.affected && one.began < event.before;
        is_this && mask.is_none_or(|mask| one.mask == mask) && may_revoke(history, lives, one)
    });
    let ends_it = |mask| {
        let secret = lives.keys.get(&event.affected).and_then(|secrets| secrets.get(mask));
        secret.and_then(|secret| secret.ended.as_ref()).is_some_and(|ended| ended.place == place)
    };
    let is_leaked = event.action == "REVOKE_LEAKED_API_KEY";
    is_asked && mask.is_none_or(ends_it) && is_leaked == (what == What::Find)
}

fn actor_type(event: &Committed) -> &str {
    event.event["actor"]["M"]["type"]["S"].as_str().unwrap_or_default()
}

/// Compares each key with the events in the log: it is revoked if there is exactly one event of that, by the same actor.
pub(super) async fn wrong_revokers(world: &World) -> Vec<String> {
    let (keys, events) = (world.dynamodb.items("ApiKeys").await, world.events("acme").await);
    let mut wrong = Vec::new();
    for key in keys.iter().filter(|key| key["companyId"] == "acme") {
        let revocations = events.iter().filter(|event| {
            event["affected"]["id"] == key["keyId"]
                && is_revocation(event["action"].as_str().unwrap_or_default())
        });
        let revokers: Vec<_> = revocations.map(|event| revoker_of_event(&event["actor"])).collect();
        let expected: Vec<_> = key.get("revokedAt").map(|_| revoker_of_key(key)).into_iter().collect();
        if revokers != expected {
            wrong.push(format!("{revokers:?} revoked {key}"));
        }
    }
    wrong
}

fn revoker_of_event(actor: &Value) -> String {
    match actor["type"].as_str() {
        Some("account") => actor["id"].to_string(),
        other => other.unwrap_or_default().to_owned(),
    }
}

fn revoker_of_key(key: &Value) -> String {
    match (key["revokedByReporter"].as_str(), key.get("revokedByKey")) {
        (Some(reporter), None) => reporter.to_owned(),
        (None, Some(_)) => "api_key".to_owned(),
        (None, None) => key["revokedBy"]["accountId"].to_string(),
        (Some(_), Some(_)) => "both".to_owned(),
    }
}
