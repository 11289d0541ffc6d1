//! Counts the secrets that work, in the tables, while everything goes on.

use std::{collections::BTreeMap, time::Duration};

use harness::World;
use serde_json::Value;
use tokio::time::sleep;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Sampled {
    /// The number of times that the secrets of a key were counted.
    pub(super) counts: usize,
    /// What must not be.
    pub(super) wrong: Vec<String>,
}

pub(super) async fn sample(world: &World, is_over: impl Fn() -> bool) -> Sampled {
    let mut sampled = Sampled::default();
    while !is_over() {
        let before = world.clock.now().millis();
        let digests = world.dynamodb.items("KeyDigests").await;
        let after = world.clock.now().millis();
        let mut by_key = BTreeMap::<&str, Vec<&Value>>::new();
        for digest in digests.iter().filter(|digest| digest["companyId"] == "acme") {
            by_key.entry(digest["keyId"].as_str().expect("a text")).or_default().push(digest);
        }
        // A revocation is final, so a key that isn't revoked now was not revoked then.
        let keys = world.dynamodb.items("ApiKeys").await;
        for (id, digests) in by_key {
            sampled.counts += 1;
            if digests.iter().filter(|digest| works(digest, after)).count() > 2 {
                sampled.wrong.push(format!("{id} has more than two secrets: {digests:?}"));
            }
            let Some(key) = keys.iter().find(|key| key["keyId"] == id) else { continue };
            let lives = key.get("revokedAt").is_none() && key["expiresAt"].is_null();
            if lives && !digests.iter().any(|digest| works(digest, before)) {
                sampled.wrong.push(format!("{id} has no secret: {digests:?}"));
            }
        }
        sleep(Duration::from_millis(100)).await;
    }
    sampled
}

/// Whether the secret works at this time, unless its key is being revoked.
pub(super) fn works(digest: &Value, now: i64) -> bool {
    let ends = ["expiresAt", "unusedUntil"].into_iter().filter_map(|name| digest[name].as_i64());
    digest.get("revokedAt").is_none() && ends.min().is_none_or(|at| at > now)
}
