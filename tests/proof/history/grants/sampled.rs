//! Compares the items of secrets with the keys and the policy, in the tables, while everything goes on.

use std::time::Duration;

use harness::World;
use serde_json::Value;
use tokio::time::sleep;

use crate::faults::recount_holds::wrong_holds;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Sampled {
    /// The number of moments at which nothing changed while it was read.
    pub(super) counts: usize,
    /// What must not be.
    pub(super) wrong: Vec<String>,
}

/// Companies and keys, with all numbers of their changes.
async fn versions(world: &World) -> (Value, Vec<Value>, Vec<Value>) {
    let company = world.company("acme").await;
    let mut keys = world.dynamodb.items("ApiKeys").await;
    keys.retain(|key| key["companyId"] == "acme");
    let of_company = ["keyPolicyVersion", "rotations", "planVersion", "activeKeys"].into_iter();
    let mut versions: Vec<_> = of_company.map(|name| company[name].clone()).collect();
    versions.extend(keys.iter().flat_map(|key| [key["secretsVersion"].clone(), key["revokedAt"].clone()]));
    (company, keys, versions)
}

pub(super) async fn sample(world: &World, is_over: impl Fn() -> bool) -> Sampled {
    let mut sampled = Sampled::default();
    while !is_over() {
        let (company, keys, before) = versions(world).await;
        let digests = world.dynamodb.items("KeyDigests").await;
        // Every transaction that changes a secret's item also changes one of the numbers.
        if versions(world).await.2 == before {
            sampled.counts += 1;
            let (keys, digests): (Vec<_>, Vec<_>) = (keys.iter().collect(), digests.iter().collect());
            sampled.wrong.extend(wrong_holds(&company, &keys, &digests, world.clock.now().millis()));
        }
        sleep(Duration::from_millis(40)).await;
    }
    sampled
}
