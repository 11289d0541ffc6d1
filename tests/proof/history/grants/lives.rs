//! The life of each key, from the events in the order of their commits.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Instant,
};

use harness::Committed;
use serde_json::Value;

/// When an event was committed: between these times, and its place in the order of commits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) after: Instant,
    pub(super) before: Instant,
    pub(super) place: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// After the last edit of them.
    scopes: Option<BTreeSet<String>>,
    is_held: bool,
    is_revoked: bool,
    pub(super) holds: Vec<Moment>,
    pub(super) releases: Vec<Moment>,
}

#[derive(Debug, Default)]
pub(super) struct Lives {
    pub(super) keys: HashMap<String, Life>,
    /// The numbers of events, by action.
    pub(super) counts: BTreeMap<String, usize>,
    /// The policy after the last change.
    policy: Value,
    /// Events that can't follow those before them.
    pub(super) impossible: Vec<String>,
}

/// The scope that a change of an account needs, by the account that it changed: each machine has one for each API.
pub(super) fn needed_scope(event: &Committed) -> Option<&'static str> {
    let number: usize = event.affected.strip_prefix("acme-lane-")?.parse().ok()?;
    Some(if number.is_multiple_of(2) { "scim" } else { "deprovisioning" })
}

pub(super) fn lives(committed: &[Committed]) -> Lives {
    let mut lives = Lives::default();
    for (place, event) in committed.iter().enumerate() {
        *lives.counts.entry(event.action.clone()).or_default() += 1;
        if let Some(wrong) = lives.follow(place, event) {
            lives.impossible.push(format!("{wrong}: {event:?}"));
        }
    }
    lives
}

impl Lives {
    /// Takes one event into account. Returns what is wrong with it.
    fn follow(&mut self, place: usize, event: &Committed) -> Option<&'static str> {
        let details = &event.event["details"]["M"];
        if event.action == "CHANGE_KEY_POLICY" {
            let before = std::mem::replace(&mut self.policy, details["keyPolicy"].clone());
            return (before == details["keyPolicy"]).then_some("a policy that was set before");
        }
        let is_about_key = event.action.ends_with("_API_KEY");
        if !is_about_key || details["heldBy"]["S"] == "policy" {
            return None;
        }
        let life = self.keys.entry(event.affected.clone()).or_default();
        if life.is_revoked {
            return (event.action != "USE_REVOKED_API_KEY").then_some("a change of a revoked key");
        }
        let moment = Moment { after: event.after, before: event.before, place };
        match event.action.as_str() {
            "UPDATE_API_KEY" => {
                let scopes = details["remains"]["M"]["scopes"]["SS"].as_array().into_iter().flatten();
                let scopes: BTreeSet<_> = scopes.filter_map(|one| Some(one.as_str()?.to_owned())).collect();
                let names = details["changed"].to_string();
                let same = life.scopes.replace(scopes.clone()).is_none_or(|before| before == scopes);
                let is_wrong = !same && !names.contains("scopes") || names == "null";
                return is_wrong.then_some("an edit that doesn't say what it changed");
            }
            "HOLD_API_KEY" => {
                life.holds.push(moment);
                return std::mem::replace(&mut life.is_held, true).then_some("a hold of a held key");
            }
            "RELEASE_API_KEY" => {
                life.releases.push(moment);
                let was_held = std::mem::replace(&mut life.is_held, false);
                return (!was_held).then_some("a release of a key that nobody held");
            }
            "REVOKE_API_KEY" => life.is_revoked = true,
            _ => {}
        }
        None
    }

    /// Compares what the events say with the keys and the company, as they are at the end.
    pub(super) fn compare(&self, keys: &[Value], company: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, life) in &self.keys {
            let Some(key) = keys.iter().find(|key| key["keyId"] == id.as_str()) else { continue };
            let scopes = key["scopes"].as_array().into_iter().flatten();
            let scopes: BTreeSet<_> = scopes.filter_map(|one| Some(one.as_str()?.to_owned())).collect();
            let is_right = life.is_revoked == key.get("revokedAt").is_some()
                && life.is_held == key.get("heldAt").is_some()
                && life.scopes.as_ref().is_none_or(|expected| *expected == scopes);
            if !is_right {
                wrong.push(format!("{life:?}: {key}"));
            }
        }
        let changes = self.counts.get("CHANGE_KEY_POLICY").copied().unwrap_or_default();
        if company["keyPolicyVersion"].as_u64().unwrap_or(0) != changes as u64 {
            wrong.push(format!("{changes} changes of the policy: {company}"));
        }
        wrong
    }
}
